"""A forecast that says how wrong it usually is, beside what the simplest method would have missed by.

The four models are averaged (ridge counts twice: it alone knows the calendar), special days are put on, closed
intervals taken out, and what a person changed by hand is kept apart. The error is measured by forecasting the past
anew from several origins: WAPE = Σ|forecast − actual| ÷ Σ actual over intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from antiphon.wfm.domain import special
from antiphon.wfm.domain.history import DAY, Days, check, opened
from antiphon.wfm.domain.models import MODELS, seasonal_naive
from antiphon.wfm.domain.queueing import Floats
from antiphon.wfm.domain.special import Factor

WEIGHTS: Mapping[str, float] = {"median": 1.0, "profile": 1.0, "ridge": 2.0, "holt_winters": 1.0}
EIGHTY_PERCENT = 1.2816
MOST_ORIGINS = 20
LEAST_WEEKS = 2
LEARNING_DAYS = 21


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Measured by forecasting the past. `day_variance` is that of actual ÷ forecast of whole days, chance taken off."""

    origins: int
    days: int
    wape: float
    naive_wape: float
    day_wape: float
    bias: float
    day_variance: float

    @property
    def better(self) -> float:
        """How much less wrong than the seasonal naive, as a share of its error."""
        return 1 - self.wape / self.naive_wape if self.naive_wape else 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """One row a coming day. `accuracy` is None where there is too little history to measure it."""

    dates: tuple[date, ...]
    contacts: Floats
    low: Floats
    high: Floats
    special: tuple[Factor | None, ...]
    accuracy: Accuracy | None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a person knows and history does not: intervals [first, last) of a day × factor + extra. Kept apart."""

    day: date
    first: int
    last: int
    factor: float = 1.0
    extra: float = 0.0
    reason: str = field(default="", compare=False)


def forecast(days: Days, horizon: int) -> Forecast:
    """The `horizon` days after the history. Raises TOO_LITTLE_HISTORY."""
    check(days, LEAST_WEEKS)
    targets = tuple(days.dates[-1] + DAY * number for number in range(1, horizon + 1))
    found = special.factors(days, targets)
    contacts = _combined(days, targets, found)
    measured = accuracy(days, horizon)
    variance = measured.day_variance if measured else 0.01
    spread = EIGHTY_PERCENT * np.sqrt(contacts + variance * contacts**2)
    return Forecast(targets, contacts, np.maximum(0, contacts - spread), contacts + spread, tuple(found), measured)


def _combined(days: Days, targets: Sequence[date], found: Sequence[Factor | None]) -> Floats:
    total = sum(WEIGHTS.values())
    with np.errstate(all="ignore"):
        mixed = sum(np.nan_to_num(MODELS[name](days, targets)) * weight / total for name, weight in WEIGHTS.items())
    contacts = special.apply(np.asarray(mixed, dtype=np.float64), found)
    closed = np.array([days.closed_ahead(day) for day in targets])
    return np.where(opened(days, targets) & ~closed[:, None], np.maximum(contacts, 0.0), 0.0)


def accuracy(days: Days, horizon: int) -> Accuracy | None:
    """Rolling origins, a week apart, each forecasting as far as asked for (at most four weeks) from what it knew."""
    missed = naive = actual_sum = signed = day_missed = 0.0
    ratios: list[float] = []
    noise: list[float] = []
    origins = 0
    for targets, past, actual in _origins(days, min(horizon, 28)):
        known = ~np.isnan(actual)
        said = np.where(known, _combined(past, targets, special.factors(past, targets)), 0)
        simple = np.where(known, seasonal_naive(past, targets), 0)
        happened = np.nan_to_num(actual)
        missed += float(np.abs(said - happened).sum())
        naive += float(np.abs(simple - happened).sum())
        signed += float((said - happened).sum())
        day_missed += float(np.abs(said.sum(axis=1) - happened.sum(axis=1)).sum())
        actual_sum += float(happened.sum())
        for total, right in zip(said.sum(axis=1), happened.sum(axis=1), strict=True):
            if total > 0 and right > 0:
                ratios.append(float(right / total))
                noise.append(1 / float(total))
        origins += 1
    if not origins or actual_sum <= 0:
        return None
    variance = float(np.mean((np.array(ratios) - 1) ** 2) - np.mean(noise)) if ratios else 0.01
    return Accuracy(
        origins,
        len(ratios),
        missed / actual_sum,
        naive / actual_sum,
        day_missed / actual_sum,
        signed / actual_sum,
        max(1e-4, variance),
    )


def _origins(days: Days, horizon: int) -> Iterator[tuple[list[date], Days, Floats]]:
    """The past cut at several places: what was to be forecast, what was known, what happened."""
    end = days.dates[-1]
    for number in range(MOST_ORIGINS):
        origin = end - DAY * (horizon - 1 + 7 * number)
        past = days.until(origin)
        if not past.dates or (past.dates[-1] - past.dates[0]).days + 1 < LEARNING_DAYS or not past.ordinary().any():
            return
        places = [place for place, day in enumerate(days.dates) if origin <= day < origin + DAY * horizon]
        places = [place for place in places if not np.isnan(days.totals[place])]
        if places:
            yield [days.dates[place] for place in places], past, days.counts[places]


def adjusted(base: Forecast, adjustments: Sequence[Adjustment]) -> Floats:
    """The forecast as people changed it, in the order given; the base stays as it was."""
    contacts = base.contacts.copy()
    rows = {day: row for row, day in enumerate(base.dates)}
    for one in adjustments:
        if (row := rows.get(one.day)) is not None:
            part = slice(one.first, one.last)
            contacts[row, part] = np.maximum(0.0, contacts[row, part] * one.factor + one.extra)
    return contacts


@dataclass(frozen=True, slots=True)
class Reforecast:
    """The rest of a day in the light of its beginning: `scale` multiplies the intervals from `upto` on."""

    scale: float
    seen: float
    expected: float
    contacts: Floats


def intraday(said: Floats, seen: Floats, upto: int, day_variance: float) -> Reforecast:
    """s = (seen + κ) ÷ (expected + κ), κ = 1 ÷ Var(day ratio): the posterior mean of a day's level.

    Early in the day little was expected and κ keeps s near 1; later what was seen decides."""
    kappa = 1 / max(day_variance, 1e-6)
    happened, expected = float(np.nansum(seen[:upto])), float(said[:upto].sum())
    scale = (happened + kappa) / (expected + kappa)
    contacts = said * scale
    contacts[:upto] = np.nan_to_num(seen[:upto])
    return Reforecast(scale, happened, expected, contacts)


def handling(aht_s: Floats, contacts: Floats, days: Days, targets: Sequence[date]) -> Floats:
    """AHT an interval: the weighted mean of that interval on the last six days of the weekday, drawn towards all.

    An interval with few contacts has a chance AHT; thirty contacts' worth of the overall mean steady it."""
    usual = np.flatnonzero(days.ordinary())[-42:]
    work, count = np.nan_to_num(aht_s * contacts), np.where(np.isnan(aht_s), 0.0, np.nan_to_num(contacts))
    total = float(count[usual].sum())
    overall = float(work[usual].sum()) / total if total else 0.0
    result = np.zeros((len(targets), aht_s.shape[1]))
    for row, day in enumerate(targets):
        last = days.like(day.weekday(), 6)
        result[row] = (work[last].sum(axis=0) + 30 * overall) / (count[last].sum(axis=0) + 30)
    return result
