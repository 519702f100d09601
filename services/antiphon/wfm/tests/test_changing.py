"""Schedules changed after they were solved, and what calendars read of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from antiphon.wfm.app.ical import feed
from antiphon.wfm.app.pool import Stream, agents, outlook
from antiphon.wfm.check import check, check_person
from antiphon.wfm.domain.changing import Edit, edited, freed, lengthened, shift_of, shortened, swapped
from antiphon.wfm.domain.reasons import Refusal

pytestmark = pytest.mark.domain

LUNCH = {"name": "lunch", "minutes": 30, "earliest": 210, "latest": 270, "paid": False}
PEOPLE = ("a", "b")


def shift(person: str, day: int, start: int = 8) -> dict[str, Any]:
    pause = {"name": "lunch", "start": f"2026-03-{day:02d}T12:00Z", "end": f"2026-03-{day:02d}T12:30Z", "paid": False}
    times = {"start": f"2026-03-{day:02d}T{start:02d}:00Z", "end": f"2026-03-{day:02d}T{start + 8:02d}:30Z"}
    return {"person": person, "pattern": "day", **times, "paid_min": 480, "breaks": [pause]}


def person(name: str) -> dict[str, Any]:
    return {
        "id": name, "days": [0, 5], "max_week_min": None, "patterns": [], "away": [], "earliest": 0,
        "latest_end": 4320, "free_since": "2026-02-20T00:00Z", "days_running": 0, "cost_per_hour": 600, "locked": [],
    }  # fmt: skip


def document() -> dict[str, Any]:
    rules = {
        "daily_rest_h": 11, "rest_per_shift": 0, "weekly_rest_h": 42, "max_day_h": 12, "max_week_h": 40,
        "max_days_running": 6, "meal_after_h": 6, "meal_min": 30, "night_from_h": 22, "night_to_h": 6,
        "night_extra": 0.2, "overtime_two_days_h": 4,
    }  # fmt: skip
    made = {
        "zone": "UTC", "from": "2026-03-02", "days": 7, "interval_min": 60, "rules": rules, "summary": {}, "cost": {},
        "patterns": [{"name": "day", "starts": [480, 540], "minutes": 510, "breaks": [LUNCH]}],
        "shifts": [shift("a", 2), shift("b", 3)], "people": [person(name) for name in PEOPLE],
        "need": [{"start": "2026-03-02T12:00Z", "need": 1.0, "there": 0.5}],
    }  # fmt: skip
    return edited(made, [Edit("b", "2026-03-07")])


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_a_swap_exchanges_people_and_time_off_takes_the_shift_away() -> None:
    before = document()
    assert check(before) == []
    assert (shift_of(before, "a", "2026-03-02"), shift_of(before, "a", "2026-03-03")) == (0, None)
    after = swapped(before, 0, "b", 1)
    assert [row["person"] for row in after["shifts"]] == ["b", "a"]
    assert before == document()
    gone = freed(before, 0, "2026-03-02")
    assert len(gone["shifts"]) == 1
    assert gone["people"][0]["away"] == ["2026-03-02"]
    assert gone["released"][0]["minutes"] == 510
    assert gone["need"][0] == {"start": "2026-03-02T12:00Z", "need": 1.0, "there": 0}
    assert gone["cost"] == {"a": 0, "b": 4800}
    assert gone["summary"]["missing_h"] == 1


def test_a_shift_given_by_hand_is_counted_and_every_broken_rule_is_named() -> None:
    after = edited(document(), [Edit("a", "2026-03-03", "day", "09:00", locked=True)])
    assert check(after) == []
    row = after["shifts"][shift_of(after, "a", "2026-03-03") or 0]
    assert (row["locked"], row["paid_min"], row["breaks"][0]["start"]) == (True, 480, "2026-03-03T13:00Z")
    assert after["summary"]["cost"] == 3 * 4800
    assert check(edited(document(), [Edit("a", "2026-03-04", "day", "03:15")])) == [
        "contract: a: 2026-03-04 03:15 is no start of a day shift"
    ]
    wrong = [Edit("x", "2026-03-03"), Edit("a", "2026-04-01"), Edit("a", "2026-03-03", "night", "22:00")]
    for edit in [*wrong, Edit("a", "2026-03-03", "day", "noon")]:
        with pytest.raises(Refusal):
            edited(document(), [edit])


def test_overtime_and_leaving_early_keep_the_contract_and_the_law() -> None:
    longer = lengthened(document(), 0, (at(2, 16, 30), at(2, 18, 30)))
    assert (longer["shifts"][0]["end"], longer["shifts"][0]["paid_min"]) == ("2026-03-02T18:30Z", 600)
    assert longer["shifts"][0]["agreed"]["end"] == "2026-03-02T16:30Z"
    assert check(longer) == []
    assert longer["cost"]["a"] == 6000
    earlier = lengthened(document(), 0, (at(2, 6), at(2, 8)))
    assert earlier["shifts"][0]["start"] == "2026-03-02T06:00Z"
    too_long = lengthened(document(), 0, (at(2, 16, 30), at(2, 21)))
    assert check_person(too_long, "a") == [
        "hours a day: a: 12.50 h on 2026-03-02",
        "overtime: a: 4.5 h beyond the plan on 2026-03-02 and the day before, at most 4",
    ]
    shorter = shortened(document(), 0, (at(2, 12), at(2, 20)))
    row = shorter["shifts"][0]
    assert (row["end"], row["breaks"], row["paid_min"]) == ("2026-03-02T12:00Z", [], 240)
    assert check(shorter) == []
    assert shorter["released"] == [{"person": "a", "start": "2026-03-02T12:00Z", "minutes": 270, "why": "leave early"}]
    for impossible, span in ((lengthened, (at(2, 9), at(2, 10))), (shortened, (at(2, 9), at(2, 10)))):
        with pytest.raises(Refusal):
            impossible(document(), 0, span)


def test_calendars_carry_the_zone_a_stable_uid_and_a_sequence() -> None:
    rows = [
        shift("a", 28)
        | {"start": "2026-03-28T20:00Z", "end": "2026-03-29T04:30Z"}
        | {"zone": "Europe/Kyiv", "day": "2026-03-28", "sequence": 7}
    ]
    told = feed("Shifts", "Europe/Kyiv", rows, at(20, 12))
    assert told.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in told.split("\r\n"))
    assert "DTSTART;TZID=Europe/Kyiv:20260328T220000" in told
    assert "DTEND;TZID=Europe/Kyiv:20260329T073000" in told  # the clocks went forward that night
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20260329T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0300" in told
    assert "BEGIN:STANDARD\r\nDTSTART:20261025T040000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200" in told
    uid = re.findall(r"UID:(\S+)", told)
    later = feed("Shifts", "Europe/Kyiv", [rows[0] | {"sequence": 8, "start": "2026-03-28T21:00Z"}], at(21, 12))
    assert re.findall(r"UID:(\S+)", later) == uid
    assert "SEQUENCE:8" in later
    twice = {**rows[0], "start": "2026-10-25T00:30Z", "end": "2026-10-25T08:00Z"}
    assert "DTSTART:20261025T003000Z" in feed("Shifts", "Europe/Kyiv", [twice], at(21, 12))
    assert "BEGIN:VEVENT" not in feed("Shifts", "UTC", [], at(1, 1))


@pytest.mark.clause("D05")
def test_a_team_before_one_or_several_streams() -> None:
    calls = Stream(100, 100 / 1800, 180, 0.8, 20)
    assert agents([[calls]]) == [14]  # the Erlang C reference
    assert outlook(14, [calls]).level == pytest.approx(0.88835, abs=1e-4)
    patient = Stream(100, 100 / 1800, 180, 0.8, 20, patience_s=120)
    assert agents([[patient]])[0] < 14
    chats = Stream(60, 60 / 1800, 480, 0.8, 60, at_once=3)
    alone = agents([[chats]])[0]
    assert 6 <= alone <= 9
    both = agents([[calls, chats], [calls, chats.scaled(0)]])
    assert max(14, alone) < both[0] < 14 + alone
    assert both[1] == 14
    letters = Stream(30, 30 / 1800, 300, 0.8, 3600, deferrable=True)
    assert agents([[letters]]) == [5]
    assert agents([[]]) == [0]
    assert outlook(0, [calls]).level == 0
    assert outlook(3, [letters]).level == 1
