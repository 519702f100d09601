"""The one reader of the stream in this process, and the ring of what it read last.

At the start it reads the last facts again, so that browsers which were connected to another replica, or to this one
before a restart, resume from memory. When the stream was made anew (its creation time is the `epoch`) positions mean
nothing any more: everything begins again and every browser is told to load a new snapshot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from nats.errors import Error as NatsError
from nats.js.errors import APIError

from antiphon.inbox.domain.ring import Ring
from antiphon.inbox.domain.visibility import Places
from antiphon.inbox.realtime.frames import Frame
from antiphon.kit import logs, tasks
from antiphon.kit.bus import Bus
from antiphon.kit.errors import Common, DomainError

log = logs.get("inbox.feed")
_LOOK = 0.5
_LOOKS = 4


class Feed:
    """Facts of all tenants in stream order."""

    def __init__(self, bus: Bus, ring_facts: int, ring_bytes: int) -> None:
        self._bus = bus
        self._facts = ring_facts
        self.ring: Ring[Frame] = Ring(ring_facts, ring_bytes)
        self.places = Places()
        self.epoch = ""
        self.position = 0
        """Every fact up to here has been offered to every live socket."""
        self.caught_up = asyncio.Event()
        self.prepare: Callable[[Frame], Awaitable[None]] | None = None
        """Called before a frame is offered, where something must be asked first."""
        self.hear: list[Callable[[Frame], None]] = []
        self.recreated: list[Callable[[], None]] = []

    @property
    def is_following(self) -> bool:
        return self._bus.nc.is_connected and self.caught_up.is_set()

    async def run(self) -> None:
        """Follows until cancelled."""
        while True:
            target = await self._begin()
            follow = asyncio.ensure_future(self._follow(target))
            watch = asyncio.ensure_future(self._until_recreated())
            try:
                await asyncio.wait({follow, watch}, return_when=asyncio.FIRST_COMPLETED)
                if follow.done():
                    follow.result()
            finally:
                await tasks.end(follow, watch)

    async def cursor(self) -> tuple[str, int]:
        """Epoch and newest sequence: read before a snapshot's state, so that nothing falls between."""
        try:
            epoch, _ = await self._bus.epoch()
            return epoch, await self._bus.last_sequence()
        except (NatsError, APIError, TimeoutError) as error:
            raise DomainError(Common.UNAVAILABLE, "the event bus does not answer") from error

    async def first(self) -> int:
        """The oldest sequence that the stream still holds."""
        return (await self._bus.epoch())[1]

    async def reread(self, since: int) -> AsyncGenerator[Frame, None]:
        """Frames from the stream after `since` until the ring takes over. Where a subject was before the first of them
        is not known, and this reader's own places are used."""
        places = Places()
        async with aclosing(self._bus.follow("*", after=since)) as facts:  # type: ignore[type-var]
            async for fact in facts:
                yield Frame(fact, places)
                if fact.sequence >= self.ring.since:
                    return

    async def _begin(self) -> int:
        """Starts at a ring's length before the end. Returns the sequence at which the ring is warm."""
        while True:
            try:
                epoch, first = await self._bus.epoch()
                last = await self._bus.last_sequence()
                break
            except (NatsError, APIError, TimeoutError) as error:
                log.warning("stream not reachable", error=str(error) or type(error).__name__)
                await asyncio.sleep(0.3)
        if epoch != self.epoch:
            is_new = self.epoch != ""
            self.epoch = epoch
            self.position = max(first - 1, last - self._facts, 0)
            self.ring.clear(self.position)
            self.places.clear()
            if is_new:
                log.warning("the stream was made anew")
                for tell in self.recreated:
                    tell()
        if self.position >= last:
            self.caught_up.set()
        return last

    async def _follow(self, target: int) -> None:
        async for fact in self._bus.follow("*", after=self.position):
            frame = Frame(fact, self.places)
            if self.prepare is not None:
                await self.prepare(frame)
            self.ring.append(frame)
            self.position = frame.n
            for hear in self.hear:
                hear(frame)
            if frame.n >= target:
                self.caught_up.set()

    async def _until_recreated(self) -> None:
        """Looks whether the stream is still the same one: after each reconnection, and every few seconds."""
        reconnects, looks = self._bus.reconnects, 0
        while True:
            await asyncio.sleep(_LOOK)
            looks += 1
            if reconnects == self._bus.reconnects and looks % _LOOKS:
                continue
            try:
                epoch, _ = await self._bus.epoch()
            except (NatsError, APIError, TimeoutError):
                continue
            reconnects = self._bus.reconnects
            if epoch != self.epoch:
                return
