"""The simulation, with the real ACD core inside, agrees with Erlang; and the check would notice if it did not."""

import pytest

from antiphon.sim import agreement
from antiphon.sim.agreement import CASES, Comparison
from antiphon.sim.confidence import Interval

pytestmark = pytest.mark.domain


def test_cases_of_erlang_c_and_a_agree_within_confidence() -> None:
    rows = agreement.check(runs=8, contacts=250)
    assert {row.case[0] for row in rows} == {"A", "C"}
    agreeing = agreement.agreeing(rows)
    assert len(agreeing) >= agreement.MUST_AGREE, [row for row in rows if not row.within_joint]
    assert sum(row.within for row in rows) >= 0.85 * len(rows)


def test_one_agent_more_would_be_noticed() -> None:
    """The intervals are narrow enough to tell twelve agents from thirteen."""
    case = CASES[6]
    (level, *_) = agreement.check(runs=6, contacts=1_000, cases=[case])
    wrong = agreement.theory_of(agreement.Case(case.agents + 1, case.rate, case.handling_s, case.patience_s))
    assert level.within_joint
    assert not level.joint.covers(wrong["service level"])


def test_one_measure_outside_spoils_its_case() -> None:
    good = Comparison("C", "wait", 1.0, Interval(1.0, 0.1), Interval(1.0, 0.2))
    bad = Comparison("A", "wait", 2.0, Interval(1.0, 0.1), Interval(1.0, 0.2))
    fine = Comparison("A", "level", 1.0, Interval(1.0, 0.1), Interval(1.0, 0.2))
    assert agreement.agreeing([good, bad, fine]) == ["C"]


def test_the_lean_path_agrees_too() -> None:
    rows = agreement.check(runs=10, contacts=2_000, run=agreement.on_lean_path)
    assert len(agreement.agreeing(rows)) >= agreement.MUST_AGREE
