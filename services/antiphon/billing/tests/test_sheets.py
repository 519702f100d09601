"""What documents print: rows that add up, sums in words, nothing a spreadsheet takes for a formula, the same bytes
everywhere."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import antiphon
from antiphon.billing.app import detail_sheet, sheets
from antiphon.billing.app.sheets import About, Seller
from antiphon.billing.domain.accounting import DocumentKind, Line, in_kopecks, service_lines, settle
from antiphon.billing.domain.amounts import settled
from antiphon.billing.domain.chart import Code, customer
from antiphon.billing.domain.instants import SECOND, midnight
from antiphon.billing.domain.ledger import Entry, Op, Operation, Result
from antiphon.billing.domain.records import AccountRecord, Charge, Customer, Rated, Recorded
from antiphon.billing.press import breakable, printed

pytestmark = pytest.mark.domain
MINE = customer("ac")
KOPECK = Fraction(1, 100)
FEBRUARY = date(2028, 2, 1), date(2028, 2, 29)


def about(kind: DocumentKind = DocumentKind.ACT, *, pays_vat: bool = True, name: str = "Клієнт") -> About:
    account = AccountRecord("ac", "tn", 1, "UAH", "tf", customer=Customer(name=name), zone="Europe/Kyiv")
    return About(kind, account, Seller("Антифон", ("Київ",), pays_vat), FEBRUARY[1], *FEBRUARY)


def value(text: str) -> Fraction:
    return Fraction(text.replace("\u00a0UAH", "").replace("\u00a0", "").replace("−", "-"))


amounts = st.lists(st.integers(-(10**12), 10**12).map(lambda micros: Fraction(micros, 10**6)), max_size=8)
carries = st.integers(-4999, 4999).map(lambda micros: Fraction(micros, 10**6))


@pytest.mark.clause("J01")
@given(amounts, carries)
def test_rows_of_an_act_add_up_to_its_total(parts: list[Fraction], carry: Fraction) -> None:
    lines = [Line("voice", 1, amount) for amount in parts]
    sums = settle(lines, carry, Fraction(20))
    sheet = sheets.act(about(), lines, sums, Fraction(20), carry)
    rows = [value(row[2]) for row in sheet["rows"]]
    assert sum(rows) == value(sheet["sums"][0][1]) == sums.total >= 0
    assert sums.total + sums.carry == sum(parts) + carry, "documents and carry are the ledger"
    whole = in_kopecks(parts, carry)
    assert all(abs(shown - exact) <= KOPECK for shown, exact in zip(whole, parts, strict=True))
    assert sum(whole) == (settled(sum(parts, carry)) if parts else 0)


@pytest.mark.clause("M05")
def test_a_credit_for_an_outage_is_taken_off_the_bill() -> None:
    charge = Operation("fee:1", Op.CHARGE, 720_000_000, code=Code.SUBSCRIPTION, ref="fee")
    credit = Operation("sla:2028-01", Op.TOPUP, 2_000_000, code=Code.OUTAGE_CREDIT, ref="incidents of 2028-01")
    entries = [
        Entry(charge, Result.OK, 720_000_000, MINE, Code.SUBSCRIPTION.value, 1, 0),
        Entry(credit, Result.OK, 2_000_000, Code.OUTAGE_CREDIT.value, MINE, 2, 0),
    ]
    lines = service_lines(entries, "ac")
    sums = settle(lines, Fraction(0), Fraction(20))
    assert sums.total == 718
    sheet = sheets.act(about(), lines, sums, Fraction(20))
    assert sheet["rows"][1] == ["Перерахунок за перерви зв’язку: 2028-01", "1", "−2.00\u00a0UAH"]
    detail = detail_sheet.detail(about(DocumentKind.DETAIL), entries, {}, (sums.total, sums.carry))
    assert [row[-1] for row in detail["rows"]] == ["720.00", "-2.00"]
    assert "В акті за цей місяць: 718.00 UAH." in detail["notes"]


def test_an_act_says_its_sum_in_words_and_how_long_one_may_object() -> None:
    lines = [Line("voice", 3, Fraction("1234.505"))]
    notes = sheets.act(about(), lines, settle(lines, Fraction(0), Fraction(20)), Fraction(20))["notes"]
    assert notes[0].replace("\u00a0", " ") == "Усього: Одна тисяча двісті тридцять чотири гривні 51 копійка."
    assert any("протягом 5 днів" in note for note in notes)
    free = sheets.act(about(pays_vat=False), [], settle([], Fraction(0), Fraction(0)), Fraction(0))
    assert any("не є платником ПДВ" in note for note in free["notes"])
    assert any("нарахувань не було" in note for note in free["notes"])
    assert len(free["sums"]) == 1, "who pays no tax shows none"


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("=1+1", "'=1+1"), ("+38067", "'+38067"), ("-2+3|cmd", "'-2+3|cmd"), ("\rx", "'\rx"), ("-2.00", "-2.00")],
)
def test_a_table_has_no_formulas(cell: str, kept: str) -> None:
    sheet = sheets.frame(about()) | {"columns": ["a", "b"], "rows": [[cell, "x"]], "sums": [[cell, "1"]]}
    assert f"{kept.strip(chr(13))}" in sheets.as_csv(sheet).decode()
    assert sheets.as_csv(sheet).decode().count("'") == 2 * (cell != kept)


def test_a_word_longer_than_its_column_may_be_broken() -> None:
    assert breakable("звичайна назва") == "звичайна назва"
    assert max(map(len, breakable("X" * 200).split("\u200b"))) <= 12
    assert breakable("X" * 200).replace("\u200b", "") == "X" * 200


PRINT = "import sys, json, hashlib; from antiphon.billing.press import printed"
PRINT += "; print(hashlib.sha256(printed(json.load(sys.stdin))).hexdigest())"


@pytest.mark.parametrize(("zone", "locale"), [("Asia/Kamchatka", "C"), ("America/St_Johns", "uk_UA.UTF-8")])
def test_the_same_data_gives_the_same_bytes_in_any_process(zone: str, locale: str) -> None:
    lines = [Line("voice", 3, Fraction("999999999999.995"))]
    sums = settle(lines, Fraction(0), Fraction(20))
    sheet: dict[str, Any] = sheets.act(about(name="Дуже довга назва " * 20), lines, sums, Fraction(20))
    sheet = sheets.finished(sheet, "2028-1", "AB12-CD34-EF56-7890")
    roots = {str(Path(folder).parent) for folder in antiphon.__path__}
    environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": "7"}  # noqa: TID251
    environment["PYTHONPATH"] = os.pathsep.join(sorted(roots))
    made = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", PRINT], input=json.dumps(sheet), env=environment,
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert made.stdout.strip() == hashlib.sha256(printed(sheet)).hexdigest()


def test_a_detail_of_very_many_charges_has_their_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a month by day, of a day by hour; nothing is lost between them."""
    monkeypatch.setattr(detail_sheet, "MOST_ROWS", 3)
    first, entries, calls = midnight(FEBRUARY[0], ZoneInfo("Europe/Kyiv")), list[Entry](), dict[str, Rated]()
    for number in range(60):  # every seven hours
        answered = first + number * 7 * 3_600 * SECOND
        record = Recorded("sbc", str(number), "", "380", answered, answered + 61 * SECOND, free=False)
        call = Rated(record, "tn", "ac", Charge.BILLED, seconds=61, billed_s=120, cost=1_000_001)
        calls[call.id] = call
        charge = Operation(f"call:{call.id}", Op.CHARGE, call.cost, code=Code.VOICE, ref=call.id)
        entries.append(Entry(charge, Result.OK, call.cost, MINE, Code.VOICE.value, number + 1, answered))
    month = detail_sheet.detail(about(DocumentKind.DETAIL), entries, calls)
    assert month["rows"][0] == ["01.02.2028", "4 ×", "244", "480", "", "4.000004"]
    assert len(month["rows"]) == 18
    assert sum(Fraction(row[5]) for row in month["rows"]) == Fraction(60 * 1_000_001, 10**6)
    assert "Нарахувань: 60" in month["notes"][0]
    day = detail_sheet.detail(about(DocumentKind.DETAIL), entries[:4], calls)
    assert [row[0] for row in day["rows"]] == [f"01.02.2028 {hour:02}:00" for hour in (0, 7, 14, 21)]
    assert [row[1] for row in detail_sheet.detail(about(DocumentKind.DETAIL), entries[:3], calls)["rows"]] == [
        "380"
    ] * 3
