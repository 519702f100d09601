"""Files of prices as they come out of spreadsheets: what is certain is read, the rest is named."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from antiphon.billing.domain.price_list import PriceList, read
from antiphon.billing.sheets import NotASheet, lines_of

pytestmark = pytest.mark.domain

HEAD = "prefix;rate\n"


def prices(found: PriceList) -> list[tuple[str, str]]:
    assert found.usable, found.remarks
    return [(rate["prefix"], rate["groups"][0]["rate"]) for rate in found.rates]


def faults(content: bytes) -> list[tuple[int, str]]:
    found = read(lines_of(content))
    assert not found.usable
    return [(remark.line, remark.column) for remark in found.remarks if remark.fatal]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + f"{HEAD}380;0.5\n".encode(),
        f"{HEAD}380;0,5\n".encode("utf-16"),
        "prefix;name;rate\n380;Україна;0,5\n".encode("cp1251"),
        "Прайс-лист, 2026 рік, без ПДВ\nprefix;rate\n380;0.5\n".encode(),
        b'prefix,rate\r\n380,"0,5"\r\n\r\n,\r\n',
        b"prefix\trate\n380\t0.5\n",
        b"sep=;\nprefix;rate\n380;0.5\n",
        f"{HEAD}380.0;0.5\n".encode(),
        f"{HEAD}+38 0;0.5\n".encode(),
    ],
)
def test_what_is_certain_is_read(content: bytes) -> None:
    assert prices(read(lines_of(content))) == [("380", "0.5")]


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2009", " "])
def test_thousands_may_be_set_apart(space: str) -> None:
    assert prices(read(lines_of(f"{HEAD}380;1{space}200,50\n".encode()))) == [("380", "1200.5")]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("Разом;0.5", "prefix"),
        ("Total;0.5", "prefix"),
        (";0.5", "prefix"),
        ("380-389;1", "prefix"),
        ("380/381;1", "prefix"),
        ('"380, 381";1', "prefix"),
        ("380.5;1", "prefix"),
        ("01.02.2026;1", "prefix"),
        ("3,80441E+11;1", "prefix"),
        ("UA;1", "prefix"),
        ("49;-1", "rate"),
        ("49;\u22121", "rate"),
        ("49;(1)", "rate"),
        ("49;1 грн", "rate"),
        ("49;1e30", "rate"),
        ("49;NaN", "rate"),
        ("49;1;5", ""),
    ],
)
def test_what_is_not_is_named_by_its_line(line: str, column: str) -> None:
    assert faults(f"{HEAD}380;0.5\n{line}\n".encode()) == [(3, column)]


def test_a_decimal_comma_that_cut_a_price_in_two_is_no_price_of_zero() -> None:
    assert faults(b"prefix,rate\n380,0,55\n") == [(2, "")]


@pytest.mark.parametrize(
    ("head", "word"),
    [
        ("prefix;rate;rate", "two columns rate"),
        ("prefix;rate;conect_fee", "is connect_fee meant"),
        ("prefix;rate;valid_form", "is valid_from meant"),
    ],
)
def test_a_column_is_not_left_out_for_a_slip_of_the_pen(head: str, word: str) -> None:
    with pytest.raises(NotASheet, match=word):
        lines_of(f"{head}\n380;0.5;9\n".encode())


def test_a_least_above_the_most_is_a_fault() -> None:
    assert faults(b"prefix;rate;min_charge;max_cost\n380;1;5;2\n") == [(2, "min_charge")]


def test_every_price_of_one_time_is_told_however_long_the_first_is_valid() -> None:
    content = b"prefix;rate;valid_from;valid_to\n380;1;;\n380;2;2026-02-01;2026-03-01\n380;3;2026-04-01;\n"
    remarks = read(lines_of(content)).remarks
    assert [(one.line, one.fatal, "line 2" in one.message) for one in remarks] == [(3, True, True), (4, True, True)]


def book(rows: list[list[Any]], prepare: Callable[[Any, Any], None] = lambda book, sheet: None) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    prepare(made, sheet)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def hidden(made: Any, sheet: Any) -> None:
    sheet.sheet_state = "hidden"
    shown(made, sheet)


def shown(made: Any, sheet: Any) -> None:
    other = made.create_sheet("Ціни")
    for row in (["prefix", "rate"], ["49", 0.5]):
        other.append(row)
    made.active = 1


def test_a_hidden_sheet_is_not_meant_and_of_two_that_are_seen_neither() -> None:
    assert prices(read(lines_of(book([["prefix", "rate"], ["380", 9]], hidden)))) == [("49", "0.5")]
    assert prices(read(lines_of(book([["зміст"]], shown)))) == [("49", "0.5")]
    with pytest.raises(NotASheet, match="several sheets"):
        lines_of(book([["prefix", "rate"], ["380", 9]], shown))


def merged(made: Any, sheet: Any) -> None:
    sheet.merge_cells("A2:A3")


def formula(made: Any, sheet: Any) -> None:
    sheet["B3"] = "=B2*2"


def fault(made: Any, sheet: Any) -> None:
    sheet["B3"] = "#N/A"


@pytest.mark.parametrize(("prepare", "column"), [(merged, "prefix"), (formula, "rate"), (fault, "rate")])
def test_a_cell_whose_value_is_not_there_is_named(prepare: Callable[[Any, Any], None], column: str) -> None:
    assert faults(book([["prefix", "rate"], ["380", 0.5], ["49", 0.7]], prepare)) == [(3, column)]


def test_days_that_became_numbers_and_truths_that_became_prefixes_are_named() -> None:
    assert faults(book([["prefix", "rate", "valid_from"], [380, 0.5, 46082]])) == [(2, "valid_from")]
    assert faults(book([["prefix", "rate"], [True, 0.5]])) == [(2, "prefix")]
    with pytest.raises(NotASheet):
        lines_of(book([["prefix", "rate"], ["380", 1]])[:900])
