"""What is heard of the work that was done: calls, conversations, agents' time, sales. Facts may come twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from antiphon.acd.v1 import events_pb2 as acd
from antiphon.billing.app.calls import settlements
from antiphon.billing.app.times import instant_of
from antiphon.billing.domain.clients import Step
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.channels.v1.channels_pb2 import CONVERSATION_STATUS_CLOSED
from antiphon.dialer.v1 import events_pb2 as dialer
from antiphon.kit.bus import Fact, Table
from antiphon.media.v1.events_pb2 import CallEnded

SUBJECTS = ("call:", "conversation:")


class Pieces(Protocol):
    """What this needs of the store."""

    async def learn(self, tenant: str, piece_id: str, known: Mapping[str, Any]) -> None: ...

    async def step(self, tenant: str, piece_id: str, step: Step) -> None: ...

    async def result(self, tenant: str, piece_id: str, attempt: str, said: tuple[int, int, str]) -> None: ...


def table(pieces: Pieces) -> Table:
    """Event → what it tells of a piece."""

    async def call(fact: Fact) -> None:
        it = fact.event.call
        known = {
            "project": it.project_id,
            "at": instant_of(it.started_at),
            "contact": it.HasField("answered_at"),
            "talk": it.talked.seconds if it.HasField("talked") else 0,
            "records": [f"{one.record.switch}/{one.record.key}" for one in settlements(it) if not one.record.free],
        }
        await pieces.learn(fact.tenant, f"call:{it.id}", known)

    async def conversation(fact: Fact) -> None:
        it = fact.event.conversation
        if it.status == CONVERSATION_STATUS_CLOSED:
            known = {"project": it.project_id, "at": instant_of(it.created_at), "contact": True}
            await pieces.learn(fact.tenant, f"conversation:{it.id}", known)

    async def attempt(fact: Fact) -> None:
        it = fact.event.attempt
        if it.call_id:
            await pieces.learn(fact.tenant, f"call:{it.call_id}", {"campaign": it.campaign_id})

    async def result(fact: Fact) -> None:
        it = fact.event.attempt
        if it.call_id:
            said = instant_of(fact.event.occurred_at), it.amount.micros, it.amount.currency
            await pieces.result(fact.tenant, f"call:{it.call_id}", it.id, said)

    async def item(fact: Fact) -> None:
        it = fact.event.item
        if it.subject.startswith(SUBJECTS):
            takes = isinstance(fact.event, acd.WorkAccepted)
            step = Step(instant_of(fact.event.occurred_at), it.id, takes)
            await pieces.step(fact.tenant, it.subject, step)

    return {
        CallEnded: call,
        channels.ConversationChanged: conversation,
        dialer.AttemptEnded: attempt,
        dialer.ResultRecorded: result,
        acd.WorkAccepted: item,
        acd.WorkQueued: item,
        acd.WorkAbandoned: item,
        acd.WorkCompleted: item,
    }
