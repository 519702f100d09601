"""Weighted scores to the tenth of a percent, and who may say what of whom."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.insight.domain.scorecard import (
    FULL,
    Criterion,
    Evaluation,
    Part,
    Scorecard,
    evaluate,
    half_up,
    judge,
)
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

CARD = Scorecard(
    "sc_1", "Calls",
    (Criterion("hello", "Greeting", 1), Criterion("solved", "Solution", 3, 5), Criterion("manner", "Manner", 2, 3)),
)  # fmt: skip
POINTS = {"hello": 1, "solved": 4, "manner": 2}
STRICT = Scorecard("sc_2", "Law", (Criterion("asked", "Consent", 1, fatal=True), Criterion("rest", "Rest", 9, 10)))


def evaluation() -> Evaluation:
    return evaluate(CARD, Part("call:c1", "ann", "sales"), "boss", judge(CARD, POINTS, "well", 1))


def reason(refused: pytest.ExceptionInfo[DomainError]) -> str:
    return refused.value.reason.name


@pytest.mark.clause("D04")
def test_the_score_is_the_one_computed_by_hand() -> None:
    assert CARD.score(POINTS) == 789
    assert CARD.score({"hello": 0, "solved": 0, "manner": 0}) == 0
    assert CARD.score({"hello": 1, "solved": 5, "manner": 3}) == FULL


@pytest.mark.clause("D04")
def test_a_fatal_criterion_makes_the_whole_zero() -> None:
    assert STRICT.score({"asked": 0, "rest": 10}) == 0
    assert STRICT.score({"asked": 1, "rest": 5}) == 550


def test_halves_are_rounded_up_once() -> None:
    assert [half_up(Fraction(n, 2)) for n in (1, 2, 3)] == [1, 1, 2]
    sixteenth = Scorecard("s", "Halves", (Criterion("one", "One", 1), Criterion("rest", "Rest", 15)))
    assert sixteenth.score({"one": 1, "rest": 0}) == 63, "62.5 tenths"


@given(st.integers(0, 1), st.integers(0, 5), st.integers(0, 3))
def test_a_score_is_within_bounds_and_one_point_more_is_never_less(hello: int, solved: int, manner: int) -> None:
    score = CARD.score({"hello": hello, "solved": solved, "manner": manner})
    assert 0 <= score <= FULL
    assert CARD.score({"hello": 1, "solved": min(solved + 1, 5), "manner": manner}) >= score


@pytest.mark.parametrize(
    "points", [{}, {"hello": 1}, {**POINTS, "solved": 6}, {**POINTS, "hello": -1}, {**POINTS, "x": 1}]
)
def test_points_that_do_not_fit_are_refused(points: dict[str, int]) -> None:
    with pytest.raises(DomainError) as refused:
        CARD.score(points)
    assert reason(refused) == "INVALID"


@pytest.mark.parametrize(
    "criteria",
    [(), (Criterion("a", "A", 0),), (Criterion("a", " ", 1),), (Criterion("a", "A", 1), Criterion("a", "B", 1))],
)
def test_a_scorecard_that_cannot_be_used_is_refused(criteria: tuple[Criterion, ...]) -> None:
    with pytest.raises(DomainError):
        Scorecard("s", "Name", criteria)


def test_a_version_that_was_used_is_never_changed() -> None:
    more = (*CARD.criteria, Criterion("bye", "Farewell", 1))
    assert CARD.revised("Calls", more, used=False).version == 1
    assert CARD.revised("Calls", more, used=True).version == 2
    assert CARD.revised("Calls", CARD.criteria, used=True) is CARD


def test_nobody_evaluates_himself() -> None:
    with pytest.raises(DomainError) as refused:
        evaluate(CARD, Part("call:c1", "ann", "sales"), "ann", judge(CARD, POINTS, "", 1))
    assert reason(refused) == "OWN_WORK"


def test_an_evaluation_is_changed_with_its_history_until_the_agent_has_read_it() -> None:
    first = evaluation()
    second = first.judged_again(CARD, "boss", judge(CARD, {**POINTS, "hello": 0}, "after all", 2))
    assert [one.score for one in second.history] == [789, 622]
    assert second.key == first.key
    assert second.judged_again(CARD, "boss", judge(CARD, {**POINTS, "hello": 0}, "after all", 3)) is second
    with pytest.raises(DomainError) as refused:
        second.judged_again(CARD, "other", judge(CARD, POINTS, "", 3))
    assert reason(refused) == "NOT_YOUR_EVALUATION"
    read = second.acknowledge("ann", 4)
    assert read.acknowledge("ann", 5) is read
    with pytest.raises(DomainError) as refused:
        read.judged_again(CARD, "boss", judge(CARD, POINTS, "", 6))
    assert reason(refused) == "ACKNOWLEDGED"
    with pytest.raises(DomainError) as refused:
        second.acknowledge("bob", 4)
    assert reason(refused) == "NOT_YOUR_EVALUATION"
