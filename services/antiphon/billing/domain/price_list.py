"""A price list as people keep it: rows of a sheet become a tariff's rates, or a report by line. Nothing is guessed.

Columns (any order, any case; others are ignored): prefix and rate are needed; name, per (60 seconds), scheme ("60/1":
the first step, then the next ones; "1" is the default), connect_fee, min_charge, max_cost, valid_from, valid_to.

What spreadsheets do to data is undone where it is certain, and named where it is not: a prefix that became the number
380.0 is 380; one that lost digits as 3.80441E+11 is a fault; so is a price like "1.200,50".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from antiphon.billing.domain.amounts import exact, fixed
from antiphon.billing.domain.instants import day_of
from antiphon.billing.domain.tariff import dialled

NEEDED = ("prefix", "rate")
AMOUNTS = ("connect_fee", "min_charge", "max_cost")
DAYS = ("valid_from", "valid_to")
COLUMNS = (*NEEDED, "name", "per", "scheme", *AMOUNTS, *DAYS)
MISSING = "is missing: empty, an error, or a formula whose result is not stored"
HIGHEST = 10**9
"""No price is above it."""
LAST_EXACT = 10**15
"""Beyond this a spreadsheet's numbers have lost digits."""
_SCHEME = re.compile(r"([1-9][0-9]{0,4})(?:\s*[/+]\s*([1-9][0-9]{0,4}))?")
_PRICE = re.compile(r"[0-9]+([.,][0-9]+)?")
_PREFIX = re.compile(r"\+?[0-9]([0-9 ()]*[0-9)])?")
_LOST = "a spreadsheet made a number of it and lost digits; format the column as text"
_MINUS = ("-", "\u2212", "\u2013", "(")
"""How sheets write what is below zero."""
_DAY = re.compile(r"([0-3][0-9])\.([01][0-9])\.([0-9]{4})")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet, with its number as people see it."""

    number: int
    cells: Mapping[str, Any]
    beyond: bool = False
    """There is something right of the last named column, such as what a decimal comma cut off."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong in a line, or worth a look."""

    line: int
    column: str
    message: str
    fatal: bool = True


@dataclass(slots=True)
class PriceList:
    """What was read. With a fatal remark nothing of it may be used."""

    rates: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        return bool(self.rates) and not any(remark.fatal for remark in self.remarks)


def read(lines: Iterable[Line]) -> PriceList:
    """Reads every line, so that all mistakes are told at once."""
    found, numbers = PriceList(), []
    for line in lines:
        if not any(str(value).strip() for value in line.cells.values() if value is not None):
            continue
        rate = _rate(line, found.remarks)
        if rate is not None:
            found.rates.append(rate)
            numbers.append(line.number)
    if not found.rates and not found.remarks:
        found.remarks.append(Remark(1, "", "there is no line with a price"))
    _look_for_overlaps(found, numbers)
    return found


def _rate(line: Line, remarks: list[Remark]) -> dict[str, Any] | None:
    rate: dict[str, Any] = {}
    before = len(remarks)
    if line.beyond:
        remarks.append(
            Remark(line.number, "", "has more cells than columns are named: did a comma cut a price in two?")
        )

    def take(column: str, read_cell: Any, default: Any = None) -> Any:
        value = line.cells.get(column)
        if value is None or (isinstance(value, str) and not value.strip()):
            if column in NEEDED:
                remarks.append(Remark(line.number, column, MISSING))
            return default
        try:
            return read_cell(value)
        except (ValueError, ArithmeticError) as error:
            remarks.append(Remark(line.number, column, f"{error}: {str(value)[:40]!r}"))
            return default

    rate["prefix"], price = take("prefix", _prefix), take("rate", _price)
    per, scheme = take("per", _seconds, 60), take("scheme", _scheme, (1, 1))
    optional = {name: take(name, _price) for name in AMOUNTS} | {name: take(name, _day) for name in DAYS}
    if len(remarks) > before:
        return None
    first, following = scheme
    steps = [(0, first)] if first == following else [(0, first), (first, following)]
    rate["groups"] = [{"start": start, "rate": price, "per": per, "inc": inc} for start, inc in steps]
    rate |= {name: value for name, value in optional.items() if value is not None}
    if "valid_from" in rate and "valid_to" in rate and rate["valid_from"] >= rate["valid_to"]:
        remarks.append(Remark(line.number, "valid_to", "is not after valid_from"))
        return None
    if "max_cost" in rate and exact(rate.get("min_charge", "0")) > exact(rate["max_cost"]):
        remarks.append(Remark(line.number, "min_charge", "is above max_cost"))
        return None
    if rate["prefix"].startswith("00"):
        remarks.append(Remark(line.number, "prefix", "begins with 00: numbers are compared without it", fatal=False))
    return rate


def _prefix(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        if value != int(value) or abs(value) >= LAST_EXACT:
            raise ValueError(_LOST)
        value = int(value)
    text = str(value).strip().lstrip("'").replace("\u00a0", " ")
    if re.search(r"[0-9][eE]\+?[0-9]", text):
        raise ValueError(_LOST)
    text = re.sub(r"^([0-9]+)\.0+$", r"\1", text)
    if not _PREFIX.fullmatch(text):  # a range, a list, a day, a line of totals
        raise ValueError("is not one prefix of digits")
    return dialled(text)


def _price(value: Any) -> str:
    if isinstance(value, bool):
        raise ValueError("is not a price")
    if isinstance(value, float | int):
        value = repr(value)  # the shortest decimal of the number is what was typed
    text = "".join(str(value).split()).lstrip("'")
    if text.startswith(_MINUS):
        raise ValueError("is negative")
    text = text.replace(",", ".") if _PRICE.fullmatch(text) else text  # else 1e-05: a small number may be written so
    if exact(text) > HIGHEST:
        raise ValueError("is no price: above a thousand million")
    plain = f"{Decimal(text):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _seconds(value: Any) -> int:
    amount = exact(_price(value))
    if amount.denominator != 1 or amount < 1:
        raise ValueError("is not a whole number of seconds")
    return int(amount)


def _scheme(value: Any) -> tuple[int, int]:
    text = str(int(value)) if isinstance(value, float) and value == int(value) else str(value).strip()
    found = _SCHEME.fullmatch(text)
    if found is None:
        raise ValueError("is not a scheme such as 60/1")
    return int(found[1]), int(found[2] or found[1])


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        if (value.hour, value.minute, value.second) != (0, 0, 0):
            raise ValueError("is a time of day, not a day")
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | int):
        raise ValueError("a spreadsheet made a number of it; format the column as a date")
    text = str(value).strip()
    found = _DAY.fullmatch(text)
    return day_of(f"{found[3]}-{found[2]}-{found[1]}" if found else text).isoformat()


def _look_for_overlaps(found: PriceList, numbers: Sequence[int]) -> None:
    """Two prices of one prefix on one day are a fault; a time between two prices is worth a look."""
    by_prefix: dict[str, list[tuple[str, str, int]]] = {}
    for rate, number in zip(found.rates, numbers, strict=True):
        validity = (rate.get("valid_from", ""), rate.get("valid_to", "9999-12-31"), number)
        by_prefix.setdefault(rate["prefix"], []).append(validity)
    for rows in by_prefix.values():
        _, end, one = min(rows)
        for start, until, other in sorted(rows)[1:]:
            if start < end:
                found.remarks.append(Remark(other, "prefix", f"is priced on line {one} for the same time"))
            elif start > end:
                found.remarks.append(Remark(other, "valid_from", f"leaves a gap after line {one} ({end})", fatal=False))
            if until > end:
                end, one = until, other


@dataclass(frozen=True, slots=True)
class Change:
    """How a prefix differs between two price lists. Prices are for `per` seconds of the first step."""

    prefix: str
    kind: str
    """ "new", "gone", "dearer", "cheaper", "other" (same price, other terms)."""
    before: str
    after: str
    percent: str


def compare(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Every difference, by prefix and beginning of validity."""
    before, after = _by_key(old), _by_key(new)
    changes = []
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if one != other:
            changes.append(_change(key[0], one, other))
    return changes


def _by_key(rates: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(dialled(str(rate["prefix"])), str(rate.get("valid_from", ""))): _plain(rate) for rate in rates}


def _plain(rate: Mapping[str, Any]) -> dict[str, Any]:
    """With amounts as numbers, so that 0.60 and 0.6 are no difference."""
    plain: dict[str, Any] = {name: exact(value) if name in AMOUNTS else value for name, value in rate.items()}
    plain["groups"] = [dict(group, rate=exact(group["rate"])) for group in rate.get("groups", ())]
    return plain | {"prefix": dialled(str(rate["prefix"]))}


def _change(prefix: str, one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> Change:
    before, after = _minute(one), _minute(other)
    if before is None or after is None:
        kind, percent = ("new" if before is None else "gone"), ""
    else:
        kind = "other" if before == after else "dearer" if after > before else "cheaper"
        percent = "" if not before else fixed((after - before) * 100 / before, 1)
    return Change(prefix, kind, _text(before), _text(after), percent)


def _minute(rate: Mapping[str, Any] | None) -> Fraction | None:
    groups = rate.get("groups") if rate is not None else None
    return groups[0]["rate"] * 60 / groups[0]["per"] if groups else None


def _text(price: Fraction | None) -> str:
    return "" if price is None else fixed(price, 6).rstrip("0").rstrip(".")
