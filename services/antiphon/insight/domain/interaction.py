"""An interaction: one call, chat, mail or callback, with its visits to queues and everybody who had it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from antiphon.insight.domain.millis import Millis


class Sort(IntEnum):
    """What it was, with the numbers of the proto."""

    CALL = 1
    CHAT = 2
    MAIL = 3
    CALLBACK = 4


class Direction(IntEnum):
    """Who began, with the numbers of the proto."""

    INBOUND = 1
    OUTBOUND = 2
    INTERNAL = 3


class How(StrEnum):
    """How a visit to a queue ended."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    OVERFLOWED = "overflowed"
    TRANSFERRED = "transferred"
    CALLBACK = "callback"
    CLOSED = "closed"


@dataclass(slots=True)
class Visit:
    """A stay in a queue."""

    queue: str
    entered: Millis
    left: Millis | None = None
    how: How = How.WAITING
    agent: str = ""

    @property
    def wait(self) -> Millis:
        """Zero while it lasts."""
        return max(0, self.left - self.entered) if self.left is not None else 0

    def leave(self, at: Millis, how: How, agent: str = "") -> None:
        self.left, self.how, self.agent = max(at, self.entered), how, agent


@dataclass(slots=True)
class Spell:
    """The time with one agent."""

    agent: str
    queue: str
    accepted: Millis
    released: Millis | None = None
    done: Millis | None = None
    transferred: bool = False

    @property
    def talk(self) -> Millis:
        return max(0, self.released - self.accepted) if self.released is not None else 0

    @property
    def wrap(self) -> Millis:
        return max(0, self.done - self.released) if self.released is not None and self.done is not None else 0

    def end(self, at: Millis, *, transferred: bool = False) -> None:
        """The conversation is over for this agent; a transfer leaves nothing to wrap up."""
        if self.released is None:
            self.released = max(at, self.accepted)
        self.transferred = self.transferred or transferred
        if transferred and self.done is None:
            self.done = self.released


@dataclass(frozen=True, slots=True)
class Sale:
    """A won deal that the interaction brought."""

    deal: str
    at: Millis
    currency: str = ""
    micros: int = 0


@dataclass(slots=True)
class Interaction:
    """All that is known of it."""

    id: str
    sort: Sort
    channel: str
    started: Millis
    direction: Direction = Direction.INBOUND
    ended: Millis | None = None
    result: str = ""
    contact: str = ""
    party: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    disposition: str = ""
    recording: str = ""
    csat: int | None = None
    messages_in: int = 0
    messages_out: int = 0
    first_reply: Millis | None = None
    visits: list[Visit] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    campaign: str = ""
    line: str = ""
    """The number of ours that was called."""
    due: Millis | None = None
    """Of a promise to call back: when it comes into line."""
    sales: tuple[Sale, ...] = ()

    @property
    def outcome(self) -> str:
        """What came of it."""
        return "sale" if self.sales else ""

    @property
    def amounts(self) -> dict[str, int]:
        """What its sales are worth: currency → micro-units."""
        sums: dict[str, int] = {}
        for sale in self.sales:
            if sale.currency:
                sums[sale.currency] = sums.get(sale.currency, 0) + sale.micros
        return sums

    @property
    def queue(self) -> str:
        """The last queue."""
        stays = [visit.queue for visit in self.visits] or [spell.queue for spell in self.spells if spell.queue]
        return stays[-1] if stays else ""

    @property
    def agent(self) -> str:
        """Who had it last."""
        return self.spells[-1].agent if self.spells else ""

    @property
    def transfers(self) -> int:
        return sum(spell.transferred for spell in self.spells)

    @property
    def wait(self) -> Millis:
        return sum(visit.wait for visit in self.visits)

    @property
    def talk(self) -> Millis:
        return sum(spell.talk for spell in self.spells)

    @property
    def wrap(self) -> Millis:
        return sum(spell.wrap for spell in self.spells)

    @property
    def duration(self) -> Millis:
        """From its beginning to its end; zero while it goes on."""
        return max(0, self.ended - self.started) if self.ended is not None else 0

    @property
    def last(self) -> Millis:
        """The latest beginning of anything that is counted, or its end."""
        moments = [self.started, self.ended or self.started]
        moments += [visit.entered for visit in self.visits] + [spell.accepted for spell in self.spells]
        return max(moments)
