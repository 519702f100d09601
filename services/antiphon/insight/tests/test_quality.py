"""Averages of scores against sums made by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.insight.domain.intervals import Intervals, Step
from antiphon.insight.domain.quality import By, QualityReport
from antiphon.insight.domain.scorecard import Criterion, Evaluation, Part, Scorecard, evaluate, judge

pytestmark = pytest.mark.domain

HOUR = 3_600_000
CARD = Scorecard(
    "sc_1", "Calls",
    (Criterion("hello", "Greeting", 1), Criterion("solved", "Solution", 3, 5), Criterion("manner", "Manner", 2, 3)),
)  # fmt: skip
NEWER = Scorecard("sc_1", "All calls", (Criterion("hello", "Welcome", 1),), version=2)
HALF = Scorecard("sc_2", "Half", (Criterion("half", "Half", 1, 2),))


def made(card: Scorecard, agent: str, at: int, queue: str = "sales", **points: int) -> tuple[Evaluation, Scorecard]:
    return evaluate(card, Part(f"call:{at}", agent, queue), "boss", judge(card, points, "", at)), card


ALL = [
    made(CARD, "ann", 1, hello=1, solved=4, manner=2),  # 78.9 %
    made(CARD, "ann", HOUR + 1, hello=0, solved=4, manner=2),  # 62.2 %
    made(HALF, "bob", 2, "", half=1),  # 50 %
]


def rows(judged: list[tuple[Evaluation, Scorecard]], *by: By, step: Step = Step.NONE) -> dict[tuple[str, ...], object]:
    report = QualityReport(Intervals(step, ZoneInfo("UTC"), 0, 2 * HOUR), by)
    for one in judged:
        report.add(*one)
    return {(str(key.start // HOUR), *key.values): (row.evaluations, row.score) for key, row in report.in_order()}


@pytest.mark.clause("D04")
def test_averages_are_those_computed_by_hand() -> None:
    assert rows(ALL) == {("0",): (3, 637)}
    assert rows(ALL, By.AGENT) == {("0", "ann"): (2, 706), ("0", "bob"): (1, 500)}
    assert rows(ALL, By.QUEUE, step=Step.HOUR) == {
        ("0", ""): (1, 500),
        ("0", "sales"): (1, 789),
        ("1", "sales"): (1, 622),
    }
    assert rows(ALL, By.CRITERION) == {
        ("0", "sc_1/hello"): (2, 500), ("0", "sc_1/manner"): (2, 667), ("0", "sc_1/solved"): (2, 800),
        ("0", "sc_2/half"): (1, 500),
    }  # fmt: skip


@given(st.permutations([*ALL, made(NEWER, "ann", 5, hello=1)]))
def test_names_are_those_of_the_newest_version_and_order_does_not_matter(
    judged: list[tuple[Evaluation, Scorecard]],
) -> None:
    report = QualityReport(Intervals(Step.NONE, ZoneInfo("UTC"), 0, HOUR), [By.CRITERION])
    for one in judged:
        report.add(*one)
    assert report.names == {
        "sc_1": "All calls", "sc_1/hello": "Welcome", "sc_1/solved": "Solution", "sc_1/manner": "Manner",
        "sc_2": "Half", "sc_2/half": "Half",
    }  # fmt: skip


def test_what_holds_is_the_newest_judgement_in_the_interval_of_the_first() -> None:
    first, card = ALL[0]
    again = first.judged_again(card, "boss", judge(card, {"hello": 0, "solved": 0, "manner": 0}, "", HOUR + 5))
    assert rows([(again, card)], By.AGENT, step=Step.HOUR) == {("0", "ann"): (1, 0)}
    report = QualityReport(Intervals(Step.NONE, ZoneInfo("UTC"), 0, HOUR), [])
    report.add(again.acknowledge("ann", HOUR + 6), card)
    assert (report.total.acknowledged, QualityReport(report.intervals, []).total.score) == (1, None)
