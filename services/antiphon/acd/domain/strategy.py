"""The catalogue of distribution strategies: which of the free agents gets the item.

The rule of choice is always the same: the least `(level, key, seq)`. A strategy is only the key, so a new one is one
entry here; everything else (index, decision, texts for the desk, tests) follows. A key is a tuple of integers,
measured when the agent last became free (`Agent.keyed_at`), and may use anything in `Agent` and `Seat`. Two kinds
need more: a *draw* works the key out anew for every item, from numbers that the journal holds (there is no other
chance here, so a replay draws the same lots), and *ringing* says how many agents one item rings at once.

Clause A05: every entry tells its advantages, drawbacks and use, in words for the person who has to choose.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from antiphon.acd.domain.agent import Agent, Seat
from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.item import Item, Skills

Key = tuple[int, ...]
KeyOf = Callable[[Agent, Seat, ChannelClass, Skills], Key]
Draw = Callable[[Item, Agent, Key], Key]

MILLION = 1_000_000
_WORD = (1 << 64) - 1


class Rings(Enum):
    """How many agents an item rings. Whatever the number, one wins: the others' offers are withdrawn."""

    ONE = "one"
    ALL = "all"  # everybody with room on the best tier, at once
    MORE = "more"  # one, and every few seconds another one besides


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
    draw: Draw | None = None
    rings: Rings = Rings.ONE


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


def _least_occupied(agent: Agent, seat: Seat, cls: ChannelClass, skills: Skills) -> Key:
    busy = agent.busy_ms + (agent.keyed_at - agent.busy_since if agent.active else 0)
    return busy * MILLION // max(1, agent.keyed_at - agent.logged_in_since), agent.idle_since


def _least_talk(agent: Agent, seat: Seat, cls: ChannelClass, skills: Skills) -> Key:
    return agent.talk_ms, agent.idle_since


def _penalty(agent: Agent, seat: Seat, cls: ChannelClass, skills: Skills) -> Key:
    return (seat.penalty,)


def _lot(item: Item, agent: Agent, base: Key) -> Key:
    """A lot from 0 to 2³² for this agent and this round of this item: new whenever the item comes back to line."""
    lot = 0
    for number in (item.enqueued_at, item.seq, item.version, agent.seq):
        lot = (lot ^ number) + 0x9E3779B97F4A7C15 & _WORD  # splitmix64
        lot = (lot ^ lot >> 30) * 0xBF58476D1CE4E5B9 & _WORD
        lot = (lot ^ lot >> 27) * 0x94D049BB133111EB & _WORD
        lot ^= lot >> 31
    return (lot >> 32,)


def _weighted_lot(item: Item, agent: Agent, base: Key) -> Key:
    return (_lot(item, agent, base)[0] * (1 + base[0]),)


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
    Strategy(
        name="least_occupied",
        title="Least occupied",
        key=_least_occupied,
        compares="the share of the logged-in time spent on work, then the end of the last piece of work",
        advantages="Evens out the load itself, wrap-up included, whatever the length of contacts and shifts.",
        drawbacks="Whoever works slowly looks busy and gets less; a break does not count as work.",
        use="Mixed contacts of very different length, and teams with part-time shifts.",
        aliases=("Avaya least occupied agent", "LOA"),
    ),
    Strategy(
        name="least_talk",
        title="Least talk time",
        key=_least_talk,
        compares="the time in conversation since log-in, then the end of the last piece of work",
        advantages="Spares voices: whoever has talked least is next.",
        drawbacks="Floods those who log in late, and rewards long wrap-up.",
        use="Teams who start together and whose strain is the talking itself.",
        aliases=("FreeSWITCH agent-with-least-talk-time",),
    ),
    Strategy(
        name="random",
        title="Random choice",
        key=lambda agent, seat, cls, skills: (0,),
        draw=_lot,
        compares="lots drawn anew for every item",
        advantages="Fair in the long run, and nobody can foresee or influence who is next.",
        drawbacks="Unfair in the short run: the same person may be drawn three times in a row.",
        use="Where patterns would be exploited, and for comparing people by equal samples of customers.",
        aliases=("Asterisk random", "FreeSWITCH random"),
    ),
    Strategy(
        name="weighted_random",
        title="Weighted random choice",
        key=_penalty,
        draw=_weighted_lot,
        compares="lots drawn anew for every item, made worse by the member's penalty",
        advantages="Gives everybody a share of the work that can be chosen: beginners a few contacts, experts most.",
        drawbacks="The shares hold on average only, and among those who happen to be free.",
        use="Training on the job, and trials in which a few members shall see a part of the customers.",
        aliases=("Asterisk wrandom", "percentage allocation"),
    ),
    Strategy(
        name="ring_all",
        title="Ring all at once",
        key=_longest_idle,
        rings=Rings.ALL,
        compares="nothing: everybody who is free on the best tier rings at once, and the first to answer wins",
        advantages="The quickest answer there is; nobody has to be chosen.",
        drawbacks="Disturbs everybody for one customer and holds all of them meanwhile; quick hands take all the work.",
        use="Small teams in one room, emergency lines, a few calls a day.",
        aliases=("Asterisk ringall", "FreeSWITCH ring-all", "broadcast", "hunt all"),
    ),
    Strategy(
        name="ring_progressively",
        title="Ring progressively",
        key=_longest_idle,
        rings=Rings.MORE,
        compares="the end of the last piece of work; every few seconds one more colleague rings as well",
        advantages="One person is disturbed first, and still nobody waits long for somebody who is away.",
        drawbacks="A slow team ends in ring-all; several are held for one customer meanwhile.",
        use="Small teams whose members leave their desks, and calls that must not ring out.",
        aliases=("FreeSWITCH ring-progressively", "escalating ring"),
    ),
)

CATALOGUE: dict[str, Strategy] = {entry.name: entry for entry in _ENTRIES}
