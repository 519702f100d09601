"""An agent: one presence state, one load per channel class, and what every strategy may want to know about him.

    OFFLINE <──> NOT_READY(reason) <──> READY ──(missed offer)──> NOT_RESPONDING ──(by himself)──> READY …
       any ──(microphone lost)──> DISABLED ──> READY …

Only READY agents get offers. Being busy is not a state but a load: an agent in a conversation is READY with a load,
which is why one person can have three chats and why wrap-up counts the same in every queue he sits in. Load counts
what he *holds*: ringing, connected and in wrap-up.

READY is not always free: after a busy line or a rejected offer he rests for a while (the REST timer), and nothing is
offered to him until it ends or until he sets a state himself.

`idle_since` (longest idle) moves when he logs in, when work of his ends, and when he comes back from NOT_RESPONDING
or DISABLED — a missed call must not leave him first in line. A break does not move it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from antiphon.acd.domain.channel import CLASSES, ChannelClass
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.policy import PerClass
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.timer import Timer


class AgentState(StrEnum):
    OFFLINE = "offline"
    NOT_READY = "not_ready"
    READY = "ready"
    NOT_RESPONDING = "not_responding"
    DISABLED = "disabled"


_S = AgentState
MAY_BECOME: dict[AgentState, tuple[AgentState, ...]] = {
    _S.OFFLINE: (_S.READY, _S.NOT_READY),
    _S.NOT_READY: (_S.READY, _S.OFFLINE, _S.DISABLED),
    _S.READY: (_S.NOT_READY, _S.OFFLINE, _S.NOT_RESPONDING, _S.DISABLED),
    _S.NOT_RESPONDING: (_S.READY, _S.NOT_READY, _S.OFFLINE, _S.DISABLED),
    _S.DISABLED: (_S.READY, _S.NOT_READY, _S.OFFLINE),
}

DEFAULT_CAPACITY: PerClass = (1, 3, 5, 5)


def as_capacity(wanted: Mapping[str, int]) -> PerClass:
    """{"voice": 1, "chat": 3} as a tuple by class; what is not named has the default."""
    voice, chat, email, task = (wanted.get(cls.name.lower(), DEFAULT_CAPACITY[cls]) for cls in CLASSES)
    return voice, chat, email, task


NOTHING: PerClass = (0, 0, 0, 0)
"""No load; and the stamps of an agent who is listed as free nowhere."""


@cache
def changed(load: PerClass, cls: ChannelClass, by: int) -> PerClass:
    """The load with `by` more (or less) of a class. There are few, so each is worked out once."""
    voice, chat, email, task = (count + by * (known is cls) for known, count in zip(CLASSES, load, strict=True))
    return voice, chat, email, task


@dataclass(frozen=True, slots=True)
class Seat:
    """Membership in a queue: `level` is the tier (lower first), `position` the rank in sequential strategies."""

    queue_id: str
    level: int = 1
    position: int = 0
    penalty: int = 0  # makes the lot of weighted random worse: 1 halves the chances, roughly


@dataclass(slots=True, eq=False)
class Agent:
    """An agent on the floor. `stamps` belongs to the index (per class; 0: not listed as free)."""

    agent_id: str
    seq: int
    seats: tuple[Seat, ...] = ()  # where he works now
    skills: dict[str, int] = field(default_factory=dict)
    capacity: PerClass = DEFAULT_CAPACITY
    state: AgentState = AgentState.OFFLINE
    reason: str = ""
    since: Millis = 0
    load: PerClass = NOTHING
    held: list[str] = field(default_factory=list)  # item ids, oldest first
    active: int = 0  # of the held: those past the offer
    idle_since: Millis = 0
    logged_in_since: Millis = 0
    contacts: int = 0  # accepted since login
    talk_ms: Millis = 0
    busy_ms: Millis = 0
    busy_since: Millis = 0
    last_offer: int = 0  # number of the last offer made to him, tenant-wide
    keyed_at: Millis = 0  # when his strategy keys were last measured
    roster: tuple[Seat, ...] = ()  # where he may work
    chosen: tuple[str, ...] | None = None  # the queues of his roster he has logged in to; None: all
    missed: int = 0  # offers missed in a row
    timers: dict[Timer, Millis] = field(default_factory=dict)  # REST only
    stamps: list[int] = field(default_factory=lambda: [0] * len(CLASSES))

    @property
    def logged_in(self) -> bool:
        return self.state is not AgentState.OFFLINE

    def become(self, state: AgentState, reason: str, now: Millis) -> None:
        """Change state, or refuse and name both sides; keeps the clocks that belong to presence."""
        if state is self.state:  # only the reason changed: the state has lasted since
            self.reason = reason
            return
        if state not in MAY_BECOME[self.state]:
            raise Refusal(Reason.ILLEGAL_TRANSITION, agent=self.agent_id, state=self.state, to=state)
        if self.state is AgentState.OFFLINE:
            self.logged_in_since = self.idle_since = now
            self.contacts = self.talk_ms = self.busy_ms = 0
            self.busy_since = now
        elif self.state in (AgentState.NOT_RESPONDING, AgentState.DISABLED):
            self.idle_since = now
        self.state, self.reason, self.since = state, reason, now

    def begin_contact(self, now: Millis) -> None:
        self.contacts += 1
        self.missed = 0
        if not self.active:
            self.busy_since = now
        self.active += 1

    def end_contact(self, now: Millis) -> None:
        self.active -= 1
        self.idle_since = now
        if not self.active:
            self.busy_ms += now - self.busy_since
