"""Averages of scores, by any grouping and interval.

An evaluation belongs to the interval in which it was first made, and what holds of it is its newest judgement. Rows by
criterion average that criterion's points, each as its share of the scale; all others average whole scores. A worked
example (scores of ann 78.9 % and 62.2 %, of bob 50 %):

    ann (789 + 622) / 2 = 705.5: 70.6 %       all (789 + 622 + 500) / 3 = 637: 63.7 %
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from antiphon.insight.domain.intervals import Intervals
from antiphon.insight.domain.reasons import Reason
from antiphon.insight.domain.report import MOST_ROWS, Key
from antiphon.insight.domain.scorecard import FULL, Evaluation, Scorecard, half_up
from antiphon.kit.errors import DomainError


class By(IntEnum):
    """What rows may be grouped by, with the numbers of the proto."""

    AGENT = 1
    QUEUE = 2
    SCORECARD = 3
    CRITERION = 4
    EVALUATOR = 5


@dataclass(slots=True)
class Row:
    """A sum."""

    evaluations: int = 0
    acknowledged: int = 0
    points: Fraction = Fraction()

    @property
    def score(self) -> int | None:
        """Tenths of a percent, rounded once; None of nothing."""
        return half_up(self.points / self.evaluations) if self.evaluations else None

    def add(self, it: Evaluation, points: Fraction) -> None:
        self.evaluations += 1
        self.acknowledged += it.acknowledged is not None
        self.points += points


class QualityReport:
    """One report while it is made."""

    def __init__(self, intervals: Intervals, group_by: Sequence[By]) -> None:
        self.intervals, self.group_by = intervals, tuple(group_by)
        self.rows: dict[Key, Row] = {}
        self.total = Row()
        self.names: dict[str, str] = {}
        """Of the scorecards and criteria that rows are about: as the newest version says."""
        self._versions: dict[str, int] = {}

    def add(self, it: Evaluation, card: Scorecard) -> None:
        """`card` is the version by which it was made."""
        whole = Fraction(it.now.score)
        self.total.add(it, whole)
        start = self.intervals.start_of(it.made)
        if By.CRITERION not in self.group_by:
            self._row(Key(start, self._values(it, ""))).add(it, whole)
        else:
            for key, points in _shares(it, card):
                self._row(Key(start, self._values(it, key))).add(it, points)
        self._name(card)

    def in_order(self) -> list[tuple[Key, Row]]:
        """By time, then by keys."""
        return sorted(self.rows.items(), key=lambda row: (row[0].start, row[0].values))

    def _values(self, it: Evaluation, criterion: str) -> tuple[str, ...]:
        part = it.part
        known = {
            By.AGENT: part.agent, By.QUEUE: part.queue, By.SCORECARD: it.scorecard, By.CRITERION: criterion,
            By.EVALUATOR: it.evaluator,
        }  # fmt: skip
        return tuple(known[by] for by in self.group_by)

    def _row(self, key: Key) -> Row:
        row = self.rows.get(key)
        if row is None:
            if len(self.rows) >= MOST_ROWS:
                raise DomainError(Reason.TOO_MANY_ROWS, most=MOST_ROWS)
            row = self.rows[key] = Row()
        return row

    def _name(self, card: Scorecard) -> None:
        is_newest = card.version >= self._versions.setdefault(card.id, card.version)
        if is_newest:
            self._versions[card.id] = card.version
        for key, name in [(card.id, card.name), *((f"{card.id}/{one.id}", one.name) for one in card.criteria)]:
            if is_newest or key not in self.names:
                self.names[key] = name


def _shares(it: Evaluation, card: Scorecard) -> Iterator[tuple[str, Fraction]]:
    for one in card.criteria:
        yield f"{card.id}/{one.id}", Fraction(it.now.points[one.id] * FULL, one.scale)
