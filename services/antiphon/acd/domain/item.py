"""A work item: a call, a chat, a letter, a callback, a task. One life cycle for all of them.

    NEW ──> WAITING <──────> OFFERED ──> CONNECTED ──> WRAP ──> DONE
               │  └─ taken ─────│────────────^  │                 ^
               │  ^─────────────│── handed back ┘── no wrap-up ───┘
               └──> ABANDONED <─┘

Beside it: SCHEDULED, not in line until its time (callbacks), and OVERFLOWED, sent on by a queue's limit or a plan.

The state is ONE value and moves only along `NEXT`. Two things survive every way back to WAITING: the key (the place
in line) and the version, which counts offers, so that an offer is identified for ever by (item, version).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.queue import ALL_LEVELS, Overflow
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.timer import Timer


class ItemState(StrEnum):
    NEW = "new"
    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTED = "connected"
    WRAP = "wrap"
    SCHEDULED = "scheduled"  # not in line until its time: a callback later, or once more
    DONE = "done"
    OVERFLOWED = "overflowed"  # left for voicemail, or was sent away at a limit
    ABANDONED = "abandoned"


class Turn(StrEnum):
    """What moves an item from one state to the next."""

    QUEUED = "queued"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    TAKEN = "taken"  # picked from the list by hand
    RETURNED = "returned"  # rang out, declined, withdrawn, transferred, lease lost
    RELEASED = "released"  # the conversation is over, wrap-up begins
    COMPLETED = "completed"
    LEFT = "left"
    SCHEDULED = "scheduled"  # comes (again) at a certain time
    OVERFLOWED = "overflowed"


_S, _T = ItemState, Turn
NEXT: dict[tuple[ItemState, Turn], ItemState] = {
    (_S.NEW, _T.QUEUED): _S.WAITING,
    (_S.NEW, _T.TAKEN): _S.CONNECTED,
    (_S.NEW, _T.SCHEDULED): _S.SCHEDULED,
    (_S.NEW, _T.OVERFLOWED): _S.OVERFLOWED,
    (_S.WAITING, _T.SCHEDULED): _S.SCHEDULED,
    (_S.WAITING, _T.OVERFLOWED): _S.OVERFLOWED,
    (_S.SCHEDULED, _T.QUEUED): _S.WAITING,
    (_S.SCHEDULED, _T.TAKEN): _S.CONNECTED,
    (_S.SCHEDULED, _T.LEFT): _S.ABANDONED,
    (_S.WAITING, _T.OFFERED): _S.OFFERED,
    (_S.WAITING, _T.TAKEN): _S.CONNECTED,
    (_S.WAITING, _T.LEFT): _S.ABANDONED,
    (_S.OFFERED, _T.ACCEPTED): _S.CONNECTED,
    (_S.OFFERED, _T.RETURNED): _S.WAITING,
    (_S.OFFERED, _T.LEFT): _S.ABANDONED,
    (_S.CONNECTED, _T.RETURNED): _S.WAITING,
    (_S.CONNECTED, _T.RELEASED): _S.WRAP,
    (_S.CONNECTED, _T.COMPLETED): _S.DONE,
    (_S.WRAP, _T.COMPLETED): _S.DONE,
}
FINISHED = (ItemState.DONE, ItemState.ABANDONED, ItemState.OVERFLOWED)

Skills = tuple[tuple[str, int], ...]
"""Required skills with minimum levels, sorted by name: one canonical value per requirement."""


def as_skills(wanted: Mapping[str, int]) -> Skills:
    return tuple(sorted(wanted.items()))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a routing plan. Preferred agent, relaxed skills and overflow are all steps.

    `lasts_ms` None: for ever. `skills`, `any_of` None: as before. `only`: nobody but this agent while the step lasts.
    `any_of`: besides `skills`, the agent must satisfy at least one of these. `overflow`: what happens now."""

    lasts_ms: Millis | None = None
    skills: Skills | None = None
    add_queues: tuple[str, ...] = ()
    only: str | None = None
    any_of: tuple[Skills, ...] | None = None
    overflow: Overflow | None = None


class Offer(Struct, frozen=True, gc=False):
    """A live offer to one agent, made through one of the item's queues."""

    version: int
    agent_id: str
    queue_id: str
    expires_at: Millis
    shared: bool = False  # colleagues ring at the same time: not answering is nobody's fault
    level: int = 0  # the tier the agent was on


NOBODY: Mapping[str, Millis | None] = {}
ALL_OPEN: Mapping[str, int] = {}


class Item(Struct, eq=False, gc=False, omit_defaults=True):
    """A work item on the floor. `in_line` belongs to the index: it stands in the lines and lanes of its queues.

    A struct without cyclic garbage collection: fifty thousand that wait would cost pauses, and none refers back.
    Mappings are replaced, never changed in place, so the many that are empty are one."""

    item_id: str
    seq: int
    queues: tuple[str, ...]  # home first, then where it overflowed to; none: direct work
    channel: str
    cls: ChannelClass
    priority: int
    skills: Skills
    contact_id: str
    attributes: Mapping[str, str]
    enqueued_at: Millis
    any_of: tuple[Skills, ...] = ()
    points: int = 0  # priority and value plus the weight of the queue it came to
    due_ms: Millis = 0  # the service level it was promised, in queues that are routed by it
    entered: bool = False  # has been in line
    callback: bool = False  # nobody holds the line: the channel dials when an agent has it
    tries: int = 0  # callbacks that were not answered
    key: int = 0
    state: ItemState = ItemState.NEW
    version: int = 0
    offers: tuple[Offer, ...] = ()  # a tuple: ring-all makes several, one wins
    agent_id: str | None = None  # who has, or had, the conversation
    won: int = 0  # the version of the offer that he accepted
    accepted_at: Millis = 0
    released_at: Millis = 0
    disposition: str = ""
    shunned: Mapping[str, Millis | None] = {}  # agent -> until; None: for good
    steps: tuple[Step, ...] = ()
    step: int = 0
    only: str | None = None
    open_levels: Mapping[str, int] = {}  # queue -> highest open tier, if not all
    timers: dict[Timer, Millis] = {}
    in_line: bool = False

    @property
    def queue_id(self) -> str:
        """The home queue: the one that counts the item and whose settings apply to it; empty for direct work."""
        return self.queues[0] if self.queues else ""

    def move(self, turn: Turn) -> None:
        """Take a turn of the life cycle, or refuse and name both sides."""
        target = NEXT.get((self.state, turn))
        if target is None:
            raise Refusal(Reason.ILLEGAL_TRANSITION, item=self.item_id, state=self.state, turn=turn)
        self.state = target

    def may(self, turn: Turn) -> bool:
        return (self.state, turn) in NEXT

    def open_level(self, queue_id: str) -> int:
        return self.open_levels.get(queue_id, ALL_LEVELS)

    def offer_to(self, agent_id: str, version: int) -> Offer | None:
        """The live offer with this id, if there is one."""
        for offer in self.offers:
            if offer.agent_id == agent_id and offer.version == version:
                return offer
        return None
