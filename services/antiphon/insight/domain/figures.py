"""What is counted, and what is made of the counts.

Queues' figures count visits, agents' figures spells, and both belong to the interval in which they began: who came at
11:59 and was answered at 12:01 was offered and answered in the eleventh hour. A worked example (T = 20 s, short = 5 s):

    waits of the answered 5, 15, 30 s · of those who left 3, 10, 40 s · one sent on by a limit
    offered 7 = answered 3 + abandoned 3 + overflowed 1;  in time 2, abandoned in time 2, short 1
    of offered                 2 / 7 = 28.6 %      without short              2 / 6 = 33.3 %
    without abandoned in time  2 / 5 = 40 %        abandoned in time kept     4 / 7 = 57.1 %
    of answered                2 / 3 = 66.7 %      ASA (5 + 15 + 30) / 3 = 16.7 s
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from antiphon.insight.domain.interaction import How, Interaction, Spell, Visit
from antiphon.insight.domain.millis import SECOND, Millis

USUAL_PROMISE: Millis = 20 * SECOND
USUAL_SHORT: Millis = 5 * SECOND


class Formula(IntEnum):
    """How the service level is computed, with the numbers of the proto."""

    OF_OFFERED = 1
    WITHOUT_SHORT = 2
    WITHOUT_ABANDONED_IN_TIME = 3
    ABANDONED_IN_TIME_KEPT = 4
    OF_ANSWERED = 5


class Figure(IntEnum):
    """The figures that can be opened, with the numbers of the proto."""

    OFFERED = 1
    ANSWERED = 2
    IN_TIME = 3
    ABANDONED = 4
    SHORT_ABANDONED = 5
    OVERFLOWED = 6
    WAITING = 7
    HANDLED = 8
    TRANSFERRED = 9
    INTERACTIONS = 10
    RATED = 11
    SOLD = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """T and the short abandon."""

    within: Millis = 0
    """Of every queue; zero means each queue's own promise."""
    short: Millis = USUAL_SHORT
    promises: Mapping[str, Millis] = field(default_factory=dict)

    def of(self, queue: str) -> Millis:
        return self.within or self.promises.get(queue) or USUAL_PROMISE


@dataclass(slots=True)
class Figures:
    """One row. Counts add up; shares and averages are made when they are read."""

    interactions: int = 0
    offered: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    abandoned_in_time: int = 0
    overflowed: int = 0
    waiting: int = 0
    redirected: int = 0
    waits: Millis = 0
    longest: Millis = 0
    handled: int = 0
    talk: Millis = 0
    wrap: Millis = 0
    transferred: int = 0
    rung: int = 0
    missed: int = 0
    ready: Millis = 0
    busy: Millis = 0
    pause: Millis = 0
    marks: int = 0
    rated: int = 0
    replies: int = 0
    reply_time: Millis = 0
    sold: int = 0
    sales: int = 0
    amounts: dict[str, int] = field(default_factory=dict)
    """Currency → micro-units."""

    def add_visit(self, visit: Visit, limits: Limits) -> None:
        self.offered += 1
        within = visit.wait <= limits.of(visit.queue)
        self.longest = max(self.longest, visit.wait)
        if visit.how is How.ANSWERED:
            self.answered += 1
            self.in_time += within
            self.waits += visit.wait
        elif visit.how is How.ABANDONED:
            self.abandoned += 1
            self.abandoned_in_time += within
            self.short_abandoned += visit.wait <= limits.short
        elif visit.how is How.OVERFLOWED:
            self.overflowed += 1
        elif visit.how is How.WAITING:
            self.waiting += 1
        else:
            self.redirected += 1

    def add_spell(self, spell: Spell) -> None:
        self.transferred += spell.transferred
        if is_over(spell):
            self.handled += 1
            self.talk += spell.talk
            self.wrap += spell.wrap

    def add_interaction(self, it: Interaction) -> None:
        self.interactions += 1
        if it.csat is not None:
            self.rated += 1
            self.marks += it.csat
        if it.first_reply is not None:
            self.replies += 1
            self.reply_time += it.first_reply
        self.sold += bool(it.sales)
        self.sales += len(it.sales)
        for currency, micros in it.amounts.items():
            self.amounts[currency] = self.amounts.get(currency, 0) + micros

    def service_level(self, formula: Formula) -> float | None:
        """0..1, or None while there is nothing to divide by."""
        lost = self.abandoned + self.overflowed
        good, of = {
            Formula.OF_OFFERED: (self.in_time, self.answered + lost),
            Formula.WITHOUT_SHORT: (self.in_time, self.answered + lost - self.short_abandoned),
            Formula.WITHOUT_ABANDONED_IN_TIME: (self.in_time, self.answered + lost - self.abandoned_in_time),
            Formula.ABANDONED_IN_TIME_KEPT: (self.in_time + self.abandoned_in_time, self.answered + lost),
            Formula.OF_ANSWERED: (self.in_time, self.answered),
        }[formula]
        return good / of if of else None

    @property
    def asa(self) -> float | None:
        """Seconds."""
        return self.waits / SECOND / self.answered if self.answered else None

    @property
    def aht(self) -> float | None:
        """Seconds."""
        return (self.talk + self.wrap) / SECOND / self.handled if self.handled else None

    @property
    def occupancy(self) -> float | None:
        """Busy ÷ (busy + ready and idle)."""
        return self.busy / (self.busy + self.ready) if self.busy + self.ready else None

    @property
    def csat(self) -> float | None:
        return self.marks / self.rated if self.rated else None

    @property
    def conversion(self) -> float | None:
        """Interactions that led to a sale ÷ interactions."""
        return self.sold / self.interactions if self.interactions else None

    @property
    def first_reply(self) -> float | None:
        """Seconds."""
        return self.reply_time / SECOND / self.replies if self.replies else None


def counts_interaction(it: Interaction, figure: Figure) -> bool:
    """Whether an interaction is in this figure."""
    alone = Figures()
    alone.add_interaction(it)
    return bool(getattr(alone, figure.name.lower(), 0))


def is_over(spell: Spell) -> bool:
    """With its wrap-up: before that its handling time is not known."""
    return spell.done is not None


def counts_visit(visit: Visit, figure: Figure, limits: Limits) -> bool:
    """Whether a visit is in this figure: the same words as `add_visit`, for whoever opens a number."""
    alone = Figures()
    alone.add_visit(visit, limits)
    return bool(getattr(alone, figure.name.lower(), 0))


def counts_spell(spell: Spell, figure: Figure) -> bool:
    """Whether a spell is in this figure."""
    alone = Figures()
    alone.add_spell(spell)
    return bool(getattr(alone, figure.name.lower(), 0))
