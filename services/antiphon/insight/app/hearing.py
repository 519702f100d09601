"""From events to facts that are kept."""

from __future__ import annotations

from typing import Any, Protocol

from antiphon.acd.v1 import acd_pb2
from antiphon.channels.v1 import channels_pb2
from antiphon.insight.domain.heard import Heard, What
from antiphon.insight.domain.millis import SECOND, Millis
from antiphon.insight.domain.presence import Moment, State
from antiphon.kit.bus import Fact, Handler
from antiphon.kit.clock import to_millis
from antiphon.kit.protos import moment
from antiphon.media.v1 import media_pb2

_MISSED = (
    acd_pb2.OFFER_END_DECLINED, acd_pb2.OFFER_END_RANG_OUT, acd_pb2.OFFER_END_BUSY, acd_pb2.OFFER_END_UNREACHABLE,
)  # fmt: skip
_OWN = "callback"


class Kept(Protocol):
    """What this part needs of the store."""

    async def note(self, tenant: str, fact: Heard) -> None: ...
    async def note_offer(self, tenant: str, item: str, version: int, told: dict[str, Any]) -> None: ...
    async def note_state(self, tenant: str, moment: Moment) -> None: ...
    async def note_queue(self, tenant: str, queue_id: str, card: dict[str, Any]) -> None: ...


class Hearing:
    """The handlers. Each stores what it heard before it returns."""

    def __init__(self, store: Kept, wake: Any) -> None:
        self._store = store
        self._wake = wake

    def item(self, what: What) -> Handler:
        """The handler of an event about a work item."""

        async def hear(fact: Fact) -> None:
            told = told_of_item(fact.event)
            if told is not None:
                about, content = told
                await self._note(fact, about, what, content)

        return hear

    def call(self, what: What) -> Handler:
        """The handler of an event about a call."""

        async def hear(fact: Fact) -> None:
            call = fact.event.call
            await self._note(fact, f"call:{call.id}", what, told_of_call(call))

        return hear

    async def offered(self, fact: Fact) -> None:
        """Besides: an offer of its own, which agents' figures count."""
        offer = fact.event.offer
        told = {"agent": offer.agent_id, "queue": fact.event.item.queue_id, "at": to_millis(moment(offer.offered_at))}
        await self._store.note_offer(fact.tenant, offer.item_id, offer.version, told)
        await self.item(What.OFFERED)(fact)

    async def offer_ended(self, fact: Fact) -> None:
        event = fact.event
        await self._store.note_offer(fact.tenant, event.item_id, event.version, {"missed": event.how in _MISSED})

    async def message(self, fact: Fact) -> None:
        """A word of the customer or of a person; events, notes and the scheme's words only show the conversation."""
        message = fact.event.message
        content = told_of_conversation(fact.event.conversation)
        if message.kind in (channels_pb2.MESSAGE_KIND_TEXT, channels_pb2.MESSAGE_KIND_MENU):
            content["incoming"] = message.direction == channels_pb2.DIRECTION_IN
            content["person"] = message.direction == channels_pb2.DIRECTION_OUT and message.author.startswith("person:")
        content["seq"] = message.seq
        await self._note(fact, f"conversation:{fact.event.conversation.id}", What.MESSAGE, content)

    async def conversation(self, fact: Fact) -> None:
        conversation = fact.event.conversation
        content = told_of_conversation(conversation)
        await self._note(fact, f"conversation:{conversation.id}", What.CHANGED, content)

    async def recorded(self, fact: Fact) -> None:
        recording = fact.event.recording
        await self._note(fact, f"call:{recording.call_id}", What.RECORDED, {"recording": recording.id})

    async def agent(self, fact: Fact) -> None:
        """An agent's state or load changed."""
        agent = fact.event.agent
        order = fact.sequence
        at = to_millis(moment(fact.event.occurred_at))
        await self._store.note_state(fact.tenant, Moment(agent.agent_id, at, order, state_of(agent)))

    async def queue(self, fact: Fact) -> None:
        """A queue's name, project and promise."""
        queue = fact.event.queue
        seconds = queue.target_time.seconds if queue.HasField("target_time") else 0
        card = {"rev": queue.rev, "name": queue.name, "project": queue.project_id, "promise": seconds * SECOND}
        await self._store.note_queue(fact.tenant, queue.id, card)

    async def _note(self, fact: Fact, about: str, what: What, told: dict[str, Any]) -> None:
        at = to_millis(moment(fact.event.occurred_at))
        await self._store.note(fact.tenant, Heard(about, what, at, fact.sequence, told))
        self._wake()


def told_of_item(event: Any) -> tuple[str, dict[str, Any]] | None:
    """What an item's event says, and about which interaction; None for work that is about nothing."""
    item: acd_pb2.WorkItem = event.item
    if item.callback or item.channel == _OWN:
        about = f"callback:{item.id}"
    elif item.subject.startswith(("call:", "conversation:")):
        about = item.subject
    else:
        return None
    told: dict[str, Any] = {
        "item": item.id, "queue": item.queue_id, "agent": item.agent_id, "contact": item.contact_id,
        "disposition": item.disposition, "reason": getattr(event, "reason", ""),
    }  # fmt: skip
    return about, {name: value for name, value in told.items() if value or name == "item"}


def told_of_call(call: media_pb2.Call) -> dict[str, Any]:
    """What a call's event says. The customer is who called, or whom we called."""
    outbound = call.direction == media_pb2.DIRECTION_OUTBOUND
    told: dict[str, Any] = {
        "direction": int(call.direction), "party": call.called if outbound else call.caller,
        "contact": call.contact_id, "project": call.project_id, "recording": call.recording_id,
        "created": _millis(call, "started_at"), "ended": _millis(call, "ended_at"), "result": call.outcome,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def told_of_conversation(conversation: channels_pb2.Conversation) -> dict[str, Any]:
    """What a conversation's event says."""
    told: dict[str, Any] = {
        "channel": conversation.channel, "party": conversation.contact_name, "contact": conversation.contact_id,
        "project": conversation.project_id, "disposition": conversation.disposition,
        "tags": list(conversation.tags), "created": _millis(conversation, "created_at"), "rev": conversation.rev,
        "closed": conversation.status == channels_pb2.CONVERSATION_STATUS_CLOSED, "csat": conversation.rating.score,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def state_of(agent: acd_pb2.Agent) -> State:
    """What an agent's time counts as from now on."""
    if any(agent.load.values()) or agent.wrapping:
        return State.BUSY
    if agent.state == acd_pb2.AGENT_STATE_READY:
        return State.READY
    return State.OFFLINE if agent.state == acd_pb2.AGENT_STATE_OFFLINE else State.PAUSE


def _millis(message: Any, name: str) -> Millis | None:
    return to_millis(moment(getattr(message, name))) if message.HasField(name) else None
