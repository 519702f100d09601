"""The brain's state and effects as protobuf messages.

An event carries its item or agent as it is right after the input was handled, so that a reader that applies events in
order (or twice) ends with what is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import assert_never

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.acd.domain import effects
from antiphon.acd.domain.agent import Agent, AgentState
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.channel import CLASSES
from antiphon.acd.domain.decision import Decision
from antiphon.acd.domain.effects import Effect, OfferEnd
from antiphon.acd.domain.inputs import Failure
from antiphon.acd.domain.item import FINISHED, Item, ItemState, Offer, Skills, Step, as_skills
from antiphon.acd.domain.queue import Overflow, Way
from antiphon.acd.domain.strategy import CATALOGUE, Strategy
from antiphon.acd.domain.timer import Timer
from antiphon.acd.v1 import acd_pb2, events_pb2
from antiphon.kit.clock import Millis, from_millis
from antiphon.kit.protos import duration, timestamp

SUBJECT = "subject"
"""Item attribute: what the item is about in its own service."""

_AGENT_STATE = {state: acd_pb2.AgentState.Value(f"AGENT_STATE_{state.name}") for state in AgentState}
_ITEM_STATE = {state: acd_pb2.ItemState.Value(f"ITEM_STATE_{state.name}") for state in ItemState}
_OFFER_END = {end: acd_pb2.OfferEnd.Value(f"OFFER_END_{end.name}") for end in OfferEnd}
WAYS = {way: acd_pb2.Way.Value(f"WAY_{way.name}") for way in Way}
FAILURES = {acd_pb2.OfferFailure.Value(f"OFFER_FAILURE_{how.name}"): how for how in Failure}
_STATE_OF = {value: state for state, value in _AGENT_STATE.items()}


def agent_state(value: acd_pb2.AgentState.ValueType) -> AgentState | None:
    """The domain's word for a protobuf agent state; None for UNSPECIFIED."""
    return _STATE_OF.get(value)


def stamp(at: Millis | None) -> Timestamp | None:
    """An instant of the brain as a Timestamp; None stays unset."""
    return None if at is None else timestamp(from_millis(at))


def agent(of: Agent, brain: Brain) -> acd_pb2.Agent:
    """An agent as everyone may see it."""
    items = brain.floor.items
    return acd_pb2.Agent(
        agent_id=of.agent_id,
        state=_AGENT_STATE[of.state],
        reason=of.reason,
        since=timestamp(from_millis(of.since)),
        load={cls.name.lower(): of.load[cls] for cls in CLASSES},
        capacity={cls.name.lower(): of.capacity[cls] for cls in CLASSES},
        skills=of.skills,
        wrapping=sum(items[item_id].state is ItemState.WRAP for item_id in of.held),
        queue_ids=[seat.queue_id for seat in of.seats],
    )


def item(of: Item) -> acd_pb2.WorkItem:
    """A work item."""
    holding = of.state in (ItemState.CONNECTED, ItemState.WRAP, *FINISHED)
    since = {ItemState.CONNECTED: of.accepted_at, ItemState.WRAP: of.released_at}.get(of.state, of.enqueued_at)
    ends_at = of.timers.get(Timer.WRAP_UP)
    return acd_pb2.WorkItem(
        id=of.item_id,
        queue_id=of.queue_id,
        channel=of.channel,
        state=_ITEM_STATE[of.state],
        priority=of.priority,
        enqueued_at=timestamp(from_millis(of.enqueued_at)),
        agent_id=(of.agent_id or "") if holding else "",
        since=timestamp(from_millis(since)),
        wrap_up_ends_at=timestamp(from_millis(ends_at)) if ends_at is not None else None,
        subject=of.attributes.get(SUBJECT, ""),
        contact_id=of.contact_id,
        disposition=of.disposition,
        callback=of.callback,
        tries=of.tries,
        due_at=stamp(of.timers.get(Timer.CALL)),
    )


def overflow(of: acd_pb2.Overflow) -> Overflow:
    """The domain's word for what a queue does with work it cannot keep; unset refuses."""
    ways = {value: way for way, value in WAYS.items()}
    return Overflow(ways.get(of.way, Way.REFUSE), of.queue_id)


def decision(of: Decision) -> acd_pb2.Decision:
    """Why the ACD decided so, as facts that the desk puts into words."""
    facts = {"level": str(of.level), "key": ",".join(map(str, of.key))}
    facts |= {f"skill.{match.skill}": f"{match.has}/{match.needed}" for match in of.skills}
    return acd_pb2.Decision(
        rule=of.rule,
        position=of.position,
        waited=duration(timedelta(milliseconds=of.waited_ms)),
        facts=facts,
        runners_up=[acd_pb2.RunnerUp(agent_id=rival.agent_id, why_not=rival.lost_by.value) for rival in of.rivals],
    )


def offer(of: Offer, item_id: str, offered_at: Millis, why: Decision | None) -> acd_pb2.Offer:
    """A live offer; `why` is only at hand when it is made."""
    return acd_pb2.Offer(
        item_id=item_id,
        version=of.version,
        agent_id=of.agent_id,
        offered_at=timestamp(from_millis(offered_at)),
        expires_at=timestamp(from_millis(of.expires_at)),
        decision=decision(why) if why is not None else None,
    )


def steps(of: Iterable[acd_pb2.RoutingStep]) -> tuple[Step, ...]:
    """A routing plan."""
    return tuple(
        Step(
            lasts_ms=step.lasts.ToMilliseconds() if step.HasField("lasts") else None,
            skills=as_skills(step.skills) if step.skills or step.replace_skills else None,
            add_queues=tuple(step.add_queues),
            only=step.only_agent_id or None,
            any_of=alternatives(step.any_of) if step.any_of or step.replace_skills else None,
            overflow=overflow(step.overflow) if step.HasField("overflow") else None,
        )
        for step in of
    )


def alternatives(of: Iterable[acd_pb2.SkillSet]) -> tuple[Skills, ...]:
    return tuple(as_skills(one.skills) for one in of)


def strategy(of: Strategy) -> acd_pb2.Strategy:
    """An entry of the catalogue."""
    return acd_pb2.Strategy(
        name=of.name,
        title=of.title,
        advantages=of.advantages,
        drawbacks=of.drawbacks,
        use=of.use,
        known_as=of.aliases,
    )


def strategies() -> list[acd_pb2.Strategy]:
    return [strategy(entry) for entry in CATALOGUE.values()]


def events(of: Sequence[Effect], brain: Brain, at: Millis) -> Iterator[tuple[str, Message]]:
    """(key, event) for each effect that the world is told of."""
    for effect in of:
        told = _event(effect, brain, at)
        if told is not None:
            yield told


def _event(effect: Effect, brain: Brain, at: Millis) -> tuple[str, Message] | None:
    occurred = timestamp(from_millis(at))
    match effect:
        case effects.AgentStateChanged():
            known = brain.floor.agents.get(effect.agent_id)
            if known is None:
                return None
            return effect.agent_id, events_pb2.AgentChanged(occurred_at=occurred, agent=agent(known, brain))
        case effects.AgentGone() | effects.RoutingWidened():
            return None
        case effects.OfferEnded():
            return effect.item_id, events_pb2.OfferEnded(
                occurred_at=occurred,
                item_id=effect.item_id,
                version=effect.version,
                agent_id=effect.agent_id,
                how=_OFFER_END[effect.how],
            )
        case _:
            return effect.item_id, _item_event(effect, brain, at)


def _item_event(
    effect: effects.WorkQueued
    | effects.WorkOffered
    | effects.WorkAccepted
    | effects.WorkAbandoned
    | effects.WorkRequeued
    | effects.WorkScheduled
    | effects.WorkOverflowed
    | effects.WrapUpStarted
    | effects.WorkCompleted,
    brain: Brain,
    at: Millis,
) -> Message:
    occurred = timestamp(from_millis(at))
    now = item(brain.floor.items[effect.item_id])
    match effect:
        case effects.WorkQueued() | effects.WorkRequeued():
            return events_pb2.WorkQueued(occurred_at=occurred, item=now, position=effect.position)
        case effects.WorkScheduled():
            return events_pb2.WorkScheduled(occurred_at=occurred, item=now)
        case effects.WorkOverflowed():
            return events_pb2.WorkOverflowed(occurred_at=occurred, item=now, way=WAYS[effect.way])
        case effects.WorkOffered():
            live = Offer(effect.version, effect.agent_id, effect.queue_id, effect.expires_at)
            made = offer(live, effect.item_id, at, effect.why)
            return events_pb2.WorkOffered(occurred_at=occurred, item=now, offer=made)
        case effects.WorkAccepted():
            return events_pb2.WorkAccepted(occurred_at=occurred, item=now)
        case effects.WorkAbandoned():
            return events_pb2.WorkAbandoned(occurred_at=occurred, item=now, reason=effect.reason.value)
        case effects.WrapUpStarted():
            return events_pb2.WrapUpStarted(occurred_at=occurred, item=now)
        case effects.WorkCompleted():
            return events_pb2.WorkCompleted(occurred_at=occurred, item=now)
        case _:
            assert_never(effect)
