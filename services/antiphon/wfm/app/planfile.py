"""Reading what is to be scheduled: a plan in TOML, the need and the people as CSV or in the same file.

zone = "Europe/Kyiv"; country = "UA"; from = 2026-03-02; days = 7; interval = 30
need = "need.csv"          # start, agents (or scheduled); what `antiphon wfm staff --out` writes
people = "people.csv"      # id, days, prefers_start, away, …; or [[person]] tables with the same keys
[rules]                    # instead of the country's: daily_rest_h, weekly_rest_h, max_week_h, …
[[shift]]
name = "day"; from = "07:00"; to = "13:00"; every = 30; length = 510
break = [{ name = "lunch", minutes = 30, between = [210, 300] }, { name = "pause", minutes = 15, between = [90, 150],
  paid = true }]
[[locked]]                 # stays: person, date, and either shift and start, or from and minutes of a meeting
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from antiphon.wfm.app.fields import Fields
from antiphon.wfm.app.histories import holidays_of, zone_of
from antiphon.wfm.app.intervals import TIMES, table
from antiphon.wfm.domain.labour import in_force
from antiphon.wfm.domain.plan import DAY_MINUTES, Break, Locked, Pattern, Person, Plan
from antiphon.wfm.domain.queueing import Floats
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse

MOST_DAYS, MOST_PEOPLE = 62, 5_000
KNOWN = frozenset(
    (
        "zone",
        "country",
        "from",
        "days",
        "interval",
        "under",
        "over",
        "need",
        "people",
        "person",
        "rules",
        "shift",
        "locked",
    )
)


def load(file: Path, need: Path | None = None, people: Path | None = None, *, optional_need: bool = False) -> Plan:
    """A plan from its files. Everything that makes no sense is refused by name.

    With `optional_need` the rows may say contacts instead of agents: somebody else works out the need."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Refusal(Reason.NOT_READABLE, f"not TOML: {error}") from None
    unknown = set(document) - KNOWN
    if unknown:
        raise refuse(min(unknown), f"unknown; known are {', '.join(sorted(KNOWN))}")
    beside = file.parent
    need_file = need or (beside / str(document["need"]) if "need" in document else None)
    people_file = people or (beside / str(document["people"]) if "people" in document else None)
    if need_file is None:
        raise refuse("need", "a CSV of how many are needed: start, agents")
    rows = [*document.get("person", ()), *(table(_text(people_file)) if people_file else ())]
    wanted = table(_text(need_file))
    if optional_need:
        wanted = [{**row, "agents": row.get("agents") or "0"} for row in wanted]
    return build(document, wanted, rows)


def zone(file: Path) -> str:
    """The time zone of a plan."""
    return str(tomllib.loads(file.read_text(encoding="utf-8")).get("zone", "UTC"))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(Reason.NOT_READABLE, f"{file}: {error}") from None


def build(document: Mapping[str, Any], need: Sequence[Mapping[str, Any]], people: Sequence[Mapping[str, Any]]) -> Plan:
    """The same from values."""
    head = Fields(document)
    first, days = _date("from", document.get("from")), head.whole("days", default=7, least=1)
    interval = head.whole("interval", default=30, least=5)
    if days > MOST_DAYS or DAY_MINUTES % interval or 60 % interval:
        raise refuse("days" if days > MOST_DAYS else "interval", f"at most {MOST_DAYS} days; a divisor of 60 minutes")
    place = zone_of(str(document.get("zone", "UTC")))
    dates = tuple(first + timedelta(days=number) for number in range(days))
    midnights = _midnights(dates, place)
    country = str(document.get("country", ""))
    rules = in_force(country, first, document.get("rules"))
    patterns = tuple(_pattern(Fields(one)) for one in document.get("shift", ()))
    if not patterns:
        raise refuse("shift", "at least one kind of shift is needed")
    base = Plan(
        dates,
        midnights,
        interval,
        np.zeros(midnights[-1] // interval),
        patterns,
        (),
        rules,
        head.number("under", default=1.0, least=0),
        head.number("over", default=0.15, least=0),
        holidays_of(country or None, sorted({day.year for day in dates})),
        _jumps(dates, place),
    )
    for pattern in patterns:
        longest = max((one.minutes for one in pattern.breaks), default=0)
        if pattern.minutes > rules.meal_after_h * 60 and longest < rules.meal_min:
            least = f"longer than {rules.meal_after_h:g} h needs a break of {rules.meal_min} min"
            raise refuse("break", f"{pattern.name}: a shift {least} ({rules.country or 'rules'})")
    if not any(base.shifts):
        raise refuse("shift", f"every shift is longer than a day of {rules.max_day_h:g} h may be")
    base = replace(base, required=_needed(base, need, place))
    return replace(base, people=_people(base, people, document.get("locked", ()), place))


def _midnights(dates: Sequence[date], zone: ZoneInfo) -> tuple[int, ...]:
    """Minutes from the first midnight to every one, as they really pass."""
    zero = datetime.combine(dates[0], datetime.min.time(), zone).timestamp()
    ends = [*dates, dates[-1] + timedelta(days=1)]
    return tuple(round((datetime.combine(day, datetime.min.time(), zone).timestamp() - zero) / 60) for day in ends)


def _jumps(dates: Sequence[date], zone: ZoneInfo) -> dict[int, tuple[int, int]]:
    """Where a day's clocks change: at noon they show another offset than at midnight."""
    found = {}
    for number, day in enumerate(dates):
        begin = datetime.combine(day, datetime.min.time(), zone)
        offsets = [(begin.replace(hour=hour, fold=0).utcoffset() or timedelta()) for hour in range(24)]
        for hour, offset in enumerate(offsets):
            if offset != offsets[0]:
                found[number] = (hour * 60, round((offsets[0] - offset) / timedelta(minutes=1)))
                break
    return found


def _needed(plan: Plan, rows: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Floats:
    required = np.zeros(len(plan.required))
    zero = datetime.combine(plan.dates[0], datetime.min.time(), zone).timestamp()
    inside = 0
    for number, row in enumerate(rows, start=2):
        name = next((name for name in TIMES if row.get(name)), None)
        try:
            at = datetime.fromisoformat(str(row[name or "start"]))
        except (KeyError, ValueError):
            raise refuse("start", f"line {number}: a time as 2026-03-02T08:30 is needed") from None
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        slot = int((at.timestamp() - zero) // 60) // plan.interval
        if 0 <= slot < len(required):
            required[slot] = Fields(row).number("scheduled", "required", "agents", least=0)
            inside += 1
    if not inside:
        raise refuse("need", f"no interval lies between {plan.dates[0]} and {plan.dates[-1]}")
    return required


def _pattern(row: Fields) -> Pattern:
    name = str(row.values.get("name", "shift"))
    begin, end = _clock(row.raw("from")), _clock(row.values.get("to", row.raw("from")))
    every = row.whole("every", default=30, least=5)
    minutes = row.whole("length", least=30)
    if minutes > DAY_MINUTES:
        raise refuse("length", f"{name}: minutes, at most a day")
    breaks = tuple(_break(name, Fields(one), minutes) for one in row.values.get("break", ()))
    ordered = sorted(breaks, key=lambda one: one.earliest)
    for one, other in pairwise(ordered):
        if one.latest + one.minutes > other.earliest:
            raise refuse("break", f"{name}: {one.name} may run into {other.name}; give them windows apart")
    return Pattern(name, tuple(range(begin, end + 1, every)), minutes, tuple(ordered))


def _break(shift: str, row: Fields, length: int) -> Break:
    between = row.raw("between")
    if not isinstance(between, list) or len(between) != 2:
        raise refuse("between", f"{shift}: two numbers of minutes after the start, as [210, 300]")
    window = Fields({"earliest": between[0], "latest": between[1]})
    minutes = row.whole("minutes", least=1)
    earliest, latest = window.whole("earliest"), window.whole("latest")
    if earliest > latest or latest + minutes > length:
        raise refuse("between", f"{shift}: the break must lie within the shift")
    return Break(str(row.values.get("name", "break")), minutes, earliest, latest, bool(row.values.get("paid", False)))


def _people(
    plan: Plan, rows: Sequence[Mapping[str, Any]], locked: Sequence[Mapping[str, Any]], zone: ZoneInfo
) -> tuple[Person, ...]:
    if not rows:
        raise refuse("people", "nobody is there to be scheduled")
    if len(rows) > MOST_PEOPLE:
        raise refuse("people", f"at most {MOST_PEOPLE:,} at once; split by team")
    found: dict[str, Person] = {}
    for number, row in enumerate(rows, start=1):
        person = _person(plan, Fields(row), zone)
        if not person.id or person.id in found:
            raise refuse("id", f"person {number}: missing, or a second time")
        found[person.id] = person
    for number, row in enumerate(locked, start=1):
        who = str(row.get("person", ""))
        if who not in found:
            raise refuse("locked", f"{number}: there is no person `{who}`")
        found[who] = replace(found[who], locked=(*found[who].locked, _lock(plan, Fields(row))))
    return tuple(found.values())


def _person(plan: Plan, row: Fields, zone: ZoneInfo) -> Person:
    values = row.values
    names = {pattern.name for pattern in plan.patterns}
    patterns = frozenset(part for part in _listed(values.get("shifts")) if part)
    if patterns - names:
        raise refuse("shifts", f"no shift is called `{min(patterns - names)}`")
    least, most = _days(values.get("days", "5"))
    hours = row.number("max_hours", default=-1)
    prefers = values.get("prefers_start")
    return Person(
        str(values.get("id", "")).strip(),
        (least, most),
        round(hours * 60) if hours >= 0 else None,
        patterns,
        _dates(plan, "away", values.get("away")),
        _dates(plan, "wants_free", values.get("wants_free")) | _weekdays(plan, values.get("free_weekdays")),
        _clock(prefers) if prefers else None,
        _clock(values.get("earliest") or "00:00"),
        _clock(values.get("latest_end") or "72:00"),
        row.whole("weekends", default=0),
        free_since=_since(plan, values.get("free_since"), zone),
        days_running=row.whole("days_running", default=0),
        cost_per_hour=row.whole("cost_per_hour", default=0),
    )


def _lock(plan: Plan, row: Fields) -> Locked:
    day = _date("date", row.raw("date"))
    if day not in plan.dates:
        raise refuse("date", f"{day} is not in the plan")
    number = plan.dates.index(day)
    begins = plan.moment(number, _clock(row.values.get("start") or row.raw("from")))
    why = str(row.values.get("why", "locked"))
    if "shift" in row.values:
        return Locked(number, begins, begins, str(row.values["shift"]), why)
    return Locked(number, begins, begins + row.whole("minutes", least=1), None, why)


def _days(text: Any) -> tuple[int, int]:
    least, _, most = str(text).partition("-")
    try:
        found = (int(least), int(most or least))
    except ValueError:
        raise refuse("days", f"`{text}`: days a week, as 5 or 3-5") from None
    if not 0 <= found[0] <= found[1] <= 7:
        raise refuse("days", f"`{text}`: days a week, from 0 to 7")
    return found


def _dates(plan: Plan, name: str, given: Any) -> frozenset[int]:
    """Days of the plan: dates and ranges, as 2026-03-02 or 2026-03-02..2026-03-06."""
    found = set()
    for part in _listed(given):
        first, _, last = part.partition("..")
        begin, end = _date(name, first), _date(name, last or first)
        found |= {number for number, day in enumerate(plan.dates) if begin <= day <= end}
    return frozenset(found)


def _weekdays(plan: Plan, given: Any) -> frozenset[int]:
    """Days of the plan on these days of the week, from 1 (Monday) to 7."""
    wanted = {str(part) for part in _listed(given)}
    return frozenset(number for number, day in enumerate(plan.dates) if str(day.isoweekday()) in wanted)


def _listed(given: Any) -> list[str]:
    if isinstance(given, list):
        return [str(part) for part in given]
    return [part.strip() for part in str(given or "").replace(";", " ").replace("|", " ").split()]


def _since(plan: Plan, given: Any, zone: ZoneInfo) -> int:
    if not given:
        return -10 * DAY_MINUTES
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError:
        raise refuse("free_since", f"`{given}`: a time as 2026-03-01T22:00") from None
    zero = datetime.combine(plan.dates[0], datetime.min.time(), zone).timestamp()
    return round(((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() - zero) / 60)


def _date(name: str, given: Any) -> date:
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise refuse(name, f"`{given}`: a date as 2026-03-02 is needed") from None


def _clock(given: Any) -> int:
    hour, colon, minute = str(given).partition(":")
    try:
        found = int(hour) * 60 + int(minute)
    except ValueError:
        raise refuse("time", f"`{given}`: a time of day as 08:30 is needed") from None
    if not colon or found < 0:
        raise refuse("time", f"`{given}`: a time of day as 08:30 is needed")
    return found
