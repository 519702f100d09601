"""When repairs are due, and what a month of them looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from antiphon.billing.app.profiles import profile
from antiphon.billing.domain.incidents import SEVERITIES, Incident
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.repairs import due, is_overrun, lost, of_month

pytestmark = pytest.mark.domain
HOUR = 3600 * SECOND
TARGETS = {"critical": 4, "major": 8, "minor": 24}


def outage(started: int, ended: int | None, severity: str = "major", **change: Any) -> Incident:
    """Hours; due by the targets."""
    found = Incident(
        started * HOUR, None if ended is None else ended * HOUR, "operator", False, severity=severity, **change
    )
    return replace(found, due=due(found, TARGETS))


@pytest.mark.clause("M11")
@pytest.mark.parametrize(("severity", "hours"), TARGETS.items())
def test_an_outage_is_due_by_its_severity(severity: str, hours: int) -> None:
    late = outage(1, None, severity)
    assert late.due == (1 + hours) * HOUR
    assert not is_overrun(late, late.due)
    assert is_overrun(late, late.due + 1)


def test_what_ended_in_time_is_never_late() -> None:
    assert not is_overrun(outage(0, 8), 1000 * HOUR)
    assert is_overrun(outage(0, 9), 1000 * HOUR)


def test_planned_works_are_due_at_no_time() -> None:
    works = Incident(0, 900 * HOUR, "operator", True)
    assert due(works, TARGETS) is None
    assert not is_overrun(works, 10_000 * HOUR)


@pytest.mark.clause("M11")
def test_a_month_by_severity() -> None:
    month = [outage(0, 2, "critical"), outage(10, 15, "critical"), outage(50, None, "critical"), outage(60, 61)]
    critical, major, minor = of_month(month, TARGETS, 55 * HOUR + 61 * HOUR)
    assert [one.severity for one in (critical, major, minor)] == list(SEVERITIES)
    assert (critical.outages, critical.in_time, critical.overrun, critical.open) == (3, 1, 2, 1)
    assert (critical.target, critical.mean, critical.longest) == (4 * 3600, int(3.5 * 3600), 5 * 3600)
    assert (major.in_time, major.overrun, minor.outages, minor.mean) == (1, 0, 0, 0)


def test_time_is_lost_once_and_by_the_operator_only() -> None:
    found = [outage(0, 4), outage(2, 6), outage(3, 4), outage(90, None), replace(outage(20, 30), fault="power")]
    assert lost(found, (1 * HOUR, 100 * HOUR)) == (5 + 10) * HOUR
    assert lost(found, (200 * HOUR, 200 * HOUR)) == 0


@pytest.mark.parametrize("country", ["UA", "RU"])
def test_every_country_says_how_long_repairs_may_take(country: str) -> None:
    assert profile(country).repair_hours.keys() == set(SEVERITIES)
