"""What outages are worth, by either policy."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from antiphon.billing.domain.incidents import Incident, fits_the_month, told_in_time, worth
from antiphon.billing.domain.instants import SECOND

pytestmark = pytest.mark.domain
APRIL = date(2026, 4, 1)


def outage(seconds: int, policy: str = "started_hours", fault: str = "operator", planned: bool = False) -> Incident:
    return Incident(0, seconds * SECOND, fault, planned, policy)


@pytest.mark.clause("M05")
@pytest.mark.parametrize(("seconds", "credit"), [(61 * 60, "2.00"), (1, "1.00"), (800 * 3600, "720.00")])
def test_started_hours(seconds: int, credit: str) -> None:
    assert worth(Fraction(720), [outage(seconds)], APRIL)[1] == Fraction(credit)


@pytest.mark.clause("M06")
def test_pro_rata_is_a_policy_of_each_outage() -> None:
    assert worth(Fraction(720), [outage(61 * 60, "pro_rata")], APRIL) == (0, Fraction("1.02"))
    both = [outage(61 * 60), outage(61 * 60, "pro_rata")]
    assert worth(Fraction(720), both, APRIL) == (2, Fraction("3.02"))


@pytest.mark.clause("M08")
def test_nothing_for_planned_works_others_faults_and_what_goes_on() -> None:
    incidents = [outage(9999, planned=True), outage(9999, fault="power"), Incident(0, None, "operator", False)]
    assert worth(Fraction(720), incidents, APRIL) == (0, Fraction(0))


@pytest.mark.clause("M03")
@pytest.mark.clause("M04")
def test_four_hours_and_seven_days() -> None:
    assert fits_the_month([outage(240 * 60, planned=True)])
    assert not fits_the_month([outage(240 * 60, planned=True), outage(1, planned=True)])
    week = 7 * 86_400 * SECOND
    assert told_in_time(0, week)
    assert not told_in_time(1, week)
