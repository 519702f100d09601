"""Hunts over phones and trunks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.media.domain.ringing import (
    Cancel,
    How,
    Hunt,
    Invite,
    Line,
    Lost,
    Patience,
    Won,
    failover,
)

pytestmark = pytest.mark.domain
A, B, C = (Line(name, "account", f"sip:{name}@x") for name in "ABC")


def test_all_ring_and_the_first_wins() -> None:
    hunt = Hunt([[A, B]], 20)
    assert hunt.start() == [Invite(A), Invite(B), Patience(20)]
    assert hunt.answered(B) == [Won(B), Cancel(A)]
    assert hunt.answered(A) == [Cancel(A)]
    assert hunt.failed("A", 487) == []


def test_one_after_the_other() -> None:
    hunt = Hunt([[A], [B]], 15)
    assert hunt.start() == [Invite(A), Patience(15)]
    assert hunt.timed_out() == [Cancel(A), Invite(B), Patience(15)]
    assert hunt.failed("A", 487) == []
    assert hunt.failed("B", 486) == [Lost(How.BUSY, 486)]


def test_who_rejects_on_one_phone_rejects_on_all() -> None:
    hunt = Hunt([[A, B]], 20)
    hunt.start()
    assert hunt.failed("A", 603) == [Cancel(B), Lost(How.DECLINED, 603)]


def test_the_best_reason_is_told() -> None:
    hunt = Hunt([[A, B, C]], 20)
    hunt.start()
    hunt.rang("B")
    assert hunt.failed("A", 480) == []
    assert hunt.failed("C", 503) == []
    assert hunt.failed("B", 480) == [Lost(How.NO_ANSWER, 480)]


def test_the_mobile_rings_only_when_no_phone_could_be_reached() -> None:
    mobile = Line("M", "trunk", "+380", forwarded=True)
    hunt = Hunt([[A, B], [mobile]], 20)
    hunt.start()
    hunt.failed("A", 480)
    assert hunt.failed("B", 480) == [Invite(mobile), Patience(20)]
    other = Hunt([[A, B], [mobile], [C]], 20)
    other.start()
    other.failed("A", 480)
    assert other.failed("B", 486) == [Invite(C), Patience(20)]


def test_an_outside_number_beside_others_rings_over_one_trunk_and_over_the_next_when_that_fails() -> None:
    second, third = (Line(name, "trunk", "+380") for name in ("T2", "T3"))
    mobile = Line("T1", "trunk", "+380", spares=(second, third))
    hunt = Hunt([[A, mobile]], 20)
    assert hunt.start() == [Invite(A), Invite(mobile), Patience(20)]
    assert hunt.failed("T1", 503) == [Invite(Line("T2", "trunk", "+380", spares=(third,)))]
    assert hunt.failed("T2", 486) == []  # he is busy, over every trunk
    assert hunt.failed("A", 480) == [Lost(How.BUSY, 486)]
    forwarded = Hunt([[replace(mobile, forwarded=True)]], 20)
    forwarded.start()
    forwarded.rang("T1")
    assert forwarded.failed("T1", 500) == [Lost(How.NO_ANSWER, 500)]  # it rang: the trunk had done its part
    kept = Hunt([[replace(mobile, forwarded=True)]], 20)
    kept.start()
    (instead,) = kept.failed("T1", 408)
    assert isinstance(instead, Invite)
    assert instead.line.forwarded
    assert kept.answered(instead.line) == [Won(instead.line)]


def test_nobody_is_there() -> None:
    assert Hunt([], 20).start() == [Lost(How.UNREACHABLE, 480)]
    silent = Hunt([[A]], 20)
    silent.start()
    assert silent.timed_out() == [Cancel(A), Lost(How.UNREACHABLE, 408)]


def test_a_caller_who_leaves_stops_the_ringing() -> None:
    hunt = Hunt([[A, B], [C]], 20)
    hunt.start()
    assert hunt.give_up() == [Cancel(A), Cancel(B)]
    assert hunt.failed("A", 487) == []
    assert hunt.give_up() == []


def test_the_next_trunk_is_tried_only_when_the_trunk_failed() -> None:
    for code, goes_on in ((503, True), (500, True), (408, True), (486, False), (404, False), (603, False)):
        hunt = Hunt([[A], [B]], 20, failover)
        hunt.start()
        effects = hunt.failed("A", code)
        assert (effects[0] == Invite(B)) is goes_on, code


EVENTS = st.tuples(st.sampled_from("ABC"), st.sampled_from(["rang", "answer", "fail", "reject", "time", "leave"]))


@given(st.lists(EVENTS, max_size=15), st.sampled_from([[[A, B], [C]], [[A], [B], [C]], [[A, B, C]]]))
def test_every_invited_line_is_ended_or_wins_and_the_hunt_ends_once(
    events: list[tuple[str, str]], groups: list[list[Line]]
) -> None:
    hunt, lines = Hunt(groups, 20), {"A": A, "B": B, "C": C}
    effects, failed = hunt.start(), set[str]()
    for name, what in events:
        if what == "rang":
            effects += hunt.rang(name)
        elif what == "answer":
            effects += hunt.answered(lines[name])
        elif what in ("fail", "reject"):
            failed.add(name)
            effects += hunt.failed(name, 480 if what == "fail" else 603)
        else:
            effects += hunt.timed_out() if what == "time" else hunt.give_up()
    assert sum(isinstance(effect, Won | Lost) for effect in effects) <= 1
    invited = {effect.line.id for effect in effects if isinstance(effect, Invite)}
    cancelled = {effect.line.id for effect in effects if isinstance(effect, Cancel)}
    won = {effect.line.id for effect in effects if isinstance(effect, Won)}
    if hunt.over:
        assert invited <= cancelled | won | failed
