"""Making an offer and taking it back: the only places where an item comes to, or leaves, an agent unaccepted.

An offer reserves the agent's capacity from the moment it is made, so nothing else can be promised to him. Whatever
way it ends, the capacity is returned here, and the item goes back to line under its original key.
"""

from typing import NamedTuple

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.decision import MOST_RIVALS, PREFERRED, Decision, as_rival, matched_skills
from antiphon.acd.domain.effects import OfferEnd, OfferEnded, WorkOffered
from antiphon.acd.domain.floor import Floor, waited
from antiphon.acd.domain.item import Item, Offer, Turn
from antiphon.acd.domain.lane import Lane
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.routing import open_tiers
from antiphon.acd.domain.strategy import Key
from antiphon.acd.domain.timer import Timer


class Match(NamedTuple):
    """An item and an agent who belong together, the lane they met in, and the agent's figures there."""

    item: Item
    agent: Agent
    lane: Lane
    rank: int  # 0: met in the item's home queue; else in its n-th overflow queue
    level: int
    key: Key


def make_offer(floor: Floor, match: Match, now: Millis) -> None:
    """Reserve the agent and tell the offer. The caller lists the agent again if he has room left."""
    item, agent, lane = match.item, match.agent, match.lane
    why = _decide(match, floor.unwait(item), now)
    item.move(Turn.OFFERED)
    item.version += 1
    queue_id = lane.queue_id or item.queue_id
    ring_ms = floor.queues[queue_id].settings.ring_ms
    expires_at = now + (floor.policy.ring_ms[item.cls] if ring_ms is None else ring_ms)
    item.offers = (Offer(item.version, agent.agent_id, queue_id, expires_at),)
    floor.deadlines.set(item, Timer.RING, expires_at)
    floor.offer_count += 1
    agent.last_offer = floor.offer_count
    agent.keyed_at = now
    floor.hold(agent, item)
    floor.tell(WorkOffered(item.item_id, item.version, agent.agent_id, queue_id, expires_at, why))


def _decide(match: Match, position: int, now: Millis) -> Decision:
    item, agent, lane, _, level, key = match
    others = lane.runners_up(agent, MOST_RIVALS)
    return Decision(
        lane.strategy.name if lane.queue_id else PREFERRED,
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
    floor.let_go(floor.agents[offer.agent_id], item)
    floor.tell(OfferEnded(item.item_id, offer.version, offer.agent_id, how))


def return_to_line(floor: Floor, item: Item, now: Millis) -> int:
    """Back to waiting, at the original place unless somebody changed the key on purpose. Returns the position."""
    item.move(Turn.RETURNED)
    item.agent_id = None
    floor.deadlines.clear(item, Timer.RING, Timer.LEASE)
    open_tiers(floor, item, now)
    return floor.wait(item)


def recall(floor: Floor, item: Item) -> None:
    """Withdraw every live offer of the item."""
    for offer in item.offers:
        end_offer(floor, item, offer, OfferEnd.WITHDRAWN)
    floor.deadlines.clear(item, Timer.RING)


def recall_from(floor: Floor, agent: Agent, now: Millis) -> None:
    """An agent who is not READY holds no offers: withdraw his, and let the items look for somebody else."""
    for item_id in tuple(agent.held):
        item = floor.items[item_id]
        for offer in item.offers:
            if offer.agent_id == agent.agent_id:
                end_offer(floor, item, offer, OfferEnd.WITHDRAWN)
                if not item.offers:
                    return_to_line(floor, item, now)
