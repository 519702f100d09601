"""Rows by any grouping and interval.

`Report` takes interactions, offers and agents' time one after another and keeps only sums, so a year needs no more
memory than its rows. What belongs to nobody (an abandoned visit has no agent) is in the row with an empty key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from antiphon.insight.domain.figures import Figure, Figures, Limits, counts_interaction, counts_spell, counts_visit
from antiphon.insight.domain.interaction import Interaction
from antiphon.insight.domain.intervals import Intervals
from antiphon.insight.domain.millis import Millis
from antiphon.insight.domain.presence import State, Stretch
from antiphon.insight.domain.reasons import Reason
from antiphon.kit.errors import DomainError

MOST_ROWS = 20_000


class Dimension(IntEnum):
    """What rows may be grouped by, with the numbers of the proto."""

    QUEUE = 1
    AGENT = 2
    CHANNEL = 3
    DIRECTION = 4
    RESULT = 5
    TAG = 6
    PROJECT = 7
    WEEKDAY = 8
    HOUR = 9
    CAMPAIGN = 10


@dataclass(frozen=True, slots=True)
class Filter:
    """Which visits, spells and interactions count. Empty is all. Queue and agent are asked of each visit and spell,
    the rest of the whole interaction."""

    queues: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    directions: frozenset[int] = frozenset()
    results: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()

    def takes(self, it: Interaction) -> bool:
        """Whether anything of it may count."""
        return (
            (not self.channels or it.channel in self.channels)
            and (not self.directions or it.direction in self.directions)
            and (not self.results or it.result in self.results)
            and (not self.tags or not self.tags.isdisjoint(it.tags))
            and (not self.projects or it.project in self.projects)
            and (not self.campaigns or it.campaign in self.campaigns)
        )

    @property
    def narrows(self) -> bool:
        """Whether it asks what offers and agents' time cannot answer."""
        return bool(self.channels or self.directions or self.results or self.tags or self.campaigns)

    def fits(self, queue: str, agent: str) -> bool:
        return (not self.queues or queue in self.queues) and (not self.agents or agent in self.agents)


@dataclass(frozen=True, slots=True)
class Offer:
    """An agent was rung."""

    agent: str
    queue: str
    at: Millis
    missed: bool


@dataclass(frozen=True, slots=True)
class Key:
    """What a row is about: the start of its interval and a value a dimension."""

    start: Millis
    values: tuple[str, ...]


class Report:
    """One report while it is made."""

    def __init__(self, intervals: Intervals, group_by: Sequence[Dimension], wanted: Filter, limits: Limits) -> None:
        self.intervals, self.group_by, self._filter, self._limits = intervals, tuple(group_by), wanted, limits
        self.rows: dict[Key, Figures] = {}
        self.total = Figures()

    @property
    def has_time(self) -> bool:
        """Agents' time has no queue and no channel: it is told only where rows are agents, or everything."""
        return not (set(self.group_by) - {Dimension.AGENT}) and not (self._filter.queues or self._filter.narrows)

    def add(self, it: Interaction) -> None:
        """Whatever of it began inside the span."""
        if not self._filter.takes(it):
            return
        for visit in it.visits:
            if self._holds(visit.entered) and self._filter.fits(visit.queue, visit.agent):
                for row in self._rows(it, visit.entered, visit.queue, visit.agent):
                    row.add_visit(visit, self._limits)
        for spell in it.spells:
            if self._holds(spell.accepted) and self._filter.fits(spell.queue, spell.agent):
                for row in self._rows(it, spell.accepted, spell.queue, spell.agent):
                    row.add_spell(spell)
        if self._holds(it.started) and self._filter.fits(it.queue, it.agent):
            for row in self._rows(it, it.started, it.queue, it.agent):
                row.add_interaction(it)

    def add_offer(self, offer: Offer) -> None:
        """Only where rows say nothing of the interaction, which an offer does not know."""
        allowed = {Dimension.AGENT, Dimension.QUEUE, Dimension.WEEKDAY, Dimension.HOUR}
        if set(self.group_by) - allowed or self._filter.narrows or not self._filter.fits(offer.queue, offer.agent):
            return
        values = tuple(self._plain(dimension, offer.at, offer.queue, offer.agent) for dimension in self.group_by)
        for row in (self._row(Key(self.intervals.start_of(offer.at), values)), self.total):
            row.rung += 1
            row.missed += offer.missed

    def add_time(self, stretch: Stretch) -> None:
        if not self.has_time or (self._filter.agents and stretch.agent not in self._filter.agents):
            return
        values = (stretch.agent,) if self.group_by else ()
        for row in (self._row(Key(stretch.start, values)), self.total):
            if stretch.state is State.READY:
                row.ready += stretch.lasted
            elif stretch.state is State.BUSY:
                row.busy += stretch.lasted
            else:
                row.pause += stretch.lasted

    def in_order(self) -> list[tuple[Key, Figures]]:
        """By time, then by keys; without a grouping empty intervals too, so that a chart has no holes."""
        if not self.group_by:
            for start in self.intervals.every():
                self._row(Key(start, ()))
        return sorted(self.rows.items(), key=lambda row: (row[0].start, [_natural(value) for value in row[0].values]))

    def _holds(self, at: Millis) -> bool:
        return self.intervals.since <= at < self.intervals.until

    def _rows(self, it: Interaction, at: Millis, queue: str, agent: str) -> Iterator[Figures]:
        start = self.intervals.start_of(at)
        for values in self._values(it, at, queue, agent):
            yield self._row(Key(start, values))
        yield self.total

    def _row(self, key: Key) -> Figures:
        row = self.rows.get(key)
        if row is None:
            if len(self.rows) >= MOST_ROWS:
                raise DomainError(Reason.TOO_MANY_ROWS, most=MOST_ROWS)
            row = self.rows[key] = Figures()
        return row

    def _values(self, it: Interaction, at: Millis, queue: str, agent: str) -> Iterable[tuple[str, ...]]:
        found: list[tuple[str, ...]] = [()]
        for dimension in self.group_by:
            match dimension:
                case Dimension.TAG:
                    options: Sequence[str] = it.tags or ("",)
                case Dimension.CHANNEL:
                    options = (it.channel,)
                case Dimension.DIRECTION:
                    options = (str(int(it.direction)),)
                case Dimension.RESULT:
                    options = (it.result,)
                case Dimension.PROJECT:
                    options = (it.project,)
                case Dimension.CAMPAIGN:
                    options = (it.campaign,)
                case _:
                    options = (self._plain(dimension, at, queue, agent),)
            found = [(*values, option) for values in found for option in options]
        return found

    def _plain(self, dimension: Dimension, at: Millis, queue: str, agent: str) -> str:
        if dimension is Dimension.QUEUE:
            return queue
        if dimension is Dimension.AGENT:
            return agent
        local = self.intervals.local(at)
        return str(local.isoweekday()) if dimension is Dimension.WEEKDAY else str(local.hour)


def _natural(value: str) -> tuple[int, str]:
    return (int(value), "") if value.isdigit() else (1_000, value)


def is_behind(it: Interaction, figure: Figure, wanted: Filter, limits: Limits, since: Millis, until: Millis) -> bool:
    """Whether an interaction is counted in a figure of a report with this filter and span."""
    if not wanted.takes(it):
        return False
    if figure in (Figure.INTERACTIONS, Figure.RATED, Figure.SOLD):
        fits = since <= it.started < until and wanted.fits(it.queue, it.agent)
        return fits and counts_interaction(it, figure)
    if figure in (Figure.HANDLED, Figure.TRANSFERRED):
        return any(
            since <= spell.accepted < until and wanted.fits(spell.queue, spell.agent) and counts_spell(spell, figure)
            for spell in it.spells
        )
    return any(
        since <= visit.entered < until and wanted.fits(visit.queue, visit.agent) and counts_visit(visit, figure, limits)
        for visit in it.visits
    )
