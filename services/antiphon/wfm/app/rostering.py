"""Phase 2: who works which shift. Hard rules person by person; what phase 1 counted is met as nearly as they allow.

Rests are kept by aggregated cuts: of two neighbouring days, Σ (shifts that end late enough) + Σ (shifts that then begin
too early) ≤ 1, one row for each moment. They are far stronger than a row for each pair of shifts, so that the first
relaxation is nearly whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from antiphon.wfm.app.covering import Cover, parts, week_days
from antiphon.wfm.app.program import Effort, Program, Solved
from antiphon.wfm.domain.plan import DAY_MINUTES, Person, Plan, Shift

MISMATCH, WEEKEND, WANTED_FREE, PER_HOUR_OFF = 20.0, 0.5, 3.0, 0.1

Chosen = dict[tuple[int, int], int]
"""(day, number of the shift) → column, for those a person might take."""

DAYS_A_WEEK = "days a week"
REST = "rest between shifts"
WEEKLY_REST = "weekly rest"
HOURS_A_WEEK = "hours a week"
RUNNING = "days running"
AWAY = "time off"
LOCKED = "locked"
HOURS_OF_DAY = "hours of the day and patterns"
EVERY_RULE = (DAYS_A_WEEK, REST, WEEKLY_REST, HOURS_A_WEEK, RUNNING, AWAY, LOCKED, HOURS_OF_DAY)


@dataclass(frozen=True, slots=True)
class Roster:
    """`taken[p]` day → number of the shift. None when no schedule keeps the rules or none was found in time."""

    taken: tuple[dict[int, int], ...] | None
    solved: Solved


def roster(plan: Plan, cover: Cover, effort: Effort) -> Roster:
    """Solves phase 2."""
    program = Program()
    everybody = [person_rows(program, plan, person, frozenset(EVERY_RULE)) for person in plan.people]
    _meet(program, plan, cover, everybody)
    solved = program.solve("rostering", effort)
    if solved.values is None:
        return Roster(None, solved)
    values = solved.values
    return Roster(
        tuple({day: number for (day, number), col in mine.items() if values[col] > 0.5} for mine in everybody), solved
    )


def person_rows(program: Program, plan: Plan, person: Person, active: frozenset[str]) -> Chosen:
    """Columns of one person and the rows of the rules that are `active`."""
    mine = _columns(program, plan, person, active)
    by_day: list[list[tuple[Shift, int]]] = [[] for _ in plan.dates]
    for (day, number), column in mine.items():
        by_day[day].append((plan.shifts[day][number], column))
    for today in by_day:
        program.row([column for _, column in today], 1.0, 0, 1)
    for name, rows in _RULES.items():
        if name in active:
            rows(program, plan, person, by_day)
    return mine


ByDay = list[list[tuple[Shift, int]]]


def _columns(program: Program, plan: Plan, person: Person, active: frozenset[str]) -> Chosen:
    places, costs = [], []
    for day, shifts in enumerate(plan.shifts):
        if AWAY in active and day in person.away:
            continue
        for number, shift in enumerate(shifts):
            if REST in active and shift.start < person.free_since + plan.rules.daily_rest_h * 60:
                continue
            if HOURS_OF_DAY in active and not plan.may_work(_present(person), shift):
                continue
            places.append((day, number))
            costs.append(_dislike(plan, person, shift))
    columns = program.columns(len(places), costs, 1.0)
    return dict(zip(places, columns.tolist(), strict=True))


def _present(person: Person) -> Person:
    return replace(person, away=frozenset()) if person.away else person


def _dislike(plan: Plan, person: Person, shift: Shift) -> float:
    cost = 0.0
    if person.prefers_start is not None:
        cost += PER_HOUR_OFF * abs(shift.begins - person.prefers_start) / 60
    if shift.day in person.wants_free:
        cost += WANTED_FREE
    if plan.dates[shift.day].weekday() >= 5:
        cost += WEEKEND * (1 + person.weekends)
    return cost


def _meet(program: Program, plan: Plan, cover: Cover, everybody: list[Chosen]) -> None:
    takers: dict[tuple[int, int], list[int]] = {}
    for mine in everybody:
        for place, column in mine.items():
            takers.setdefault(place, []).append(column)
    for day, counts in enumerate(cover.counts):
        for number, wanted in enumerate(counts):
            who = takers.get((day, number), [])
            slack = program.columns(2, MISMATCH, whole=False).tolist()
            program.row([*who, *slack], [*[1.0] * len(who), 1.0, -1.0], wanted, wanted)


# ---------------------------------------------------------------- the rules, each by its name


def _days_a_week(program: Program, plan: Plan, person: Person, days: ByDay) -> None:
    for week in plan.weeks:
        least, most = week_days(plan, person, week)
        program.row([column for day in week for _, column in days[day]], 1.0, least, most)


def _hours_a_week(program: Program, plan: Plan, person: Person, days: ByDay) -> None:
    most = plan.rules.max_week_h * 60
    if person.max_week_minutes is not None:
        most = min(most, person.max_week_minutes)
    for week in plan.weeks:
        mine = [pair for day in week for pair in days[day]]
        program.row([column for _, column in mine], [shift.pattern.paid_minutes for shift, _ in mine], 0, most)


def _running(program: Program, plan: Plan, person: Person, days: ByDay) -> None:
    most = plan.rules.max_days_running
    for first in range(-person.days_running, len(days) - most):
        window = range(max(0, first), first + most + 1)
        before = max(0, -first)
        program.row([column for day in window for _, column in days[day]], 1.0, 0, max(0, most - before))


def _rest(program: Program, plan: Plan, person: Person, days: ByDay) -> None:
    for day, today in enumerate(days):
        for step in (1, 2):
            if day + step < len(days):
                _cuts(
                    program, today, days[day + step], lambda shift: plan.rules.rest_after(shift.pattern.minutes), None
                )


def _cuts(
    program: Program,
    before: Iterable[tuple[Shift, int]],
    after: Iterable[tuple[Shift, int]],
    rest: Callable[[Shift], float],
    extra: int | None,
) -> None:
    """One row for each moment at which a rest ends; with `extra` the rule holds only where that column is 1."""
    ends = sorted(((shift.end + rest(shift), column) for shift, column in before), reverse=True)
    begins = sorted((shift.start, column) for shift, column in after)
    late: list[int] = []
    for number, (free, column) in enumerate(ends):
        late.append(column)
        if number + 1 < len(ends) and ends[number + 1][0] == free:
            continue
        early = [other for start, other in begins if start < free]
        if early:
            columns = [*late, *early] if extra is None else [*late, *early, extra]
            program.row(columns, 1.0, 0, 1 if extra is None else 2)


def _weekly_rest(program: Program, plan: Plan, person: Person, days: ByDay) -> None:
    """In each whole week a free stretch that long, with at least one whole day of that week inside.

    Whoever has two days off a week gets two running, if nothing of his is locked: that is always enough, it is what
    people want, and its relaxation is nearly whole. For others a single day counts if the shifts around leave room."""
    due = plan.rules.weekly_rest_h * 60
    for week in plan.weeks if due else []:
        if len(week) == 7 and due > DAY_MINUTES:
            rows = _two_running if person.days[1] <= 5 and not person.locked else _one_day
            rows(program, plan, person, (days, week))
        elif len(week) == 7:
            program.row([column for day in week for _, column in days[day]], 1.0, 0, 6)


def _two_running(program: Program, plan: Plan, person: Person, where: tuple[ByDay, list[int]]) -> None:
    days, week = where
    pairs = [first for first in range(week[0] - 1, week[-1] + 1) if first + 1 < len(days)]
    if week[0] == 0 and person.free_since > -DAY_MINUTES:
        pairs.remove(-1)
    chosen = dict(zip(pairs, program.columns(len(pairs), 0.0, 1.0).tolist(), strict=True))
    program.row(list(chosen.values()), 1.0, 1, 1)
    last = week[-1]
    if last in chosen:  # of this pair only the first day is of this week: no night may reach into it
        nights = [column for shift, column in days[last - 1] if shift.end > plan.midnights[last]]
        program.row([chosen[last], *nights], 1.0, 0, 1)
    for day in range(max(0, pairs[0]), pairs[-1] + 2):
        off = [chosen[first] for first in (day - 1, day) if first in chosen]
        program.row([*off, *(column for _, column in days[day])], 1.0, 0, 1)


def _one_day(program: Program, plan: Plan, person: Person, where: tuple[ByDay, list[int]]) -> None:
    days, week = where
    due = plan.rules.weekly_rest_h * 60
    free = program.columns(7, 0.0, 1.0).tolist()
    program.row(free, 1.0, 1, 7)
    for day, resting in zip(week, free, strict=True):
        program.row([resting, *(column for _, column in days[day])], 1.0, 0, 1)
        before = days[day - 1] if day else []
        after = days[day + 1] if day + 1 < len(days) else []
        _cuts(program, before, after, lambda _: due, resting)
        _edges(program, plan, (day, resting, due), person, (before, after))


def _edges(
    program: Program,
    plan: Plan,
    rest: tuple[int, int, float],
    person: Person,
    around: tuple[list[tuple[Shift, int]], list[tuple[Shift, int]]],
) -> None:
    """At the ends of the plan a rest counts only as far as the plan, or the last shift before it, is known."""
    day, resting, due = rest
    if day == 0:
        for shift, column in around[1]:
            if shift.start < person.free_since + due:
                program.row([resting, column], 1.0, 0, 1)
    if day + 1 == len(plan.dates):
        for shift, column in around[0]:
            if shift.end + due > plan.midnights[-1]:
                program.row([resting, column], 1.0, 0, 1)


def _locked(program: Program, plan: Plan, person: Person, days: ByDay) -> None:
    for lock in person.locked:
        fitting = [column for shift, column in days[lock.day] if fits(lock.pattern, (lock.start, lock.end), shift)]
        program.row(fitting, 1.0, 1, 1)


def fits(pattern: str | None, span: tuple[int, int], shift: Shift) -> bool:
    """Whether a shift is the locked one, or covers what has to be covered."""
    if pattern is not None:
        return shift.pattern.name == pattern and shift.start == span[0]
    return shift.start <= span[0] and shift.end >= span[1]


_RULES: dict[str, Callable[[Program, Plan, Person, ByDay], None]] = {
    DAYS_A_WEEK: _days_a_week,
    REST: _rest,
    WEEKLY_REST: _weekly_rest,
    HOURS_A_WEEK: _hours_a_week,
    RUNNING: _running,
    LOCKED: _locked,
}


@dataclass(frozen=True, slots=True)
class Pause:
    """A break as it was given to somebody."""

    name: str
    start: int
    end: int
    paid: bool
    meeting: bool = False
    """No break: a meeting or a training that was locked. He is paid, and not there for customers."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person's shift with his breaks."""

    person: Person
    shift: Shift
    pauses: tuple[Pause, ...]


def assignments(plan: Plan, cover: Cover, found: tuple[dict[int, int], ...]) -> Iterator[Assignment]:
    """Hands the breaks that phase 1 counted to those on the shift, in turns; one too many pauses in the middle."""
    waiting: dict[tuple[int, int, int], list[int]] = {}
    for day, shifts in enumerate(cover.pauses):
        for number, breaks in enumerate(shifts):
            for place, starts in enumerate(breaks):
                waiting[day, number, place] = [start for start, count in sorted(starts.items()) for _ in range(count)]
    for person, taken in zip(plan.people, found, strict=True):
        for day, number in sorted(taken.items()):
            shift = plan.shifts[day][number]
            pauses, free = [], shift.start
            for place, pause in enumerate(shift.pattern.breaks):
                left = waiting.get((day, number, place), [])
                start = max(left.pop(0) if left else shift.start + (pause.earliest + pause.latest) // 2, free)
                pauses.append(Pause(pause.name, start, start + pause.minutes, pause.paid))
                free = start + pause.minutes
            yield Assignment(person, shift, _around_meetings(person, shift, pauses))


def _around_meetings(person: Person, shift: Shift, pauses: list[Pause]) -> tuple[Pause, ...]:
    """His meetings of the day, and the breaks moved within their windows where one would meet them."""
    taken = [
        Pause(lock.why, lock.start, lock.end, True, True)
        for lock in person.locked
        if lock.pattern is None and lock.day == shift.day
    ]
    for rule, pause in zip(shift.pattern.breaks, pauses, strict=True):
        windows = range(shift.start + rule.earliest, shift.start + rule.latest + 1, 5)
        starts = [pause.start, *sorted(windows, key=lambda start: abs(start - pause.start))]
        free = (s for s in starts if not any(s < one.end and one.start < s + rule.minutes for one in taken))
        start = next(free, pause.start)
        taken.append(replace(pause, start=start, end=start + rule.minutes))
    return tuple(sorted(taken, key=lambda one: one.start))


def presence(plan: Plan, given: Iterable[Assignment]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """How many are there in each interval, breaks taken off."""
    there = np.zeros(len(plan.required))
    for one in given:
        for slot, share in parts(plan, one.shift.start, one.shift.end):
            there[slot] += share
        for pause in one.pauses:
            for slot, share in parts(plan, pause.start, pause.end):
                there[slot] -= share
    return there
