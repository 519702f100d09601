"""A carrier's own list of calls, and where it differs from ours.

A call is the same when number and beginning are: clocks differ, so the nearest beginning within two minutes counts, and
each call is matched once. Then its seconds and its price are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.price_list import Line
from antiphon.billing.domain.tariff import dialled

T = TypeVar("T")
COLUMNS = ("time", "number", "seconds", "amount")
CLOCKS = 120 * SECOND
"""How far apart two clocks may be."""
ROUNDING_S = 1
"""One rounds seconds up, the other down."""
ROUNDING = 100
"""Micro-units: carriers bill four decimals."""
_FORMS = ("%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M")
LONGEST_S = 7 * 86_400


class Kind(Enum):
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    SECONDS = "seconds"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Told:
    """A call as one side tells it; `name` is the line of theirs, the id of ours."""

    name: str
    at: int
    number: str
    seconds: int
    amount: int


@dataclass(frozen=True, slots=True)
class Discrepancy:
    kind: Kind
    ours: Told | None
    theirs: Told | None


@dataclass(frozen=True, slots=True)
class Compared:
    equal: int
    discrepancies: tuple[Discrepancy, ...]
    """By their beginning."""


def read(lines: Iterable[Line], zone: ZoneInfo) -> list[Told]:
    """Raises ValueError that names the line and the column."""
    found = []
    for line in lines:
        if any(str(value).strip() for value in line.cells.values() if value is not None):
            found.append(_told(line, zone))
    return found


def _told(line: Line, zone: ZoneInfo) -> Told:
    def cell(column: str, reader: Callable[[Any], T]) -> T:
        value = line.cells.get(column)
        try:
            if value is None or not str(value).strip():
                raise ValueError("is missing")
            return reader(value)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"line {line.number}, {column}: {error}") from error

    at, number = cell("time", lambda value: _time(value, zone)), cell("number", _number)
    return Told(str(line.number), at, number, cell("seconds", _seconds), cell("amount", _amount))


def _time(value: Any, zone: ZoneInfo) -> int:
    moment = value if isinstance(value, datetime) else _moment(str(value).strip())
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return round(moment.timestamp()) * SECOND


def _moment(text: str) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the statement's
        except ValueError:
            continue
    return datetime.fromisoformat(text)


def _number(value: Any) -> str:
    text = str(int(value)) if isinstance(value, float) and value == int(value) else str(value)
    number = dialled(text.strip().lstrip("'"))
    if not number:
        raise ValueError("is not a number")
    return number


def _plain(value: Any) -> Fraction:
    if isinstance(value, bool):
        raise ValueError("is not a number")
    text = repr(value) if isinstance(value, float | int) else str(value).strip().replace("\u00a0", "").replace(" ", "")
    return exact(text.replace(",", "."))


def _seconds(value: Any) -> int:
    seconds = _plain(value)
    if seconds.denominator != 1 or not 0 <= seconds <= LONGEST_S:
        raise ValueError("is not a whole number of seconds")
    return int(seconds)


def _amount(value: Any) -> int:
    amount = _plain(value) * 1_000_000
    if amount.denominator != 1 or not 0 <= amount <= 10**15:
        raise ValueError("is not an amount with at most six decimals")
    return int(amount)


def compare(ours: Sequence[Told], theirs: Sequence[Told], between: tuple[int, int]) -> Compared:
    """`ours` may reach beyond [first, last), so that a call at its edge finds its match; what is missing there has to
    have begun within."""
    left: dict[str, list[Told]] = {}
    for call in sorted(ours, key=lambda one: (one.at, one.name)):
        left.setdefault(call.number, []).append(call)
    equal, found = 0, []
    for call in sorted(theirs, key=lambda one: (one.at, one.name)):
        mine = _nearest(left.get(call.number, []), call)
        if mine is None:
            found.append(Discrepancy(Kind.MISSING_HERE, None, call))
            continue
        left[call.number].remove(mine)
        kind = _differs(mine, call)
        if kind is None:
            equal += 1
        else:
            found.append(Discrepancy(kind, mine, call))
    rest = (one for calls in left.values() for one in calls if between[0] <= one.at < between[1])
    found += [Discrepancy(Kind.MISSING_THERE, one, None) for one in rest]
    return Compared(equal, tuple(sorted(found, key=_when)))


def _nearest(calls: Sequence[Told], theirs: Told) -> Told | None:
    """Among equally near ones that which is as long."""
    near = [one for one in calls if abs(one.at - theirs.at) <= CLOCKS]
    return min(near, key=lambda one: (abs(one.at - theirs.at), abs(one.seconds - theirs.seconds)), default=None)


def _differs(ours: Told, theirs: Told) -> Kind | None:
    if abs(ours.seconds - theirs.seconds) > ROUNDING_S:
        return Kind.SECONDS
    return Kind.PRICE if abs(ours.amount - theirs.amount) > ROUNDING else None


def _when(one: Discrepancy) -> tuple[int, str]:
    told = one.theirs or one.ours
    assert told is not None
    return told.at, told.name
