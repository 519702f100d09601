"""Routing plans and tiers: how the circle of agents who may take an item widens while it waits.

A plan is a tuple of steps (`item.Step`), each with a time after which the next begins: "only Olga for 20 s, then
anybody with German 3, after a minute German 1, after two minutes the overflow queue as well". A step that waits for
one agent is left at once when he is not logged in, or when it lasts 0 ms and he has no room ("try him, don't wait").
Tiers (`queue.QueueSettings.level_delays`) open by the same clock. The key, hence the place in line, never changes.

Time is taken from the plan, not from the tick: a late tick does not lengthen the steps that follow.
"""

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.effects import RoutingWidened
from antiphon.acd.domain.floor import Floor, waited
from antiphon.acd.domain.item import Item, Step
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.timer import Timer

ANYBODY = (Step(),)


def begin_plan(floor: Floor, item: Item, steps: tuple[Step, ...], now: Millis) -> None:
    """Start a plan from its first step, before the item is put in line."""
    item.steps = steps or ANYBODY
    _enter(floor, item, 0, now)
    open_tiers(floor, item, now)


def advance(floor: Floor, item: Item, at: Millis, now: Millis) -> None:
    """Go on to the next step, which counts from `at`; an item in line finds its new place, under the same key."""
    in_line = item.place != 0
    if in_line:
        floor.unwait(item)
    _enter(floor, item, item.step + 1, at)
    open_tiers(floor, item, now)
    floor.tell(RoutingWidened(item.item_id, item.step, item.queues, item.skills, item.only))
    if in_line:
        floor.wait(item)


def _enter(floor: Floor, item: Item, number: int, at: Millis) -> None:
    """Enter a step, and pass on through steps that wait for somebody who is not here."""
    last = len(item.steps) - 1
    while True:
        step = item.steps[number]
        if step.skills is not None:
            item.skills = step.skills
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
    elif Timer.STEP in item.timers:
        floor.deadlines.clear(item, Timer.STEP)


def stop_waiting_for(floor: Floor, agent: Agent, now: Millis, *, for_good: bool = False) -> None:
    """The agent is gone: items that waited for him alone go on, unless their plan ends with him."""
    for item in floor.index.waiting_only_for(agent):
        if item.step + 1 < len(item.steps):
            advance(floor, item, now, now)
        elif for_good:
            floor.unwait(item)
            item.only = None
            floor.wait(item)


def open_tiers(floor: Floor, item: Item, now: Millis) -> None:
    """Work out which tiers of each queue the item is open to, and when the next one opens."""
    if item.open_levels:
        item.open_levels = {}
    next_at: Millis | None = None
    for queue_id in item.queues:
        queue = floor.queues[queue_id]
        if queue.settings.level_delays:
            level, delay = queue.open_level(waited(item, now))
            if delay is not None:
                item.open_levels[queue_id] = level
                at = item.enqueued_at + delay
                next_at = at if next_at is None else min(next_at, at)
    if next_at is not None:
        floor.deadlines.set(item, Timer.LEVEL, next_at)
    elif Timer.LEVEL in item.timers:
        floor.deadlines.clear(item, Timer.LEVEL)


def reopen_tiers(floor: Floor, item: Item, now: Millis) -> None:
    """The same for an item in line (one that is being offered gets it when it comes back)."""
    if item.place:
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
