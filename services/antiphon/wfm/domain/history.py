"""What was: contacts (or seconds of work) a day and interval, with what makes a day special.

A day is a row, an interval of its 24 hours a column. Closed is not zero: where nothing was counted because nobody was
there, the value is NaN, and no model learns from it. Days are local days of the tenant; a day of 23 or 25 hours keeps
its 24 columns (the hour that is missing is NaN, the doubled one is added up by whoever reads the history).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from antiphon.wfm.domain.queueing import Floats
from antiphon.wfm.domain.reasons import Reason, Refusal

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """`counts[i]` belongs to `dates[i]`; dates ascend, some may be missing."""

    dates: tuple[date, ...]
    counts: Floats
    special: Mapping[date, str]
    """Holidays and other special days, past and future, by name."""

    @cached_property
    def weekdays(self) -> npt.NDArray[np.int64]:
        return np.array([day.weekday() for day in self.dates], dtype=np.int64)

    @cached_property
    def totals(self) -> Floats:
        """Of each day; NaN where it was closed."""
        open_ = ~np.isnan(self.counts).all(axis=1)
        return np.where(open_, np.nansum(self.counts, axis=1), np.nan)

    @cached_property
    def tags(self) -> tuple[str | None, ...]:
        """What makes each day special, if anything."""
        return tuple(self.tag(day) for day in self.dates)

    @cached_property
    def working(self) -> frozenset[int]:
        """Weekdays that are usually open: seen in at least half of the weeks."""
        seen = np.bincount(self.weekdays[~np.isnan(self.totals)], minlength=7)
        return frozenset(int(day) for day in np.flatnonzero(seen * 2 > seen.max(initial=0)))

    def tag(self, day: date) -> str | None:
        """A holiday's own name; or the first open day after one that closed us, or the last one before.

        Past closings need no name: a day on which nobody was there though it is usually open counts as well."""
        if day in self.special:
            return self.special[day]
        for step, beside, beyond in ((-1, AFTER, AFTER_LONG), (1, BEFORE, BEFORE)):
            other = day + step * DAY
            weekend = other.weekday() not in self.working
            while other.weekday() not in self.working and abs((other - day).days) < 7:
                other += step * DAY
            if other.weekday() in self.working and self._closed(other):
                return beyond if weekend else beside
        return None

    def _closed(self, day: date) -> bool:
        """A usual working day on which nobody was there; of the future, a special day, if those used to be closed."""
        known = self._place.get(day)
        if known is not None:
            return bool(np.isnan(self.totals[known]))
        if not self.dates or day < self.dates[0]:
            return False
        if day <= self.dates[-1]:
            return True
        return self.closed_ahead(day, self._holidays_are_closed)

    def closed_ahead(self, day: date, otherwise: bool = False) -> bool:
        """A coming holiday on which we will be closed, as we were the last time under its name.

        A holiday never seen is forecast as open: an empty desk costs more than one that can be sent home."""
        name = self.special.get(day)
        if name is None or not self.dates:
            return False
        past = [d for d, other in self.special.items() if other == name and self.dates[0] <= d <= self.dates[-1]]
        past = [d for d in past if d.weekday() in self.working]
        return self._closed(max(past)) if past else otherwise

    @cached_property
    def _holidays_are_closed(self) -> bool:
        span = (self.dates[0], self.dates[-1])
        past = [day for day in self.special if span[0] <= day <= span[1] and day.weekday() in self.working]
        opened_ = sum(day in self._place and not np.isnan(self.totals[self._place[day]]) for day in past)
        return bool(past) and opened_ * 2 <= len(past)

    @cached_property
    def _place(self) -> dict[date, int]:
        return {day: number for number, day in enumerate(self.dates)}

    def until(self, end: date) -> Days:
        """What was known before this day."""
        count = sum(day < end for day in self.dates)
        return Days(self.dates[:count], self.counts[:count], self.special)

    def ordinary(self) -> npt.NDArray[np.bool_]:
        """Open days that are not special: what the models learn from."""
        plain = np.array([tag is None for tag in self.tags], dtype=np.bool_)
        return np.asarray(plain & ~np.isnan(self.totals), dtype=np.bool_)

    def like(self, weekday: int, most: int) -> npt.NDArray[np.int64]:
        """Places of the latest ordinary days of a weekday; of any weekday where it has none."""
        chosen = np.flatnonzero(self.ordinary() & (self.weekdays == weekday))
        return chosen[-most:]


AFTER, AFTER_LONG = "the first day after a closed day", "the first day after a long weekend"
BEFORE = "the last day before a closed day"


def check(days: Days, least_weeks: int = 2) -> None:
    """Refuses history that no model can learn from, saying how much there is."""
    known = int((~np.isnan(days.totals)).sum())
    if not known:
        raise Refusal(Reason.TOO_LITTLE_HISTORY, "history: it is empty", days=0)
    span = (days.dates[-1] - days.dates[0]).days + 1
    if span < 7 * least_weeks:
        message = f"history: {span} days; at least {least_weeks} weeks are needed to tell weekdays from chance"
        raise Refusal(Reason.TOO_LITTLE_HISTORY, message, days=span)
    if float(np.nansum(days.totals)) <= 0:
        raise Refusal(Reason.TOO_LITTLE_HISTORY, "history: all intervals are zero", days=span)


def opened(days: Days, targets: Sequence[date]) -> npt.NDArray[np.bool_]:
    """Which intervals of the coming days are open: those that mostly were on the last six days of that weekday."""
    result = np.zeros((len(targets), days.counts.shape[1]), dtype=np.bool_)
    for row, day in enumerate(targets):
        last = days.like(day.weekday(), 6)
        if last.size:
            result[row] = (~np.isnan(days.counts[last])).mean(axis=0) >= 0.5
    return result
