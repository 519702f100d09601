"""Why this agent: the reason that travels with every offer and is shown to him as "Why me?".

It must be cheap, for it is built on the hot path, yet enough to answer without a replay: the rule, where the item
stood, how long it waited, which skills counted, the winner's own figures and those of at most three runners-up, each
with what he lost by. `explain.why_me` turns it into sentences.
"""

from enum import StrEnum

from msgspec import Struct

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.item import Item
from antiphon.acd.domain.lane import FreeEntry
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.strategy import Key

MOST_RIVALS = 3
PREFERRED = "preferred"


class LostBy(StrEnum):
    """Why a runner-up did not get the item."""

    LEVEL = "level"  # a higher tier
    KEY = "key"  # the strategy's figure
    ORDER = "order"  # equal in everything; configured later
    SPARED = "spared"  # excluded, or he has just declined this item


class Rival(Struct, frozen=True, gc=False):
    """Another agent with room at that moment, and his figures."""

    agent_id: str
    level: int
    key: Key
    lost_by: LostBy


class Matched(Struct, frozen=True, gc=False):
    """A skill the item asked for: the least level that would do, and the agent's."""

    skill: str
    needed: int
    has: int


class Decision(Struct, frozen=True, gc=False):
    """`rule` is the strategy's name, or "preferred"; `position` in the home queue, from 1; `level, key` the winner's.

    No rivals means that nobody else had room: the work waited for this agent."""

    rule: str
    position: int
    waited_ms: Millis
    level: int
    key: Key
    skills: tuple[Matched, ...] = ()
    rivals: tuple[Rival, ...] = ()


def matched_skills(item: Item, agent: Agent) -> tuple[Matched, ...]:
    """The levels that counted. Empty for most items, and then free."""
    return tuple(Matched(name, needed, agent.skills.get(name, 0)) for name, needed in item.skills)


def as_rival(entry: FreeEntry, item: Item, level: int, key: Key) -> Rival:
    """A listed free agent, compared with the winner's level and key."""
    their_level, their_key, _, _, agent = entry
    if agent.agent_id in item.shunned:
        lost_by = LostBy.SPARED
    elif their_level != level:
        lost_by = LostBy.LEVEL
    elif their_key != key:
        lost_by = LostBy.KEY
    else:
        lost_by = LostBy.ORDER
    return Rival(agent.agent_id, their_level, their_key, lost_by)
