"""Phase 1: how many people begin when, and how many pause when, so that each interval has whom it needs.

Breaks are implicit (S. Bechtold & L. Jacobs 1990, made exact here by one set of columns a shift and break): for every
shift the columns of its lunch's starts add up to the people on the shift. Missing people cost 1 an interval, spare
ones less; both are bent after the first tenth of the need, so that what is missing is spread and not piled up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from antiphon.wfm.app.program import INFINITE, Columns, Effort, Program, Solved
from antiphon.wfm.domain.plan import Break, Person, Plan, Shift
from antiphon.wfm.domain.queueing import Floats
from antiphon.wfm.domain.reasons import Reason, Refusal

STRETCH = 0.1


@dataclass(frozen=True, slots=True)
class Cover:
    """`counts[d][s]` people on shift s of day d; `pauses[d][s][k]` start minute → people, for its k-th break."""

    counts: tuple[tuple[int, ...], ...]
    pauses: tuple[tuple[tuple[dict[int, int], ...], ...], ...]
    present: Floats
    solved: Solved


class _Columns:
    """Where the columns of shifts and pauses are."""

    def __init__(self, plan: Plan, program: Program) -> None:
        self.people: list[list[int]] = []
        self.pauses: list[list[list[tuple[list[int], Columns]]]] = []
        for shifts in plan.shifts:
            numbers = program.columns(len(shifts), 0.0).tolist()
            self.people.append(numbers)
            self.pauses.append([self._pauses(program, plan, shift) for shift in shifts])

    @staticmethod
    def _pauses(program: Program, plan: Plan, shift: Shift) -> list[tuple[list[int], Columns]]:
        found = []
        for pause in shift.pattern.breaks:
            starts = pause_starts(plan, shift, pause)
            found.append((starts, program.columns(len(starts), 0.0)))
        return found


def pause_starts(plan: Plan, shift: Shift, pause: Break) -> list[int]:
    """When this break may begin: on the grid of intervals, or as soon as it may where no grid point lies within."""
    step = plan.interval
    first = -(-(shift.start + pause.earliest) // step) * step
    found = list(range(first, shift.start + pause.latest + 1, step))
    return found or [shift.start + pause.earliest]


def parts(plan: Plan, start: int, end: int) -> Iterator[tuple[int, float]]:
    """Intervals that [start, end) touches, and which part of each."""
    step = plan.interval
    for slot in range(max(0, start // step), min(len(plan.required), -(-end // step))):
        share = (min(end, (slot + 1) * step) - max(start, slot * step)) / step
        if share > 0:
            yield slot, share


def cover(plan: Plan, effort: Effort) -> Cover:
    """Solves phase 1."""
    program = Program()
    columns = _Columns(plan, program)
    presence: list[dict[int, float]] = [{} for _ in plan.required]
    for day, shifts in enumerate(plan.shifts):
        for number, shift in enumerate(shifts):
            _shift_rows(program, plan, shift, (columns, day, number), presence)
    _balance(program, plan, presence)
    _staff(program, plan, columns)
    solved = program.solve("covering", effort)
    if solved.values is None:
        empty = tuple(tuple(0 for _ in shifts) for shifts in plan.shifts)
        none = tuple(tuple(() for _ in shifts) for shifts in plan.shifts)
        return Cover(empty, none, np.zeros(len(plan.required)), solved)
    return _read(plan, columns, presence, solved)


def _shift_rows(
    program: Program, plan: Plan, shift: Shift, place: tuple[_Columns, int, int], presence: list[dict[int, float]]
) -> None:
    columns, day, number = place
    column = columns.people[day][number]
    for slot, share in parts(plan, shift.start, shift.end):
        presence[slot][column] = presence[slot].get(column, 0.0) + share
    for pause, (starts, numbers) in zip(shift.pattern.breaks, columns.pauses[day][number], strict=True):
        program.row([*numbers.tolist(), column], [*[1.0] * len(numbers), -1.0], 0, 0)
        for start, pausing in zip(starts, numbers.tolist(), strict=True):
            for slot, share in parts(plan, start, start + pause.minutes):
                presence[slot][pausing] = presence[slot].get(pausing, 0.0) - share


def _balance(program: Program, plan: Plan, presence: list[dict[int, float]]) -> None:
    """Who is there + missing − spare = who is needed."""
    for slot, row in enumerate(presence):
        need = float(plan.required[slot])
        if not row and not need:
            continue
        band = max(1.0, STRETCH * need)
        missing = program.columns(2, [plan.under, plan.under * 1.5], [band, INFINITE], whole=False)
        spare = program.columns(2, [plan.over, plan.over * 1.5], [band, INFINITE], whole=False)
        numbers = [*row, *missing.tolist(), *spare.tolist()]
        program.row(numbers, [*row.values(), 1, 1, -1, -1], need, need)


def _staff(program: Program, plan: Plan, columns: _Columns) -> None:
    """No more on a day than could come; in a week as many shifts as contracts ask for, and allow."""
    for day, numbers in enumerate(columns.people):
        able = [person for person in plan.people if any(plan.may_work(person, shift) for shift in plan.shifts[day])]
        program.row(numbers, 1.0, 0, len(able))
        for number, shift in zip(numbers, plan.shifts[day], strict=True):
            if not any(plan.may_work(person, shift) for person in able):
                program.row([number], 1.0, 0, 0)
    for week in plan.weeks:
        every = [number for day in week for number in columns.people[day]]
        least, most = (sum(bound) for bound in zip(*(week_days(plan, one, week) for one in plan.people), strict=True))
        program.row(every, 1.0, min(least, most), most)


def week_days(plan: Plan, person: Person, week: list[int]) -> tuple[int, int]:
    """Least and most days a person works in (a part of) a week: a part asks for its share; time off counts."""
    away = sum(day in person.away for day in week)
    share = len(week) / 7
    least, most = (round(bound * share) if share < 1 else bound for bound in person.days)
    working = [day for day in week if plan.dates[day].weekday() < 5]
    credited = min(away, sum(day in person.away for day in working) if working else away)
    return max(0, min(least - credited, len(week) - away)), max(0, min(most - credited, len(week) - away))


def _read(plan: Plan, columns: _Columns, presence: list[dict[int, float]], solved: Solved) -> Cover:
    assert solved.values is not None
    values = np.rint(solved.values)
    counts = tuple(tuple(int(values[number]) for number in day) for day in columns.people)
    pauses = tuple(
        tuple(
            tuple(
                {start: int(values[n]) for start, n in zip(starts, numbers.tolist(), strict=True) if values[n] > 0}
                for starts, numbers in shift
            )
            for shift in day
        )
        for day in columns.pauses
    )
    present = np.array([sum(values[number] * share for number, share in row.items()) for row in presence])
    return Cover(counts, pauses, present, solved)


def least_cover(required: Sequence[float], shifts: Sequence[Sequence[int]]) -> int:
    """The least people on these shifts (1 where a shift covers a period) so that no period has too few.

    The relaxation bounds it from below; whole numbers are first sought on the few shifts that the relaxation uses, and
    only where they need more than that bound on all shifts."""
    covers = np.asarray(shifts, dtype=np.int8)
    every = np.arange(len(shifts))
    relaxed = _least(required, covers, every, whole=False)
    if relaxed.values is None:
        raise Refusal(Reason.INFEASIBLE, "cover: a period is covered by no shift")
    bound = int(np.ceil(relaxed.objective - 1e-6))
    few = _least(required, covers, np.flatnonzero(relaxed.values > 1e-9), whole=True)
    if few.values is not None and round(few.objective) == bound:
        return bound
    return round(_least(required, covers, every, whole=True).objective)


def _least(required: Sequence[float], covers: npt.NDArray[np.int8], chosen: Columns, *, whole: bool) -> Solved:
    program = Program()
    program.columns(len(chosen), 1.0, whole=whole)
    for need, row in zip(required, covers[chosen].T, strict=True):
        program.row(np.flatnonzero(row).tolist(), 1.0, need, INFINITE)
    return program.solve("covering", Effort(gap=0.0))
