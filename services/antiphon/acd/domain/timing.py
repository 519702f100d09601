"""What happens when time passes: each kind of deadline and its consequence.

    WRAP_UP  after-contact work is completed as it stands
    RING     the offer rang out: the item waits again at its place, the agent is NOT_RESPONDING
    LEASE    nobody vouches for the conversation: a call is completed, text goes back to line
    STEP     the routing plan moves on
    LEVEL    the next tier of agents opens
    PASS     an agent who declined may be asked again
    MORE     an item that rings may ring one more agent
    LIMIT    the longest wait is over: what the queue says happens
    CALL     a scheduled callback comes into line
    REST     an agent who was spared may be offered work again

All that is due fires first, in order of (time, kind, arrival); then the floor is settled once.
"""

from collections.abc import Callable

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.callback import come_due
from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.effects import Completed
from antiphon.acd.domain.failing import end_rest, miss
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import TimePassed
from antiphon.acd.domain.item import Item
from antiphon.acd.domain.lifecycle import set_pass_timer
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.routing import advance, exceed_limit, reopen_tiers
from antiphon.acd.domain.timer import Timer
from antiphon.acd.domain.transfer import lose_lease
from antiphon.acd.domain.wrapup import complete


def tick(floor: Floor, fact: TimePassed, now: Millis) -> None:
    """Fire every deadline up to `now`, those that arise from it included."""
    while (due := floor.deadlines.pop_due(now)) is not None:
        owner, kind, at = due
        floor.touch(owner)
        if isinstance(owner, Agent):
            end_rest(floor, owner, now)
        else:
            _CONSEQUENCES[kind](floor, owner, at, now)


def _ring_out(floor: Floor, item: Item, at: Millis, now: Millis) -> None:
    miss(floor, item, tuple(offer for offer in item.offers if offer.expires_at <= at), now)


def _ring_more(floor: Floor, item: Item, at: Millis, now: Millis) -> None:
    floor.widening[item.item_id] = item


def _lose(floor: Floor, item: Item, at: Millis, now: Millis) -> None:
    if item.cls is not ChannelClass.VOICE and item.queues:
        lose_lease(floor, item, now)
        return
    item.released_at = now
    complete(floor, item, Completed.LEASE_LOST, now)


def _end_passes(floor: Floor, item: Item, at: Millis, now: Millis) -> None:
    item.shunned = {agent_id: until for agent_id, until in item.shunned.items() if until is None or until > at}
    set_pass_timer(floor, item)
    if item.in_line:
        floor.stirred_items[item.item_id] = item
    elif item.offers:
        floor.stir_ring(item)


_CONSEQUENCES: dict[Timer, Callable[[Floor, Item, Millis, Millis], None]] = {
    Timer.WRAP_UP: lambda floor, item, at, now: complete(floor, item, Completed.BY_TIME, now),
    Timer.RING: _ring_out,
    Timer.LEASE: _lose,
    Timer.STEP: advance,
    Timer.LEVEL: lambda floor, item, at, now: reopen_tiers(floor, item, now),
    Timer.PASS: _end_passes,
    Timer.MORE: _ring_more,
    Timer.LIMIT: lambda floor, item, at, now: exceed_limit(floor, item, now),
    Timer.CALL: lambda floor, item, at, now: come_due(floor, item, now),
}
"""What each deadline of an item does; `at` is when it was due."""
