"""Every timer of RFC 3261 table 4 and RFC 6026, on UDP and TCP, in virtual time."""

from __future__ import annotations

import pytest

from antiphon.media.sip.ask import Ask
from antiphon.media.sip.call import Call, CallState, IllegalMove
from antiphon.media.sip.digest import Authenticator, Credentials
from antiphon.media.sip.events import Answered, Ended, Failed
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.message import Headers, Request, Response, respond
from antiphon.media.sip.timers import Timers
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.sip_net import ANSWER, Net, Peer

pytestmark = pytest.mark.domain

A, B = "192.0.2.1", "192.0.2.2"


def send(peer: Peer, transport: str, *, credentials: Credentials | None = None) -> list[Response]:
    """OPTIONS to B; the list fills with what comes back."""
    heard: list[Response] = []
    sender, target = NameAddr(f"sip:{A}").tagged("t"), f"sip:{B}"
    headers: Headers = [("from", str(sender)), ("to", f"<{target}>"), ("call-id", "c"), ("cseq", "1 OPTIONS")]
    request = Request(headers, uri=target, method="OPTIONS", cseq=1, sender=sender, recipient=NameAddr(target))
    known = Authenticator(credentials, peer.core.new_id) if credentials else None
    peer.do(lambda: Ask(peer.core, request, Hop(B, 5060, transport), heard.append, authenticator=known))
    return heard


def answer_with(net: Net, *script: tuple[int, Headers]) -> list[Request]:
    """Nobody lives at B, but each request gets the next answer of the script (0: none)."""
    asked: list[Request] = []
    steps = list(script)

    def carry(host: str, message: object) -> bool:
        if host == A and isinstance(message, Request) and message.method != "ACK":
            asked.append(message)
            code, headers = steps.pop(0) if len(steps) > 1 else steps[0]
            if code:
                net.carry(respond(message, code, "b", headers).encode(), Hop(B), Hop(A))
        return host == A

    net.drop = carry
    return asked


def test_a_request_is_repeated_faster_then_slower_then_given_up() -> None:
    net = Net()
    a = net.peer(A)
    net.drop = lambda host, message: True
    heard = send(a, "udp")
    net.run(31.9)
    assert net.times(A, "OPTIONS") == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert not heard
    net.run(0.2)
    assert [response.code for response in heard] == [408]
    assert not any(a.core.census().values())


def test_tcp_repeats_nothing_but_gives_up_all_the_same() -> None:
    net = Net()
    a = net.peer(A)
    net.drop = lambda host, message: True
    heard = send(a, "tcp")
    out = a.invite(net.peer(B), transport="tcp")
    net.run(32.1)
    assert len(net.times(A, "OPTIONS")) == len(net.times(A, "INVITE")) == 1
    assert heard[0].code == 408
    assert out.state is CallState.ENDED


def test_a_provisional_slows_a_request_down() -> None:
    net = Net()
    a = net.peer(A)
    answer_with(net, (100, []), (0, []))
    heard = send(a, "udp")
    net.run(33)
    assert net.times(A, "OPTIONS")[:5] == [0, 0.5, 4.5, 8.5, 12.5]
    assert [response.code for response in heard] == [100, 408]


@pytest.mark.parametrize(("transport", "left"), [("udp", 1), ("tcp", 0)])
def test_late_answers_are_absorbed_for_t4(transport: str, left: int) -> None:
    net = Net()
    a, b = net.peer(A), net.peer(B)
    heard = send(a, transport)
    net.run(1)
    assert [response.code for response in heard] == [200]
    assert a.core.census()["clients"] == left  # K
    net.carry(net.sent[-1][2].encode(), b.hop, a.hop)
    net.run(1)
    assert len(heard) == 1
    net.run(4)
    assert a.core.census()["clients"] == 0
    assert b.core.census()["servers"] == left  # J
    net.run(30)
    assert b.core.census()["servers"] == 0


def test_a_repeated_request_gets_the_same_answer() -> None:
    net = Net()
    a, b = net.peer(A), net.peer(B)
    send(a, "udp")
    net.run(1)
    net.carry(net.sent[0][2].encode(), a.hop, b.hop)
    net.run(1)
    first, second = (message.encode() for _, host, message in net.sent if host == B)
    assert first == second


def test_a_refusal_is_repeated_until_its_ack() -> None:
    net = Net()
    a, b = net.peer(A), net.peer(B)
    b.on_call = lambda call: call.reject(486)
    net.drop = lambda host, message: message.method == "ACK"
    a.invite(b)
    net.run(40)
    assert net.times(B, "INVITE", 486) == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]  # G, H
    assert len(net.times(A, "ACK")) == 11
    assert len(a.events(Failed)) == 1
    net.assert_nothing_left()


def test_an_acknowledged_refusal_is_kept_for_t4_and_by_the_caller_for_half_a_minute() -> None:
    net = Net()
    a, b = net.peer(A), net.peer(B)
    b.on_call = lambda call: call.reject(486)
    a.invite(b)
    net.run(1)
    assert (len(a.core.clients), len(b.core.servers)) == (1, 1)
    net.run(4.5)
    assert (len(a.core.clients), len(b.core.servers)) == (1, 0)  # I
    net.run(27)
    assert not a.core.clients  # D


def test_a_repeated_invite_after_the_answer_is_absorbed() -> None:
    net = Net()
    a, b = net.peer(A), net.peer(B)
    out = a.invite(b)
    net.run(0.1)
    b.do(lambda: b.calls[0].answer(ANSWER))
    net.run(1)
    before = len(net.sent)
    net.carry(net.sent[0][2].encode(), a.hop, b.hop)
    net.run(1)
    assert len(net.sent) == before + 1  # L: only the one that was repeated
    assert len(b.calls) == 1
    a.do(out.hang_up)
    net.run(31)
    assert not [key for key in b.core.servers if "INVITE" in key]
    assert len(a.events(Answered)) == 1


def test_a_challenge_is_answered_once_and_the_wrong_password_told() -> None:
    challenge: Headers = [("proxy-authenticate", 'Digest realm="r", nonce="n", qop="auth"')]
    net = Net()
    asked = answer_with(net, (407, challenge), (200, []))
    heard = send(net.peer(A), "udp", credentials=Credentials("u", "p"))
    net.run(1)
    assert [response.code for response in heard] == [200]
    assert [(one.cseq, bool(one.get("proxy-authorization"))) for one in asked] == [(1, False), (2, True)]
    assert asked[0].get("via") != asked[1].get("via")
    net = Net()
    asked = answer_with(net, (407, challenge))
    heard = send(net.peer(A), "udp", credentials=Credentials("u", "p"))
    net.run(1)
    assert [response.code for response in heard] == [407]
    assert len(asked) == 2


def test_an_invite_proves_itself_and_so_do_its_ack_and_bye() -> None:
    net = Net()
    a, b = net.peer(A), net.peer(B)
    challenge: Headers = [("www-authenticate", 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256')]
    b.on_call = lambda call: (
        call.answer(ANSWER) if call.invite.has("authorization") else call.reject(401, headers=challenge)
    )
    out = a.invite(b, credentials=Credentials("u", "p"))
    net.run(1)
    assert out.state is CallState.UP
    assert out.dialog is not None
    assert out.dialog.local_cseq == 2
    a.do(out.hang_up)
    net.run(1)
    assert b.events(Ended)[-1] == Ended(by_remote=True)
    proofs = [message.get("authorization") for _, host, message in net.sent if host == A]
    assert ["nc=0000000" in proof for proof in proofs] == [False, False, True, True, True]
    net.assert_nothing_left()


def test_ringing_is_repeated_every_minute() -> None:
    net = Net()
    a, b = net.peer(A), net.peer(B)
    out = a.invite(b)
    net.run(0.1)
    b.do(b.calls[0].ring)
    net.run(130)
    assert net.times(B, "INVITE", 180) == [0, 60, 120]
    a.do(out.hang_up)
    net.assert_nothing_left()


def test_an_illegal_move_names_both_sides() -> None:
    net = Net()
    call = Call(net.peer(A).core, "c", "t")
    with pytest.raises(IllegalMove, match="UP -> RINGING"):
        call.move(CallState.RINGING)


def test_timers_ring_in_order_and_cancelled_ones_never() -> None:
    timers = Timers()
    rung: list[int] = []
    made = [timers.after(number % 7, lambda number=number: rung.append(number)) for number in range(200)]  # type: ignore[misc]
    for number, timer in enumerate(made):
        if number % 3:
            timer.cancel()
            timer.cancel()
    assert len(timers) == 67
    for now in (3.0, 2.0, 10.0):
        timers.advance(now)
        timers.ring_due()
    assert rung == sorted((number for number in range(0, 200, 3)), key=lambda number: (number % 7, number))
    assert (timers.next_deadline(), len(timers), timers.now) == (None, 0, 10.0)
