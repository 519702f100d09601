"""Asking the brain why: why this item still waits, why me, and what the strategies are good for.

`why_waiting` looks at every agent of the item's queues and names the *first* thing that keeps each of them from it, in
the order in which a supervisor could do something about it. Figures, not prose: the desk translates. `why_me` is the
one place with sentences, for logs and tests; the desk builds its own from the same `Decision`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from antiphon.acd.domain.agent import Agent, AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.capacity import fits
from antiphon.acd.domain.decision import PREFERRED, Decision, LostBy, Rival
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.item import Item, ItemState
from antiphon.acd.domain.lane import able
from antiphon.acd.domain.strategy import CATALOGUE, Strategy


class Obstacle(StrEnum):
    """What keeps an agent from an item, the most basic first."""

    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    NOT_RESPONDING = "not_responding"
    DISABLED = "disabled"
    RESERVED_FOR_ANOTHER = "reserved_for_another"  # the plan waits for one agent only
    TIER_CLOSED = "tier_closed"
    SKILL_MISSING = "skill_missing"
    EXCLUDED = "excluded"
    JUST_DECLINED = "just_declined"
    RESTING = "resting"  # spared for a while after a busy line or a rejected offer
    BUSY = "busy"
    RANKED_LOWER = "ranked_lower"  # had room, and came later by the strategy


@dataclass(frozen=True, slots=True)
class WhyWaiting:
    """`obstacles`: how many agents are kept back by what, in the order of `Obstacle`; empty: the queue has nobody."""

    item_id: str
    position: int
    agents: int
    obstacles: tuple[tuple[Obstacle, int], ...]


def why_waiting(brain: Brain, item_id: str) -> WhyWaiting | None:
    """Why the item still waits; None when it does not wait."""
    floor = brain.floor
    item = floor.item(item_id)
    if item.state is not ItemState.WAITING:
        return None
    candidates: dict[str, list[tuple[Agent, Seat]]] = {}
    for queue_id in item.queues:
        for agent, seat in floor.index.queues[queue_id].members.values():
            candidates.setdefault(agent.agent_id, []).append((agent, seat))
    if item.only is not None:
        candidates.setdefault(item.only, []).append((floor.agents[item.only], Seat(item.queue_id)))
    found = [_obstacle(floor, item, seats) for seats in candidates.values()]
    counted = tuple((obstacle, found.count(obstacle)) for obstacle in Obstacle if obstacle in found)
    position = floor.index.position(item)
    return WhyWaiting(item_id, position, len(candidates), counted)


def why_not_others(brain: Brain, item_id: str) -> dict[str, Obstacle]:
    """Why each other agent of the item's queues was not offered it, right after it was offered to somebody.

    Who had room and skills all the same came later by the strategy (RANKED_LOWER)."""
    floor = brain.floor
    item = floor.item(item_id)
    rung = {offer.agent_id for offer in item.offers}
    others: dict[str, list[tuple[Agent, Seat]]] = {}
    for queue_id in item.queues:
        for agent, seat in floor.index.queues[queue_id].members.values():
            if agent.agent_id not in rung:
                others.setdefault(agent.agent_id, []).append((agent, seat))
    return {agent_id: _hindrance(floor, item, seats) or Obstacle.RANKED_LOWER for agent_id, seats in others.items()}


_ABSENT = {
    AgentState.OFFLINE: Obstacle.LOGGED_OUT,
    AgentState.NOT_READY: Obstacle.NOT_READY,
    AgentState.NOT_RESPONDING: Obstacle.NOT_RESPONDING,
    AgentState.DISABLED: Obstacle.DISABLED,
}


def _obstacle(floor: Floor, item: Item, seats: list[tuple[Agent, Seat]]) -> Obstacle:
    found = _hindrance(floor, item, seats)
    assert found is not None, "an agent with room and an item he could have: not settled"
    return found


def _hindrance(floor: Floor, item: Item, seats: list[tuple[Agent, Seat]]) -> Obstacle | None:
    agent = seats[0][0]
    if agent.state in _ABSENT:
        return _ABSENT[agent.state]
    if item.only is None:
        if all(seat.level > item.open_level(seat.queue_id) for _, seat in seats):
            return Obstacle.TIER_CLOSED
        if not able(agent, item.skills, item.any_of):
            return Obstacle.SKILL_MISSING
    elif item.only != agent.agent_id:
        return Obstacle.RESERVED_FOR_ANOTHER
    if agent.agent_id in item.shunned:
        return Obstacle.EXCLUDED if item.shunned[agent.agent_id] is None else Obstacle.JUST_DECLINED
    if agent.timers:
        return Obstacle.RESTING
    return None if fits(agent, item.cls, floor.policy) else Obstacle.BUSY


def strategies() -> tuple[Strategy, ...]:
    """The catalogue for the screen on which a queue's strategy is chosen (clause A05)."""
    return tuple(CATALOGUE.values())


def why_me(decision: Decision) -> list[str]:
    """The decision in sentences."""
    waited = f"Waited {decision.waited_ms // 1000} s, number {decision.position} in the queue."
    if decision.rule == PREFERRED:
        rule = "Asked for you in person."
    else:
        rule = f"{CATALOGUE[decision.rule].title}: compares {CATALOGUE[decision.rule].compares}."
    skills = [f"Needs {m.skill} {m.needed}, you have {m.has}." for m in decision.skills]
    others = [_why_not(rival) for rival in decision.rivals] or ["Nobody else had room."]
    return [waited, rule, *skills, *others]


def _why_not(rival: Rival) -> str:
    match rival.lost_by:
        case LostBy.LEVEL:
            reason = f"is on tier {rival.level}"
        case LostBy.KEY:
            reason = "comes later by this rule"
        case LostBy.ORDER:
            reason = "is equal, and later in the list"
        case LostBy.SPARED:
            reason = "is excluded from this item or has just declined it"
        case _:
            assert_never(rival.lost_by)
    return f"{rival.agent_id} {reason}."
