"""Working hours: one second either side, holidays, nights, the two nights on which the clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.routing.domain import calendars
from antiphon.routing.domain.calendars import Calendar, Span
from antiphon.routing.domain.hours import Closed, Open, is_open, moment
from antiphon.routing.tests.examples import KYIV, OFFICE, kyiv

pytestmark = pytest.mark.domain

SECOND = timedelta(seconds=1)


def at(calendar: Calendar, wall: str) -> str:
    """`open until 20:00` or `closed, opens Thu 09:00 (Christmas)`, as a receptionist would say it."""
    answer = is_open(calendar, kyiv(wall))
    match answer:
        case Open(None):
            return "always open"
        case Open(until):
            assert until is not None
            return f"open until {until.astimezone(KYIV):%H:%M}"
        case Closed(opens, holiday):
            when = f"opens {opens.astimezone(KYIV):%m-%d %H:%M}" if opens else "never opens"
            return f"closed, {when}" + (f" ({holiday})" if holiday else "")


@pytest.mark.clause("A08")
@pytest.mark.parametrize(
    ("wall", "answer"),
    [
        ("2026-03-04 08:59:59", "closed, opens 03-04 09:00"),
        ("2026-03-04 09:00:00", "open until 20:00"),
        ("2026-03-04 19:59:59", "open until 20:00"),
        ("2026-03-04 20:00:00", "closed, opens 03-05 09:00"),
        ("2026-03-07 12:59:59", "open until 13:00"),
        ("2026-03-07 13:00:00", "closed, opens 03-07 14:00"),
        ("2026-03-07 16:00:00", "closed, opens 03-09 09:00"),
        ("2026-12-25 12:00:00", "closed, opens 12-26 10:00 (Christmas)"),
        ("2026-12-25 00:00:00", "closed, opens 12-26 10:00 (Christmas)"),
        ("2026-12-24 23:59:59", "closed, opens 12-26 10:00"),
        ("2026-12-31 14:59:59", "open until 15:00"),
        ("2026-12-31 15:00:00", "closed, opens 01-01 09:00"),
        ("2027-12-31 15:00:00", "open until 20:00"),
    ],
)
def test_the_office_opens_and_closes_on_the_second(wall: str, answer: str) -> None:
    assert at(OFFICE, wall) == answer


def test_a_night_shift_belongs_to_the_day_it_begins_even_before_a_holiday() -> None:
    night = calendars.parse("night", "zone Europe/Kyiv\nmon-sun 22:00-06:00\n2026-03-05 closed Feast")

    assert at(night, "2026-03-05 05:59:59") == "open until 06:00"
    assert at(night, "2026-03-05 06:00:00") == "closed, opens 03-06 22:00 (Feast)"
    assert at(night, "2026-03-05 22:30:00") == "closed, opens 03-06 22:00 (Feast)"
    assert at(night, "2026-03-06 01:00:00") == "closed, opens 03-06 22:00"


def test_spans_that_touch_are_one_opening() -> None:
    relay = calendars.parse("relay", "zone Europe/Kyiv\nwed 08:00-16:00, 16:00-00:00\nthu 00:00-08:00, 07:00-09:00")

    assert at(relay, "2026-03-04 08:00:00") == "open until 09:00"


def test_round_the_clock_has_no_closing_and_an_empty_week_no_opening() -> None:
    assert at(calendars.parse("a", "zone Europe/Kyiv\nmon-sun 00:00-24:00"), "2026-03-29 03:30:00") == "always open"
    assert at(calendars.parse("b", "zone Europe/Kyiv"), "2026-03-29 03:30:00") == "closed, never opens"


def test_a_yearly_opening_is_found() -> None:
    fair = calendars.parse("fair", "zone Europe/Kyiv\n03-03 10:00-12:00 Fair")

    assert at(fair, "2026-03-04 00:00:00") == "closed, opens 03-03 10:00"


# Kyiv: 2026-03-29 03:00 becomes 04:00; 2026-10-25 04:00 becomes 03:00.


def test_in_the_lost_hour_the_clock_has_passed_every_time_of_it() -> None:
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)

    assert [moment(date(2026, 3, 29), time(3, minute), KYIV) for minute in (0, 30, 59)] == [jump] * 3
    assert moment(date(2026, 3, 29), time(4), KYIV) == jump
    assert moment(date(2026, 3, 29), time(2, 59), KYIV) == jump - timedelta(minutes=1)


def test_a_time_that_comes_twice_is_the_first() -> None:
    assert moment(date(2026, 10, 25), time(3, 30), KYIV) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment(date(2026, 10, 25), time(4), KYIV) == datetime(2026, 10, 25, 2, tzinfo=UTC)


@pytest.mark.clause("A08")
@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_when_the_clock_changes_day_and_night_teams_hand_over_without_gap_or_double(day: str) -> None:
    early = calendars.parse("early", "zone Europe/Kyiv\nsun 00:00-03:30")
    late = calendars.parse("late", "zone Europe/Kyiv\nsun 03:30-12:00")
    start = kyiv(f"{day} 22:00:00") + timedelta(hours=2)
    for minute in range(0, 9 * 60, 5):
        now = start + timedelta(minutes=minute)
        assert isinstance(is_open(early, now), Open) != isinstance(is_open(late, now), Open), now


def test_a_date_the_island_skipped_is_no_opening() -> None:
    apia = calendars.parse("apia", "zone Pacific/Apia\nfri 10:00-12:00")  # 2011-12-30, a Friday, never happened
    thursday = datetime(2011, 12, 30, 9, tzinfo=UTC)

    assert is_open(apia, thursday) == Closed(datetime(2012, 1, 5, 20, tzinfo=UTC), None)


ZONES = st.sampled_from(
    ["Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC"]
)
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))
SPANS = st.lists(st.builds(Span, TIMES, TIMES), max_size=3).map(tuple)
CALENDARS = st.builds(Calendar, id=st.just("any"), zone=ZONES, week=st.lists(SPANS, min_size=7, max_size=7).map(tuple))
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0)
)


@settings(max_examples=60)
@given(CALENDARS, MOMENTS)
def test_every_promise_holds_one_second_either_side(calendar: Calendar, now: datetime) -> None:
    match is_open(calendar, now):
        case Open(until) if until is not None:
            assert until > now
            assert isinstance(is_open(calendar, until - SECOND), Open)
            assert isinstance(is_open(calendar, until), Closed)
        case Closed(opens, _) if opens is not None:
            assert opens > now
            assert isinstance(is_open(calendar, opens - SECOND), Closed)
            assert isinstance(is_open(calendar, opens), Open)


@settings(max_examples=60)
@given(CALENDARS, MOMENTS)
def test_away_from_clock_changes_the_wall_decides(calendar: Calendar, now: datetime) -> None:
    """The naive reading of a timetable agrees wherever the offset has been steady for two days."""
    zone = ZoneInfo(calendar.zone)
    local = now.astimezone(zone)
    if len({(now + timedelta(hours=h)).astimezone(zone).utcoffset() for h in range(-50, 51)}) > 1:
        return
    wall = local.replace(tzinfo=None)
    naive = False
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        for span in calendar.week[day.weekday()]:
            end = day + timedelta(days=1) if span.end <= span.start else day
            naive |= datetime.combine(day, span.start) <= wall < datetime.combine(end, span.end)
    assert isinstance(is_open(calendar, now), Open) is naive


WALLS = st.tuples(st.dates(date(2010, 1, 1), date(2030, 1, 1)), TIMES)


@given(WALLS, WALLS, ZONES)
def test_the_wall_never_runs_backwards(one: tuple[date, time], other: tuple[date, time], zone: str) -> None:
    first, second = sorted([one, other])
    assert moment(*first, ZoneInfo(zone)) <= moment(*second, ZoneInfo(zone))
