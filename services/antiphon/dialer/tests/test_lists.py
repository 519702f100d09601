"""Import: encodings, spreadsheets, numbers as people write them, duplicates, bad rows by line. Order and recycling."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from antiphon.dialer import sheets
from antiphon.dialer.domain.hopper import Entry, Hopper, Line
from antiphon.dialer.domain.importing import BadRow, Importer, NoPhoneColumn, Row, columns
from antiphon.dialer.domain.numbers import Bad, Numbers, zones_of
from antiphon.dialer.domain.recycling import OF_THE_SYSTEM, Disposition, Result, after

pytestmark = pytest.mark.domain

CSV = 'ФИО;Телефон;Город\r\nИван Петров;8 (926) 123-45-67;Москва\r\n"Анна\nКим";+7 495 123-45-67;\r\nНикто;12345;\r\n'


def load(data: bytes, region: str = "RU") -> list[Row | BadRow]:
    table = sheets.read(data)
    importer = Importer(table.headings, region)
    return [importer.take(line, cells) for line, cells in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_usual_encodings_are_recognised(encoding: str) -> None:
    rows = load(CSV.encode(encoding))
    assert rows == [
        Row(2, "+79261234567", "Иван Петров", fields={"Город": "Москва"}),
        Row(3, "+74951234567", "Анна\nКим"),
        BadRow(5, "no_such_number", "12345"),
    ]


def workbook(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_with_dates_and_floats_in_the_phone_column() -> None:
    data = workbook(
        [["Phone", "Name"], [79261234567, "a"], [79261234568.0, "b"], [date(2024, 3, 12), "c"], [None, "d"]]
    )
    assert load(data) == [
        Row(2, "+79261234567", "a"),
        Row(3, "+79261234568", "b"),
        BadRow(4, "a_date", "2024-03-12"),
        BadRow(5, "empty", ""),
    ]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", Bad.EMPTY), ("  ", Bad.EMPTY), ("12.03.2024", Bad.DATE), ("2024-03-12", Bad.DATE), ("1/2/24", Bad.DATE),
        ("7,92612E+10", Bad.ROUNDED), ("7.92612e10", Bad.ROUNDED), ("звоните", Bad.NO_NUMBER), ("+", Bad.NO_NUMBER),
        ("+999123456789", Bad.NO_NUMBER), ("112", Bad.INVALID), ("+7926123456", Bad.INVALID),
    ],
)  # fmt: skip
def test_what_is_no_number_says_why(raw: str, why: Bad) -> None:
    assert Numbers("RU").read(raw) is why


def test_numbers_without_a_country_are_refused_where_no_country_is_given() -> None:
    assert Numbers().read("926 123-45-67") is Bad.NO_COUNTRY
    assert Numbers().read("+7 926 123-45-67") == "+79261234567"


@given(st.lists(st.tuples(st.sampled_from(["+7", "8", "7", "+1", "1", "+44", "0", "+380", "+49", "00"]),
                          st.text("0123456789", min_size=5, max_size=12)), min_size=1, max_size=30),
       st.sampled_from(["RU", "US", "GB", "UA", "DE"]))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_the_quick_way_says_what_the_slow_way_says(parts: list[tuple[str, str]], region: str) -> None:
    quick = Numbers(region)
    for raw in ["".join(part) for part in parts] * 2:
        try:
            found = phonenumbers.parse(raw, region)
            valid = phonenumbers.is_valid_number(found)
        except phonenumbers.NumberParseException:
            valid = False
        if valid:
            assert quick.read(raw) == phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
        else:
            assert isinstance(quick.read(raw), Bad)


def test_a_shape_is_remembered_only_where_its_first_digits_tell_all() -> None:
    numbers = Numbers("RU")
    assert numbers.read("8 10 380 67 123 45 67") == "+380671234567"
    assert numbers.read("8 10 381 67 123 45 67") != "+380671234567"


def test_duplicates_are_refused_however_they_are_written_and_however_many() -> None:
    lines = ["phone", *(["+79261234567", "8 926 123 45 67"] * 5000)]
    rows = load("\n".join(lines).encode())
    assert sum(isinstance(row, Row) for row in rows) == 1
    assert all(row.reason == "duplicate" for row in rows if isinstance(row, BadRow))


def test_zones_priorities_and_consent_are_read_or_refused() -> None:
    text = "phone,zone,priority,consent,person\n+12125550123,America/Chicago,7,yes,42\n"
    text += "+12125550124,Nowhere/Land,,,\n+12125550125,,1000,,\n"
    first, zone, priority = load(text.encode(), "US")
    assert first == Row(2, "+12125550123", "", "America/Chicago", 7, "42", True)
    assert (zone, priority) == (
        BadRow(3, "no_such_zone", "Nowhere/Land"),
        BadRow(4, "priority_not_0_to_99", "1000"),
    )


def test_a_table_without_a_phone_column_or_without_anything_is_refused() -> None:
    with pytest.raises(NoPhoneColumn):
        columns(["Имя", "Город"], {})
    assert columns(["A", "B"], {"phone": "b"})["phone"] == 1
    for data in (b"", b"\n\n", b"PK\x03\x04rubbish", b"\xff\xfe\x00"):
        with pytest.raises(sheets.Unreadable):
            list(sheets.read(data).rows)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_it(data: bytes) -> None:
    try:
        load(data)
    except (sheets.Unreadable, NoPhoneColumn):
        return


def test_zones_of_numbers() -> None:
    assert zones_of("+74951234567") == ("Europe/Moscow",)
    assert len(zones_of("+18005550123")) > 20
    assert zones_of("rubbish") == ()


def test_within_a_list_callbacks_then_priority_then_fewest_attempts_then_oldest() -> None:
    entries = [
        Entry(1, priority=5, attempts=2),
        Entry(2, priority=5, attempts=1),
        Entry(3, priority=9, attempts=4),
        Entry(4, priority=0, due=50, callback=True),
        Entry(5, priority=5, attempts=1),
        Entry(6, due=1000),
    ]
    line = Line(entries)
    order = [line.next() for _ in range(line.ready(100.0))]
    assert order == [4, 3, 2, 5, 1]
    assert line.next_due == 1000


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_lists_take_turns_by_their_weights_and_starve_nobody(weights: list[int]) -> None:
    hopper = Hopper()
    for at, weight in enumerate(weights):
        hopper.put(str(at), Line(Entry(seq) for seq in range(100)), weight)
    total = sum(weights)
    found = [hopper.next(0.0) for _ in range(3 * total)]
    counts = [sum(one is not None and one[0] == str(at) for one in found) for at in range(len(weights))]
    assert counts == [3 * weight for weight in weights]


def test_an_empty_list_saves_nothing_up() -> None:
    hopper = Hopper()
    hopper.put("empty", Line(), 5)
    hopper.put("full", Line(Entry(seq) for seq in range(20)), 1)
    assert [hopper.next(0.0) for _ in range(3)] == [("full", 0), ("full", 1), ("full", 2)]
    for seq in range(20):
        hopper.lines["empty"].add(Entry(seq), 0.0)
    found = [hopper.next(0.0) for _ in range(12)]
    assert sum(one is not None and one[0] == "empty" for one in found) == 10
    hopper.remove("empty")
    assert hopper.next(0.0) == ("full", 5)
    assert Hopper().next(0.0) is None


NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)


@given(st.sampled_from(Result), st.integers(1, 10), st.floats(0, 1))
def test_every_result_is_final_or_has_a_later_time_and_a_reason(result: Result, times: int, spread: float) -> None:
    found = after(result, times, NOW, spread)
    assert found.why
    assert found.final or (found.at is not None and found.at >= NOW + timedelta(minutes=1))
    assert found.counts or result is Result.SYSTEM


def test_retries_as_the_campaign_rules_say() -> None:
    busy = after(Result.BUSY, 1, NOW, 0.5)
    assert busy.at == NOW + timedelta(minutes=10)
    assert after(Result.BUSY, 4, NOW, 0.5).final
    silent = after(Result.NO_ANSWER, 1, NOW.replace(hour=13), 0.0)
    assert silent.at is not None
    assert silent.at.hour >= 17
    assert after(Result.MACHINE, 1, NOW, 0.0).at == NOW + timedelta(hours=24)
    assert after(Result.ABANDONED, 1, NOW, 0.0).at == NOW + timedelta(hours=72)
    assert after(Result.INVALID, 1, NOW, 0.0).final
    assert not after(Result.SYSTEM, 5, NOW, 0.0).final


@pytest.mark.parametrize("day", [date(2026, 3, 7), date(2026, 10, 31)])
def test_a_day_is_24_hours_over_the_nights_in_which_clocks_change(day: date) -> None:
    now = datetime.combine(day, time(18), ZoneInfo("America/New_York"))
    for result, least in ((Result.MACHINE, 24), (Result.ABANDONED, 72), (Result.NO_ANSWER, 2)):
        at = after(result, 1, now, 0.0).at
        assert at is not None
        assert at.astimezone(UTC) - now.astimezone(UTC) >= timedelta(hours=least)


def test_agents_choose_only_among_what_people_say() -> None:
    assert Disposition("sale", "Sale", Result.SUCCESS).chosen_by_agents
    assert not any(Disposition("x", "X", result).chosen_by_agents for result in OF_THE_SYSTEM)
