"""Service levels: which clocks run, what pauses them, and that each norm rings once for warning and once for breach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.domain.sla import Alarm, Norm, Policy, Sla, Turn, left, measure, next_ring, ring

pytestmark = pytest.mark.domain

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NORMS = {Norm.FIRST_REPLY: 10 * MINUTE, Norm.NEXT_REPLY: 20 * MINUTE, Norm.RESOLUTION: 60 * MINUTE}


def policy(**fields: Any) -> Policy:
    return Policy("sl", 1, NORMS, **fields)


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


class Story:
    """A conversation, told minute by minute."""

    def __init__(self, under: Policy) -> None:
        self.policy = under
        self.sla: Sla | None = None
        self.alarms: list[Alarm] = []
        self.waits: datetime | None = None
        self.snoozed = False

    def _step(self, minutes: float, **fields: Any) -> None:
        turn = Turn(**{"live": True, "snoozed": self.snoozed, "waits_since": self.waits, **fields})
        self.sla = measure(self.sla, self.policy, turn, at(minutes))
        self.alarms += turn.alarms

    def customer(self, minutes: float) -> None:
        self.waits = self.waits or at(minutes)
        self._step(minutes)

    def agent(self, minutes: float) -> None:
        self.waits = None
        self._step(minutes, answered_at=at(minutes))

    def snooze(self, minutes: float, on: bool = True) -> None:
        self.snoozed = on
        self._step(minutes)

    def close(self, minutes: float) -> None:
        self.waits = None
        self._step(minutes, live=False, ended_at=at(minutes))

    def ring(self, minutes: float) -> None:
        assert self.sla is not None
        self.sla, alarms = ring(self.sla, at(minutes))
        self.alarms += alarms

    def clock(self, norm: Norm) -> Any:
        assert self.sla is not None
        return self.sla.clock(norm)


def test_the_first_reply_and_then_the_next_ones() -> None:
    story = Story(policy())
    story.customer(0)
    assert story.clock(Norm.FIRST_REPLY).due == at(10)
    assert story.clock(Norm.NEXT_REPLY).due is None
    story.agent(4)
    assert story.clock(Norm.FIRST_REPLY).met_at == at(4)
    assert story.clock(Norm.FIRST_REPLY).due is None
    story.customer(10)
    story.customer(12)  # counts from the first unanswered word
    assert story.clock(Norm.NEXT_REPLY).due == at(30)
    story.agent(35)
    assert story.alarms == [Alarm(Norm.NEXT_REPLY, breached=True)]
    story.customer(40)  # a new norm with all its time
    assert story.clock(Norm.NEXT_REPLY).due == at(60)
    assert not story.clock(Norm.NEXT_REPLY).breached
    assert story.clock(Norm.FIRST_REPLY).spent == 4 * MINUTE


@pytest.mark.parametrize(("pause_snoozed", "pause_answered", "due"), [(0, 0, 60), (1, 0, 70), (0, 1, 75), (1, 1, 75)])
def test_the_resolution_stands_still_where_the_policy_says_so(
    pause_snoozed: bool, pause_answered: bool, due: int
) -> None:
    story = Story(policy(pause_snoozed=bool(pause_snoozed), pause_answered=bool(pause_answered)))
    story.customer(0)
    story.agent(5)
    story.snooze(10)
    if pause_snoozed or pause_answered:
        assert story.clock(Norm.RESOLUTION).due is None
        assert left(story.clock(Norm.RESOLUTION)) == (55 if pause_answered else 50) * MINUTE
    story.snooze(20, on=False)
    story.customer(20)
    assert story.clock(Norm.RESOLUTION).due == at(due)


def test_closing_ends_the_resolution_and_opening_again_goes_on() -> None:
    story = Story(policy())
    story.customer(0)
    story.agent(1)
    story.close(30)
    assert story.clock(Norm.RESOLUTION).met_at == at(30)
    assert next_ring(story.sla) is None
    story.customer(100)
    assert story.clock(Norm.RESOLUTION).met_at is None
    assert story.clock(Norm.RESOLUTION).due == at(130)


def test_a_norm_warns_once_and_breaks_once() -> None:
    story = Story(policy(warn_percent=50))
    story.customer(0)
    assert next_ring(story.sla) == at(5)
    for minute in (5, 6, 10, 11, 12):
        story.ring(minute)
    assert story.alarms == [Alarm(Norm.FIRST_REPLY, breached=False), Alarm(Norm.FIRST_REPLY, breached=True)]
    story.agent(13)
    assert len(story.alarms) == 2  # known already


def test_another_policy_keeps_what_was_spent() -> None:
    story = Story(policy())
    story.customer(0)
    story.policy = Policy("strict", 1, {Norm.FIRST_REPLY: 6 * MINUTE})
    story.customer(4)
    assert story.clock(Norm.FIRST_REPLY).due == at(6)
    assert story.clock(Norm.RESOLUTION) is None
    assert measure(story.sla, None, Turn(True, False, None), at(5)) is None


def test_a_policy_fits_by_queue_channel_and_priority() -> None:
    some = policy(queue_ids=frozenset({"q"}), channels=frozenset({"email"}), priorities=frozenset({"high"}))
    assert some.fits("q", "email", "high")
    assert not some.fits("p", "email", "high")
    assert not some.fits("q", "webchat", "high")
    assert not some.fits("q", "email", "normal")
    assert policy().fits("", "sms", "low")


steps = st.lists(
    st.tuples(st.sampled_from(["customer", "agent", "snooze", "awake", "close", "ring"]), st.integers(1, 30))
)


@given(steps, st.booleans(), st.booleans())
def test_no_story_confuses_the_clocks(path: list[tuple[str, int]], pause_snoozed: bool, pause_answered: bool) -> None:
    story = Story(policy(pause_snoozed=pause_snoozed, pause_answered=pause_answered))
    story.customer(0)
    now = 0
    for what, minutes in path:
        now += minutes
        if what in ("snooze", "awake"):
            story.snooze(now, on=what == "snooze")
        else:
            getattr(story, what)(now)
        assert story.sla is not None
        for clock in story.sla.clocks:
            assert (clock.since is None) == (clock.due is None)
            assert clock.spent >= timedelta(0)
            assert clock.since is None or clock.since <= at(now)
        again = measure(story.sla, story.policy, Turn(True, story.snoozed, story.waits), at(now))
        if what not in ("close", "ring"):
            assert again == story.sla  # the same turn twice changes nothing
    breaches = [alarm for alarm in story.alarms if alarm == Alarm(Norm.FIRST_REPLY, breached=True)]
    assert len(breaches) <= 1
