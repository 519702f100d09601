"""Reading history from CSV: what was counted an interval, in a tenant's local time, queue by queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import numpy as np

from antiphon.wfm.app.fields import LENGTHS, Fields
from antiphon.wfm.app.intervals import SYNONYMS, TIMES
from antiphon.wfm.domain.history import DAY, Days
from antiphon.wfm.domain.queueing import Floats
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse

COUNTRIES = ("RU", "UA", "US")


@dataclass(frozen=True)
class History:
    """One queue and channel. `aht_s` has the shape of the counts, NaN where nothing is known."""

    name: str
    minutes: int
    days: Days
    aht_s: Floats

    @property
    def has_aht(self) -> bool:
        return bool(np.isfinite(self.aht_s).any())


@dataclass(slots=True)
class _Sum:
    contacts: float = 0.0
    work_s: float = 0.0
    timed: float = 0.0


def read(rows: Sequence[Mapping[str, str]], minutes: int, zone: str, special: Mapping[date, str]) -> list[History]:
    """One history a queue (and channel). Times with an offset are put into the zone, others are taken as local."""
    if minutes not in LENGTHS:
        raise refuse("interval", f"one of {', '.join(map(str, LENGTHS))} minutes")
    where = zone_of(zone)
    sums: dict[str, dict[tuple[date, int], _Sum]] = defaultdict(lambda: defaultdict(_Sum))
    for number, raw in enumerate(rows, start=2):
        row = {SYNONYMS.get(name, name): value for name, value in raw.items()}
        try:
            at = _moment(row, where)
            cell = sums[_group(row)][at.date(), (at.hour * 60 + at.minute) // minutes]
            _add(cell, Fields(row))
        except Refusal as error:
            raise Refusal(Reason.INVALID, f"line {number}: {error.message}", line=number, **error.facts) from None
    return [_history(name, minutes, cells, special) for name, cells in sorted(sums.items())]


def _add(cell: _Sum, row: Fields) -> None:
    contacts = row.number("contacts", least=0)
    cell.contacts += contacts
    if row.values.get("aht_s"):
        cell.work_s += row.number("aht_s", least=0) * contacts
        cell.timed += contacts


def _group(row: Mapping[str, str]) -> str:
    return "/".join(row[name] for name in ("queue", "channel") if row.get(name))


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise refuse("zone", f"`{name}` is no time zone, as Europe/Kyiv is") from error


def _moment(row: Mapping[str, str], zone: ZoneInfo) -> datetime:
    name = next((name for name in TIMES if row.get(name)), None)
    if name is None:
        raise refuse("interval_start", "is missing")
    try:
        at = datetime.fromisoformat(row[name].strip().replace("/", "-"))
    except ValueError:
        raise refuse(name, f"`{row[name][:40]}` is no time, as 2026-03-02T08:30 is") from None
    return at if at.tzinfo is None else at.astimezone(zone)


def _history(name: str, minutes: int, cells: Mapping[tuple[date, int], _Sum], special: Mapping[date, str]) -> History:
    first, last = min(day for day, _ in cells), max(day for day, _ in cells)
    dates = tuple(first + DAY * number for number in range((last - first).days + 1))
    if len(dates) > 3660:
        raise refuse("interval_start", f"{first} to {last} is more than ten years")
    counts = np.full((len(dates), 24 * 60 // minutes), np.nan)
    aht = counts.copy()
    for (day, slot), cell in cells.items():
        place = (day - first).days
        counts[place, slot] = cell.contacts
        if cell.timed:
            aht[place, slot] = cell.work_s / cell.timed
    for row in counts:  # many exports leave out intervals in which nobody came
        if (known := np.flatnonzero(~np.isnan(row))).size:
            row[known[0] : known[-1] + 1] = np.nan_to_num(row[known[0] : known[-1] + 1])
    counts[np.nansum(counts, axis=1) == 0] = np.nan  # a whole day of zeros is a closed day
    return History(name, minutes, Days(dates, counts, special), aht)


def holidays_of(country: str | None, years: Sequence[int]) -> dict[date, str]:
    """Holidays by name, observed ones and those on which people work (all of Ukraine's under martial law) included.

    One name a day, the first where several fall together."""
    if not country:
        return {}
    code, _, part = country.upper().partition("-")
    try:
        calendar = holidays.country_holidays(code, subdiv=part or None, years=years, language="en_US")
        sorts = tuple({"public", "workday"} & set(calendar.supported_categories))
        found = holidays.country_holidays(code, part or None, years, language="en_US", categories=sorts)
    except NotImplementedError as error:
        raise refuse(
            "country", f"no calendar for `{country}`; {', '.join(COUNTRIES)} and many others are known"
        ) from error
    return {day: _usual_name(name) for day, name in sorted(found.items())}


def _usual_name(name: str) -> str:
    """The name under which the same holiday of another year is found."""
    return name.split(";")[0].removesuffix(" (observed)").partition(" (substituted")[0].strip()


def special_days(rows: Sequence[Mapping[str, str]]) -> dict[date, str]:
    """A tenant's own special days from a CSV with `date` and `name`: invoices go out, a campaign, a day off."""
    found = {}
    for number, row in enumerate(rows, start=2):
        try:
            found[date.fromisoformat(row.get("date", ""))] = row.get("name") or "special day"
        except ValueError:
            raise refuse("date", f"line {number}: `{row.get('date', '')[:20]}` is no date, as 2026-03-08 is") from None
    return found


def instant(day: date, slot: int, minutes: int, zone: str) -> datetime:
    """The moment at which a local interval begins, in UTC."""
    local = datetime(day.year, day.month, day.day, slot * minutes // 60, slot * minutes % 60, tzinfo=zone_of(zone))
    return local.astimezone(UTC)
