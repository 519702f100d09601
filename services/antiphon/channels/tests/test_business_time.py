"""Working hours: lengths and moments agree with each other and with the wall clock, also when it jumps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from antiphon.channels.domain.business_time import Hours, after, between, openings

pytestmark = pytest.mark.domain

KYIV = ZoneInfo("Europe/Kyiv")
ZONES = [ZoneInfo(name) for name in ("Europe/Kyiv", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")]
DAY = ((time(9), time(18)),)
OFFICE = Hours(KYIV, (DAY, DAY, DAY, DAY, DAY, (), ()))
NIGHT = Hours(KYIV, ((((time(22), time(6))),),) * 7)
ALWAYS = Hours(KYIV, ((((time(0), time(0))),),) * 7)


def kyiv(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "start", "length", "end"),
    [
        # Friday evening to Monday morning.
        (OFFICE, "2026-05-22 17:00", timedelta(hours=2), "2026-05-25 10:00"),
        (OFFICE, "2026-05-23 12:00", timedelta(minutes=30), "2026-05-25 09:30"),
        (OFFICE, "2026-05-25 08:00", timedelta(hours=9), "2026-05-25 18:00"),
        (OFFICE, "2026-05-25 08:00", timedelta(hours=9, seconds=1), "2026-05-26 09:00:01"),
        # The clock goes forward on 29 March: the night has seven hours; back on 25 October: nine.
        (NIGHT, "2026-03-28 22:00", timedelta(hours=7), "2026-03-29 06:00"),
        (NIGHT, "2026-10-24 22:00", timedelta(hours=9), "2026-10-25 06:00"),
        (ALWAYS, "2026-03-28 12:00", timedelta(hours=24), "2026-03-29 13:00"),
    ],
)
def test_a_norm_ends_when_so_much_working_time_has_passed(
    hours: Hours, start: str, length: timedelta, end: str
) -> None:
    assert after(hours, kyiv(start), length) == kyiv(end)
    assert between(hours, kyiv(start), kyiv(end)) == length


def test_days_that_differ_win_over_the_week_and_dated_ones_over_yearly_ones() -> None:
    special = {"--12-25": (), "2026-12-31": ((time(10), time(15)),), "--12-31": (), "2026-12-26": DAY}
    hours = Hours(KYIV, OFFICE.week, special)
    assert hours.spans(date(2026, 12, 25)) == () == hours.spans(date(2027, 12, 31))
    assert hours.spans(date(2026, 12, 26)) == DAY  # a working Saturday
    assert after(hours, kyiv("2026-12-24 17:30"), timedelta(hours=1)) == kyiv("2026-12-26 09:30")


def test_what_never_opens_never_ends_and_no_hours_never_stop() -> None:
    never = Hours(KYIV, ((),) * 7)
    assert after(never, kyiv("2026-05-22 17:00"), timedelta(seconds=1)) is None
    assert between(never, kyiv("2026-05-22 17:00"), kyiv("2026-06-22 17:00")) == timedelta(0)
    assert after(None, kyiv("2026-05-22 17:00"), timedelta(days=2)) == kyiv("2026-05-24 17:00")


walls = st.times(time(0), time(23, 59)).map(lambda t: t.replace(second=0, microsecond=0))
spans = st.lists(st.tuples(walls, walls), max_size=3).map(tuple)
NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
moments = st.integers(0, 3 * 365 * 86400).map(lambda seconds: NEW_YEAR + timedelta(seconds=seconds))
weeks = st.builds(Hours, st.sampled_from(ZONES), st.tuples(*[spans] * 7))
lengths = st.integers(1, 40 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@given(weeks, moments, lengths)
def test_the_two_directions_agree(hours: Hours, start: datetime, length: timedelta) -> None:
    end = after(hours, start, length)
    assume(end is not None)
    assert end is not None
    assert between(hours, start, end) == length
    assert between(hours, start, end - timedelta(seconds=1)) < length


@given(weeks, moments, lengths, lengths)
def test_working_time_adds_up_wherever_it_is_cut(
    hours: Hours, start: datetime, first: timedelta, second: timedelta
) -> None:
    middle, end = start + first, start + first + second
    assert between(hours, start, end) == between(hours, start, middle) + between(hours, middle, end)
    assert timedelta(0) <= between(hours, start, end) <= end - start


@given(weeks, moments)
def test_openings_are_in_order_apart_and_open_on_the_wall(hours: Hours, start: datetime) -> None:
    reached = start
    for number, (opens, closes) in enumerate(openings(hours, start)):
        assert reached <= opens < closes
        reached = closes
        if number > 20:
            break
