"""What happens to work: it comes, is accepted or taken by hand, and leaves.

Every function checks before it changes, so a refusal has changed nothing, and a repeat of what has already happened
returns quietly. While an item waits or rings it may have the timers STEP, LEVEL and PASS; they stop when somebody has
it, and a lease begins instead.
"""

from antiphon.acd.domain.capacity import fits
from antiphon.acd.domain.channel import class_of
from antiphon.acd.domain.effects import (
    Back,
    OfferEnd,
    OfferEnded,
    WorkAbandoned,
    WorkAccepted,
    WorkQueued,
    WorkRequeued,
    WorkScheduled,
)
from antiphon.acd.domain.floor import Floor, waited
from antiphon.acd.domain.inputs import (
    LeaseRenewed,
    Left,
    OfferAccepted,
    WorkEnqueued,
    WorkPulled,
    WorkWithdrawn,
)
from antiphon.acd.domain.item import ALL_OPEN, FINISHED, NOBODY, Item, ItemState, Step, Turn, as_skills
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import end_offer, recall
from antiphon.acd.domain.ordering import waiting_key
from antiphon.acd.domain.queue import Overflow, Queue, Way
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.routing import ANYBODY, begin_limit, begin_plan, carry_out, overflow
from antiphon.acd.domain.timer import Timer
from antiphon.acd.domain.wrapup import begin_wrap_up

# Names of their own on the way every item takes: see offering.
_QUEUED, _ACCEPTED, _WON, _LEASE = Turn.QUEUED, Turn.ACCEPTED, OfferEnd.ACCEPTED, Timer.LEASE


def enqueue(floor: Floor, fact: WorkEnqueued, now: Millis) -> None:
    """A customer waits. The same id again is the same customer; a queue that cannot take him says what happens."""
    queue = floor.queue(fact.queue_id)
    known = floor.items.get(fact.item_id)
    if known is not None:
        if (known.channel, known.contact_id) != (fact.channel, fact.contact_id):
            raise Refusal(Reason.DUPLICATE, item=fact.item_id, channel=known.channel, contact=known.contact_id)
        return
    for step in fact.steps:
        for queue_id in step.add_queues:
            floor.queue(queue_id)
    sent_on = None
    if not queue.open:
        queue, sent_on = find_entrance(floor, fact.queue_id)
    item = _new_item(floor, fact, queue, now)
    if sent_on is not None and sent_on.way is not Way.CALLBACK:
        overflow(floor, item, sent_on, now)
        return
    if fact.not_before > now:
        schedule(floor, item, fact.not_before)
        item.steps = _plan(floor, fact, queue)
        return
    enter_line(floor, item, _plan(floor, fact, queue), now)
    if sent_on is not None:
        overflow(floor, item, sent_on, now)


def enter_line(floor: Floor, item: Item, plan: tuple[Step, ...], now: Millis) -> None:
    """Into line, under the key the item has, at the beginning of a plan."""
    item.move(_QUEUED)
    plain = plan is ANYBODY and floor.queues[item.queues[0]].plain
    if plain:
        item.steps = ANYBODY
    else:
        begin_plan(floor, item, plan, now)
        begin_limit(floor, item, now)
    position = floor.wait(item)
    if item.entered:
        floor.tell(WorkRequeued(item.item_id, item.queues[0], position, None, Back.CALLBACK))
    else:
        floor.tell(WorkQueued(item.item_id, item.queues[0], position))
    item.entered = True
    if not plain:
        carry_out(floor, item, now)


def schedule(floor: Floor, item: Item, at: Millis, from_agent: str | None = None) -> None:
    """Not in line until then."""
    item.move(Turn.SCHEDULED)
    floor.deadlines.clear_all(item)
    floor.deadlines.set(item, Timer.CALL, at)
    floor.tell(WorkScheduled(item.item_id, item.queue_id, at, from_agent))


def find_entrance(floor: Floor, queue_id: str) -> tuple[Queue, Overflow | None]:
    """The queue that takes a newcomer, over as many others as send him on, or what happens to him instead."""
    seen: list[str] = []
    while True:
        queue = floor.queue(queue_id)
        obstacle = _obstacle(floor, queue)
        if obstacle is None:
            return queue, None
        seen.append(queue_id)
        reason, to = obstacle
        if to.way is not Way.QUEUE:
            if to.way is Way.REFUSE:
                raise Refusal(reason, queue=queue_id)
            return queue, to
        if to.queue_id in seen or to.queue_id not in floor.queues:
            raise Refusal(reason, queue=queue_id)
        queue_id = to.queue_id


def _obstacle(floor: Floor, queue: Queue) -> tuple[Reason, Overflow] | None:
    """Why the queue takes nobody now, and what it does instead."""
    settings, index = queue.settings, floor.index.queues[queue.queue_id]
    if settings.closed:
        return Reason.QUEUE_CLOSED, settings.when_closed
    if settings.max_waiting is not None and len(index.line) >= settings.max_waiting:
        return Reason.QUEUE_FULL, settings.when_full
    if settings.when_unmanned is not None and not any(agent.logged_in for agent, _ in index.members.values()):
        return Reason.QUEUE_CLOSED, settings.when_unmanned
    return None


def _new_item(floor: Floor, fact: WorkEnqueued, queue: Queue, now: Millis) -> Item:
    settings = queue.settings
    since = fact.not_before if fact.not_before > now else now
    points = fact.priority + fact.value + settings.weight
    floor.item_count += 1
    item = floor.items[fact.item_id] = Item(
        item_id=fact.item_id,
        seq=floor.item_count,
        queues=(settings.queue_id,),
        channel=fact.channel,
        cls=class_of(fact.channel),
        priority=fact.priority,
        skills=as_skills(fact.skills) if fact.skills else (),
        contact_id=fact.contact_id,
        attributes=fact.attributes,
        enqueued_at=since,
        any_of=fact.any_of,
        points=points,
        due_ms=settings.due_ms,
        callback=fact.callback or fact.not_before > now,
        key=waiting_key(since + settings.due_ms, points, floor.policy.aging_millipoints),
        shunned=dict.fromkeys(fact.excluded) if fact.excluded else NOBODY,
        open_levels=ALL_OPEN,
    )
    return item


def _plan(floor: Floor, fact: WorkEnqueued, queue: Queue) -> tuple[Step, ...]:
    """The plan of the item, after the agent it prefers, or the one the customer had last where the queue is sticky."""
    steps = fact.steps or ANYBODY
    if fact.preferred is not None:
        return (Step(only=fact.preferred, lasts_ms=fact.preferred_wait_ms), *steps)
    sticky_ms = queue.settings.sticky_ms
    last = floor.met.get(fact.contact_id) if sticky_ms else None
    return steps if last is None else (Step(only=last, lasts_ms=sticky_ms), *steps)


def accept(floor: Floor, fact: OfferAccepted, now: Millis) -> None:
    """Compare-and-set: the offer (item, version, agent) is live, or it is gone."""
    item = floor.item(fact.item_id)
    offer = item.offer_to(fact.agent_id, fact.version)
    if offer is None:
        if item.agent_id == fact.agent_id and fact.version == (item.won or item.version):
            return
        raise Refusal(Reason.OFFER_GONE, item=item.item_id, version=fact.version, state=item.state)
    if len(item.offers) > 1:
        for other in item.offers:
            if other is not offer:
                end_offer(floor, item, other, OfferEnd.WITHDRAWN)
    item.offers = ()
    if floor.ringing:
        floor.end_ringing(item, offer.queue_id)
    item.won = offer.version
    item.move(_ACCEPTED)
    floor.tell(OfferEnded(item.item_id, offer.version, offer.agent_id, _WON))
    connect(floor, item, fact.agent_id, now)
    floor.tell(WorkAccepted(item.item_id, item.won, fact.agent_id, waited(item, now)))


def pull(floor: Floor, fact: WorkPulled, now: Millis) -> None:
    """The agent takes a waiting item, or a callback before its time, by hand: no offer, no ringing; it is his."""
    item, agent = floor.item(fact.item_id), floor.agent(fact.agent_id)
    if item.agent_id == agent.agent_id:
        return
    if not item.may(Turn.TAKEN):
        raise Refusal(Reason.ILLEGAL_TRANSITION, item=item.item_id, state=item.state, turn=Turn.TAKEN)
    if not any(seat.queue_id in item.queues for seat in agent.seats):
        raise Refusal(Reason.NOT_A_MEMBER, agent=agent.agent_id, queues=item.queues)
    if not agent.logged_in or not fits(agent, item.cls, floor.policy):
        raise Refusal(Reason.NO_ROOM, agent=agent.agent_id, state=agent.state, load=tuple(agent.load))
    if item.in_line:
        floor.unwait(item)
    item.move(Turn.TAKEN)
    item.version += 1
    item.won = item.version
    floor.hold(agent, item)
    connect(floor, item, agent.agent_id, now)
    floor.tell(WorkAccepted(item.item_id, item.version, agent.agent_id, waited(item, now), pulled=True))


def connect(floor: Floor, item: Item, agent_id: str, now: Millis) -> None:
    """The item is the agent's from now on, under a lease."""
    agent = floor.agents[agent_id]
    item.agent_id = agent_id
    item.accepted_at = now
    floor.deadlines.clear_all(item)
    floor.deadlines.set(item, _LEASE, now + floor.policy.lease_ms[item.cls])
    agent.begin_contact(now)
    if item.contact_id:
        floor.meet(item.contact_id, agent_id)
    floor.relist(agent)


def spare(floor: Floor, item: Item, agent_id: str, until: Millis) -> None:
    """Do not offer the item to this agent until then.

    A pass is a span of time, not a round of the others: colleagues with room get the item at once, colleagues who
    come free in the meantime get it before him, and a lone agent is asked again after the pass, not at once and not
    never."""
    if agent_id in item.shunned and item.shunned[agent_id] is None:
        return
    item.shunned = {**item.shunned, agent_id: until}
    set_pass_timer(floor, item)


def set_pass_timer(floor: Floor, item: Item) -> None:
    ends = [until for until in item.shunned.values() if until is not None]
    if ends:
        floor.deadlines.set(item, Timer.PASS, min(ends))
    else:
        floor.deadlines.clear(item, Timer.PASS)


def withdraw(floor: Floor, fact: WorkWithdrawn, now: Millis) -> None:
    """The customer is gone."""
    item = floor.item(fact.item_id)
    if item.state in FINISHED or item.state is ItemState.WRAP:
        return
    if item.state is ItemState.CONNECTED:
        begin_wrap_up(floor, item, now, skip=fact.reason is Left.SNOOZED)
        return
    if item.offers:
        recall(floor, item)
    elif item.in_line:
        floor.unwait(item)
    item.move(Turn.LEFT)
    floor.tell(WorkAbandoned(item.item_id, item.queue_id, waited(item, now), fact.reason))
    floor.finish(item)


def renew_lease(floor: Floor, fact: LeaseRenewed, now: Millis) -> None:
    """The conversation is alive."""
    item = floor.item(fact.item_id)
    if item.state is not ItemState.CONNECTED or item.agent_id != fact.agent_id:
        raise Refusal(Reason.NOT_YOURS, item=item.item_id, state=item.state, agent=fact.agent_id)
    floor.deadlines.set(item, Timer.LEASE, now + floor.policy.lease_ms[item.cls])
