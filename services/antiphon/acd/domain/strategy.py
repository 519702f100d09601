"""The catalogue of distribution strategies: which of the free agents gets the item.

The rule of choice is always the same: the least `(level, key, seq)`. A strategy is only the key, so a new one is one
entry here; everything else (index, decision, texts for the desk, tests) follows. A key is a tuple of integers,
measured when the agent last became free (`Agent.keyed_at`), and may use anything in `Agent` and `Seat`.

Clause A05: every entry tells its advantages, drawbacks and use, in words for the person who has to choose.
"""

from collections.abc import Callable
from dataclasses import dataclass

from antiphon.acd.domain.agent import Agent, Seat
from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.item import Skills

Key = tuple[int, ...]
KeyOf = Callable[[Agent, Seat, ChannelClass, Skills], Key]

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to distribute work. `compares` says in words what the key compares, for "Why me?"."""

    name: str
    title: str
    key: KeyOf
    compares: str
    advantages: str
    drawbacks: str
    use: str
    aliases: tuple[str, ...]


def _longest_idle(agent: Agent, seat: Seat, cls: ChannelClass, skills: Skills) -> Key:
    return (agent.idle_since,)


def _sequential(agent: Agent, seat: Seat, cls: ChannelClass, skills: Skills) -> Key:
    return seat.position, -sum(agent.skills.get(name, 0) for name, _ in skills)


def _least_loaded(agent: Agent, seat: Seat, cls: ChannelClass, skills: Skills) -> Key:
    return agent.load[cls] * MILLION // agent.capacity[cls], agent.idle_since


def _round_robin(agent: Agent, seat: Seat, cls: ChannelClass, skills: Skills) -> Key:
    return (agent.last_offer,)


def _fewest_contacts(agent: Agent, seat: Seat, cls: ChannelClass, skills: Skills) -> Key:
    logged_in = max(1, agent.keyed_at - agent.logged_in_since)
    return agent.contacts * MILLION * 1_000 // logged_in, agent.idle_since


_ENTRIES = (
    Strategy(
        name="longest_idle",
        title="Longest idle",
        key=_longest_idle,
        compares="the end of the last piece of work",
        advantages="Spreads work evenly and gives everybody the same rest; nobody can be skipped or favoured.",
        drawbacks="Ignores experience: the newest colleague gets a difficult customer as often as the best one.",
        use="The default for teams of similar skill, above all on the phone.",
        aliases=("FreeSWITCH longest-idle-agent", "Asterisk leastrecent", "Genesys longest available"),
    ),
    Strategy(
        name="sequential",
        title="Sequential: most qualified first",
        key=_sequential,
        compares="the position in the queue, then the levels of the skills asked for",
        advantages="The customer reaches the best person who is free; a missed offer goes to the next in rank.",
        drawbacks="The first in the list carry most of the work while the last wait; they tire, the others rust.",
        use="Sales and expert lines where the result of a contact depends on who takes it; short lists.",
        aliases=("Asterisk linear", "FreeSWITCH sequentially-by-agent-order", "top-down", "hunt group"),
    ),
    Strategy(
        name="least_loaded",
        title="Least loaded",
        key=_least_loaded,
        compares="the share of the capacity in use, then the end of the last piece of work",
        advantages="Keeps parallel conversations balanced, so that answers in every chat come quickly.",
        drawbacks="Counts conversations, not their weight: three idle chats look busier than one hard one.",
        use="Chats, messengers and e-mail, where an agent holds several conversations at a time.",
        aliases=("Rocket.Chat load balancing", "Zendesk highest spare capacity", "Intercom balanced"),
    ),
    Strategy(
        name="round_robin",
        title="Round robin",
        key=_round_robin,
        compares="whose last offer was the longest ago",
        advantages="Everybody gets the same number of offers in turn; easy to explain and to check.",
        drawbacks="Blind to how long contacts take: whoever drew three long calls is next in turn all the same.",
        use="Handing out leads or tickets that must be shared out fairly.",
        aliases=("Asterisk rrmemory", "FreeSWITCH round-robin", "circular hunting"),
    ),
    Strategy(
        name="fewest_contacts",
        title="Fewest contacts",
        key=_fewest_contacts,
        compares="contacts per hour logged in, then the end of the last piece of work",
        advantages="Evens out the number of contacts over the day, and does not flood those who log in late.",
        drawbacks="Rewards long conversations: whoever talks slowly gets less work.",
        use="Teams paid or judged by the number of contacts.",
        aliases=("Asterisk fewestcalls", "FreeSWITCH agent-with-fewest-calls", "least occurrences"),
    ),
)

CATALOGUE: dict[str, Strategy] = {entry.name: entry for entry in _ENTRIES}
