"""What could be done about the rest of today: who could stay longer or come earlier where too few are planned, who
could leave early where there are too many, and what each brings. Only people whose rules allow it are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from antiphon.kit.protos import moment, timestamp
from antiphon.wfm.check import check_person
from antiphon.wfm.domain.changing import lengthened, shift_of, shortened
from antiphon.wfm.domain.reasons import Refusal
from antiphon.wfm.v1 import wfm_pb2 as pb

if TYPE_CHECKING:
    from antiphon.wfm.app.pool import Stream

LONGEST = timedelta(hours=2)
SHORTEST_LEAVE = timedelta(hours=1)
MOST, MOST_NAMED = 4, 12
COMFORT = 0.05
"""Nobody is sent home before the level is so much above the promise."""


class Day(Protocol):
    """What is needed of the day."""

    @property
    def now(self) -> datetime: ...
    @property
    def step(self) -> timedelta: ...
    @property
    def over(self) -> int: ...
    @property
    def document(self) -> Mapping[str, Any]: ...
    @property
    def shifts(self) -> tuple[Mapping[str, Any], ...]: ...


Rows = Sequence[pb.IntradayInterval]
Columns = Sequence[Sequence["Stream"]]


def advice(day: Day, rows: Rows, columns: Columns) -> list[pb.Advice]:
    """The most urgent first: overtime for each short stretch, then leaving early."""
    found = [*_overtime(day, rows, columns), *_leaving(day, rows, columns)]
    return found[:MOST]


def _runs(rows: Rows, first: int, wanted: list[bool], longest: int) -> Iterator[tuple[int, int]]:
    """Stretches [from, to) of intervals in which something holds."""
    begin: int | None = None
    for number in range(first, len(rows) + 1):
        holds = number < len(rows) and wanted[number]
        if begin is not None and (not holds or number - begin >= longest):
            yield begin, number
            begin = None
        if holds and begin is None:
            begin = number


def _overtime(day: Day, rows: Rows, columns: Columns) -> Iterator[pb.Advice]:
    short = [bool(columns[n]) and row.needed - row.staffed > 0.01 for n, row in enumerate(rows)]
    first = min(day.over + 1, len(rows))
    for begin, end in _runs(rows, first, short, max(1, round(LONGEST / day.step))):
        span = (moment(rows[begin].start), moment(rows[end - 1].start) + day.step)
        lack = max(1, round(max(row.needed - row.staffed for row in rows[begin:end])))
        people = _able(day, pb.CHANGE_KIND_OVERTIME, span)
        used = min(lack, len(people))
        if used:
            yield _told(pb.CHANGE_KIND_OVERTIME, span, (used, people), _effect(rows, columns, (begin, end), used))


def _leaving(day: Day, rows: Rows, columns: Columns) -> Iterator[pb.Advice]:
    spare = [row.staffed - row.needed >= 1 for row in rows]
    first = min(day.over + 1, len(rows))
    for begin, end in _runs(rows, first, spare, len(rows)):
        span = (moment(rows[begin].start), moment(rows[end - 1].start) + day.step)
        if span[1] - span[0] < SHORTEST_LEAVE:
            continue
        people = _able(day, pb.CHANGE_KIND_LEAVE_EARLY, span)
        free = int(min(row.staffed - row.needed for row in rows[begin:end] if row.staffed >= 1))
        used = min(free, len(people))
        effect = _effect(rows, columns, (begin, end), -used)
        if used and (effect[1] < 0 or effect[1] >= _promise(columns[begin:end]) + COMFORT):
            yield _told(pb.CHANGE_KIND_LEAVE_EARLY, span, (used, people), effect)


def _promise(columns: Columns) -> float:
    return max((one.level for column in columns for one in column), default=0.0)


def _told(
    kind: pb.ChangeKind.ValueType,
    span: tuple[datetime, datetime],
    people: tuple[int, list[str]],
    effect: tuple[float, float],
) -> pb.Advice:
    answer = pb.Advice(
        kind=kind,
        to=timestamp(span[1]),
        people=people[0],
        person_ids=people[1][:MOST_NAMED],
        before=effect[0],
        after=effect[1],
    )
    getattr(answer, "from").CopyFrom(timestamp(span[0]))
    return answer


def _effect(rows: Rows, columns: Columns, run: tuple[int, int], more: int) -> tuple[float, float]:
    """The level of these intervals without and with it; negative where nobody comes."""
    from antiphon.wfm.app.pool import outlook

    total = before = after = 0.0
    for number in range(*run):
        count = sum(one.contacts for one in columns[number])
        total += count
        if count:
            before += count * outlook(rows[number].staffed, columns[number]).level
            after += count * outlook(rows[number].staffed + more, columns[number]).level
    return (before / total, after / total) if total else (-1.0, -1.0)


def _able(day: Day, kind: pb.ChangeKind.ValueType, span: tuple[datetime, datetime]) -> list[str]:
    """Who could, without breaking a rule that is kept now."""
    change = lengthened if kind == pb.CHANGE_KIND_OVERTIME else shortened
    document = dict(day.document)
    utc = (span[0].astimezone(UTC), span[1].astimezone(UTC))
    found = []
    for row in day.shifts:
        number = shift_of(document, row["person"], row["day"])
        if number is None or row["person"] in found:
            continue
        try:
            after = change(_alone(document, number), 0, utc)
        except Refusal:
            continue
        known = set(check_person(document, row["person"]))
        if set(check_person(_with(document, number, after["shifts"][0]), row["person"])) <= known:
            found.append(row["person"])
    return found


def _alone(document: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The document with that shift only: what is changed is looked at for one person."""
    return {**document, "shifts": [document["shifts"][number]], "need": [], "people": []}


def _with(document: Mapping[str, Any], number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    shifts = list(document["shifts"])
    shifts[number] = row
    return {**document, "shifts": shifts}
