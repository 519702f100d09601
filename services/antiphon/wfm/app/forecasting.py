"""`antiphon wfm forecast`: history in, forecast with its error and the baseline's out, for every queue of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from antiphon.wfm.app.fields import Fields, told
from antiphon.wfm.app.histories import History, holidays_of, instant, read
from antiphon.wfm.domain import forecast as models
from antiphon.wfm.domain.forecast import Adjustment, Forecast, Reforecast
from antiphon.wfm.domain.queueing import Floats
from antiphon.wfm.domain.reasons import Refusal, refuse

MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    minutes: int = 30
    horizon: int = 28
    zone: str = "UTC"
    country: str | None = None
    own_days: Mapping[date, str] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.horizon <= MOST_DAYS:
            raise refuse("days", f"from 1 to {MOST_DAYS}")


@dataclass(frozen=True)
class Told:
    """One queue's forecast, ready to be shown."""

    history: History
    forecast: Forecast
    contacts: Floats  # with what people changed
    aht_s: Floats | None
    today: Reforecast | None = None


Step = Callable[[str], None]


def histories(rows: Sequence[Mapping[str, str]], order: Order) -> list[History]:
    """The queues of a file with their special days."""
    plain = read(rows, order.minutes, order.zone, {})
    years = {day.year for one in plain for day in one.days.dates}
    span = range(min(years) - 1, max(years) + 3)
    special = {**holidays_of(order.country, list(span)), **(order.own_days or {})}
    return read(rows, order.minutes, order.zone, special) if special else plain


def run(
    found: Sequence[History], order: Order, adjustments: Mapping[str, Sequence[Adjustment]], step: Step
) -> Iterator[Told | tuple[str, dict[str, object]]]:
    """One forecast a queue, or its name and why there is none."""
    for one in found:
        try:
            said = models.forecast(one.days, order.horizon)
            changes = [*adjustments.get("", ()), *(adjustments.get(one.name, ()) if one.name else ())]
            aht = models.handling(one.aht_s, one.days.counts, one.days, said.dates) if one.has_aht else None
            yield Told(one, said, models.adjusted(said, changes), aht)
        except Refusal as error:
            yield one.name, told(error)
        step(one.name)


def changes_of(rows: Sequence[Mapping[str, str]], minutes: int) -> dict[str, list[Adjustment]]:
    """Manual adjustments by queue from a CSV: date, from, to (times), factor, extra, reason, queue."""
    found: dict[str, list[Adjustment]] = {}
    for number, row in enumerate(rows, start=2):
        fields = Fields(row)
        try:
            one = Adjustment(
                date.fromisoformat(row.get("date", "")),
                _slot(row.get("from") or "00:00", minutes),
                _slot(row.get("to") or "24:00", minutes),
                fields.number("factor", default=1, least=0),
                fields.number("extra", default=0),
                row.get("reason", ""),
            )
        except ValueError:
            raise refuse("date", f"line {number}: date as 2026-03-08, times as 08:30") from None
        found.setdefault(row.get("queue", ""), []).append(one)
    return found


def _slot(clock: str, minutes: int) -> int:
    hour, _, minute = clock.partition(":")
    return (int(hour) * 60 + int(minute or 0)) // minutes


def with_today(found: Told, today: History, at: str) -> Told:
    """The forecast of its first day in the light of what was seen until `at`, a time of day."""
    day = found.forecast.dates[0]
    if day not in today.days.dates:
        raise refuse("today", f"the file has nothing of {day}")
    seen = today.days.counts[today.days.dates.index(day)]
    variance = found.forecast.accuracy.day_variance if found.forecast.accuracy else 0.01
    again = models.intraday(found.contacts[0], seen, _slot(at, found.history.minutes), variance)
    contacts = found.contacts.copy()
    contacts[0] = again.contacts
    return Told(found.history, found.forecast, contacts, found.aht_s, again)


def intervals(one: Told, zone: str) -> Iterator[dict[str, Any]]:
    """Rows of the forecast: open intervals only."""
    minutes = one.history.minutes
    for row, day in enumerate(one.forecast.dates):
        reason = one.forecast.special[row]
        for slot in np.flatnonzero((one.forecast.contacts[row] > 0) | (one.contacts[row] > 0)):
            yield {
                **({"queue": one.history.name} if one.history.name else {}),
                "start": f"{day}T{slot * minutes // 60:02d}:{slot * minutes % 60:02d}",
                "utc": instant(day, int(slot), minutes, zone).strftime("%Y-%m-%dT%H:%MZ"),
                "interval_s": minutes * 60,
                "contacts": round(float(one.contacts[row, slot]), 2),
                "base": round(float(one.forecast.contacts[row, slot]), 2),
                "low": round(float(one.forecast.low[row, slot]), 2),
                "high": round(float(one.forecast.high[row, slot]), 2),
                **({"aht_s": round(float(one.aht_s[row, slot]), 1)} if one.aht_s is not None else {}),
                "special": f"{reason.name} ×{reason.factor:.2f}" if reason else "",
            }


def summary(one: Told) -> dict[str, Any]:
    """The error and the baseline's, always; null where the history is too short to measure."""
    measured = one.forecast.accuracy
    known = one.history.days.dates
    found: dict[str, Any] = {
        "queue": one.history.name,
        "history": f"{known[0]} … {known[-1]}",
        "days": len(one.forecast.dates),
        "contacts": round(float(one.contacts.sum()), 1),
        "wape": round(100 * measured.wape, 2) if measured else None,
        "naive_wape": round(100 * measured.naive_wape, 2) if measured else None,
        "better": round(100 * measured.better, 1) if measured else None,
        "day_wape": round(100 * measured.day_wape, 2) if measured else None,
        "bias": round(100 * measured.bias, 2) if measured else None,
        "origins": measured.origins if measured else 0,
    }
    if measured is None:
        found["note"] = "too little history to measure the error: five weeks are needed"
    if one.today is not None:
        found |= {"today_scale": round(one.today.scale, 4), "seen": one.today.seen, "expected": one.today.expected}
    return found
