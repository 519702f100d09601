"""MOS and the limits of the subscriber's network."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.media.quality import Quality, either, from_query, link_test, mos, rated, verdict, worst

pytestmark = pytest.mark.domain


@pytest.mark.clause("M01")
def test_exactly_at_the_limits_passes() -> None:
    assert link_test(40, 10, 0.5).passed
    assert verdict(Quality(packets=199, lost=1, jitter_ms=10, round_trip_ms=80)).passed


@pytest.mark.clause("M01")
@pytest.mark.parametrize(
    ("delay", "jitter", "loss", "broken"),
    [
        (math.nextafter(40, 99), 10, 0.5, ("delay",)),
        (40, math.nextafter(10, 99), 0.5, ("jitter",)),
        (40, 10, math.nextafter(0.5, 99), ("loss",)),
        (41, 11, 0.6, ("delay", "jitter", "loss")),
        (math.nan, 0, 0, ("delay",)),
    ],
)
def test_just_above_a_limit_fails_and_says_which(
    delay: float, jitter: float, loss: float, broken: tuple[str, ...]
) -> None:
    tested = link_test(delay, jitter, loss)
    assert not tested.passed
    assert tested.broken == broken


@pytest.mark.clause("M01")
def test_a_call_is_judged_by_what_is_known_of_it() -> None:
    assert verdict(Quality()).passed
    assert verdict(Quality(packets=989, lost=11)).broken == ("loss",)
    assert verdict(Quality(packets=100, round_trip_ms=81)).broken == ("delay",)


def test_mos_of_a_clean_and_of_a_broken_line() -> None:
    assert mos(0) == pytest.approx(4.41, abs=0.01)
    assert mos(1) == pytest.approx(4.32, abs=0.02)
    assert mos(10) == pytest.approx(3.4, abs=0.1)
    assert mos(100, 500, 5000) == 1.0


@settings(deadline=None)
@given(st.floats(0, 100), st.floats(0, 500), st.floats(0, 3000), st.floats(0, 50))
def test_mos_is_never_better_when_something_is_worse(loss: float, jitter: float, trip: float, more: float) -> None:
    here = mos(loss, jitter, trip)
    assert 1 <= here <= 4.5
    assert mos(min(100, loss + more), jitter, trip) <= here + 1e-9
    assert mos(loss, jitter + more, trip) <= here + 1e-9
    assert mos(loss, jitter, trip + more) <= here + 1e-9


def query(**report: object) -> dict[str, object]:
    stream = {"flags": ["RTP"], "SSRC": 77, "stats": {"packets": 980}}
    control = {"flags": ["RTCP"], "stats": {"packets": 5}}
    return {"tags": {"A": {"medias": [{"streams": [stream, control]}]}}, "SSRC": {"77": report} if report else {}}


def test_the_engine_tells_mos_times_ten_and_microseconds() -> None:
    average = {"MOS": 43, "round-trip time": 24_000, "jitter": 3, "packet loss": 2, "samples": 4}
    told = query(**{"average MOS": average, "cumulative loss": 20})
    assert from_query(told) == {"A": Quality(980, 20, 3.0, 24.0, 4.3)}


def test_without_reports_of_the_peer_only_packets_are_known() -> None:
    assert from_query(query()) == {"A": Quality(980)}
    assert from_query(query(**{"average MOS": {"samples": 0, "MOS": 0}})) == {"A": Quality(980)}
    assert from_query({}) == {}


def test_a_missing_mos_is_computed() -> None:
    assert rated(Quality(100, 0, 0.0)).mos == pytest.approx(4.41, abs=0.01)
    assert rated(Quality(100, 0, 0.0, 0.0, 3.1)).mos == 3.1
    assert rated(Quality()).mos is None
    assert rated(Quality(100)).mos is None


def test_the_recording_speaks_where_the_engine_does_not_know() -> None:
    measured = Quality(100, 1, 2.0, None, 4.3)
    assert either(Quality(100), measured) == measured
    assert either(Quality(100, 0, 1.0, 20.0, 4.4), measured).mos == 4.4
    assert either(Quality(100), Quality()) == Quality(100)


def test_a_conversation_is_as_good_as_its_worst_leg() -> None:
    assert worst([]) == Quality()
    legs = [Quality(100, 0, 5.0, 30.0, 4.4), Quality(90, 10, 2.0, None, 3.5)]
    assert worst(legs) == Quality(90, 10, 5.0, 30.0, 3.5)
