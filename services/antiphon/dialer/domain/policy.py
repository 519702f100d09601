"""Rules about when, how often and whom one may call, as data with a date and a source.

A pack is what one law, or one house, says. Several may hold for a number at once (the United States and Florida); then
each must allow. Whether a pack says it rightly is for a lawyer to confirm; that is why each names its sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"


class Counts(StrEnum):
    """What a cap counts."""

    ATTEMPT = "attempt"
    """Every dial, answered or not."""
    CONTACT = "contact"
    """Dials that a person answered."""


class Whose(StrEnum):
    """Over what a cap counts."""

    NUMBER = "number"
    PERSON = "person"
    """All numbers of one person."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day in which the called party may be called, by their own clock."""

    days: frozenset[str]
    """Of WEEKDAYS and HOLIDAY."""
    begins: time
    ends: time
    """Not included; 00:00 is midnight at the end of the day."""

    def covers(self, local: time) -> bool:
        return self.begins <= local and (self.ends == time(0) or local < self.ends)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` in any stretch of time as long as `within`. It rolls, so midnight opens no gap."""

    most: int
    within: timedelta
    counts: Counts
    whose: Whose


@dataclass(frozen=True, slots=True)
class Pack:
    """One set of rules, for a time."""

    id: str
    title: str
    since: date
    until: date | None
    """The first day on which it no longer holds."""
    sources: tuple[Source, ...]
    windows: tuple[Window, ...]
    caps: tuple[Cap, ...]
    consent: bool
    """Nobody is called who has not agreed."""
    holidays: str
    """The country whose holidays count as HOLIDAY; empty: none."""
    after_abandoned: timedelta
    """How long a number is left alone after an abandoned call, unless an agent is certain."""
    abandon_limit: float
    """The share of abandoned calls that may not be exceeded."""
    abandon_over: timedelta
    answer_within: timedelta
    """How long a person may wait for an agent."""
    ring_at_least: timedelta
    """Before a dial may be given up."""
    joins: str = ""
    """Holds besides that pack, for numbers that begin with one of `prefixes`."""
    prefixes: tuple[str, ...] = ()
    label_at_most: int = 0
    """Characters of the label on the called screen; 0: no label."""
    certain_agents: bool = False
    """No dialling ahead: there is no safe share of abandoned calls."""

    def in_force(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)

    def window(self, weekday: int, holiday: bool, local: time) -> bool:
        """Whether one may call at this local time."""
        day = HOLIDAY if holiday and self.holidays else WEEKDAYS[weekday]
        return any(day in window.days and window.covers(local) for window in self.windows)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All packs there are, of all times."""

    packs: tuple[Pack, ...]

    def holding(self, pack_id: str, number: str, on: date) -> tuple[Pack, ...]:
        """The packs that hold for a number on a day: the campaign's own, and those that join it. Empty when the
        campaign's own is not in force; then nothing may be dialled."""
        own = next((pack for pack in self.packs if pack.id == pack_id and pack.in_force(on)), None)
        if own is None:
            return ()
        joining = [pack for pack in self.packs if pack.joins == pack_id and pack.in_force(on)]
        return (own, *(pack for pack in joining if number.startswith(pack.prefixes)))

    def ids(self, on: date) -> tuple[str, ...]:
        """What a campaign may choose from."""
        return tuple(pack.id for pack in self.packs if pack.in_force(on) and not pack.joins)
