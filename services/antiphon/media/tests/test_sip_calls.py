"""Calls between two cores in virtual time: every rule of a dialog that one can hear."""

from __future__ import annotations

import pytest

from antiphon.media.sip.call import CallState, adopt
from antiphon.media.sip.dtmf import RELAY, write_digit
from antiphon.media.sip.effects import Displaced
from antiphon.media.sip.events import (
    Acked,
    Answered,
    Dtmf,
    Ended,
    Failed,
    Progress,
    Referred,
    Reoffered,
)
from antiphon.media.sip.incoming import IncomingCall
from antiphon.media.sip.limits import Limits
from antiphon.media.sip.message import Request, Response, parse, respond
from antiphon.media.sip.outgoing import OutgoingCall
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.sip_net import ANSWER, OFFER, Net, Peer

pytestmark = pytest.mark.domain

A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"


def pair(net: Net) -> tuple[Peer, Peer]:
    return net.peer(A), net.peer(B)


def up(net: Net, a: Peer, b: Peer, **more: object) -> tuple[OutgoingCall, IncomingCall]:
    """A call that is up."""
    out = a.invite(b, **more)  # type: ignore[arg-type]
    net.run(0.1)
    call = b.calls[-1]
    assert b.do(lambda: call.answer(ANSWER))
    net.run(0.1)
    assert (out.state, call.state) == (CallState.UP, CallState.UP)
    return out, call


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("by_caller", [True, False])
def test_a_call_is_rung_answered_and_ended(transport: str, by_caller: bool) -> None:
    net = Net()
    a, b = pair(net)
    out = a.invite(b, transport=transport)
    net.run(0.1)
    call = b.calls[0]
    assert call.remote_sdp == OFFER
    b.do(lambda: call.ring(180))
    b.do(lambda: call.answer(ANSWER))
    net.run(1)
    assert a.events(Progress) == [Progress(180)]
    assert a.events(Answered) == [Answered(ANSWER)]
    assert b.events(Acked) == [Acked()]
    one, other = (a, b) if by_caller else (b, a)
    assert one.do((out if by_caller else call).hang_up)
    net.run(1)
    assert one.events(Ended) == [Ended(by_remote=False)]
    assert other.events(Ended) == [Ended(by_remote=True)]
    assert net.log()[:5] == [
        "1 INVITE",
        "2 180 INVITE",
        "2 200 INVITE",
        "1 ACK",
        "1 BYE" if by_caller else "2 BYE",
    ]
    assert not one.do((out if by_caller else call).hang_up)
    net.assert_nothing_left()


def test_reason_headers_go_both_ways() -> None:
    net = Net()
    a, b = pair(net)
    out, _ = up(net, a, b)
    a.do(lambda: out.hang_up('SIP;cause=200;text="Call completed elsewhere"'))
    net.run(1)
    assert b.events(Ended) == [Ended(by_remote=True, cause='SIP;cause=200;text="Call completed elsewhere"')]


def test_a_refusal_is_told_and_acknowledged() -> None:
    net = Net()
    a, b = pair(net)
    b.on_call = lambda call: call.reject(486, "Busy", [("x-why", "meeting")])
    a.invite(b)
    net.run(1)
    assert a.events(Failed) == [Failed(486, "Busy")]
    assert net.log() == ["1 INVITE", "2 486 INVITE", "1 ACK"]
    net.assert_nothing_left()


def test_trying_is_said_only_if_nothing_else_is_for_a_while() -> None:
    net = Net()
    a, b = pair(net)
    out = a.invite(b)
    net.run(0.2)
    assert net.log() == ["1 INVITE"]
    net.run(0.1)
    assert net.log() == ["1 INVITE", "2 100 INVITE"]
    a.do(out.hang_up)
    net.assert_nothing_left()


def test_a_redirect_tells_its_contact() -> None:
    net = Net()
    a, b = pair(net)
    b.on_call = lambda call: call.reject(302, headers=[("contact", "<sip:other@192.0.2.9>")])
    a.invite(b)
    net.run(1)
    assert a.events(Failed) == [Failed(302, "Moved Temporarily", "sip:other@192.0.2.9")]


def test_a_cancel_ends_both_sides() -> None:
    net = Net()
    a, b = pair(net)
    out = a.invite(b)
    net.run(0.1)
    b.do(b.calls[0].ring)
    net.run(0.1)
    a.do(lambda: out.hang_up("SIP;cause=487"))
    net.run(1)
    assert a.events(Failed) == [Failed(487, "Request Terminated")]
    assert b.events(Ended) == [Ended(by_remote=True, cause="SIP;cause=487")]
    assert not b.do(lambda: b.calls[0].answer(ANSWER))
    net.assert_nothing_left()


def test_a_cancel_waits_for_a_sign_of_life() -> None:
    net = Net()
    a, b = pair(net)
    out = a.invite(b)
    a.do(out.hang_up)
    assert net.log() == ["1 INVITE"]
    net.run(0.5)
    assert "1 CANCEL" in net.log()
    assert a.events(Failed) == [Failed(487, "Request Terminated")]
    net.assert_nothing_left()


@pytest.mark.parametrize("step", range(40))
def test_cancel_and_answer_cross(step: int) -> None:
    net = Net(seed=step, jitter=0.01)
    a, b = pair(net)
    out = a.invite(b)
    net.run(0.1)
    call = b.calls[0]
    b.do(call.ring)
    net.run(0.1)
    first, second = (a, b) if step % 2 else (b, a)
    verbs = {a: out.hang_up, b: lambda: call.answer(ANSWER)}
    first.do(verbs[first])
    net.run(step / 2000)
    second.do(verbs[second])
    net.run(5)
    assert out.state is call.state is CallState.ENDED
    ends = [event for _, event in a.told if isinstance(event, Failed | Ended)]
    assert len(ends) == len(b.events(Ended)) == 1
    net.assert_nothing_left()


def test_a_caller_whose_cancel_is_not_honoured_gives_up() -> None:
    net = Net()
    a, b = pair(net)
    out = a.invite(b)
    net.run(0.3)
    net.drop = lambda host, message: host == B and message.method == "INVITE"
    a.do(out.hang_up)
    net.run(40)
    assert a.events(Failed)[0].code == 487
    net.assert_nothing_left()


def test_the_answer_is_repeated_until_the_ack_comes() -> None:
    net = Net()
    a, b = pair(net)
    net.drop = lambda host, message: message.method == "ACK"
    out = a.invite(b)
    net.run(0.1)
    b.do(lambda: b.calls[0].answer(ANSWER))
    net.run(31)
    times = net.times(B, "INVITE", 200)
    assert times[:6] == [0, 0.5, 1.5, 3.5, 7.5, 11.5]
    assert len(net.times(A, "ACK")) == len(times)
    assert len(a.events(Answered)) == 1
    net.run(5)
    assert b.events(Ended)[0].cause.startswith("SIP;cause=408")
    assert a.events(Ended)[0].by_remote
    assert out.state is CallState.ENDED
    net.assert_nothing_left()


def test_hung_up_before_the_ack_means_bye_after_it() -> None:
    net = Net()
    a, b = pair(net)
    a.invite(b)
    net.run(0.1)
    call = b.calls[0]
    b.do(lambda: call.answer(ANSWER))
    b.do(call.hang_up)
    assert "2 BYE" not in net.log()
    net.run(1)
    assert net.log().index("1 ACK") < net.log().index("2 BYE")
    net.assert_nothing_left()


def test_the_caller_may_bye_before_the_answer() -> None:
    net = Net()
    a, b = pair(net)
    out = a.invite(b)
    net.run(0.1)
    b.do(b.calls[0].ring)
    net.run(0.1)
    a.do(out.send_bye)
    net.run(1)
    assert b.events(Ended) == [Ended(by_remote=True)]
    assert a.events(Failed)[0].code == 487
    net.assert_nothing_left()


def test_a_call_that_everybody_forgets_ends() -> None:
    net = Net()
    a, b = pair(net)
    a.invite(b)
    net.run(1)
    b.do(b.calls[0].ring)
    net.drop = lambda host, message: host == A
    net.run(3700)
    assert b.events(Ended)[0].by_remote is False
    assert a.events(Failed)
    net.assert_nothing_left()


def test_an_unanswered_invite_fails_with_408() -> None:
    net = Net()
    a, b = pair(net)
    net.drop = lambda host, message: True
    a.invite(b)
    net.run(33)
    assert a.events(Failed) == [Failed(408, "Request Timeout")]
    assert net.times(A, "INVITE") == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    net.assert_nothing_left()


def test_a_reliable_provisional_is_repeated_until_its_prack() -> None:
    net = Net()
    a, b = pair(net)
    net.drop = lambda host, message: message.method == "PRACK" and net.now < 1003
    a.invite(b)
    net.run(0.1)
    call = b.calls[0]
    b.do(lambda: call.ring(183, ANSWER, reliable=True))
    b.do(lambda: call.ring(180, reliable=True))
    b.do(lambda: call.answer(ANSWER))
    net.run(2)
    assert "2 200 INVITE" not in net.log()
    net.run(8)
    assert a.events(Progress) == [Progress(183, ANSWER), Progress(180)]
    assert net.times(B, "INVITE", 183)[:4] == [0, 0.5, 1.5, 3.5]
    assert a.events(Answered)
    a.do(a.told[-1][0].hang_up)
    net.assert_nothing_left()


def test_a_reliable_provisional_without_prack_ends_the_call() -> None:
    net = Net()
    a, b = pair(net)
    net.drop = lambda host, message: message.method == "PRACK"
    a.invite(b)
    net.run(0.1)
    b.do(lambda: b.calls[0].ring(183, ANSWER, reliable=True))
    net.run(40)
    assert a.events(Failed)[0].code == 504
    net.assert_nothing_left()


def test_an_offer_may_come_with_the_answer() -> None:
    net = Net()
    a, b = pair(net)
    out = a.invite(b, sdp=b"")
    net.run(0.1)
    b.do(lambda: b.calls[0].answer(OFFER))
    net.run(0.1)
    assert a.events(Answered) == [Answered(OFFER)]
    assert "1 ACK" not in net.log()
    a.do(lambda: out.confirm(ANSWER))
    net.run(1)
    assert b.events(Acked) == [Acked(ANSWER)]
    a.do(out.hang_up)
    net.assert_nothing_left()


def test_a_second_fork_is_acknowledged_and_ended() -> None:
    net = Net()
    a, b, c = net.peer(A), net.peer(B), net.peer(C)
    out = a.invite(b)
    net.run(0.005)
    invite = net.sent[0][2]
    net.carry(invite.encode(), a.hop, c.hop)  # a proxy forks
    net.run(0.1)
    for peer in (b, c):
        peer.do(lambda peer=peer: peer.calls[0].ring())  # type: ignore[misc]
    net.run(0.1)
    assert len(out.early) == 2
    c_answer = respond(c.calls[0].invite, 200, c.calls[0].tag, [("contact", f"<sip:{C}>")])
    b.do(lambda: b.calls[0].answer(ANSWER))
    net.run(0.1)
    net.carry(c_answer.encode(), c.hop, a.hop)
    net.run(0.1)
    net.carry(c_answer.encode(), c.hop, a.hop)
    net.run(0.1)
    assert out.state is CallState.UP
    acks = [m for _, s, m in net.sent if s == A and m.method == "ACK" and isinstance(m, Request)]
    byes = [m for _, s, m in net.sent if s == A and m.method == "BYE"]
    assert [ack.recipient.tag for ack in acks] == [b.calls[0].tag, c.calls[0].tag, c.calls[0].tag]
    assert [bye.recipient.tag for bye in byes] == [c.calls[0].tag]
    assert len(a.events(Answered)) == 1


def test_hold_and_resume_by_either_side() -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    for peer, mine, other in ((a, out, b), (b, call, a)):
        other.on_event = lambda _, event: event.reply(ANSWER) if isinstance(event, Reoffered) else None
        done: list[tuple[int, bytes]] = []
        peer.do(lambda mine=mine, done=done: mine.reoffer(b"v=0 hold", lambda code, sdp: done.append((code, sdp))))  # type: ignore[misc]
        net.run(1)
        assert done == [(200, ANSWER)]
        assert other.events(Reoffered)[-1].sdp == b"v=0 hold"
    a.do(out.hang_up)
    net.assert_nothing_left()


@pytest.mark.parametrize("by_update", [True, False])
def test_crossing_offers_both_get_through(by_update: bool) -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    a.on_event = b.on_event = lambda _, event: event.reply(ANSWER) if isinstance(event, Reoffered) else None
    done: dict[Peer, list[int]] = {a: [], b: []}
    a.do(lambda: out.reoffer(b"from a", lambda code, _: done[a].append(code), by_update=by_update))
    b.do(lambda: call.reoffer(b"from b", lambda code, _: done[b].append(code), by_update=by_update))
    net.run(0.1)
    assert net.log().count(f"1 491 {'UPDATE' if by_update else 'INVITE'}") == 1
    net.run(10)
    assert done == {a: [200], b: [200]}
    assert (call.remote_sdp, out.remote_sdp) in {(b"from a", ANSWER), (ANSWER, b"from b")}
    retries = net.times(A, "UPDATE" if by_update else "INVITE")
    assert 2.1 <= retries[-1] - retries[-2] <= 4.1 or by_update
    a.do(out.hang_up)
    net.assert_nothing_left()


def test_a_refused_offer_changes_nothing() -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    b.on_event = lambda _, event: event.reply(488) if isinstance(event, Reoffered) else None
    codes: list[int] = []
    a.do(lambda: out.reoffer(b"video", lambda code, _: codes.append(code)))
    net.run(1)
    assert codes == [488]
    assert out.state is CallState.UP
    assert (out.local_sdp, call.remote_sdp) == (OFFER, OFFER)


def test_an_offer_nobody_answers_is_refused_by_the_stack() -> None:
    net = Net()
    a, b = pair(net)
    out, _ = up(net, a, b)
    codes: list[int] = []
    a.do(lambda: out.reoffer(b"x", lambda code, _: codes.append(code)))
    net.run(11)
    assert codes == [488]


def test_a_dead_peer_ends_the_call_that_asks() -> None:
    net = Net()
    a, b = pair(net)
    out, _call = up(net, a, b)
    b.core.calls.clear()
    codes: list[int] = []
    a.do(lambda: out.reoffer(b"x", lambda code, _: codes.append(code)))
    net.run(1)
    assert a.events(Ended)[0].cause == "SIP;cause=481"
    assert codes == [487]


@pytest.mark.parametrize("allows_update", [True, False])
def test_the_session_is_refreshed_at_half_time(allows_update: bool) -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    if not allows_update:
        out.remote_allows.discard("update")
    assert (out.session.interval, out.session.we_refresh, call.session.we_refresh) == (1800, True, False)
    net.run(1800 * 5)
    method = "UPDATE" if allows_update else "INVITE"
    assert net.log().count(f"1 {method}") - (not allows_update) == 9
    assert out.state is call.state is CallState.UP
    assert not b.events(Reoffered)
    net.drop = lambda host, message: host == A
    net.run(1800)
    assert b.events(Ended)[0].cause.endswith('"Session timer"')
    net.run(1800)
    assert a.events(Ended)
    net.assert_nothing_left()


def test_a_caller_without_session_timers_is_looked_after() -> None:
    net = Net()
    a, b = pair(net)
    a.core.limits = a.core.limits.__class__(session_expires=0)
    out, call = up(net, a, b)
    assert call.session.interval == 1800
    a.do(out.hang_up)
    net.assert_nothing_left()


def test_an_interval_too_small_is_raised() -> None:
    net = Net()
    a, b = pair(net)
    a.core.limits = a.core.limits.__class__(session_expires=60, session_minimum=60)
    a.invite(b)
    net.run(1)
    assert net.log()[:5] == ["1 INVITE", "2 422 INVITE", "1 ACK", "1 INVITE", "2 100 INVITE"]
    b.do(lambda: b.calls[0].answer(ANSWER))
    net.run(1)
    assert b.calls[0].session.interval == 90
    assert a.events(Answered)


def test_digits_by_info() -> None:
    net = Net()
    a, b = pair(net)
    out, _ = up(net, a, b)
    answers: list[int] = []
    for body in (write_digit("5"), write_digit("#", 250), b"Signal=11\r\n"):
        a.do(lambda body=body: out.info(RELAY, body, lambda response: answers.append(response.code)))  # type: ignore[misc]
        net.run(0.1)
    a.do(lambda: out.info("application/json", b"{}", lambda response: answers.append(response.code)))
    net.run(0.1)
    assert b.events(Dtmf) == [Dtmf("5", 160), Dtmf("#", 250), Dtmf("#", 160)]
    assert answers == [200, 200, 200, 415]


def test_a_blind_transfer_reports_its_outcome() -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    done: list[tuple[int, bool]] = []
    a.do(lambda: out.transfer.refer("sip:1002@pbx.example", "", lambda *result: done.append(result), "<sip:me@a>"))
    net.run(0.1)
    (wish,) = b.events(Referred)
    assert (wish.to, wish.replaces, wish.referred_by) == ("sip:1002@pbx.example", "", "<sip:me@a>")
    b.do(lambda: wish.reply(202))
    b.do(lambda: call.transfer.notify(180))
    net.run(0.1)
    assert not done
    b.do(lambda: call.transfer.notify(200))
    net.run(0.1)
    assert done == [(200, True)]
    assert not b.do(lambda: call.transfer.notify(200))
    a.do(out.hang_up)
    net.assert_nothing_left()


def test_a_transfer_may_be_refused_or_forgotten() -> None:
    net = Net()
    a, b = pair(net)
    out, _ = up(net, a, b)
    done: list[tuple[int, bool]] = []
    b.on_event = lambda _, event: event.reply(403) if isinstance(event, Referred) else None
    a.do(lambda: out.transfer.refer("sip:x@y", "", lambda *result: done.append(result)))
    net.run(0.1)
    b.on_event = lambda _, event: None
    a.do(lambda: out.transfer.refer("sip:x@y", "", lambda *result: done.append(result)))
    net.run(11)
    assert done == [(403, False), (603, False)]


def test_an_attended_transfer_replaces_the_dialog() -> None:
    net = Net()
    a, b, c = net.peer(A), net.peer(B), net.peer(C)
    _, call = up(net, a, b)  # A talks to B; C shall take A's place
    assert call.dialog is not None
    replaces = a.core.calls[(call.call_id, call.dialog.remote_tag)].dialog.replaces()  # type: ignore[union-attr]
    new = c.invite(b, headers=(("Replaces", replaces),))
    net.run(0.1)
    (event,) = b.events(Displaced)
    assert len(b.calls) == 1
    b.do(lambda: event.by.answer(ANSWER))  # type: ignore[attr-defined]
    net.run(1)
    assert new.state is CallState.UP
    assert call.state is CallState.ENDED
    assert a.events(Ended) == [Ended(by_remote=True)]
    wrong = c.invite(b, headers=(("Replaces", "nobody;to-tag=1;from-tag=2"),))
    early = c.invite(b, headers=(("Replaces", new.dialog.replaces() + ";early-only"),))  # type: ignore[union-attr]
    net.run(1)
    assert {event.code for event in c.events(Failed)} == {481, 486}
    assert wrong.state is early.state is CallState.ENDED
    c.do(new.hang_up)
    net.assert_nothing_left()


@pytest.mark.parametrize("loose", [True, False])
def test_the_route_set_is_followed(loose: bool) -> None:
    net = Net()
    a, b = pair(net)
    mark = ";lr" if loose else ""
    records = [f"<sip:p2.example{mark}>", f"<sip:{B}{mark}>"]  # as they stand in the response: the nearest last
    out = a.invite(b)
    net.run(0.1)
    answer = respond(b.calls[0].invite, 200, "tb", [("record-route", value) for value in records])
    answer.headers.append(("contact", "<sip:target@192.0.2.77>"))
    net.carry(answer.encode(), b.hop, a.hop)
    net.run(0.005)
    net.run(0.01)
    assert out.state is CallState.UP
    ack = net.sent[-1][2]
    assert isinstance(ack, Request)
    if loose:
        assert ack.uri == "sip:target@192.0.2.77"
        assert ack.all("route") == [f"<sip:{B};lr>", "<sip:p2.example;lr>"]
    else:
        assert ack.uri == f"sip:{B}"
        assert ack.all("route") == ["<sip:p2.example>", "<sip:target@192.0.2.77>"]


def test_old_and_foreign_requests_are_refused() -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    assert out.dialog is not None
    out.dialog.local_cseq = 0
    seen: list[int] = []
    a.do(lambda: out.ask("OPTIONS", lambda response: seen.append(response.code)))
    net.run(0.1)
    out.dialog.local_cseq = 50
    a.do(lambda: out.ask("OPTIONS", lambda response: seen.append(response.code)))
    net.run(0.1)
    a.do(lambda: out.ask("MESSAGE", lambda response: seen.append(response.code)))
    a.do(lambda: out.ask("PRACK", lambda response: seen.append(response.code), [("rack", "1 1 INVITE")]))
    a.do(lambda: out.ask("NOTIFY", lambda response: seen.append(response.code), [("event", "presence")]))
    net.run(0.1)
    assert seen == [500, 200, 405, 481, 489]
    out.dialog.local_tag = "another"
    a.do(lambda: out.ask("OPTIONS", lambda response: seen.append(response.code)))
    net.run(0.1)
    assert seen[-1] == 481
    assert call.state is CallState.UP


def test_a_reoffer_moves_the_target() -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    assert call.dialog is not None
    a.core.me = a.core.me.__class__(A, 5060, "moved")
    a.do(lambda: out.reoffer(OFFER, lambda *_: None))
    net.run(1)
    assert call.dialog.target == f"sip:moved@{A}:5060"


def test_another_replica_says_good_bye() -> None:
    net = Net()
    a, b = pair(net)
    out, _ = up(net, a, b)
    data = out.dump()
    a.core.calls.clear()  # A dies; another core adopts its call
    heir = a.do(lambda: adopt(a.core, data))
    assert heir.dump() == data
    assert a.do(heir.hang_up)
    net.run(1)
    assert b.events(Ended) == [Ended(by_remote=True)]


def test_a_peer_without_a_tag_and_branch_can_call() -> None:
    net = Net()
    b = net.peer(B)
    old = (
        f"INVITE sip:{B} SIP/2.0\r\nVia: SIP/2.0/UDP {C}\r\nFrom: <sip:old@{C}>\r\nTo: <sip:{B}>\r\n"
        f"Call-ID: 2543\r\nCSeq: 1 INVITE\r\nContact: <sip:{C}>\r\nContent-Length: 0\r\n\r\n"
    ).encode()
    for _ in range(2):
        b.receive(old, Hop(C))
    assert len(b.calls) == 1
    b.do(lambda: b.calls[0].answer(OFFER))
    reply = net.sent[-1][2]
    assert isinstance(reply, Response)
    ack = old.replace(b"INVITE sip", b"ACK sip").replace(b"1 INVITE", b"1 ACK")
    ack = ack.replace(f"To: <sip:{B}>".encode(), f"To: {reply.get('to')}".encode())
    b.receive(ack, Hop(C))
    assert b.calls[0].state is CallState.UP
    assert parse(ack).recipient.tag == b.calls[0].tag


IMAGE = b"v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=image 4000 udptl t38\r\n"


def test_a_fax_waits_for_what_somebody_else_says() -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    codes: list[int] = []
    a.do(lambda: out.reoffer(IMAGE, lambda code, _: codes.append(code)))
    net.run(3)
    (wish,) = b.events(Reoffered)
    assert (wish.sdp, codes) == (IMAGE, [])
    crossing: list[int] = []
    b.do(lambda: call.reoffer(OFFER, lambda code, _: crossing.append(code)))
    net.run(1)
    assert not crossing  # ours waits its turn
    said: list[bool] = []
    b.do(lambda: said.append(wish.reply(IMAGE)))
    a.on_event = lambda _, event: event.reply(ANSWER) if isinstance(event, Reoffered) else None
    net.run(10)
    assert (said, codes, crossing) == ([True], [200], [200])
    assert (out.local_sdp, call.remote_sdp) == (ANSWER, ANSWER)
    a.do(out.hang_up)
    net.assert_nothing_left()


@pytest.mark.parametrize("answer", [IMAGE, 488])
def test_a_reply_that_comes_too_late_says_so(answer: bytes | int) -> None:
    net = Net()
    a, b = pair(net)
    out, call = up(net, a, b)
    codes: list[int] = []
    a.do(lambda: out.reoffer(IMAGE, lambda code, _: codes.append(code)))
    net.run(12)
    said: list[bool] = []
    b.do(lambda: said.append(b.events(Reoffered)[0].reply(answer)))
    net.run(1)
    assert (said, codes) == ([False], [488])
    assert (out.local_sdp, call.remote_sdp) == (OFFER, OFFER)


def test_a_proxy_hears_that_we_are_still_at_it() -> None:
    """100 again and again until the answer, also while it rings; a repeated INVITE gets what was said last."""
    net = Net()
    a, b = net.peer("192.0.2.1"), net.peer("192.0.2.2", Limits(reassure=1.0))
    out = a.invite(b)
    net.run(2.5)
    (call,) = b.calls
    b.do(call.ring)
    net.run(2.0)
    said = [message.code for _, host, message in net.sent if host == b.hop.host and isinstance(message, Response)]
    assert said == [100, 100, 100, 180, 100, 100]
    b.do(lambda: call.answer(ANSWER))
    net.run(3.0)
    assert a.events(Answered)
    after = [message.code for _, host, message in net.sent if host == b.hop.host and isinstance(message, Response)]
    assert after == [*said, 200]
    a.do(out.hang_up)
    net.run(40.0)
    assert not any(b.core.census().values())
