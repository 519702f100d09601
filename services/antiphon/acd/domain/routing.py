"""Routing plans and tiers: how the circle of agents who may take an item widens while it waits.

A plan is a tuple of steps (`item.Step`), each with a time after which the next begins: "only Olga for 20 s, then
anybody with German 3, after a minute German 1, after two minutes the overflow queue as well". A step that waits for
one agent is left at once when he is not logged in, or when it lasts 0 ms and he has no room ("try him, don't wait").
Tiers (`queue.QueueSettings.level_delays`) open by the same clock. The key, hence the place in line, never changes.

Time is taken from the plan, not from the tick: a late tick does not lengthen the steps that follow.
"""

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.effects import RoutingWidened, WorkOverflowed
from antiphon.acd.domain.floor import Floor, waited
from antiphon.acd.domain.item import ALL_OPEN, Item, Step, Turn
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.queue import Overflow, Way
from antiphon.acd.domain.timer import Timer

ANYBODY = (Step(),)


def begin_plan(floor: Floor, item: Item, steps: tuple[Step, ...], now: Millis) -> None:
    """Start a plan from its first step, before the item is put in line."""
    item.steps = steps or ANYBODY
    _enter(floor, item, 0, now)
    open_tiers(floor, item, now)


def advance(floor: Floor, item: Item, at: Millis, now: Millis) -> None:
    """Go on to the next step, which counts from `at`; an item in line finds its new place, under the same key."""
    if item.offers and item.steps[item.step + 1].overflow is not None:
        floor.deadlines.set(item, Timer.STEP, max(offer.expires_at for offer in item.offers) + 1)
        return
    in_line = item.in_line
    if in_line:
        floor.unwait(item)
    _enter(floor, item, item.step + 1, at)
    open_tiers(floor, item, now)
    floor.tell(RoutingWidened(item.item_id, item.step, item.queues, item.skills, item.only))
    if in_line:
        floor.wait(item)
    elif item.offers:
        floor.stir_ring(item)
    carry_out(floor, item, now)


def carry_out(floor: Floor, item: Item, now: Millis) -> None:
    """Do what the step the item has just come to wants done at once."""
    wanted = item.steps[item.step].overflow
    if wanted is not None:
        overflow(floor, item, wanted, now)


def overflow(floor: Floor, item: Item, to: Overflow, now: Millis) -> None:
    """Send the item on. An item that rings is left to ring; who is asked may still take it."""
    if item.offers:
        return
    if to.way is Way.QUEUE:
        if to.queue_id in floor.queues and to.queue_id not in item.queues:
            _add_queue(floor, item, to.queue_id, now)
        return
    if to.way is Way.CALLBACK:
        if not item.callback:
            item.callback = True
            floor.tell(WorkOverflowed(item.item_id, item.queue_id, waited(item, now), to.way))
        return
    if item.in_line:
        floor.unwait(item)
    item.move(Turn.OVERFLOWED)
    floor.tell(WorkOverflowed(item.item_id, item.queue_id, waited(item, now), to.way))
    floor.finish(item)


def _add_queue(floor: Floor, item: Item, queue_id: str, now: Millis) -> None:
    in_line = item.in_line
    if in_line:
        floor.unwait(item)
    item.queues += (queue_id,)
    open_tiers(floor, item, now)
    floor.tell(RoutingWidened(item.item_id, item.step, item.queues, item.skills, item.only))
    if in_line:
        floor.wait(item)


def begin_limit(floor: Floor, item: Item, now: Millis) -> None:
    """The longest wait in the home queue begins."""
    longest = floor.queues[item.queues[0]].settings.max_wait_ms
    if longest is not None:
        floor.deadlines.set(item, Timer.LIMIT, now + longest)
    elif item.timers:
        floor.deadlines.clear(item, Timer.LIMIT)


def exceed_limit(floor: Floor, item: Item, now: Millis) -> None:
    """He has waited as long as the queue allows. An item that rings has until the ringing ends."""
    if item.offers:
        floor.deadlines.set(item, Timer.LIMIT, max(offer.expires_at for offer in item.offers) + 1)
    elif not item.callback:
        overflow(floor, item, floor.queues[item.queue_id].settings.when_late, now)


def _enter(floor: Floor, item: Item, number: int, at: Millis) -> None:
    """Enter a step, and pass on through steps that wait for somebody who is not here."""
    last = len(item.steps) - 1
    while True:
        step = item.steps[number]
        if step.skills is not None:
            item.skills = step.skills
        if step.any_of is not None:
            item.any_of = step.any_of
        if step.add_queues:
            item.queues += tuple(queue_id for queue_id in step.add_queues if queue_id not in item.queues)
        here = step.only is None or (step.only in floor.agents and floor.agents[step.only].logged_in)
        if here or number == last:
            break
        number += 1
    item.step = number
    item.only = step.only if step.only in floor.agents else None
    if step.lasts_ms is not None and number < last:
        floor.deadlines.set(item, Timer.STEP, at + step.lasts_ms)
    elif item.timers:
        floor.deadlines.clear(item, Timer.STEP)


def stop_waiting_for(floor: Floor, agent: Agent, now: Millis, *, for_good: bool = False) -> None:
    """The agent is gone: items that waited for him alone go on, unless their plan ends with him."""
    for item in floor.index.waiting_only_for(agent):
        if item.step + 1 < len(item.steps):
            advance(floor, item, now, now)
        elif for_good:
            floor.unwait(item)
            item.only = None
            floor.touch(item)
            floor.wait(item)


def open_tiers(floor: Floor, item: Item, now: Millis) -> None:
    """Work out which tiers of each queue the item is open to, and when the next one opens."""
    levels: dict[str, int] = {}
    next_at: Millis | None = None
    for queue_id in item.queues:
        queue = floor.queues[queue_id]
        if queue.settings.level_delays:
            level, delay = queue.open_level(waited(item, now))
            if delay is not None:
                levels[queue_id] = level
                at = item.enqueued_at + delay
                next_at = at if next_at is None else min(next_at, at)
    item.open_levels = levels or ALL_OPEN
    if next_at is not None:
        floor.deadlines.set(item, Timer.LEVEL, next_at)
    elif item.timers:
        floor.deadlines.clear(item, Timer.LEVEL)


def reopen_tiers(floor: Floor, item: Item, now: Millis) -> None:
    """The same for an item in line (one that is being offered gets it when it comes back)."""
    floor.touch(item)
    if item.in_line:
        floor.unwait(item)
        open_tiers(floor, item, now)
        floor.wait(item)


def check_manned(floor: Floor, queue_id: str, now: Millis) -> None:
    """Find the lowest tier with anybody logged in; if it changed, reconsider the queue's items."""
    queue = floor.queues[queue_id]
    if not queue.settings.level_delays:
        return
    known = floor.index.queues[queue_id]
    manned = min((seat.level for agent, seat in known.members.values() if agent.logged_in), default=0)
    if manned != queue.manned_level:
        queue.manned_level = manned
        for item in tuple(known.line):
            reopen_tiers(floor, item, now)
