"""Does a schedule keep the rules? Reads the document alone and shares no code with what made it.

Every rule is looked at from its meaning, minute by minute or gap by gap, not from the rows of a program:
`check(document)` gives a list of faults, empty for a good schedule. `antiphon wfm check FILE` prints them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
HOUR = timedelta(hours=1)


def check(schedule: Mapping[str, Any]) -> list[str]:
    """Faults in words, each beginning with the rule and the person."""
    faults = []
    by_person: dict[str, list[Row]] = defaultdict(list)
    for shift in schedule["shifts"]:
        by_person[shift["person"]].append(shift)
    known = {person["id"]: person for person in schedule["people"]}
    faults += [f"people: {name} is scheduled but unknown" for name in by_person if name not in known]
    for name, person in known.items():
        faults += _of(schedule, person, by_person.get(name, []))
    faults += _presence(schedule)
    return faults


def check_person(schedule: Mapping[str, Any], name: str) -> list[str]:
    """Faults of one person alone."""
    person = next(one for one in schedule["people"] if one["id"] == name)
    return _of(schedule, person, [shift for shift in schedule["shifts"] if shift["person"] == name])


def _of(schedule: Row, person: Row, shifts: list[Row]) -> list[str]:
    mine = sorted(shifts, key=lambda shift: str(shift["start"]))
    return [
        f"{rule}: {person['id']}: {fault}" for rule, look in _LOOKS.items() for fault in look(schedule, person, mine)
    ]


def _agreed(shift: Row) -> Row:
    """The shift as the contract knows it: before somebody stayed longer or left early."""
    return {**shift, **shift["agreed"]} if "agreed" in shift else shift


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _local(schedule: Row, text: str) -> datetime:
    return _at(text).astimezone(ZoneInfo(schedule["zone"]))


def _day(schedule: Row, shift: Row) -> date:
    return _local(schedule, _agreed(shift)["start"]).date()


def _span(schedule: Row) -> list[date]:
    first = date.fromisoformat(schedule["from"])
    return [first + timedelta(days=number) for number in range(schedule["days"])]


def _weeks(schedule: Row) -> Iterator[list[date]]:
    days = _span(schedule)
    for monday in sorted({day - timedelta(days=day.weekday()) for day in days}):
        yield [day for day in days if monday <= day < monday + timedelta(days=7)]


def _pattern(schedule: Row, shift: Row) -> Row:
    return next(pattern for pattern in schedule["patterns"] if pattern["name"] == shift["pattern"])


def _one_a_day(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    days = [_day(schedule, shift) for shift in mine]
    for day in sorted(set(days)):
        if days.count(day) > 1:
            yield f"two shifts on {day}"
        if day not in _span(schedule):
            yield f"{day} is not in the plan"


def _rest(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    rules = schedule["rules"]
    before = _at(person["free_since"])
    due = HOUR * rules["daily_rest_h"]
    for shift in mine:
        start = _at(shift["start"])
        if start - before < due:
            yield f"{(start - before) / HOUR:.2f} h before {shift['start']}, {due / HOUR:g} h are due"
        before = _at(shift["end"])
        due = max(HOUR * rules["daily_rest_h"], (before - start) * rules["rest_per_shift"])


def _weekly_rest(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    due = HOUR * schedule["rules"]["weekly_rest_h"]
    if not due:
        return
    zone = ZoneInfo(schedule["zone"])
    last = datetime.combine(_span(schedule)[-1] + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    ends = [_at(person["free_since"]), *(_at(shift["end"]) for shift in mine)]
    starts = [*(_at(shift["start"]) for shift in mine), last]
    free = [(end, start) for end, start in zip(ends, starts, strict=True) if start - end >= due]
    for week in _weeks(schedule):
        if len(week) < 7:
            continue
        whole = [
            (
                datetime.combine(day, datetime.min.time(), zone).astimezone(UTC),
                datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC),
            )
            for day in week
        ]
        if not any(end <= begin and finish <= start for end, start in free for begin, finish in whole):
            yield f"no {due / HOUR:g} h free in the week from {week[0]}"


def _days_a_week(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    least, most = person["days"]
    away = {date.fromisoformat(day) for day in person["away"]}
    for week in _weeks(schedule):
        worked = sum(_day(schedule, shift) in week for shift in mine)
        credited = sum(day in away and day.weekday() < 5 for day in week)
        if not any(day.weekday() < 5 for day in week):
            credited = sum(day in away for day in week)
        share = 1.0 if len(week) == 7 else len(week) / 7
        open_days = sum(day not in away for day in week)
        low = max(0, min(round(least * share) - credited, open_days))
        high = max(0, min(round(most * share) - credited, open_days))
        if not low <= worked <= high:
            yield f"{worked} days in the week from {week[0]}, {low} to {high} are agreed"


def _hours_a_week(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    most = schedule["rules"]["max_week_h"] * 60
    if person["max_week_min"] is not None:
        most = min(most, person["max_week_min"])
    for week in _weeks(schedule):
        paid = sum(min(_paid(shift), _paid(_agreed(shift))) for shift in mine if _day(schedule, shift) in week)
        if paid > most:
            yield f"{paid / 60:.2f} h in the week from {week[0]}, at most {most / 60:g}"


def _paid(shift: Row) -> float:
    unpaid = sum(((_at(b["end"]) - _at(b["start"])) for b in shift["breaks"] if not b["paid"]), timedelta())
    return (_at(shift["end"]) - _at(shift["start"]) - unpaid) / timedelta(minutes=1)


def _hours_a_day(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    for shift in mine:
        if _paid(shift) > schedule["rules"]["max_day_h"] * 60:
            yield f"{_paid(shift) / 60:.2f} h on {_day(schedule, shift)}"
        if abs(_paid(shift) - shift["paid_min"]) > 0.01:
            yield f"{_day(schedule, shift)}: {shift['paid_min']} paid minutes are said, {_paid(shift):g} are there"


def _running(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    days = {_day(schedule, shift) for shift in mine}
    running = person["days_running"]
    for day in _span(schedule):
        running = running + 1 if day in days else 0
        if running > schedule["rules"]["max_days_running"]:
            yield f"{running} days running on {day}"


def _away(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    for shift in mine:
        if str(_day(schedule, shift)) in person["away"]:
            yield f"works on {_day(schedule, shift)}"


def _overtime(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    """What is worked beyond what was agreed, over any two days running."""
    most = schedule["rules"].get("overtime_two_days_h", 4.0)
    extra = {_day(schedule, shift): max(0.0, _paid(shift) - _paid(_agreed(shift))) / 60 for shift in mine}
    for day, hours in sorted(extra.items()):
        both = hours + extra.get(day - timedelta(days=1), 0.0)
        if hours and both > most:
            yield f"{both:g} h beyond the plan on {day} and the day before, at most {most:g}"


def _contract(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    for shift in map(_agreed, mine):
        local = _local(schedule, shift["start"])
        begins = local.hour * 60 + local.minute
        pattern = _pattern(schedule, shift)
        length = (_at(shift["end"]) - _at(shift["start"])) / timedelta(minutes=1)
        if person["patterns"] and shift["pattern"] not in person["patterns"]:
            yield f"{shift['pattern']} is not among his shifts"
        if begins not in pattern["starts"]:
            yield f"{local:%Y-%m-%d %H:%M} is no start of a {shift['pattern']} shift"
        if begins < person["earliest"] or begins + length > person["latest_end"]:
            yield f"{local:%Y-%m-%d %H:%M} is outside his hours"
        if length != pattern["minutes"]:
            yield f"{length:g} minutes are not a {shift['pattern']} shift"


def _locked(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    for lock in person["locked"]:
        start, end = _at(lock["start"]), _at(lock["end"])
        if lock["pattern"] is not None:
            kept = any(s["pattern"] == lock["pattern"] and _at(_agreed(s)["start"]) == start for s in mine)
        else:
            kept = any(_at(s["start"]) <= start and end <= _at(s["end"]) for s in mine)
        if not kept:
            yield f"{lock['why']} on {lock['date']} is not kept"


def _breaks(schedule: Row, person: Row, mine: list[Row]) -> Iterator[str]:
    rules = schedule["rules"]
    for shift in map(_agreed, mine):
        start, end = _at(shift["start"]), _at(shift["end"])
        given = sorted(shift["breaks"], key=lambda pause: str(pause["start"]))
        agreed = {pause["name"]: pause for pause in _pattern(schedule, shift)["breaks"]}
        if sorted(agreed) != sorted(pause["name"] for pause in given):
            yield f"{shift['start']}: the breaks are not those of {shift['pattern']}"
            continue
        for pause in given:
            after = (_at(pause["start"]) - start) / timedelta(minutes=1)
            length = (_at(pause["end"]) - _at(pause["start"])) / timedelta(minutes=1)
            rule = agreed[pause["name"]]
            if not rule["earliest"] <= after <= rule["latest"] or length != rule["minutes"]:
                yield f"{pause['name']} {after:g} minutes after {shift['start']}"
            if _at(pause["end"]) > end:
                yield f"{pause['name']} ends after the shift of {shift['start']}"
        if any(_at(a["end"]) > _at(b["start"]) for a, b in pairwise(given)):
            yield f"breaks of {shift['start']} overlap"
        longest = max((_at(p["end"]) - _at(p["start"]) for p in given), default=timedelta())
        if end - start > HOUR * rules["meal_after_h"] and longest < timedelta(minutes=rules["meal_min"]):
            yield f"no meal in the shift of {shift['start']}"


def _presence(schedule: Row) -> Iterator[str]:
    """Counts who is there anew, minute by minute, and compares it with what the document says."""
    minutes: dict[datetime, int] = defaultdict(int)
    step = timedelta(minutes=1)
    for shift in schedule["shifts"]:
        out = [(_at(pause["start"]), _at(pause["end"])) for pause in shift["breaks"]]
        moment = _at(shift["start"])
        while moment < _at(shift["end"]):
            minutes[moment] += not any(begin <= moment < end for begin, end in out)
            moment += step
    length = schedule["interval_min"]
    for row in schedule["need"]:
        begin = _at(row["start"])
        there = sum(minutes.get(begin + step * n, 0) for n in range(length)) / length
        if abs(there - row["there"]) > 0.01:
            yield f"presence: {row['start']}: {row['there']} are said, {there:.3f} are there"


_LOOKS = {
    "one shift a day": _one_a_day,
    "rest": _rest,
    "weekly rest": _weekly_rest,
    "days a week": _days_a_week,
    "hours a week": _hours_a_week,
    "hours a day": _hours_a_day,
    "days running": _running,
    "overtime": _overtime,
    "time off": _away,
    "contract": _contract,
    "locked": _locked,
    "breaks": _breaks,
}
