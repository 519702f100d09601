"""What is told of a call, and what of it waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from antiphon.media.app.measure import Pace
from antiphon.media.books import Diary
from antiphon.media.domain.call import Call, Direction

pytestmark = pytest.mark.domain

CALL = Call("cl_1", "tn_1", Direction.INBOUND, datetime(2026, 11, 22, tzinfo=UTC), rev=1)


def told(diary: Diary) -> list[tuple[str, int]]:
    return [(event, call.rev) for event, call in diary.facts]


def noted(*events: str) -> Diary:
    diary = Diary()
    for number, event in enumerate(events):
        diary.note(event, replace(CALL, rev=number + 1))
    return diary


def test_changes_in_a_row_are_one_fact_that_says_the_last() -> None:
    assert told(noted("started", "changed", "changed")) == [("started", 3)]
    assert told(noted("started", "bridged", "changed", "changed")) == [("started", 1), ("bridged", 2), ("changed", 4)]


def test_what_a_reaper_needs_does_not_wait() -> None:
    diary = noted("started", "changed")
    assert not diary.hurry.is_set()
    diary.note("kept", CALL)
    assert diary.hurry.is_set()
    assert not diary.kept


def test_the_record_says_what_changed_last() -> None:
    diary = noted("started", "bridged", "changed")
    diary.close()
    assert told(diary) == [("started", 1), ("bridged", 2)]
    assert diary.kept
    assert diary.hurry.is_set()


def test_the_pace_is_that_of_the_last_calls() -> None:
    pace = Pace(kept=100)
    assert pace.quantile(0.5) is None
    for number in range(200):
        pace.note(number / 1000)
    assert pace.quantile(0.5) == timedelta(milliseconds=150)
    assert pace.quantile(0.95) == timedelta(milliseconds=195)
    assert pace.quantile(1) == timedelta(milliseconds=199)
