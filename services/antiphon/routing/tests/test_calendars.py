"""The text form of working hours."""

from datetime import date, time

import pytest

from antiphon.routing.domain import calendars
from antiphon.routing.domain.calendars import Span
from antiphon.routing.domain.reasons import Reason, Refused

pytestmark = pytest.mark.domain


def test_a_calendar_is_read_from_text() -> None:
    read = calendars.parse(
        "c",
        """
        zone Europe/Kyiv
        mon-tue 09:00-13:00, 14:00-18:00  # lunch
        tue     20:00-24:00
        01-01 closed New Year
        2026-05-08 10:00-12:00
        """,
    )

    assert read.zone == "Europe/Kyiv"
    assert read.week[0] == (Span(time(9), time(13)), Span(time(14), time(18)))
    assert read.week[1][-1] == Span(time(20), time(0))
    assert read.week[2] == ()
    assert [(day.year, day.name, len(day.spans)) for day in read.special_days] == [
        (None, "New Year", 0),
        (2026, "2026-05-08", 1),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("zone Mars/Phobos", "there is no time zone 'Mars/Phobos'"),
        ("zone ../../etc/passwd", "there is no time zone '../../etc/passwd'"),
        ("mon 09:00-18:00", "there is no time zone ''"),
        ("zone UTC\nfunday 09:00-18:00", "line 2: 'funday' is not a weekday"),
        ("zone UTC\nfri-mon 09:00-18:00", "line 2: 'fri-mon' runs backwards"),
        ("zone UTC\nmon 9-18", "line 2: '9-18' is not a span"),
        ("zone UTC\nmon 09:00-25:00", "line 2: hour must be in"),
        ("zone UTC\n02-30 closed", "line 2: day"),
        ("zone UTC\n1-1 closed", "line 2: '1-1' is not a day"),
        ("zone UTC\n01-01 maybe", "line 2: 'maybe' must begin with closed"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(Refused) as refused:
        calendars.parse("c", text)

    assert refused.value.reason is Reason.INVALID_CALENDAR
    assert refused.value.message.startswith(complaint)


def test_a_dated_day_wins_over_a_yearly_one() -> None:
    both = calendars.parse("c", "zone UTC\n12-31 closed Eve\n2026-12-31 10:00-12:00 Short")
    special = both.special(date(2026, 12, 31))

    assert special is not None
    assert special.name == "Short"
