"""Pipelines that can be, amounts that may be, and reports that equal counting each deal by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.directory.domain import deals
from antiphon.directory.domain.deals import Cell, State
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain
OPEN, WON, LOST = (int(state) for state in State)
GOOD = [("new", "New", OPEN), ("won", "Won", WON), ("lost", "Lost", LOST)]


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
def test_a_company_has_a_pipeline_before_it_says_anything(language: str) -> None:
    (only,) = deals.all_pipelines(deals.default(language))
    again = deals.pipeline(only.id, only.name, [(one.key, one.name, one.state) for one in only.stages])
    assert again == only
    assert deals.choose([only], "", "")[1].key == "new"
    assert only.first(State.WON).key == "won"


@pytest.mark.parametrize(
    "stages",
    [
        [],
        GOOD[1:],
        GOOD[:2],
        [*GOOD, ("new", "Again", OPEN)],
        [("won", "Won", WON), *GOOD],
        [("New one", "New", OPEN), *GOOD],
        [("new", "", OPEN), *GOOD[1:]],
        [("new", "New", 7), *GOOD[1:]],
        [(f"s{place}", "Stage", OPEN) for place in range(30)] + GOOD,
    ],
)
def test_a_pipeline_that_cannot_be_is_refused(stages: list[tuple[str, str, int]]) -> None:
    with pytest.raises(DomainError):
        deals.pipeline("sales", "Sales", stages)


def test_pipelines_and_places_are_checked() -> None:
    one = deals.pipeline("sales", "Sales", GOOD)
    for wrong in ([], [one, one]):
        with pytest.raises(DomainError):
            deals.all_pipelines(wrong)
    for pipeline_id, stage in (("rent", ""), ("sales", "talks")):
        with pytest.raises(DomainError):
            deals.choose([one], pipeline_id, stage)
    assert deals.places([one]) == {("sales", "new"), ("sales", "won"), ("sales", "lost")}


@pytest.mark.parametrize(("currency", "micros"), [("", 1), ("uah", 1), ("UAHH", 1), ("UAH", -1), ("UAH", 10**15 + 1)])
def test_an_amount_that_cannot_be_is_refused(currency: str, micros: int) -> None:
    with pytest.raises(DomainError):
        deals.check_amount(currency, micros)


def test_days_and_sources_are_checked() -> None:
    deals.check_amount("", 0)
    assert deals.check_day("2026-05-31") == "2026-05-31"
    for wrong in ("2026-02-30", "20260531", "soon"):
        with pytest.raises(DomainError):
            deals.check_day(wrong)
    with pytest.raises(DomainError):
        deals.check_source("heaven")


CELLS = st.lists(
    st.builds(
        Cell,
        place=st.sampled_from(["sales/new", "sales/won"]),
        owner=st.sampled_from(["", "anna", "boris"]),
        source=st.sampled_from(["person", "campaign"]),
        state=st.sampled_from(State),
        currency=st.sampled_from(["", "UAH", "EUR"]),
        opened=st.booleans(),
        closed=st.booleans(),
        count=st.integers(1, 5),
        micros=st.integers(0, 10**9),
        days=st.floats(0, 100),
    ),
    max_size=30,
)


@pytest.mark.clause("G02")
@given(CELLS)
def test_the_lines_of_a_report_add_up_to_its_total(cells: list[Cell]) -> None:
    lines, total = deals.report(cells, lambda cell: (cell.owner,))
    assert sum(line.won for line in lines.values()) == total.won
    assert total.won == sum(cell.count for cell in cells if cell.state is State.WON and cell.closed)
    assert total.opened == sum(cell.count for cell in cells if cell.opened)
    assert total.open == sum(cell.count for cell in cells if cell.state is State.OPEN)
    for currency in ("UAH", "EUR"):
        won = sum(one.micros for one in cells if (one.state, one.closed, one.currency) == (State.WON, True, currency))
        assert total.sums.get(currency, {}).get(State.WON, 0) == won
        assert sum(line.sums.get(currency, {}).get(State.WON, 0) for line in lines.values()) == won
    assert 0 <= total.win_rate <= 1


def test_a_deal_counts_in_each_group_of_its_owner_and_once_in_the_total() -> None:
    cell = Cell("sales/won", "anna", "person", State.WON, "UAH", True, True, 2, 5_000_000, 6.0)
    lines, total = deals.report([cell], lambda _cell: ("g1", "g2"))
    assert {key: line.won for key, line in lines.items()} == {"g1": 2, "g2": 2}
    assert (total.won, total.win_rate, total.days_to_win) == (2, 1.0, 3.0)
