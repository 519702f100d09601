"""Removing a customer from calls, recordings and voicemail, and what has outlived its time.

The record of a call stays, because it is what was charged; it keeps no number and no name. Recordings, voicemail,
promised callbacks and the SIP of the calls go.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.clock import Clock
from antiphon.kit.erasing import Traces
from antiphon.kit.errors import DomainError
from antiphon.media.store.sounds import RECORDING, VOICEMAIL
from antiphon.media.v1 import events_pb2
from antiphon.media.v1 import media_pb2 as pb

if TYPE_CHECKING:
    from antiphon.directory.v1 import privacy_pb2
    from antiphon.kit.bus import Bus
    from antiphon.media.asks import Asks
    from antiphon.media.ladders import Ladders
    from antiphon.media.store import CallStore, SoundStore

_EVERY, _SETTLES, _DAY, _AGAIN = 2.0, 1.0, 86_400.0, 60.0
_BEGINS = 5.0
"""Services of one start come up in any order; nobody is in a hurry here."""
_FACTS = (
    events_pb2.CallStarted, events_pb2.CallChanged, events_pb2.CallBridged, events_pb2.CallEnded,
    events_pb2.RecordingReady, events_pb2.VoicemailLeft,
)  # fmt: skip
log = logs.get("media")


class Erasing:
    def __init__(
        self, calls: CallStore, sounds: SoundStore, ladders: Ladders, asks: Asks, bus: Bus, clock: Clock
    ) -> None:
        self.calls = calls
        self.sounds = sounds
        self.ladders = ladders
        self.asks = asks
        self.bus = bus
        self.clock = clock

    async def run(self) -> None:
        """Erases what directory asks for, until cancelled."""
        await asyncio.sleep(_BEGINS)
        while True:
            try:
                while (wanted := await self.asks.next_erasure()).erasure_id:
                    await self.asks.report_erasure(wanted.erasure_id, await self.erase(wanted))
            except DomainError as error:
                log.info("an erasure has to wait", reason=error.reason.name)
            except Exception:
                log.exception("an erasure was interrupted")
            await asyncio.sleep(_EVERY)

    async def erase(self, wanted: privacy_pb2.NextErasureResponse) -> dict[str, int]:
        """Removes a customer; how much it was, by kind."""
        tenant = wanted.tenant_id
        traces = Traces.of(wanted.names, wanted.phones, wanted.emails)
        found = [one async for one in self.calls.of_customer(tenant, list(wanted.contact_ids), traces)]
        ids = [call.id for call in found]
        counts = {"calls": len(ids), "recordings": 0, "voicemails": 0}
        for document in await self.sounds.of_calls(tenant, ids):
            counts["recordings" if document["kind"] == RECORDING else "voicemails"] += 1
            await self.sounds.delete(document, self.clock())
        await self.ladders.forget(ids)
        for call in found:
            await self.calls.replace(tenant, _nobodys(call))
        await self.calls.drop_promises(traces)
        await asyncio.sleep(_SETTLES)
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
