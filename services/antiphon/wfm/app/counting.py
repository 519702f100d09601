"""What the ACD tells, kept; and what is made of it: history an interval, states an agent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from antiphon.acd.v1 import acd_pb2
from antiphon.kit.bus import Fact
from antiphon.kit.clock import EPOCH, Clock
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.tokens import Caller
from antiphon.wfm.app.fields import LENGTHS
from antiphon.wfm.domain.adherence import AWAY, PAUSE, WORK
from antiphon.wfm.domain.reasons import refuse
from antiphon.wfm.v1 import wfm_pb2 as pb

MOST_DAYS = 1100
USUAL = timedelta(days=7)


class Kept(Protocol):
    """What this part needs of the store."""

    async def note_contact(
        self, tenant: str, item_id: str, queue_id: str, told: dict[str, Any], agent: str = ""
    ) -> None: ...
    async def note_state(self, tenant: str, agent_id: str, at: datetime, state: str, reason: str) -> None: ...
    async def contacts(self, tenant: str, queue_id: str, since: datetime, until: datetime) -> list[dict[str, Any]]: ...


class Counting:
    """Hears facts, answers for history."""

    def __init__(self, store: Kept, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def hear_queued(self, fact: Fact) -> None:
        """A contact entered a queue; coming back to it is not a new one."""
        await self._note(fact, offered_at=moment(fact.event.item.enqueued_at))

    async def hear_accepted(self, fact: Fact) -> None:
        await self._note(fact, fact.event.item.agent_id, answered_at=moment(fact.event.occurred_at))

    async def hear_abandoned(self, fact: Fact) -> None:
        await self._note(fact, abandoned_at=moment(fact.event.occurred_at))

    async def hear_completed(self, fact: Fact) -> None:
        await self._note(fact, ended_at=moment(fact.event.occurred_at))

    async def hear_agent(self, fact: Fact) -> None:
        """An agent's state or load changed: at work while ready, or while he still holds something."""
        agent = fact.event.agent
        busy = any(agent.load.values()) or agent.wrapping
        if agent.state == acd_pb2.AGENT_STATE_READY or busy:
            state = WORK
        elif agent.state == acd_pb2.AGENT_STATE_OFFLINE:
            state = AWAY
        else:
            state = PAUSE
        await self._store.note_state(fact.tenant, agent.agent_id, moment(fact.event.occurred_at), state, agent.reason)

    async def history(self, caller: Caller, request: pb.GetHistoryRequest) -> pb.GetHistoryResponse:
        """Counts the contacts of a queue."""
        minutes = request.interval_minutes or 30
        until = moment(request.to) if request.HasField("to") else self._clock()
        since = moment(getattr(request, "from")) if request.HasField("from") else until - USUAL
        if minutes not in LENGTHS or not timedelta() < until - since <= timedelta(days=MOST_DAYS):
            raise refuse("from", f"a span up to {MOST_DAYS} days, intervals of {', '.join(map(str, LENGTHS))} minutes")
        found = await self._store.contacts(caller.tenant, request.queue_id, since, until)
        return pb.GetHistoryResponse(
            intervals=[
                pb.Interval(
                    start=timestamp(start),
                    offered=one.offered,
                    answered=one.answered,
                    abandoned=one.abandoned,
                    aht_seconds=one.aht_s,
                )
                for start, one in sorted(counted(found, minutes).items())
            ]
        )

    async def _note(self, fact: Fact, agent: str = "", **told: datetime) -> None:
        if fact.event.item.queue_id:
            await self._store.note_contact(fact.tenant, fact.event.item.id, fact.event.item.queue_id, told, agent)


@dataclass(slots=True)
class Count:
    """One interval."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    handled: int = 0
    handled_s: float = 0.0

    @property
    def aht_s(self) -> float:
        return self.handled_s / self.handled if self.handled else 0.0


def counted(contacts: Iterable[Mapping[str, Any]], minutes: int) -> dict[datetime, Count]:
    """Contacts by the interval in which they were offered."""
    step = timedelta(minutes=minutes)
    found: dict[datetime, Count] = {}
    for contact in contacts:
        offered = contact["offered_at"]
        count = found.setdefault(offered - (offered - EPOCH) % step, Count())
        count.offered += 1
        answered, ended = contact.get("answered_at"), contact.get("ended_at")
        if answered is not None:
            count.answered += 1
            if ended is not None and ended >= answered:
                count.handled += 1
                count.handled_s += (ended - answered).total_seconds()
        elif contact.get("abandoned_at") is not None:
            count.abandoned += 1
    return found
