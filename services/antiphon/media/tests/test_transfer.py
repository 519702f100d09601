"""Handing over, conferences and monitoring: the rules."""

from __future__ import annotations

import pytest

from antiphon.media.domain import conference, monitoring
from antiphon.media.domain.monitoring import Mode
from antiphon.media.domain.transfer import Act, Happened, IllegalTransfer, Phase, Transfer

pytestmark = pytest.mark.domain


def test_blind_and_answered() -> None:
    it = Transfer(attended=False)
    assert it.begin() == (Act.HOLD_OTHER, Act.DROP_BY, Act.RING_TARGET)
    assert it.on(Happened.ANSWERED) == (Act.CONNECT_OTHER_TARGET,)
    assert it.phase is Phase.DONE


def test_blind_and_back_when_nobody_answers() -> None:
    it = Transfer(attended=False)
    it.begin()
    assert it.on(Happened.LOST) == (Act.RING_BY,)
    assert it.on(Happened.ANSWERED) == (Act.CONNECT_OTHER_BY,)
    assert it.phase is Phase.RETURNED


def test_nobody_at_all() -> None:
    it = Transfer(attended=False)
    it.begin()
    it.on(Happened.LOST)
    assert it.on(Happened.LOST) == (Act.END,)
    assert it.phase is Phase.FAILED


def test_attended_and_completed() -> None:
    it = Transfer(attended=True)
    assert it.begin() == (Act.HOLD_OTHER, Act.RING_TARGET)
    assert it.on(Happened.ANSWERED) == (Act.CONNECT_BY_TARGET,)
    assert it.on(Happened.COMPLETE) == (Act.CONNECT_OTHER_TARGET, Act.DROP_BY)
    assert it.over


@pytest.mark.parametrize("how", [Happened.CANCEL, Happened.TARGET_LEFT])
def test_attended_and_taken_back(how: Happened) -> None:
    it = Transfer(attended=True)
    it.begin()
    it.on(Happened.ANSWERED)
    assert it.on(how)[-1] is Act.CONNECT_OTHER_BY
    assert it.phase is Phase.RETURNED


def test_a_busy_target_gives_the_call_back_at_once() -> None:
    it = Transfer(attended=True)
    it.begin()
    assert it.on(Happened.LOST) == (Act.CONNECT_OTHER_BY,)


@pytest.mark.parametrize("how", [Happened.COMPLETE, Happened.BY_LEFT])
def test_completing_before_the_answer_goes_on_blindly(how: Happened) -> None:
    it = Transfer(attended=True)
    it.begin()
    assert it.on(how) == ((Act.DROP_BY,) if how is Happened.COMPLETE else ())
    assert it.on(Happened.ANSWERED) == (Act.CONNECT_OTHER_TARGET,)


def test_the_consulted_two_go_on_when_the_customer_leaves() -> None:
    it = Transfer(attended=True)
    it.begin()
    it.on(Happened.ANSWERED)
    assert it.on(Happened.OTHER_LEFT) == ()
    assert it.phase is Phase.DONE


def test_what_makes_no_sense_is_refused() -> None:
    it = Transfer(attended=False)
    it.begin()
    with pytest.raises(IllegalTransfer, match="RINGING -> COMPLETE"):
        it.on(Happened.COMPLETE)


def test_a_conference_shrinks_to_a_conversation_and_to_nothing() -> None:
    assert conference.after_leaving({"A", "B", "C"}) is conference.Left.GO_ON
    assert conference.after_leaving({"A", "B"}) is conference.Left.BRIDGE
    assert conference.after_leaving({"A"}) is conference.Left.END
    assert not conference.admits([str(n) for n in range(12)])


@pytest.mark.parametrize(("mode", "hears"), [(Mode.LISTEN, ""), (Mode.WHISPER, "a"), (Mode.BARGE, "ac")])
def test_who_hears_the_supervisor(mode: Mode, hears: str) -> None:
    pairs = monitoring.pairs(mode, "s", "a", frozenset("c"))
    assert {hearer for speaker, hearer in pairs if speaker == "s"} == set(hears)
    assert {("a", "c"), ("c", "a"), ("a", "s"), ("c", "s")} <= pairs


def test_seats_of_a_room_are_counted_over_all_replicas() -> None:
    seats = conference.Seats()
    for number in range(conference.LARGEST):
        assert seats.sit(f"cl_{number}", ("here", "there")[number % 2], now=0)
    assert not seats.sit("cl_more", "there", now=0)
    assert seats.sit("cl_3", "there", now=0)  # asked twice
    seats.stand("cl_3")
    seats.stand("cl_3")
    assert seats.sit("cl_more", "there", now=0)
    assert len(seats) == conference.LARGEST
    assert seats.replicas == {"here", "there"}


def test_a_replica_says_who_of_its_callers_is_there() -> None:
    seats = conference.Seats()
    seats.sit("cl_1", "here", now=0)
    seats.sit("cl_2", "there", now=0)
    seats.sit("cl_3", "there", now=0)
    assert seats.said("there", ["cl_3", "cl_4"], now=5) == {"cl_2"}
    assert seats.missing(["cl_3", "cl_4"]) == {"cl_4"}
    assert seats.silent("here", now=5 + seats.SILENT) == frozenset()
    assert seats.silent("here", now=5.1 + seats.SILENT) == {"cl_2", "cl_3"}
    assert seats.silent("there", now=5.1 + seats.SILENT) == {"cl_1"}
