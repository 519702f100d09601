"""Removing a customer from calls, recordings and voicemail, and what has outlived its time.

The record of a call stays, because it is what was charged; it keeps no number and no name. Recordings, voicemail,
faxes, promised callbacks and the SIP of the calls go. Nobody is erased while on the line: it is tried again when the
call is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.clock import Clock
from antiphon.kit.erasing import Rounds, Traces, traces_of
from antiphon.kit.errors import Common, DomainError
from antiphon.media.store.sounds import RECORDING, VOICEMAIL
from antiphon.media.v1 import events_pb2
from antiphon.media.v1 import media_pb2 as pb

if TYPE_CHECKING:
    from antiphon.directory.v1 import privacy_pb2
    from antiphon.kit.bus import Bus
    from antiphon.media.asks import Asks
    from antiphon.media.ladders import Ladders
    from antiphon.media.store import CallStore, FaxStore, SoundStore

_SETTLES, _DAY, _AGAIN = 1.0, 86_400.0, 60.0
_FACTS = (
    events_pb2.CallStarted, events_pb2.CallChanged, events_pb2.CallBridged, events_pb2.CallEnded,
    events_pb2.RecordingReady, events_pb2.VoicemailLeft,
)  # fmt: skip
log = logs.get("media")


class Erasing:
    def __init__(
        self, kept: tuple[CallStore, SoundStore, FaxStore], ladders: Ladders, asks: Asks, bus: Bus, clock: Clock
    ) -> None:
        self.calls, self.sounds, self.faxes = kept
        self.ladders = ladders
        self.asks = asks
        self.bus = bus
        self.clock = clock
        self.live: Callable[[], Iterable[tuple[str, pb.Call]]] = tuple
        """(tenant, call) of what goes on."""
        self.rounds = Rounds(asks, self.erase)

    async def erase(self, wanted: privacy_pb2.NextErasureResponse) -> dict[str, int]:
        """Removes a customer; how much it was, by kind."""
        tenant = wanted.tenant_id
        traces = traces_of(wanted)
        if any(_is_with(call, wanted.contact_ids, traces) for owner, call in self.live() if owner == tenant):
            raise DomainError(Common.UNAVAILABLE, "the customer is on the line")
        found = [one async for one in self.calls.of_customer(tenant, list(wanted.contact_ids), traces)]
        ids = [call.id for call in found]
        faxes = await self.faxes.of_customer(tenant, ids, traces)
        counts = {"calls": len(ids), "recordings": 0, "voicemails": 0, "faxes": len(faxes)}
        for document in await self.sounds.of_calls(tenant, ids):
            counts["recordings" if document["kind"] == RECORDING else "voicemails"] += 1
            await self.sounds.delete(document, self.clock())
        await self.ladders.forget(ids)
        for call in found:
            await self.calls.replace(tenant, _nobodys(call))
        for fax_id in faxes:
            await self.faxes.delete(fax_id)
        await self.calls.drop_promises(tenant, traces)
        await asyncio.sleep(_SETTLES)
        for fax_id in faxes:
            await self.bus.forget(events_pb2.FaxChanged, tenant, fax_id)
        for call_id in ids:
            for kind in _FACTS:
                await self.bus.forget(kind, tenant, call_id)
        return counts

    async def keep_time(self) -> None:
        """Once a day: what is older than its tenant keeps it. Until cancelled."""
        await asyncio.sleep(_AGAIN)
        while True:
            pause = _DAY
            try:
                await self.forget_old()
            except DomainError as error:
                log.info("forgetting what is old has to wait", reason=error.reason.name)
                pause = _AGAIN
            await asyncio.sleep(pause)

    async def forget_old(self) -> int:
        """One round over all tenants; how many sounds were deleted."""
        now, count = self.clock(), 0
        for kept in await self.asks.retentions():
            for kind, days in ((RECORDING, kept.recordings), (VOICEMAIL, kept.voicemails)):
                while days and (old := await self.sounds.older(kept.tenant_id, kind, now - timedelta(days=days))):
                    for document in old:
                        await self.sounds.delete(document, now)
                    count += len(old)
        return count


def _is_with(call: pb.Call, contact_ids: Sequence[str], traces: Traces) -> bool:
    over = call.state == pb.CALL_STATE_ENDED
    return not over and (call.contact_id in contact_ids or traces.within(call.SerializeToString()))


def _nobodys(call: pb.Call) -> pb.Call:
    """The record without whom it was with; people of the company and own numbers stay."""
    kept = pb.Call()
    kept.CopyFrom(call)
    kept.caller, kept.consulting = "", ""
    if call.direction == pb.DIRECTION_OUTBOUND:
        kept.called = ""
    for leg in kept.legs:
        if not leg.person_id:
            leg.number = ""
    return kept
