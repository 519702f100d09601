"""Special days: how much a holiday, or the day beside it, differs from an ordinary day of that weekday.

Each past special day is compared with the ordinary days of its weekday around it. A day's factor is the mean of the
ratios seen under its name, drawn towards that of its sort (holidays, days after, days before) as long as few were
seen, and those towards 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from antiphon.wfm.domain.history import AFTER, AFTER_LONG, BEFORE, Days
from antiphon.wfm.domain.queueing import Floats

OF_A_NAME, OF_A_SORT = 0.5, 0.7
"""So many imagined sightings of the sort's factor, and of 1."""


@dataclass(frozen=True, slots=True)
class Factor:
    """Why a day is forecast higher or lower: shown beside the forecast."""

    name: str
    factor: float
    seen: int


def factors(days: Days, targets: Sequence[date]) -> list[Factor | None]:
    """For each coming day what multiplies its forecast, None for ordinary ones."""
    by_name: dict[str, list[float]] = defaultdict(list)
    by_sort: dict[str, list[float]] = defaultdict(list)
    for place, tag in enumerate(days.tags):
        if tag is not None and (ratio := _ratio(days, place)) is not None:
            by_name[tag].append(ratio)
            by_sort[_sort(tag)].append(ratio)
    found: list[Factor | None] = []
    for day in targets:
        tag = days.tag(day)
        if tag is None:
            found.append(None)
            continue
        sort = _drawn(by_sort[_sort(tag)], 0.0, OF_A_SORT)
        own = _drawn(by_name[tag], sort, OF_A_NAME)
        found.append(Factor(tag, float(np.exp(own)), len(by_name[tag])))
    return found


def _sort(tag: str) -> str:
    return tag if tag in (AFTER, AFTER_LONG, BEFORE) else "holiday"


def _drawn(logs: Sequence[float], towards: float, weight: float) -> float:
    return (sum(logs) + weight * towards) / (len(logs) + weight)


def _ratio(days: Days, place: int) -> float | None:
    """Log of the day's total over the mean of the nearest ordinary days of its weekday, two on each side."""
    if np.isnan(days.totals[place]) or days.totals[place] <= 0:
        return None
    same = np.flatnonzero(days.ordinary() & (days.weekdays == days.weekdays[place]))
    near = np.concatenate([same[same < place][-2:], same[same > place][:2]])
    usual = float(days.totals[near].mean()) if near.size else 0.0
    return float(np.log(days.totals[place] / usual)) if usual > 0 else None


def apply(forecast: Floats, found: Sequence[Factor | None]) -> Floats:
    """The forecast with special days put on."""
    scale = np.array([1.0 if one is None else one.factor for one in found])
    return np.asarray(forecast * scale[:, None], dtype=np.float64)
