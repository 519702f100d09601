"""The reference: the rules of the ACD said in the simplest way, by looking at everybody and everything each time.

It knows nothing of lanes, heaps, stamps or agendas. `expected_offers` says what must be offered when the floor is
settled; `check` recounts every invariant. The brain has to agree with both after every single input.
"""

from collections import Counter
from collections.abc import Iterator

from antiphon.acd.domain.agent import Agent, AgentState, changed
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.channel import CLASSES, ChannelClass
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.item import Item, ItemState, Offer, Skills
from antiphon.acd.domain.line import entry_of
from antiphon.acd.domain.routing import advance
from antiphon.acd.domain.snapshot import dump, load
from antiphon.acd.domain.strategy import CATALOGUE, Key, Rings
from antiphon.acd.domain.timer import Timer

Order = tuple[int, int, int, int, int, Key, int]
Pair = tuple[Order, Item, Agent]
HOLDING = (ItemState.OFFERED, ItemState.CONNECTED, ItemState.WRAP)
DUE = {ItemState.OFFERED: Timer.RING, ItemState.CONNECTED: Timer.LEASE, ItemState.WRAP: Timer.WRAP_UP}


def has_room(agent: Agent, cls: ChannelClass, floor: Floor) -> bool:
    if agent.state is not AgentState.READY or Timer.REST in agent.timers:
        return False
    blocked = any(agent.load[other] > 0 for other in floor.policy.blocked_by[cls])
    return not blocked and agent.load[cls] < agent.capacity[cls]


def pairs(floor: Floor) -> Iterator[Pair]:
    """Every waiting item with every agent who may have it now, under the order of `matching`."""
    for item in floor.items.values():
        if item.state is not ItemState.WAITING:
            continue
        for agent in floor.agents.values():
            if agent.agent_id in item.shunned or not has_room(agent, item.cls, floor):
                continue
            if item.only is not None:
                if item.only == agent.agent_id:
                    yield (item.cls, item.key, 0, 0, item.seq, (agent.idle_since,), agent.seq), item, agent
                continue
            if not _knows(agent, item.skills) or (item.any_of and not any(_knows(agent, one) for one in item.any_of)):
                continue
            yield from _met(floor, item, agent)


def _knows(agent: Agent, skills: Skills) -> bool:
    return all(agent.skills.get(name, -1) >= level for name, level in skills)


def _met(floor: Floor, item: Item, agent: Agent) -> Iterator[Pair]:
    """The pair once for every queue in which the two meet."""
    for seat in agent.seats:
        if seat.queue_id not in item.queues or seat.level > item.open_level(seat.queue_id):
            continue
        strategy = CATALOGUE[floor.queues[seat.queue_id].settings.strategy]
        key = strategy.key(agent, seat, item.cls, item.skills)
        if strategy.draw is not None:
            key = strategy.draw(item, agent, key)
        rank = item.queues.index(seat.queue_id)
        yield (item.cls, item.key, rank, seat.level, item.seq, key, agent.seq), item, agent


def expected_offers(brain: Brain, now: int) -> list[tuple[str, str]]:
    """What settling must offer, worked out on a copy."""
    floor = load(dump(brain)).floor
    for agent_id in brain.floor.stirred_agents:
        floor.agents[agent_id].keyed_at = now
    offers: list[tuple[str, str]] = []
    while True:
        found = list(pairs(floor))
        tired = _tired(floor, brain, found, now)
        if tired is not None:
            advance(floor, tired, tired.timers[Timer.STEP], now)
            continue
        if not found:
            return [*offers, *_widened(floor, brain, now), *_joined(floor, now)]
        order, item, agent = min(found, key=lambda pair: pair[0])
        for other in _rung(found, order, item, agent, floor):
            _offer(floor, item, other, now)
            offers.append((item.item_id, other.agent_id))
        item.state = ItemState.OFFERED


def _offer(floor: Floor, item: Item, agent: Agent, now: int, level: int | None = None) -> None:
    if level is not None:
        item.offers += (Offer(item.version, agent.agent_id, item.offers[0].queue_id, now, level=level),)
    agent.load = changed(agent.load, item.cls, 1)
    floor.offer_count += 1
    agent.last_offer = floor.offer_count
    agent.keyed_at = now


def _rung(found: list[Pair], order: Order, item: Item, best: Agent, floor: Floor) -> list[Agent]:
    """Whom the item rings: the best, and with ring-all everybody on his tier of the same queue."""
    rank, level = order[2:4]
    if item.only is not None or CATALOGUE[floor.queues[item.queues[rank]].settings.strategy].rings is not Rings.ALL:
        return [best]
    same = [pair for pair in found if pair[1] is item and pair[0][2:4] == (rank, level)]
    same.sort(key=lambda pair: pair[0])
    return [best, *(agent for _, _, agent in same if agent is not best)]


def _widened(floor: Floor, brain: Brain, now: int) -> list[tuple[str, str]]:
    """Items that ring already and whose next step has come: looked for among those who are still free."""
    offers: list[tuple[str, str]] = []
    for item_id in brain.floor.widening:
        item = floor.items[item_id]
        if not item.offers:
            continue
        item.timers[Timer.MORE] = now
        found = _others(floor, item)
        for agent in _rung(found, found[0][0], item, found[0][2], floor) if found else []:
            _offer(floor, item, agent, now, level=found[0][0][3])
            offers.append((item_id, agent.agent_id))
    return offers


def _joined(floor: Floor, now: int) -> list[tuple[str, str]]:
    """Ring-all rings everybody who is free on the tiers it rings, whenever and why ever he is."""
    offers: list[tuple[str, str]] = []
    for item in sorted(floor.items.values(), key=lambda item: (item.cls, item.key, item.seq)):
        for level, agent in missing(floor, item):
            _offer(floor, item, agent, now, level=level)
            offers.append((item.item_id, agent.agent_id))
    return offers


def missing(floor: Floor, item: Item) -> list[tuple[int, Agent]]:
    """Who ought to ring in a running ring-all and does not; with his tier."""
    if not item.offers or Timer.MORE not in item.timers:
        return []
    if CATALOGUE[floor.queues[item.offers[0].queue_id].settings.strategy].rings is not Rings.ALL:
        return []
    highest = max(offer.level for offer in item.offers)
    return [(order[3], agent) for order, _, agent in _others(floor, item) if order[3] <= highest]


def _others(floor: Floor, item: Item) -> list[Pair]:
    """Who could be rung besides by an item that rings, in the order of its strategy."""
    if item.only is not None:
        return []
    through, state = item.queues.index(item.offers[0].queue_id), item.state
    item.state = ItemState.WAITING
    rung = {offer.agent_id for offer in item.offers}
    able = [pair for pair in pairs(floor) if pair[1] is item and pair[2].agent_id not in rung]
    item.state = state
    return sorted((pair for pair in able if pair[0][2] == through), key=lambda pair: pair[0])


def _tired(floor: Floor, brain: Brain, found: list[Pair], now: int) -> Item | None:
    """An item that came just now, wanted one agent without waiting for him, and cannot have him."""
    served = {item.item_id for _, item, _ in found}
    for item_id in brain.floor.stirred_items:
        item = floor.items[item_id]
        patience = item.timers.get(Timer.STEP, now + 1)
        if item.state is ItemState.WAITING and item.only is not None and patience <= now and item_id not in served:
            return item
    return None


def check(brain: Brain) -> None:
    """Every invariant of the ACD, recounted from nothing."""
    floor = brain.floor
    holders = Counter(item_id for agent in floor.agents.values() for item_id in agent.held)
    rung = {item.item_id: len(item.offers) for item in floor.items.values() if item.offers}
    several = [item_id for item_id, count in holders.items() if count != rung.get(item_id, 1)]
    assert not several, "an item is with two agents"
    for item in floor.items.values():
        assert (item.item_id in holders) == (item.state in HOLDING), (item.item_id, item.state)
        assert bool(item.offers) == (item.state is ItemState.OFFERED), item.item_id
        assert item.in_line == (item.state is ItemState.WAITING), item.item_id
        assert item.state not in DUE or DUE[item.state] in item.timers, "held without an end"
    for agent in floor.agents.values():
        held = [floor.items[item_id] for item_id in agent.held]
        assert agent.load == tuple(sum(item.cls is cls for item in held) for cls in CLASSES), agent.agent_id
        assert agent.active == sum(item.state is not ItemState.OFFERED for item in held), agent.agent_id
        offered = [item for item in held if item.state is ItemState.OFFERED]
        assert agent.state is AgentState.READY or not offered, "rings an agent who is not ready"
    assert not any(missing(floor, item) for item in floor.items.values()), "a ring-all leaves out somebody free"
    assert not list(pairs(floor)), "work conservation: an agent with room and an item he could have"
    _check_index(floor)
    owners: tuple[Item | Agent, ...] = (*floor.items.values(), *floor.agents.values())
    moments = [at for owner in owners for at in owner.timers.values()]
    assert brain.next_deadline() == min(moments, default=None)


def _check_index(floor: Floor) -> None:
    waiting = [item for item in floor.items.values() if item.state is ItemState.WAITING]
    for queue_id, index in floor.index.queues.items():
        exact = sorted((item for item in waiting if queue_id in item.queues), key=lambda item: (item.key, item.seq))
        assert list(index.line) == exact, queue_id
        assert len(index.line) == len(exact)
        assert [index.line.position(entry_of(item)) for item in exact] == list(range(1, len(exact) + 1))
        lanes = [lane for lanes in index.lanes for lane in lanes.values()]
        counted = sum(item.only is None for item in exact)
        assert sum(len(lane) for lane in lanes) == counted, queue_id
