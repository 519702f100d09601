"""Detectors of fraud: what they count, when they speak, what they leave alone."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.detectors import Finding, Level, Seen, Watch, is_night, read
from antiphon.billing.domain.instants import SECOND

pytestmark = pytest.mark.domain
DETECTORS, PREMIUM = read(json.loads(files("antiphon.billing").joinpath("detectors.json").read_text()))
ANNA = "person:pn_anna"


def attempt(second: int, number: str = "380671234567", **more: bool) -> Seen:
    return Seen(second * SECOND, f"cl_{second}_{number}", ANNA, number, is_attempt=True, **more)  # type: ignore[arg-type]


def ended(second: int, **facts: object) -> Seen:
    return Seen(second * SECOND, f"cl_{second}", **facts)  # type: ignore[arg-type]


def spoken(watch: Watch, calls: list[Seen]) -> list[tuple[str, Level, str, int]]:
    return [_of(finding) for seen in calls for finding in watch.see(seen)]


def _of(finding: Finding) -> tuple[str, Level, str, int]:
    return finding.detector, finding.level, finding.subject, finding.count


def test_dear_calls_warn_and_then_block() -> None:
    found = spoken(Watch(DETECTORS), [attempt(minute * 60, dear=True) for minute in range(6)])
    # they are more than five at once besides: nobody says that they ended
    assert ("high_cost", Level.WARNING, ANNA, 3) in found
    assert found[-1] == ("high_cost", Level.CRITICAL, ANNA, 6)
    assert ("concurrent", Level.WARNING, ANNA, 5) in found


def test_a_window_slides() -> None:
    calls = [one for hour in range(8) for one in (attempt(hour * 3600, dear=True), _over(hour * 3600))]
    assert spoken(Watch(DETECTORS), calls) == []


def _over(second: int) -> Seen:
    return Seen(second * SECOND, f"cl_{second}_380671234567", ANNA)


def test_forty_attempts_in_a_minute_are_a_machine() -> None:
    calls = [one for second in range(41) for one in (attempt(second), _over(second))]
    found = spoken(Watch(DETECTORS), calls)
    assert found == [("velocity", Level.WARNING, ANNA, 20), ("velocity", Level.CRITICAL, ANNA, 40)]


def test_a_fact_that_comes_twice_is_one_call() -> None:
    watch = Watch(DETECTORS)
    assert spoken(watch, [attempt(1, dear=True)] * 50) == []


def test_short_foreign_rings_and_talks_of_one_length() -> None:
    rings = [ended(second, caller=f"88213{second:06}"[:12], short_ring=True) for second in range(8)]
    found = spoken(Watch(DETECTORS), rings)
    assert [one[:3] for one in found] == [
        ("wangiri", Level.WARNING, "destination:8821300"),
        ("wangiri", Level.CRITICAL, "destination:8821300"),
    ]
    talks = [ended(second, called="3809001234", talk_s=60 + second % 3) for second in range(12)]
    assert [one[:2] for one in spoken(Watch(DETECTORS), talks)][-1] == ("pumping", Level.CRITICAL)
    honest = [ended(second, called="3809001234", talk_s=second * 7 + 1) for second in range(60)]
    assert spoken(Watch(DETECTORS), honest) == []


@pytest.mark.clause("C06")
def test_transit_is_an_abuse_without_a_block() -> None:
    watch = Watch(DETECTORS)
    findings = [one for second in range(30) for one in watch.see(ended(second, called=f"4930{second}", transit=True))]
    assert [(one.detector, one.level, one.bars) for one in findings] == [
        ("resale", Level.WARNING, False),
        ("resale", Level.CRITICAL, False),
    ]


def test_who_is_free_again_begins_anew() -> None:
    watch = Watch(DETECTORS)
    spoken(watch, [attempt(second, dear=True) for second in range(6)])
    watch.forget(ANNA)
    assert spoken(watch, [attempt(10, dear=True)]) == []


def test_what_is_blocked_is_asked_for_again_until_it_is() -> None:
    watch = Watch(DETECTORS)
    found = spoken(watch, [attempt(second, dear=True) for second in range(20)])
    assert sum(one[:2] == ("high_cost", Level.CRITICAL) for one in found) == 3


@given(st.lists(st.integers(0, 86_400), max_size=60))
def test_nobody_is_stopped_for_a_day_of_honest_calls(seconds: list[int]) -> None:
    """One call at a time, at least two minutes apart, at home."""
    honest = [second for place, second in enumerate(sorted(seconds)) if place == 0 or second % 120 == 0]
    calls = [one for second in sorted(set(honest)) for one in (attempt(second), _over(second))]
    assert not [one for one in spoken(Watch(DETECTORS), calls) if one[1] is Level.CRITICAL]


def test_the_data_is_whole() -> None:
    assert len({one.id for one in DETECTORS}) == len(DETECTORS) == 10
    assert all(0 < one.warning < one.critical for one in DETECTORS)
    assert all(prefix.isdigit() for prefix in PREMIUM)
    assert [hour for hour in range(24) if is_night(hour)] == [0, 1, 2, 3, 4, 5, 6, 22, 23]
