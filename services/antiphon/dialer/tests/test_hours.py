"""A campaign's own hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.dialer.domain.hours import BadHours, Hours, window

pytestmark = pytest.mark.domain

DAYS = ("mon", "tue", "wed", "thu", "fri")
KYIV = Hours((window(DAYS, "09:00", "18:00"),), "Europe/Kyiv")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.clause("B11")
@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-06-10T06:00", None),  # 09:00 in Kyiv
        ("2026-06-10T15:00", "2026-06-11T06:00"),  # 18:00: the end is not included
        ("2026-06-10T02:00", "2026-06-10T06:00"),  # at night: this morning
        ("2026-06-12T20:00", "2026-06-15T06:00"),  # Friday evening: Monday
        ("2026-10-23T20:00", "2026-10-26T07:00"),  # over the night on which summer time ends
    ],
)
def test_the_next_working_window(now: str, opens: str | None) -> None:
    assert KYIV.opens_at(at(now)) == (at(opens) if opens else None)


@given(st.integers(0, 60 * 24 * 366))
def test_it_is_open_when_it_was_said_to_open(minutes: int) -> None:
    now = at("2026-01-01T00:00") + timedelta(minutes=minutes)
    opens = KYIV.opens_at(now)
    assert opens is None or (opens > now and KYIV.opens_at(opens) is None)


def test_without_hours_it_is_always_open_and_midnight_may_be_an_end() -> None:
    assert Hours().opens_at(at("2026-06-10T03:00")) is None
    late = Hours((window(("wed",), "20:00", "00:00"),))
    assert late.opens_at(at("2026-06-10T23:59")) is None
    assert late.opens_at(at("2026-06-11T00:00")) == at("2026-06-17T20:00")


@pytest.mark.parametrize(
    "wrong", [((), "09:00", "18:00"), (("monday",), "09:00", "18:00"), (DAYS, "9", "18:00"), (DAYS, "18:00", "09:00")]
)
def test_hours_that_make_no_sense_are_refused(wrong: tuple[tuple[str, ...], str, str]) -> None:
    with pytest.raises(BadHours):
        window(*wrong)
