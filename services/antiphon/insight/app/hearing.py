"""From events to facts that are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from google.protobuf.message import Message

from antiphon.acd.v1 import acd_pb2
from antiphon.channels.v1 import channels_pb2
from antiphon.directory.v1 import deals_pb2
from antiphon.insight.domain.heard import Heard, What
from antiphon.insight.domain.millis import SECOND, Millis
from antiphon.insight.domain.presence import Moment, State
from antiphon.kit.bus import Fact
from antiphon.kit.clock import to_millis
from antiphon.kit.protos import moment
from antiphon.media.v1 import media_pb2

_MISSED = (
    acd_pb2.OFFER_END_DECLINED, acd_pb2.OFFER_END_RANG_OUT, acd_pb2.OFFER_END_BUSY, acd_pb2.OFFER_END_UNREACHABLE,
)  # fmt: skip
_OWN = "callback"


@dataclass(slots=True)
class Notes:
    """What is to be kept of facts that were heard together, each with its tenant."""

    facts: list[tuple[str, Heard]] = field(default_factory=list)
    offers: list[tuple[str, str, int, dict[str, Any]]] = field(default_factory=list)
    """Tenant, item, version, what is known of the offer."""
    states: list[tuple[str, Moment]] = field(default_factory=list)
    queues: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Tenant, queue, its card."""
    campaigns: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Tenant, campaign, its card."""


Hear: TypeAlias = Callable[[Fact, Notes], None]
"""Notes what a fact says."""


class Kept(Protocol):
    """What this part needs of the store."""

    async def note(self, notes: Notes) -> None: ...


class Hearing:
    """Stores what it heard before it returns. `table`: event → how it is heard."""

    def __init__(self, store: Kept, wake: Callable[[], None], table: Mapping[type[Message], Hear]) -> None:
        self._store = store
        self._wake = wake
        self._table = table

    async def hear(self, facts: Sequence[Fact]) -> None:
        notes = Notes()
        for fact in facts:
            self._table[type(fact.event)](fact, notes)
        await self._store.note(notes)
        if notes.facts:
            self._wake()


def item(what: What) -> Hear:
    """How an event about a work item is heard."""

    def hear(fact: Fact, notes: Notes) -> None:
        told = told_of_item(fact.event)
        if told is not None:
            _note(notes, fact, told[0], what, told[1])

    return hear


def call(what: What) -> Hear:
    """How an event about a call is heard."""

    def hear(fact: Fact, notes: Notes) -> None:
        _note(notes, fact, f"call:{fact.event.call.id}", what, told_of_call(fact.event.call))

    return hear


_WORDS = (
    channels_pb2.MESSAGE_KIND_TEXT, channels_pb2.MESSAGE_KIND_MENU, channels_pb2.MESSAGE_KIND_TEMPLATE,
)  # fmt: skip
_queue_offered = item(What.OFFERED)


def offered(fact: Fact, notes: Notes) -> None:
    """Besides: an offer of its own, which agents' figures count."""
    offer = fact.event.offer
    told = {"agent": offer.agent_id, "queue": fact.event.item.queue_id, "at": to_millis(moment(offer.offered_at))}
    notes.offers.append((fact.tenant, offer.item_id, offer.version, told))
    _queue_offered(fact, notes)


def offer_ended(fact: Fact, notes: Notes) -> None:
    event = fact.event
    notes.offers.append((fact.tenant, event.item_id, event.version, {"missed": event.how in _MISSED}))


def message(fact: Fact, notes: Notes) -> None:
    """A word of the customer or of a person, or that a person began; other events, notes and the scheme's words only
    show the conversation."""
    said = fact.event.message
    content = told_of_conversation(fact.event.conversation)
    if said.kind == channels_pb2.MESSAGE_KIND_EVENT and said.event == "started":
        content["begun"] = True
    if said.kind in _WORDS:
        content["incoming"] = said.direction == channels_pb2.DIRECTION_IN
        content["person"] = said.direction == channels_pb2.DIRECTION_OUT and said.author.startswith("person:")
    content["seq"] = said.seq
    _note(notes, fact, f"conversation:{fact.event.conversation.id}", What.MESSAGE, content)


def conversation(fact: Fact, notes: Notes) -> None:
    it = fact.event.conversation
    _note(notes, fact, f"conversation:{it.id}", What.CHANGED, told_of_conversation(it))


def recorded(fact: Fact, notes: Notes) -> None:
    recording = fact.event.recording
    _note(notes, fact, f"call:{recording.call_id}", What.RECORDED, {"recording": recording.id})


def agent(fact: Fact, notes: Notes) -> None:
    """An agent's state or load changed."""
    it = fact.event.agent
    at = to_millis(moment(fact.event.occurred_at))
    notes.states.append((fact.tenant, Moment(it.agent_id, at, fact.sequence, state_of(it))))


def queue(fact: Fact, notes: Notes) -> None:
    """A queue's name, project and promise."""
    it = fact.event.queue
    seconds = it.target_time.seconds if it.HasField("target_time") else 0
    card = {"rev": it.rev, "name": it.name, "project": it.project_id, "promise": seconds * SECOND}
    notes.queues.append((fact.tenant, it.id, card))


def attempt(fact: Fact, notes: Notes) -> None:
    """A campaign's call: which campaign it was."""
    it = fact.event.attempt
    if it.call_id and it.campaign_id:
        _note(notes, fact, f"call:{it.call_id}", What.CAMPAIGN, {"campaign": it.campaign_id})


def campaign(fact: Fact, notes: Notes) -> None:
    """A campaign's name."""
    it = fact.event.campaign
    notes.campaigns.append((fact.tenant, it.id, {"rev": it.rev, "name": it.name}))


def deal(fact: Fact, notes: Notes) -> None:
    """How a deal stands, noted at what brought it; what was taken for that before lost it."""
    event = fact.event
    told = told_of_deal(event)
    if event.source_interaction:
        _note(notes, fact, event.source_interaction, What.DEAL, told)
    if event.earlier_interaction:
        _note(notes, fact, event.earlier_interaction, What.DEAL, {"deal": event.deal_id, "rev": event.rev})


def deal_deleted(fact: Fact, notes: Notes) -> None:
    event = fact.event
    if event.source_interaction:
        _note(notes, fact, event.source_interaction, What.DEAL, {"deal": event.deal_id, "rev": event.rev})


def _note(notes: Notes, fact: Fact, about: str, what: What, told: dict[str, Any]) -> None:
    at = to_millis(moment(fact.event.occurred_at))
    notes.facts.append((fact.tenant, Heard(about, what, at, fact.sequence, told)))


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
        "disposition": item.disposition, "reason": getattr(event, "reason", ""), "due": _millis(item, "due_at"),
    }  # fmt: skip
    return about, {name: value for name, value in told.items() if value or name == "item"}


def told_of_call(call: media_pb2.Call) -> dict[str, Any]:
    """What a call's event says. The customer is who called, or whom we called."""
    outbound = call.direction == media_pb2.DIRECTION_OUTBOUND
    told: dict[str, Any] = {
        "direction": int(call.direction), "party": call.called if outbound else call.caller,
        "contact": call.contact_id, "project": call.project_id, "recording": call.recording_id,
        "created": _millis(call, "started_at"), "ended": _millis(call, "ended_at"), "result": call.outcome,
        "csat": call.rating, "line": call.called if call.direction == media_pb2.DIRECTION_INBOUND else "",
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def told_of_deal(event: Any) -> dict[str, Any]:
    """What a deal's event says; its words stay where they are."""
    told: dict[str, Any] = {
        "deal": event.deal_id, "rev": event.rev, "won": event.state == deals_pb2.DEAL_STATE_WON,
        "since": to_millis(moment(event.closed_at if event.HasField("closed_at") else event.occurred_at)),
        "currency": event.amount.currency, "micros": event.amount.micros,
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
