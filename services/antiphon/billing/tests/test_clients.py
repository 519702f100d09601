"""Clients of the centre: pieces of work, dated prices, sums that add up."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.clients import HOUSE, Piece, Prices, Step, Totals, bill, busy_seconds, by_client, totals
from antiphon.billing.domain.instants import SECOND

pytestmark = pytest.mark.domain
MAY = date(2026, 5, 1), date(2026, 5, 31)
counts = st.integers(0, 10_000)
pieces = st.builds(
    Piece,
    id=st.uuids().map(str),
    project=st.sampled_from(["pr_a", "pr_b", "pr_c", HOUSE]),
    campaign=st.sampled_from(["", "cp_1"]),
    day=st.dates(*MAY),
    is_call=st.booleans(),
    contact=st.booleans(),
    talk_s=counts,
    agent_s=counts,
    sales=st.integers(0, 3),
    sold=counts,
    cost=counts,
)


@pytest.mark.clause("E05")
@given(st.lists(pieces))
def test_clients_add_up_to_the_centre(work: list[Piece]) -> None:
    parts = by_client(work)
    assert sorted(piece.id for part in parts.values() for piece in part) == sorted(piece.id for piece in work)
    assert sum((totals(part) for part in parts.values()), Totals()) == totals(work)


@pytest.mark.clause("E05")
def test_every_unit_is_billed_by_its_price() -> None:
    day = date(2026, 5, 4)
    call = Piece("call:1", "pr_a", "", day, contact=True, talk_s=61, agent_s=1800, sales=1, sold=5_000_000)
    card = [Prices(date(2026, 1, 1), _money(contact="1.50", minute="0.60", agent_hour="10", sale="25", flat="310"))]
    lines = {line.unit: (line.quantity, line.amount) for line in bill([call, _unanswered(day)], card, MAY)}
    assert lines == {
        "contact": (1, Fraction("1.50")),
        "minute": (Fraction(61, 60), Fraction("0.61")),
        "agent_hour": (Fraction(1, 2), Fraction(5)),
        "sale": (1, Fraction(25)),
        "flat": (31, Fraction(310)),
    }


def test_prices_are_those_of_the_day() -> None:
    card = [Prices(date(2026, 5, 10), _money(contact="1")), Prices(date(2026, 5, 20), _money(contact="2"))]
    days = [date(2026, 5, 9), date(2026, 5, 19), date(2026, 5, 20)]
    lines = bill([Piece(str(day), "pr_a", "", day, contact=True) for day in days], card, MAY)
    assert [(line.quantity, line.price) for line in lines] == [(Fraction(2), 1_000_000), (Fraction(1), 2_000_000)]
    assert bill([Piece("x", "pr_a", "", days[0], contact=True)], [], MAY) == []


def test_an_agent_is_busy_from_taking_to_the_end() -> None:
    steps = [Step(at * SECOND, item, takes) for at, item, takes in [
        (10, "wi_1", True), (15, "wi_1", True), (30, "wi_1", False), (40, "wi_1", True), (45, "wi_1", False),
        (50, "wi_2", False), (60, "wi_3", True),
    ]]  # fmt: skip
    assert busy_seconds(steps) == busy_seconds(reversed(steps)) == 25


def _unanswered(day: date) -> Piece:
    return Piece("call:2", "pr_a", "", day)


def _money(**prices: str) -> dict[str, int]:
    return {unit: int(Fraction(text) * 10**6) for unit, text in prices.items()}
