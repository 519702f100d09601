"""The lock-out: five in a row, then a time that doubles from 30 s to an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from antiphon.directory.domain import lockout
from antiphon.directory.domain.lockout import Lockout
from antiphon.directory.domain.reasons import Reason
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def failed(times: int, at: datetime = NOON) -> tuple[Lockout, datetime]:
    """The state after so many failures, each as soon as it is allowed."""
    state = Lockout()
    for _ in range(times):
        at = max(at, state.locked_until or at)
        state = lockout.attempted(state, at)
    return state, at


def test_the_fifth_failure_locks_for_thirty_seconds() -> None:
    assert failed(4)[0].locked_until is None
    state, at = failed(5)
    assert state.locked_until == at + timedelta(seconds=30)
    with pytest.raises(DomainError) as refusal:
        lockout.attempted(state, at + timedelta(seconds=29.5))
    assert refusal.value.reason is Reason.LOCKED
    assert refusal.value.facts == {"retry_after": "1"}
    assert lockout.attempted(state, at + timedelta(seconds=30)).failures == 6


def test_the_time_doubles_up_to_an_hour() -> None:
    seconds = [lockout.length(failures).total_seconds() for failures in range(5, 14)]
    assert seconds == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert lockout.length(10_000) == timedelta(hours=1)


def test_a_day_without_failures_is_forgiven() -> None:
    state, at = failed(9)
    assert lockout.attempted(state, at + timedelta(hours=24, seconds=1)).failures == 1
    assert lockout.attempted(state, at + timedelta(hours=23)).failures == 10


def test_an_attempt_that_was_no_guess_is_given_back_and_no_more() -> None:
    before, at = failed(4)
    assert lockout.given_back(lockout.attempted(before, at)) == Lockout(4, None, at)
    assert lockout.given_back(Lockout()).failures == 0


def test_giving_back_does_not_open_a_way_to_guess_without_end() -> None:
    """Somebody who knows the password mixes half sign-ins (given back) with guesses of the code (counted)."""
    state, at, guesses = Lockout(), NOON, 0
    while at < NOON + timedelta(hours=1):
        at = max(at, state.locked_until or at)
        state = lockout.given_back(lockout.attempted(state, at))
        state = lockout.attempted(state, at)
        guesses += 1
    assert guesses < 15
