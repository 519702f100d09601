"""The end of a conversation: release, after-contact work, completion.

Wrap-up occupies the agent exactly as the conversation did, in every queue he sits in, because it keeps the load: there
is no separate "in wrap-up" flag that another queue could overlook. It always ends: by the agent, at the queue's limit,
or at the tenant-wide lease.
"""

from antiphon.acd.domain.effects import Completed, WorkCompleted, WrapUpStarted
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import WorkReleased, WrapUpEnded
from antiphon.acd.domain.item import FINISHED, Item, ItemState, Turn
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.policy import NO_WRAP_UP, WrapUpMode
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.timer import Timer

# Names of their own on the way every item takes: see offering.
_CONNECTED, _COMPLETED, _NONE, _BY_AGENT = ItemState.CONNECTED, Turn.COMPLETED, WrapUpMode.NONE, Completed.BY_AGENT


def release(floor: Floor, fact: WorkReleased, now: Millis) -> None:
    """The conversation is over."""
    item = floor.item(fact.item_id)
    if item.agent_id != fact.agent_id:
        raise Refusal(Reason.NOT_YOURS, item=item.item_id, state=item.state, agent=fact.agent_id)
    if item.state is _CONNECTED:
        begin_wrap_up(floor, item, now)


def begin_wrap_up(floor: Floor, item: Item, now: Millis, *, skip: bool = False) -> None:
    """Start what the queue asks for after a conversation, or complete at once; `skip`: it only rests."""
    assert item.agent_id is not None
    agent = floor.agents[item.agent_id]
    item.released_at = now
    agent.talk_ms += now - item.accepted_at
    wrap_up = floor.queues[item.queues[0]].settings.wrap_up if item.queues else NO_WRAP_UP
    if skip or wrap_up.mode is _NONE:
        complete(floor, item, _BY_AGENT, now)
        return
    item.move(Turn.RELEASED)
    floor.touch(item, agent)
    ends_at = now + (floor.policy.wrap_lease_ms if wrap_up.limit_ms is None else wrap_up.limit_ms)
    floor.deadlines.clear(item, Timer.LEASE)
    floor.deadlines.set(item, Timer.WRAP_UP, ends_at)
    floor.tell(WrapUpStarted(item.item_id, agent.agent_id, ends_at))


def end_wrap_up(floor: Floor, fact: WrapUpEnded, now: Millis) -> None:
    """The agent is finished, with the disposition the queue may insist on."""
    item = floor.item(fact.item_id)
    if item.agent_id != fact.agent_id:
        raise Refusal(Reason.NOT_YOURS, item=item.item_id, state=item.state, agent=fact.agent_id)
    if item.state in FINISHED:
        return
    if item.state is not ItemState.WRAP:
        raise Refusal(Reason.ILLEGAL_TRANSITION, item=item.item_id, state=item.state, turn=Turn.COMPLETED)
    mode = floor.queues[item.queue_id].settings.wrap_up.mode
    if mode is WrapUpMode.MANDATORY and not fact.disposition:
        raise Refusal(Reason.DISPOSITION_NEEDED, item=item.item_id)
    item.disposition = fact.disposition
    complete(floor, item, Completed.BY_AGENT, now)


def complete(floor: Floor, item: Item, how: Completed, now: Millis) -> None:
    """The agent is free of it; `item.released_at` has been set."""
    assert item.agent_id is not None
    agent = floor.agents[item.agent_id]
    item.move(_COMPLETED)
    agent.end_contact(now)
    floor.let_go(agent, item)
    floor.tell(
        WorkCompleted(
            item.item_id,
            agent.agent_id,
            item.disposition,
            item.released_at - item.accepted_at,
            now - item.released_at,
            how,
        )
    )
    floor.finish(item)
