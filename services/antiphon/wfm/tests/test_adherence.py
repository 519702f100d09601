"""Adherence by hand: the figures of clause D05, and what must hold for any day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.wfm.domain.adherence import AWAY, PAUSE, WORK, Stretch, agree, measure

pytestmark = pytest.mark.domain

DAY = datetime(2026, 3, 2, tzinfo=UTC)
GRACE = timedelta(minutes=1)


def at(clock: float) -> datetime:
    return DAY + timedelta(hours=clock)


def stretch(begin: float, end: float, what: str, reason: str = "") -> Stretch:
    return Stretch(at(begin), at(end), what, reason)


PLAN = [stretch(8, 12, WORK), stretch(12, 12.5, "lunch"), stretch(12.5, 16.5, WORK)]


@pytest.mark.clause("D05")
def test_present_and_scheduled_over_scheduled() -> None:
    """Half an hour late, lunch a quarter of an hour long too long, and an hour more in the evening."""
    done = [stretch(8.5, 12, WORK), stretch(12, 12.75, PAUSE, "lunch"), stretch(12.75, 17.5, WORK)]
    found = measure(PLAN, done, (at(0), at(24)), GRACE)
    assert found.planned == timedelta(hours=8.5)
    assert found.adherence == pytest.approx((8.5 - 0.5 - 0.25) / 8.5)
    assert found.conformance == pytest.approx((3.5 + 4.75) / 8)
    assert [(one.planned, one.actual, one.reason) for one in found.deviations] == [
        (WORK, AWAY, ""),
        (WORK, PAUSE, "lunch"),
    ]


def test_grace_forgives_short_stretches_but_not_many_in_a_row() -> None:
    minute = 1 / 60
    short = [stretch(8, 9, WORK), stretch(9, 9 + 0.9 * minute, PAUSE), stretch(9 + 0.9 * minute, 10, WORK)]
    plan = [stretch(8, 10, WORK)]
    assert measure(plan, short, (at(8), at(10)), GRACE).adherence == 1
    row = [
        stretch(8, 9, WORK),
        stretch(9, 9 + 0.9 * minute, PAUSE),
        stretch(9 + 0.9 * minute, 9 + 1.8 * minute, AWAY),
        stretch(9 + 1.8 * minute, 10, WORK),
    ]
    assert measure(plan, row, (at(8), at(10)), GRACE).adherence == pytest.approx(1 - 1.8 / 120)


def test_nothing_planned_and_nothing_known() -> None:
    assert measure([], [stretch(8, 9, WORK)], (at(0), at(24)), GRACE).adherence == -1
    found = measure(PLAN, [], (at(0), at(24)), GRACE)
    assert found.adherence == pytest.approx(0.5 / 8.5)  # only lunch was kept
    assert found.conformance == 0
    assert measure(PLAN, [stretch(8, 9, WORK)], (at(8), at(9)), GRACE).adherence == 1


@given(st.lists(st.sampled_from([WORK, PAUSE, AWAY]), min_size=1, max_size=20))
def test_kept_and_missed_add_up(states: list[str]) -> None:
    step = 8.5 / len(states)
    done = [stretch(8 + number * step, 8 + (number + 1) * step, what) for number, what in enumerate(states)]
    found = measure(PLAN, done, (at(0), at(24)), timedelta())
    missed = sum(((one.end - one.start) for one in found.deviations), timedelta())
    assert found.in_plan + missed == found.planned
    assert 0 <= found.adherence <= 1


def test_what_agrees() -> None:
    assert agree(WORK, WORK)
    assert agree("lunch", PAUSE)
    assert agree("lunch", AWAY)
    assert not agree("lunch", WORK)
    assert not agree(WORK, PAUSE)
