"""Four simple ways to say what comes, whose average is hard to beat. All see ordinary days only.

Each takes the past and the coming days and gives contacts an interval. Special days are put on afterwards
(`special.py`), closed intervals are cut out by the caller (`forecast.py`).

Sources: J. W. Taylor, "A comparison of univariate time series methods for forecasting intraday arrivals at a call
center", Management Science 54 (2008), for simple averages and for the double-seasonal Holt-Winters method; H. Shen &
J. Z. Huang, "Interday forecasting and intraday updating of call center arrivals", M&SOM 10 (2008), for level × profile
and for the intraday update.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np

from antiphon.wfm.domain.history import DAY, Days
from antiphon.wfm.domain.queueing import Floats

Model = Callable[[Days, Sequence[date]], Floats]
HALF_LIFE_DAYS = 56.0
RIDGE = 2.0


def seasonal_naive(days: Days, targets: Sequence[date]) -> Floats:
    """The baseline: the same weekday, last time it was open. No holidays, no thought."""
    result = np.zeros((len(targets), days.counts.shape[1]))
    known = ~np.isnan(days.totals)
    for row, day in enumerate(targets):
        same = np.flatnonzero(known & (days.weekdays == day.weekday()))
        if same.size:
            result[row] = np.nan_to_num(days.counts[same[-1]])
    return result


def median_of_weeks(days: Days, targets: Sequence[date]) -> Floats:
    """The median of the last six ordinary days of that weekday, interval by interval."""
    result = np.zeros((len(targets), days.counts.shape[1]))
    for row, day in enumerate(targets):
        last = days.like(day.weekday(), 6)
        if last.size:
            result[row] = np.median(np.nan_to_num(days.counts[last]), axis=0)
    return result


def level_and_profile(days: Days, targets: Sequence[date]) -> Floats:
    """Level of the last weeks × how this weekday differs × how such a day runs."""
    factors = _weekday_factors(days)
    usual = np.flatnonzero(days.ordinary())
    free = days.totals[usual] / factors[days.weekdays[usual]]
    age = np.array([(days.dates[-1] - days.dates[place]).days for place in usual], dtype=np.float64)
    weight = 0.5 ** (age / 7)
    level = float((free * weight).sum() / weight.sum())
    return np.array([level * factors[day.weekday()] * _profile(days, day.weekday()) for day in targets])


def _weekday_factors(days: Days) -> Floats:
    """Mean ratio of a weekday to the days around it, over the last ten weeks."""
    factors = np.zeros(7)
    usual = np.flatnonzero(days.ordinary())[-70:]
    mean = float(days.totals[usual].mean())
    for weekday in range(7):
        same = usual[days.weekdays[usual] == weekday]
        factors[weekday] = float(days.totals[same].mean()) / mean if same.size and mean else 0.0
    return np.where(factors > 0, factors, 1e-9)


def _profile(days: Days, weekday: int) -> Floats:
    """Shares of a day's contacts by interval: its own last eight weeks, leaning a little on all weekdays."""
    own = _shares(days, days.like(weekday, 8))
    every = _shares(days, np.flatnonzero(days.ordinary())[-20:])
    count = days.like(weekday, 8).size
    closed = own <= 0
    blend = np.where(closed, 0.0, (own * count + every * 1.0) / (count + 1.0)) if count else every
    total = float(blend.sum())
    return np.asarray(blend / total if total else blend, dtype=np.float64)


def _shares(days: Days, places: Floats | np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Floats:
    rows = np.nan_to_num(days.counts[places.astype(np.int64)])
    total = rows.sum()
    return np.asarray(rows.sum(axis=0) / total if total else np.zeros(days.counts.shape[1]), dtype=np.float64)


def calendar_ridge(days: Days, targets: Sequence[date]) -> Floats:
    """Ridge regression of the log of a day's total on weekday, place in the month, trend and season; × profile.

    Recent days weigh more (half-life eight weeks); what the last two weeks left unexplained is carried on."""
    usual = np.flatnonzero(days.ordinary())
    dates = [days.dates[place] for place in usual]
    anchor = days.dates[-1]
    long_enough = (anchor - days.dates[0]).days > 540
    x = np.array([_features(day, anchor, long_enough) for day in dates])
    y = np.log(np.maximum(days.totals[usual], 0.5))
    age = np.array([(anchor - day).days for day in dates], dtype=np.float64)
    weight = 0.5 ** (age / HALF_LIFE_DAYS)
    mean = float((y * weight).sum() / weight.sum())
    penalty = np.full(x.shape[1], RIDGE)
    penalty[:7] = 0.05
    left = (x * weight[:, None]).T @ x + np.diag(penalty)
    beta = np.linalg.solve(left, (x * weight[:, None]).T @ (y - mean))
    rest = y - mean - x @ beta
    recent = 0.5 ** (age / 5)
    carried = float((rest * recent).sum() / (recent.sum() + 2.0))
    totals = [float(np.exp(mean + _features(day, anchor, long_enough) @ beta + carried)) for day in targets]
    return np.array([total * _profile(days, day.weekday()) for total, day in zip(totals, targets, strict=True)])


def _features(day: date, anchor: date, yearly: bool) -> Floats:
    """Weekday, days of the month where pay and bills fall, first and last working day, trend, two waves of the year."""
    weekday = [float(day.weekday() == number) for number in range(7)]
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - DAY
    left = (last - day).days
    month = [float(day.day == n) for n in (1, 2, 3)] + [float(4 <= day.day <= 5), float(6 <= day.day <= 8)]
    month += [float(left == 0), float(left == 1), float(2 <= left <= 3), float(14 <= day.day <= 16)]
    month += [float(day.weekday() == 0 and day.day <= 3), float(day.weekday() == 0 and left <= 1)]
    trend = [-(anchor - day).days / 365.0]
    angle = 2 * np.pi * day.timetuple().tm_yday / 365.25
    year = [np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)] if yearly else []
    return np.array(weekday + month + trend + year)


SMOOTHING = ((0.02, 0.10, 0.15), (0.05, 0.15, 0.25), (0.01, 0.05, 0.10), (0.10, 0.10, 0.10))
"""(level, day's season, week's season) tried; the best on the past by itself is taken."""
CARRY = 0.6


def holt_winters(days: Days, targets: Sequence[date]) -> Floats:
    """Double-seasonal exponential smoothing on square roots, with the last errors carried into the next day."""
    usual = days.ordinary()
    rows = [
        (int(days.weekdays[place]), np.sqrt(np.maximum(days.counts[place], 0.0))) for place in np.flatnonzero(usual)
    ]
    rows = rows[-26 * 7 :]
    found = [_smooth(rows, rates) for rates in SMOOTHING]
    level, day_season, week_season = min(found, key=lambda one: one[1])[0]
    roots = np.array([level + day_season + week_season[day.weekday()] for day in targets])
    return np.asarray(np.maximum(roots, 0.0) ** 2, dtype=np.float64)


State = tuple[float, Floats, Floats]


def _smooth(rows: Sequence[tuple[int, Floats]], rates: tuple[float, float, float]) -> tuple[State, float]:
    """The state after the past, and its squared error a day ahead over the second half."""
    first = np.array([row for _, row in rows[:14]])
    with np.errstate(all="ignore"):
        filled = np.nan_to_num(np.where(np.isnan(first).all(axis=0), 0.0, np.nanmean(np.nan_to_num(first), axis=0)))
    level = float(filled.mean())
    day_season = filled - level
    week_season = np.zeros((7, filled.size))
    alpha, delta, omega = rates
    error = 0.0
    for number, (weekday, row) in enumerate(rows):
        miss = np.where(np.isnan(row), 0.0, row - (level + day_season + week_season[weekday]))
        if number * 2 > len(rows):
            error += float((miss**2).sum())
        mean = float(miss.mean())
        level += min(1.0, alpha * 8) * mean
        day_season = day_season + delta * (miss - mean)
        week_season[weekday] += omega * 2 * (miss - min(1.0, alpha * 8) * mean - delta * (miss - mean))
    return (level, day_season, week_season), error


MODELS: dict[str, Model] = {
    "median": median_of_weeks,
    "profile": level_and_profile,
    "ridge": calendar_ridge,
    "holt_winters": holt_winters,
}
"""What is averaged."""
