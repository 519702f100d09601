"""A carrier's list of calls against ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.carrier_statement import CLOCKS, Kind, Told, compare, read
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.price_list import Line

pytestmark = pytest.mark.domain
ALWAYS = (0, 1 << 62)
KYIV = ZoneInfo("Europe/Kyiv")


def told(name: str, at: int, number: str = "380671", seconds: int = 60, amount: int = 450_000) -> Told:
    return Told(name, at * SECOND, number, seconds, amount)


@pytest.mark.clause("K03")
def test_each_difference_is_listed_and_equal_sets_leave_nothing() -> None:
    ours = [told("a", 100), told("b", 200), told("c", 300), told("d", 400)]
    theirs = [told("2", 101), told("3", 200, seconds=90), told("4", 300, amount=500_000), told("5", 9_000)]
    found = compare(ours, theirs, ALWAYS)
    assert found.equal == 1
    assert [(one.kind, one.ours and one.ours.name, one.theirs and one.theirs.name) for one in found.discrepancies] == [
        (Kind.SECONDS, "b", "3"),
        (Kind.PRICE, "c", "4"),
        (Kind.MISSING_THERE, "d", None),
        (Kind.MISSING_HERE, None, "5"),
    ]
    assert compare(ours, ours, ALWAYS).discrepancies == ()
    assert compare([], [], ALWAYS).discrepancies == ()


def test_clocks_and_roundings_are_forgiven() -> None:
    theirs = [Told("2", CLOCKS, "380671", 61, 450_100)]
    assert compare([told("a", 0)], theirs, ALWAYS).discrepancies == ()
    late = [Told("2", CLOCKS + 1, "380671", 60, 450_000)]
    assert [one.kind for one in compare([told("a", 0)], late, ALWAYS).discrepancies] == [
        Kind.MISSING_THERE,
        Kind.MISSING_HERE,
    ]


def test_a_call_beyond_the_edge_is_a_match_but_not_missing() -> None:
    between = (100 * SECOND, 200 * SECOND)
    assert compare([told("a", 99), told("b", 201)], [told("2", 100)], between).discrepancies == ()


@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from("12"), st.integers(0, 3)), max_size=12), st.data())
def test_every_call_is_accounted_for_once(calls: list[tuple[int, str, int]], data: st.DataObject) -> None:
    ours = [told(f"o{n}", at, number, seconds * 10) for n, (at, number, seconds) in enumerate(calls)]
    theirs = [Told(f"{n}", one.at, one.number, one.seconds, one.amount) for n, one in enumerate(ours)]
    kept = [one for one in theirs if data.draw(st.booleans())]
    found = compare(ours, kept, ALWAYS)
    named = [one.ours.name for one in found.discrepancies if one.ours is not None]
    assert len(named) == len(set(named))
    missing = [one for one in found.discrepancies if one.kind is Kind.MISSING_THERE]
    assert len(missing) == len(ours) - len(kept)
    assert not [one for one in found.discrepancies if one.kind is Kind.MISSING_HERE]
    assert compare(ours, theirs, ALWAYS).discrepancies == ()


def test_what_carriers_write_is_read() -> None:
    rows: list[dict[str, Any]] = [
        {"time": "2026-05-20T10:00:00+03:00", "number": "+380 67 123-45-67", "seconds": "60", "amount": "0,4500"},
        {"time": "20.05.2026 10:00:00", "number": 380671234567.0, "seconds": 60.0, "amount": 0.45},
        {"time": datetime(2026, 5, 20, 7, 0, tzinfo=UTC), "number": "380671234567", "seconds": 60, "amount": "0.45"},
        {"time": "", "number": "", "seconds": None, "amount": " "},
    ]
    found = read([Line(n, row) for n, row in enumerate(rows, 2)], KYIV)
    assert {(one.at, one.number, one.seconds, one.amount) for one in found} == {
        (int(datetime(2026, 5, 20, 7, tzinfo=UTC).timestamp()) * SECOND, "380671234567", 60, 450_000)
    }


@pytest.mark.parametrize(
    ("column", "value"),
    [("time", "yesterday"), ("number", "@"), ("seconds", "1.5"), ("seconds", -1), ("amount", "-1"), ("amount", "")],
)
def test_mistakes_are_named_by_line_and_column(column: str, value: object) -> None:
    row = {"time": "2026-05-20 10:00", "number": "380", "seconds": "1", "amount": "1", column: value}
    with pytest.raises(ValueError, match=f"line 7, {column}"):
        read([Line(7, row)], KYIV)
