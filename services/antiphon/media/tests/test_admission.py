"""Who is taken in while there is no time: a clock made by hand, then calls in virtual time."""

from __future__ import annotations

import pytest

from antiphon.media.domain.admission import CALM, EVERY, Admission
from antiphon.media.sip.call import CallState
from antiphon.media.sip.events import Answered, Failed, Reoffered
from antiphon.media.sip.message import Response
from antiphon.media.tests.sip_net import ANSWER, OFFER, Net

pytestmark = pytest.mark.domain


def ticked(admission: Admission, *, until: float, late: float = 0.0) -> float:
    """Lets the loop look at its clock from 0 on, each time so late; the time it is then."""
    now = 0.0
    while now < until:
        admission.tick(now)
        now += EVERY + late
    admission.tick(now)
    return now


def test_a_punctual_loop_takes_everybody_in() -> None:
    admission = Admission(latest=0.2, most=10)
    now = ticked(admission, until=1.0, late=0.19)
    assert admission.admits(now, 9)
    assert admission.lag == pytest.approx(0.19)
    assert not admission.is_busy(now)
    assert admission.refused == 0


def test_a_late_loop_turns_calls_away_until_it_was_punctual_for_a_moment() -> None:
    admission = Admission(latest=0.2, most=10)
    now = ticked(admission, until=1.0, late=0.21)
    assert not admission.admits(now, 0)
    assert admission.is_busy(now)
    while now < 1.0 + CALM * 3 and not admission.admits(now, 0):
        now += EVERY
        admission.tick(now)
    assert admission.admits(now, 0)
    now += CALM
    admission.tick(now)
    assert admission.refused > 1


def test_a_tick_that_is_overdue_counts_before_it_comes() -> None:
    """What was read together with the INVITE kept the loop from its clock."""
    admission = Admission(latest=0.2, most=10)
    admission.tick(0.0)
    assert admission.admits(0.2, 0)
    assert not admission.admits(EVERY + 0.21, 0)


def test_too_many_at_once_are_turned_away_one_by_one() -> None:
    admission = Admission(latest=0.2, most=2)
    admission.tick(0.0)
    assert admission.admits(0.0, 1)
    assert not admission.admits(0.0, 2)
    assert admission.admits(0.0, 1)
    assert admission.is_busy(0.0)
    assert not admission.is_busy(CALM)
    assert admission.refused == 1


def test_calls_that_are_there_go_on_while_new_ones_hear_503_with_a_time() -> None:
    net = Net()
    caller, media = net.peer("192.0.2.1"), net.peer("192.0.2.2")
    admission = Admission(latest=0.2, most=10)
    admission.tick(net.now)
    media.core.admits = lambda: admission.admits(media.core.timers.now, 0)
    media.on_call = lambda call: call.answer(ANSWER)
    talk = caller.invite(media)
    net.run(0.1)
    assert talk.state is CallState.UP

    net.run(1.0)  # nobody looked at the clock
    kept = media.core.census()
    refused = caller.invite(media)
    net.run(0.1)
    assert [event.code for event in caller.events(Failed)] == [503]
    answer = next(sent for _, host, sent in net.sent if isinstance(sent, Response) and sent.code == 503)
    assert int(answer.get("retry-after")) >= 1
    assert media.core.census() == kept  # nothing is kept of who was turned away
    assert refused.state is not CallState.UP

    codes: list[int] = []
    media.on_event = lambda _, event: event.reply(ANSWER) if isinstance(event, Reoffered) else None
    caller.do(lambda: talk.reoffer(OFFER, lambda code, _: codes.append(code)))  # in the call nobody is asked
    net.run(0.1)
    assert codes == [200]
    caller.do(talk.hang_up)
    net.run(40.0)
    assert not any(media.core.census().values())
    assert admission.refused == 1
    assert len(caller.events(Answered)) == 1
