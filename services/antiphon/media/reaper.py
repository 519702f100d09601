"""Ends the calls of a replica that died: says BYE to both sides, frees the engine, gives work items back, writes the
record. One replica does it at a time, and each step may be done twice.

A replica holds a lease; a call whose replica holds none any more is an orphan. Its entry has been written with every
change, so little is missing: a call that was just being set up may have no dialog yet, and its INVITE ends by itself.
"""

from __future__ import annotations

import asyncio
from typing import Any

from antiphon.kit import logs
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.leases import Leases
from antiphon.media import messages
from antiphon.media.asks import Asks
from antiphon.media.books import Books
from antiphon.media.domain import cdr
from antiphon.media.endpoint.endpoint import Endpoint
from antiphon.media.ng.cluster import Cluster
from antiphon.media.recording.store import Wanted
from antiphon.media.registry import Entry, Registry
from antiphon.media.sip.syntax import ParseError

_LOOK = 1.0
_SEEN_DEAD = 3
"""A replica that has just started may not hold its lease yet: it must be missing so many times in a row."""
_SWEEP_EVERY, _SEEN_STRAY = 5, 3
"""Every so many looks engines are searched; a call is known long before it would be missed so often."""
_OURS = "cl_"
log = logs.get("media")


def lease_of(replica: str) -> str:
    return f"media.{replica}"


class Reaper:
    """Runs while it holds the lease "media-reaper"."""

    def __init__(self, own: Leases, registry: Registry, books: Books, asks: Asks) -> None:
        self._leases = own
        self._registry = registry
        self._books = books
        self._asks = asks
        self._strays: dict[tuple[str, str], int] = {}
        self.endpoint: Endpoint = None  # type: ignore[assignment]  # set by wiring
        self.engines: Cluster = None  # type: ignore[assignment]
        self.clock: Clock = None  # type: ignore[assignment]

    async def run(self, replica: str) -> None:
        """For ever."""
        await self._leases.hold("media-reaper", replica, lambda lease: self._reap(replica))

    async def _reap(self, own: str) -> None:
        missing: dict[str, int] = {}
        looks = 0
        while True:
            others = {entry.replica for entry in self._registry.entries.values()} - {own}
            for other in others:
                held = await self._leases.is_held(lease_of(other))
                missing[other] = 0 if held else missing.get(other, 0) + 1
                if missing[other] >= _SEEN_DEAD:
                    await self._bury(other)
            looks += 1
            if looks % _SWEEP_EVERY == 0:
                await self._free_strays()
            await asyncio.sleep(_LOOK)

    async def _free_strays(self) -> None:
        """Frees sessions of engines that belong to no call: whoever began them died before the call was known."""
        seen: dict[tuple[str, str], int] = {}
        for node in self.engines.nodes:
            for call_id in (await self._asks.quietly(node.sessions()) or ()) if node.alive else ():
                if call_id.startswith(_OURS) and call_id not in self._registry.entries:
                    seen[node.name, call_id] = times = self._strays.get((node.name, call_id), 0) + 1
                    if times >= _SEEN_STRAY:
                        log.warning("a session of no call is freed", call_id=call_id)
                        await self._asks.quietly(node.ask("delete", {"call-id": call_id, "delete delay": 0}))
        self._strays = seen

    async def _bury(self, replica: str) -> None:
        orphans = [(i, e) for i, e in self._registry.entries.items() if e.replica == replica]
        log.warning("a replica died", replica=replica, calls=len(orphans))
        for call_id, entry in orphans:
            try:
                await self._end(call_id, entry)
            except DomainError as error:
                log.warning("an orphan could not be ended yet", call_id=call_id, reason=error.reason.name)

    async def _end(self, call_id: str, entry: Entry) -> None:
        for dialog in entry.dialogs.values():
            self._hang_up(dialog)
        if entry.anchor:
            await self._asks.quietly(self._free(entry.anchor))
        for item_id in entry.items:
            await self._asks.finish(entry.tenant, item_id, "closed")
        call = messages.revived(entry.tenant, entry.call, entry.rev + 1, entry.number_id)
        call = cdr.closed(call, self.clock(), cdr.LOST)
        await self._books.close_record(call)
        if call.recorded:
            channels = {int(port): side for port, side in entry.ports.items()}
            await self._books.keep_recording(call, Wanted(channels, opus=frozenset(entry.anchor.get("opus", ()))))

    def _hang_up(self, dialog: Any) -> None:
        try:
            leg = self.endpoint.adopt(dialog)
        except (KeyError, ParseError, TypeError):
            return
        leg.on_event = lambda event: None
        leg.hang_up()

    async def _free(self, anchor: Any) -> None:
        await self.engines.resume(anchor).end()
