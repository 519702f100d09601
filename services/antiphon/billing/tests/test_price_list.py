"""Price lists as people keep them, and what spreadsheets do to them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from antiphon.billing.cli import app
from antiphon.billing.domain.price_list import Line, compare, read
from antiphon.billing.domain.reading import Form
from antiphon.billing.domain.tariff import compile_tariff

pytestmark = pytest.mark.domain


def one(**cells: Any) -> Any:
    return read([Line(2, {"prefix": "380", "rate": "0.60"} | cells)])


def test_a_clean_list_becomes_a_tariff() -> None:
    found = one(scheme="60/1", connect_fee="0,10", name="Україна", valid_from="01.03.2026", valid_to="2026-04-01")
    assert found.usable
    assert found.rates == [
        {
            "prefix": "380",
            "groups": [
                {"start": 0, "rate": "0.6", "per": 60, "inc": 60},
                {"start": 60, "rate": "0.6", "per": 60, "inc": 1},
            ],
            "connect_fee": "0.1",
            "valid_from": "2026-03-01",
            "valid_to": "2026-04-01",
        }
    ]
    assert compile_tariff(Form({"rates": found.rates})).match("380441", 1_772_700_000_000_000_000) is not None


@pytest.mark.parametrize(
    ("cells", "prefix", "rate"),
    [
        ({"prefix": 380.0, "rate": 0.1}, "380", "0.1"),
        ({"prefix": "'+380", "rate": "1 200,50"}, "380", "1200.5"),
        ({"prefix": "38\u00a00", "rate": 1e-05}, "380", "0.00001"),
        ({"rate": 0.30000000000000004}, "380", "0.30000000000000004"),
    ],
)
def test_what_a_spreadsheet_did_is_undone_where_it_is_certain(cells: dict[str, Any], prefix: str, rate: str) -> None:
    found = one(**cells)
    assert (found.rates[0]["prefix"], found.rates[0]["groups"][0]["rate"]) == (prefix, rate)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"prefix": "3.80441E+11"}, "prefix"),
        ({"prefix": 3.8044112345678e16}, "prefix"),
        ({"prefix": 380.5}, "prefix"),
        ({"prefix": ""}, "prefix"),
        ({"prefix": "@"}, "prefix"),
        ({"rate": "-1"}, "rate"),
        ({"rate": "1.200,50"}, "rate"),
        ({"rate": "#REF!"}, "rate"),
        ({"rate": True}, "rate"),
        ({"rate": None}, "rate"),
        ({"per": "0"}, "per"),
        ({"scheme": "a minute"}, "scheme"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"valid_from": datetime(2026, 1, 1, 12, 30)}, "valid_from"),  # noqa: DTZ001 - as a sheet gives it
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_to"),
    ],
)
def test_what_is_not_certain_is_named_by_line_and_nothing_is_used(cells: dict[str, Any], column: str) -> None:
    found = one(**cells)
    assert not found.usable
    assert [(remark.line, remark.column) for remark in found.remarks] == [(2, column)]


def test_overlaps_are_faults_and_gaps_are_told() -> None:
    row = {"prefix": "380", "rate": "1"}
    twice = read([Line(2, row), Line(3, row)])
    assert [(remark.line, remark.fatal) for remark in twice.remarks] == [(3, True)]
    gap = read([Line(2, row | {"valid_to": "2026-01-01"}), Line(3, row | {"valid_from": "2026-02-01"})])
    assert [(remark.line, remark.fatal) for remark in gap.remarks] == [(3, False)]
    assert gap.usable


def test_changes_are_named() -> None:
    def rates(**prices: str) -> list[dict[str, Any]]:
        return read([Line(2, {"prefix": name[1:], "rate": price}) for name, price in prices.items()]).rates

    changes = compare(rates(p1="1", p2="1", p3="1.0", p4="2"), rates(p1="1.25", p2="0.5", p3="1", p5="9"))
    assert [(change.prefix, change.kind, change.percent) for change in changes] == [
        ("1", "dearer", "25.0"),
        ("2", "cheaper", "-50.0"),
        ("4", "gone", ""),
        ("5", "new", ""),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_command_reads_csv(tmp_path: Path, separator: str) -> None:
    file, out, old = tmp_path / "prices.csv", tmp_path / "tariff.json", tmp_path / "old.json"
    file.write_text(separator.join(["Prefix", "Rate", "Scheme"]) + "\n" + separator.join(["380", "0.6", "60/1"]) + "\n")
    old.write_text(json.dumps({"tz": "Europe/Kyiv", "rates": []}))
    done = CliRunner().invoke(app, ["tariff", str(file), "--out", str(out), "--against", str(old), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["change"] == "new"
    assert compile_tariff(Form(json.loads(out.read_text()))).rates[0].prefix == "380"


def test_the_command_reads_a_workbook_and_names_a_bad_line(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    day = datetime(2026, 3, 1)  # noqa: DTZ001 - a sheet knows no zones
    for row in (["Прайс-лист"], ["prefix", "rate", "valid_from"], [380, 0.6, day], [49, "дорого", None]):
        sheet.append(row)
    file, out = tmp_path / "prices.xlsx", tmp_path / "tariff.json"
    book.save(file)
    done = CliRunner().invoke(app, ["tariff", str(file), "--out", str(out)])
    assert done.exit_code == 1
    assert ":4: rate" in done.output.replace("\n", "")
    assert not out.exists()


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", '"unclosed'])
def test_a_file_that_is_no_price_list_says_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(text)
    assert CliRunner().invoke(app, ["tariff", str(file)]).exit_code == 2
