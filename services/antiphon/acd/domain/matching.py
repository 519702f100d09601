"""Settling the floor: the one place that brings items and agents together.

**The order.** At one instant, of all pairs (waiting item, agent who has room and may take it), the least by

    (channel urgency, waiting key, own queue before overflow, level, item seq, strategy key, agent seq)

is offered, and again until no pair is left. For a single agent who comes free this reads: the best head over his
queues by (urgency, key, level). For a single item that arrives: the best agent by (level, strategy key, seq). For a
batch it is both at once: items in their order, each to its best agent.

**The trick.** Before an input no pair exists (work conservation), so every new pair contains something stirred by it.
The usual input stirs one agent or one item and is settled directly. Several at once share an agenda: a heap of each
one's best pair, looked at again when it surfaces, because pairs only get worse while others take what they wanted.
"""

from heapq import heappop, heappush

from antiphon.acd.domain.agent import Agent, Seat
from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.item import Item
from antiphon.acd.domain.lane import Lane
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import Match, make_offer, ring_along, ring_more
from antiphon.acd.domain.routing import advance
from antiphon.acd.domain.strategy import Key
from antiphon.acd.domain.timer import Timer

Order = tuple[int, int, int, int, int, Key, int]


def settle(floor: Floor, now: Millis) -> None:
    """Make every offer that can be made now."""
    agents, items = floor.stirred_agents, floor.stirred_items
    ringing = _rings_beside(floor) if floor.ringing or floor.stirred_rings else []
    if (agents and (items or len(agents) > 1)) or len(items) > 1:
        _settle_together(floor, now)
    elif agents:
        _serve_agent(floor, agents.popitem()[1], now)
    elif items:
        _serve_item(floor, items.popitem()[1], now)
    agents.clear()
    items.clear()
    if floor.widening or ringing:
        _ring_others(floor, ringing, now)


def _rings_beside(floor: Floor) -> list[Item]:
    """Items that ring several, in queues where something was stirred."""
    queues = {seat.queue_id for agent in floor.stirred_agents.values() for seat in agent.seats}
    found = [item for queue_id in queues for item in floor.ringing.get(queue_id, {}).values()]
    found += floor.stirred_rings.values()
    floor.stirred_rings.clear()
    return found


def _serve_agent(floor: Floor, agent: Agent, now: Millis) -> None:
    agent.keyed_at = now
    rooms = floor.rooms.of(agent)
    while rooms:  # without room he is listed nowhere, as he has been since he was stirred
        match = best_for_agent(floor, agent, rooms)
        if match is None:
            floor.index.list_free(agent, rooms)
            return
        rung = make_offer(floor, match, now)
        if len(rung) > 1:
            _list_free(floor, [other for other in rung if other is not agent])
        rooms = floor.rooms.of(agent)


def _serve_item(floor: Floor, item: Item, now: Millis) -> None:
    match = best_for_item(floor, item, now)
    if match is not None:
        _list_free(floor, make_offer(floor, match, now))


def _list_free(floor: Floor, agents: list[Agent]) -> None:
    for agent in agents:
        floor.index.list_free(agent, floor.rooms.of(agent))


def _ring_others(floor: Floor, ringing: list[Item], now: Millis) -> None:
    """Ring more agents for items that ring already, after everybody who waits has been served: first those whose next
    step has come, then whoever came free joins a ring-all."""
    for item in floor.widening.values():
        if item.offers:
            _list_free(floor, ring_more(floor, item, now))
    floor.widening.clear()
    for item in sorted(ringing, key=lambda item: (item.cls, item.key, item.seq)):
        if Timer.MORE in item.timers:
            _list_free(floor, ring_along(floor, item, now))


def _settle_together(floor: Floor, now: Millis) -> None:
    stirred: list[Agent | Item] = [*floor.stirred_agents.values(), *floor.stirred_items.values()]
    for agent in floor.stirred_agents.values():
        agent.keyed_at = now
        floor.index.list_free(agent, floor.rooms.of(agent))
    agenda: list[tuple[Order, int]] = []

    def put(number: int) -> None:
        match = _best(floor, stirred[number], now)
        if match is not None:
            heappush(agenda, (_order(match), number))

    for number in range(len(stirred)):
        put(number)
    while agenda:
        order, number = heappop(agenda)
        match = _best(floor, stirred[number], now)
        if match is not None and _order(match) == order:
            _list_free(floor, make_offer(floor, match, now))
        put(number)


def _best(floor: Floor, thing: Agent | Item, now: Millis) -> Match | None:
    if isinstance(thing, Agent):
        return best_for_agent(floor, thing, floor.rooms.of(thing))
    return best_for_item(floor, thing, now)


def _order(match: Match) -> Order:
    item = match.item
    return item.cls, item.key, match.rank, match.level, item.seq, match.key, match.agent.seq


def best_for_agent(floor: Floor, agent: Agent, rooms: tuple[ChannelClass, ...]) -> Match | None:
    """The best head over the agent's places: most urgent class first, then (key, own queue, level, seq).

    The hottest loop of the ACD: the usual head, fresh and barred to nobody, is looked at without a call."""
    index = floor.index
    for cls in rooms:
        best: tuple[Item, Lane, Seat] | None = None
        least: tuple[int, int, int, int] | None = None
        for lane, seat in index.places(agent, cls):
            head = lane.first
            if head is None or (least is not None and head[0] > least[0]):
                continue  # and whoever stands behind him comes later still
            if head[3].shunned:
                head = lane.first_waiting(agent)
                if head is None:
                    continue
            order = (head[0], head[1], seat.level, head[2])
            if least is None or order < least:
                least, best = order, (head[3], lane, seat)
        if best is not None and least is not None:
            item, lane, seat = best
            strategy = lane.strategy
            figures = strategy.key(agent, seat, cls, lane.skills)
            if strategy.draw is not None:
                figures = strategy.draw(item, agent, figures)
            return Match(item, agent, lane, least[1], seat.level, figures)
    return None


def best_for_item(floor: Floor, item: Item, now: Millis) -> Match | None:
    """The best free agent, looked for in the item's own queue first, then where it overflowed to."""
    while item.in_line:
        for rank, lane in enumerate(floor.index.lanes_of(item)):
            entry = lane.first_free(item)
            if entry is not None:
                return Match(item, entry[4], lane, rank, entry[0], entry[1])
        until = item.timers.get(Timer.STEP)
        if item.only is None or until is None or until > now:
            return None
        advance(floor, item, until, now)
    return None
