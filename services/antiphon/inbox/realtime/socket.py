"""One browser: hello, catching up, then live.

Catching up reads from the stream and the ring at the socket's own pace; at the moment when nothing is left it turns
live, with no await in between, so that no fact falls into a gap. From then on facts go through a bounded lane which one
writer task empties. `n` only grows; what is at or below the client's cursor is never sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from nats.errors import Error as NatsError
from nats.js.errors import APIError
from starlette.websockets import WebSocket, WebSocketDisconnect

from antiphon.inbox import wire
from antiphon.inbox.domain import visibility
from antiphon.inbox.domain.bucket import Bucket
from antiphon.inbox.domain.lane import Lane
from antiphon.inbox.domain.visibility import Verdict, Verdicts, Viewer
from antiphon.inbox.realtime.feed import Feed
from antiphon.inbox.realtime.frames import Frame
from antiphon.inbox.settings import Settings
from antiphon.kit.clock import Clock

AGAIN, SLOW, RESYNC, SIGN_IN, NOT_NOW, BAD_FRAME = 1012, 4008, 4009, 4401, 1013, 1008
_UPSTREAM_BYTES = 8192
_CHUNK = 500
_STREAM_SECONDS = 10.0


class Hello(msgspec.Struct):
    """The client's first frame."""

    t: str
    ticket: str
    epoch: str
    since: int
    subs: list[str] = []


@dataclass(frozen=True, slots=True)
class Ending:
    code: int
    why: str


class Ended(Exception):
    """Leaves the task group when the socket must close."""


class Socket:
    """One WebSocket after its ticket was taken."""

    def __init__(self, ws: WebSocket, feed: Feed, clock: Clock, settings: Settings) -> None:
        self._ws = ws
        self._feed = feed
        self._clock = clock
        self._settings = settings
        self._lane = Lane(settings.lane_frames, settings.lane_bytes)
        self._wake = asyncio.Event()
        self._over = asyncio.Event()
        self._live = False
        self._cursor = 0
        self.viewer: Viewer | None = None
        self.tenant = ""
        self.subject = ""
        self.topics: set[str] = set()
        self.ending: Ending | None = None
        self.upstream: Callable[[dict[str, Any]], Awaitable[None]] | None = None

    async def run(self, hello: Hello) -> None:
        """Serves the socket until it ends. `viewer` and `tenant` are set before."""
        self._cursor = hello.since
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._until_over())
                group.create_task(self._read())
                group.create_task(self._write(hello))
        except* (Ended, WebSocketDisconnect):  # an end of ours, or the client went away
            pass
        await self._farewell()

    def offer(self, frame: Frame, verdicts: Verdicts) -> None:
        """A fact of this tenant, in stream order. Ignored while catching up: it is in the ring."""
        if not self._live or self.ending is not None or frame.n <= self._cursor:
            return
        text = self._text_for(frame, verdicts)
        self._cursor = frame.n
        if text:
            self._lane.fact(text)
            if self._lane.full:
                self.end(SLOW, "slow")
            self._wake.set()

    def ephemeral(self, key: str, text: str) -> None:
        """Something without a number: the newest of a key is enough."""
        if self.ending is None:
            self._lane.ephemeral(key, text)
            self._wake.set()

    def end(self, code: int, why: str) -> None:
        """Closes the socket soon."""
        if self.ending is None:
            self.ending = Ending(code, why)
            self._over.set()

    def resync(self, why: str) -> None:
        """Tells the client to load a new snapshot."""
        self.end(RESYNC, why)

    def holds(self, conversation: str) -> bool:
        """True when the conversation is this person's own."""
        place = self._feed.places.get(self.tenant, conversation)
        return bool(self.viewer and place and place.holder and place.holder == self.viewer.person_id)

    def _text_for(self, frame: Frame, verdicts: Verdicts) -> str:
        """The frame as this viewer gets it; empty when it does not."""
        assert self.viewer is not None
        told = verdicts.of(self.viewer)
        if told is Verdict.HIDE:
            return ""
        if told is Verdict.REMOVE:
            self.topics.discard(f"conversation:{frame.subject}")
            return frame.removal
        return frame.text

    async def _until_over(self) -> None:
        try:
            async with asyncio.timeout(self._settings.socket_life):
                await self._over.wait()
        except TimeoutError:
            self.end(AGAIN, "come_again")
        raise Ended

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        bucket = Bucket(rate=20, burst=60, left=60, at=loop.time())
        while True:
            text = await receive_text(self._ws)
            if len(text) > _UPSTREAM_BYTES or not bucket.take(loop.time()):
                self.end(BAD_FRAME, "too_much")
                return
            try:
                frame = msgspec.json.decode(text)
            except (msgspec.DecodeError, RecursionError):
                frame = None
            if not isinstance(frame, dict):
                self.end(BAD_FRAME, "not_a_frame")
                return
            if self.upstream is not None:
                await self.upstream(frame)

    async def _write(self, hello: Hello) -> None:
        await self._send({"t": "hello", "n": self._feed.position, "now": self._now()})
        await self._catch_up(hello)
        loop = asyncio.get_running_loop()
        beat = loop.time() + self._settings.heartbeat
        while True:
            while (text := self._lane.pop()) is not None:
                await self._ws.send_text(text)
            if loop.time() >= beat:
                await self._send({"t": "hb", "n": max(self._cursor, self._feed.position), "now": self._now()})
                beat = loop.time() + self._settings.heartbeat
            self._wake.clear()
            if not len(self._lane):
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, beat - loop.time())):
                        await self._wake.wait()

    async def _catch_up(self, hello: Hello) -> None:
        if why := await self._why_resync(hello):
            self.resync(why)
            return
        while (frames := self._feed.ring.after(self._cursor, _CHUNK)) != []:
            if frames is None:
                if not await self._reread():
                    return
                continue
            for frame in frames:
                if not await self._pass(frame):
                    return
            await asyncio.sleep(0)
        self._live = True

    async def _why_resync(self, hello: Hello) -> str:
        """Why the client's position cannot be continued; empty when it can."""
        if hello.epoch != self._feed.epoch:
            return "epoch"
        if hello.since > self._feed.position:
            return "" if hello.since <= (await self._feed.cursor())[1] else "future"
        if hello.since < self._feed.ring.since:
            if self._feed.ring.since - hello.since > self._settings.replay_facts:
                return "too_far"
            if hello.since + 1 < await self._feed.first():
                return "too_old"
        return ""

    async def _reread(self) -> bool:
        """Reads from the stream what the ring no longer holds. False when the socket ends instead."""
        if self._feed.ring.since - self._cursor > self._settings.replay_facts:
            self.end(SLOW, "slow")
            return False
        try:
            async with asyncio.timeout(_STREAM_SECONDS), aclosing(self._feed.reread(self._cursor)) as old:
                async for frame in old:
                    if not await self._pass(frame):
                        return False
        except (TimeoutError, NatsError, APIError):
            self.resync("replay")
            return False
        return True

    async def _pass(self, frame: Frame) -> bool:
        """Sends one frame while catching up. False when the socket ends instead: the past holds a change of what this
        viewer may see, and only a snapshot is right then."""
        if frame.n <= self._cursor:
            return True
        if frame.tenant == self.tenant and self.viewer is not None:
            leave = visibility.must_leave(self.viewer, frame.kind, frame.event)
            if leave is visibility.Leave.SESSION_ENDED:
                self.end(SIGN_IN, leave.value)
                return False
            if leave is not None or (frame.kind in visibility.MEMBERSHIP_FACTS and not self.viewer.watches):
                self.resync(leave.value if leave else "membership")
                return False
            if text := self._text_for(frame, frame.verdicts()):
                await self._ws.send_text(text)
        self._cursor = frame.n
        return True

    async def _farewell(self) -> None:
        """The last frames: bounded, because the reader may be the reason for the end."""
        if self.ending is None:
            return
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(5):
                if self.ending.code == RESYNC:
                    await self._send({"t": "resync", "why": self.ending.why})
                await self._ws.close(self.ending.code, self.ending.why)

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._ws.send_text(wire.encode(frame).decode())

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def receive_text(ws: WebSocket) -> str:
    """The next text frame; a binary one reads as empty. Raises WebSocketDisconnect."""
    message = await ws.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    return message.get("text") or ""
