"""The SIP of calls, for who looks into one: remembered while it lives, stored a moment after its end.

Nothing waits for it: a message costs a few microseconds, what is stored goes in one write a second, and what a replica
has not yet stored when it dies is lost. Dialogs that become no call (scanners, refused ones) are forgotten first.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError

from antiphon.kit import logs
from antiphon.kit.clock import Clock
from antiphon.kit.protos import timestamp
from antiphon.media import messages, metrics
from antiphon.media.app.traced import Past, told, trace_of
from antiphon.media.domain.call import Call, State
from antiphon.media.domain.ladder import MOST, Rung, in_order, read
from antiphon.media.sip.uri import Hop
from antiphon.media.v1 import media_pb2 as pb

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.store import LadderStore

_DIALOGS = 4096
_STRAGGLERS = 2.0
"""Seconds after the end of a call in which its last answers come."""
_EVERY = 1.0
log = logs.get("media")


@dataclass(frozen=True, slots=True)
class _Over:
    """A call whose ladder is to be stored."""

    due: float
    tenant: str
    call_id: str
    past: Past
    ended_at: datetime


class Ladders:
    """`app.world.Ladders`, and the endpoint's tap."""

    def __init__(self, store: LadderStore, clock: Clock, keep: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep
        self._seen: OrderedDict[str, list[Rung]] = OrderedDict()
        self._over: list[_Over] = []

    def see(self, sent: bool, data: bytes, hop: Hop, now: float) -> None:
        """A message left (`sent`) or came."""
        found = read(data) if self._keep else None
        if found is None:
            return
        call_id, line, sequence, has_sdp, reason = found
        rungs = self._seen.get(call_id)
        if rungs is None:
            rungs = self._seen[call_id] = []
            if len(self._seen) > _DIALOGS:
                self._seen.popitem(last=False)
        if len(rungs) <= MOST:
            rungs.append(Rung(now, sent, f"{hop.host}:{hop.port} {hop.transport}", line, sequence, has_sdp, reason))

    def now(self, live: Live) -> pb.GetCallLadderResponse:
        """The ladder of a call that is going on."""
        found = self._ladder(live.call.id, live.past)
        found.call.CopyFrom(messages.call(live.call))
        return found

    def over(self, call: Call, past: Past) -> None:
        """A call ended."""
        told(call, past)
        metrics.ended(call)
        if not self._keep:
            return
        ended = call.ended_at or self._clock()
        due = asyncio.get_running_loop().time() + _STRAGGLERS
        past.moved(State.ENDED, ended)
        self._over.append(_Over(due, call.tenant, call.id, past, ended))

    async def find(self, tenant: str, call_id: str) -> pb.GetCallLadderResponse:
        """Of a call that is over; without messages when none are kept."""
        return await self._store.find(tenant, call_id) or pb.GetCallLadderResponse(trace_id=trace_of(call_id))

    async def forget(self, call_ids: Sequence[str]) -> None:
        """Somebody's data is erased."""
        await self._store.delete(call_ids)

    async def run(self) -> None:
        """Stores until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_EVERY)
            await self.store(loop.time())

    async def store(self, until: float = float("inf")) -> None:
        """Those that are due: their memory is given back, also when the store is away."""
        due = [one for one in self._over if one.due <= until]
        if not due:
            return
        self._over = [one for one in self._over if one.due > until]
        ladders = [(one.tenant, self._ladder(one.call_id, one.past), one.ended_at) for one in due]
        for one in due:
            for call_id in one.past.dialogs:
                self._seen.pop(call_id, None)
        try:
            await self._store.add([(*one, one[2] + self._keep) for one in ladders])
        except PyMongoError as error:
            log.warning("ladders are lost: the store is away", calls=len(due), error=type(error).__name__)

    def _ladder(self, call_id: str, past: Past) -> pb.GetCallLadderResponse:
        clock, loop = self._clock(), asyncio.get_running_loop().time()
        seen = {sip_id: self._seen[sip_id] for sip_id in past.dialogs if sip_id in self._seen}
        rungs = list(islice(in_order(seen), MOST + 1))
        return pb.GetCallLadderResponse(
            call=pb.Call(id=call_id),
            messages=[_message((past.dialogs[sip_id], sip_id), it, clock - timedelta(seconds=loop - it.at))
                for sip_id, it in rungs[:MOST]
            ],
            steps=[pb.CallStep(at=timestamp(at), state=messages.state_of(state)) for at, state in past.steps],
            trace_id=trace_of(call_id), cut=len(rungs) > MOST,
        )  # fmt: skip


def _message(dialog: tuple[str, str], it: Rung, at: datetime) -> pb.SipMessage:
    leg_id, sip_call_id = dialog
    return pb.SipMessage(
        at=timestamp(at), leg_id=leg_id, sip_call_id=sip_call_id, sent=it.sent, line=it.line, sequence=it.sequence,
        peer=it.peer, has_sdp=it.has_sdp, reason=it.reason,
    )  # fmt: skip
