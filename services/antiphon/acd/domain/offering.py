"""Making an offer and taking it back: the only places where an item comes to, or leaves, an agent unaccepted.

An offer reserves the agent's capacity from the moment it is made, so nothing else can be promised to him. Whatever
way it ends, the capacity is returned here, and the item goes back to line under its original key.
"""

from msgspec import Struct
from msgspec.structs import replace

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.decision import MOST_RIVALS, PREFERRED, Decision, as_rival, matched_skills
from antiphon.acd.domain.effects import OfferEnd, OfferEnded, WorkOffered
from antiphon.acd.domain.floor import Floor, waited
from antiphon.acd.domain.item import Item, Offer, Turn
from antiphon.acd.domain.lane import Lane
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.routing import open_tiers
from antiphon.acd.domain.strategy import Key, Rings
from antiphon.acd.domain.timer import Timer

# Names of their own on the way every item takes: on Python 3.11 `Turn.OFFERED` costs a tenth of a microsecond.
_OFFERED, _ONE, _RING = Turn.OFFERED, Rings.ONE, Timer.RING


class Match(Struct, frozen=True, gc=False):
    """An item and an agent who belong together, the lane they met in, and the agent's figures there."""

    item: Item
    agent: Agent
    lane: Lane
    rank: int  # 0: met in the item's home queue; else in its n-th overflow queue
    level: int
    key: Key


def make_offer(floor: Floor, match: Match, now: Millis) -> list[Agent]:
    """Reserve the agent, or everybody who rings for this item, and tell the offers; the item leaves the line.

    Returns whom it rings; the caller lists those again who have room left."""
    item, lane = match.item, match.lane
    position = floor.unwait(item)
    item.move(_OFFERED)
    expires_at = now + _ring_ms(floor, item, lane)
    rings = lane.strategy.rings
    if rings is _ONE:
        item.version += 1
        _ring_one(floor, match, expires_at, False, _decide(match, position, now), now)
        floor.deadlines.set(item, _RING, expires_at)
        return [match.agent]
    floor.begin_ringing(item, lane.queue_id)
    floor.deadlines.set(item, Timer.MORE, now + floor.queues[lane.queue_id].settings.ring_more_ms)
    return _ring(floor, [match, *_companions(match)] if rings is Rings.ALL else [match], expires_at, position, now)


def ring_more(floor: Floor, item: Item, now: Millis) -> list[Agent]:
    """The next step of an item that rings already: one more agent, or everybody on the next tier, besides."""
    lane = floor.index.lane(item.offers[0].queue_id, item)
    floor.deadlines.set(item, Timer.MORE, now + floor.queues[lane.queue_id].settings.ring_more_ms)
    free = _others_free(item, lane)
    if not free:
        return []
    several = lane.strategy.rings is Rings.ALL
    next_ones = [match for match in free if match.level == free[0].level] if several else free[:1]
    return _ring(floor, next_ones, now + _ring_ms(floor, item, lane), 1, now)


def ring_along(floor: Floor, item: Item, now: Millis) -> list[Agent]:
    """Ring-all: whoever is free on the tiers that ring already joins at once. The round ends for all of them together,
    or those who do not answer would relieve each other for ever."""
    lane = floor.index.lane(item.offers[0].queue_id, item)
    if lane.strategy.rings is not Rings.ALL:
        return []
    highest = max(offer.level for offer in item.offers)
    joining = [match for match in _others_free(item, lane) if match.level <= highest]
    return _ring(floor, joining, max(offer.expires_at for offer in item.offers), 1, now) if joining else []


def _others_free(item: Item, lane: Lane) -> list[Match]:
    """Who has room for an item that rings and does not ring yet, the best first; nobody when it is for one agent only,
    because its plan has come to such a step meanwhile."""
    if item.only is not None:
        return []
    rung, rank = {offer.agent_id for offer in item.offers}, item.queues.index(lane.queue_id)
    free = sorted((*entry[:3], entry[4]) for entry in lane.ranked(item) if entry[4].agent_id not in rung)
    return [Match(item, agent, lane, rank, level, key) for level, key, _, agent in free]


def _companions(match: Match) -> list[Match]:
    """Everybody else with room on the winner's tier, in the order of the strategy."""
    item, agent, lane, rank, level = match.item, match.agent, match.lane, match.rank, match.level
    free = sorted((*entry[:3], entry[4]) for entry in lane.ranked(item) if entry[0] == level and entry[4] is not agent)
    return [Match(item, other, lane, rank, level, key) for _, key, _, other in free]


def _ring(floor: Floor, matches: list[Match], expires_at: Millis, position: int, now: Millis) -> list[Agent]:
    """Another version of the item's offers, to all of these; whoever else rings already is not alone any more."""
    item = matches[0].item
    item.version += 1
    several = len(matches) > 1
    if item.offers and matches[0].lane.strategy.rings is Rings.ALL:
        several = True
        item.offers = tuple([replace(offer, shared=True) for offer in item.offers])
    told = [_decide(match, position, now) for match in matches]  # before any of them is held: they see each other
    for match, why in zip(matches, told, strict=True):
        _ring_one(floor, match, expires_at, several, why, now)
    floor.deadlines.set(item, _RING, min(offer.expires_at for offer in item.offers))
    return [match.agent for match in matches]


def _ring_ms(floor: Floor, item: Item, lane: Lane) -> Millis:
    """How long an offer lasts."""
    ring_ms = floor.queues[lane.queue_id or item.queues[0]].settings.ring_ms
    return floor.policy.ring_ms[item.cls] if ring_ms is None else ring_ms


def _ring_one(floor: Floor, match: Match, expires_at: Millis, shared: bool, why: Decision, now: Millis) -> None:
    item, agent = match.item, match.agent
    queue_id, agent_id = match.lane.queue_id or item.queues[0], agent.agent_id
    item.offers += (Offer(item.version, agent_id, queue_id, expires_at, shared, match.level),)
    floor.offer_count += 1
    agent.last_offer = floor.offer_count
    agent.keyed_at = now
    floor.hold(agent, item)
    floor.tell(WorkOffered(item.item_id, item.version, agent_id, queue_id, expires_at, why))


def _decide(match: Match, position: int, now: Millis) -> Decision:
    item, agent, lane, level, key = match.item, match.agent, match.lane, match.level, match.key
    strategy = lane.strategy
    others = lane.runners_up(agent, MOST_RIVALS, item) if lane.free and strategy.rings is _ONE else ()
    return Decision(
        strategy.name if lane.queue_id else PREFERRED,
        position,
        waited(item, now),
        level,
        key,
        matched_skills(item, agent) if item.skills else (),
        tuple([as_rival(entry, item, level, key) for entry in others]) if others else (),
    )


def end_offer(floor: Floor, item: Item, offer: Offer, how: OfferEnd) -> None:
    """The offer is over without a conversation; the agent is free of it."""
    item.offers = tuple(other for other in item.offers if other is not offer)
    if not item.offers:
        floor.end_ringing(item, offer.queue_id)
    floor.let_go(floor.agents[offer.agent_id], item)
    floor.tell(OfferEnded(item.item_id, offer.version, offer.agent_id, how))


def return_to_line(floor: Floor, item: Item, now: Millis) -> int:
    """Back to waiting, at the original place unless somebody changed the key on purpose. Returns the position."""
    item.move(Turn.RETURNED)
    item.agent_id = None
    floor.widening.pop(item.item_id, None)
    floor.deadlines.clear(item, Timer.RING, Timer.MORE, Timer.LEASE)
    open_tiers(floor, item, now)
    return floor.wait(item)


def recall(floor: Floor, item: Item) -> None:
    """Withdraw every live offer of the item."""
    for offer in item.offers:
        end_offer(floor, item, offer, OfferEnd.WITHDRAWN)
    floor.deadlines.clear(item, Timer.RING, Timer.MORE)


def recall_from(floor: Floor, agent: Agent, now: Millis) -> None:
    """An agent who is not READY holds no offers: withdraw his, and let the items look for somebody else."""
    for item_id in tuple(agent.held):
        item = floor.items[item_id]
        for offer in item.offers:
            if offer.agent_id == agent.agent_id:
                end_offer(floor, item, offer, OfferEnd.WITHDRAWN)
                if not item.offers:
                    return_to_line(floor, item, now)
