"""Requests too large for a datagram, in virtual time: over TCP where it is spoken, by UDP where it is not."""

from __future__ import annotations

import pytest

from antiphon.media.sip.effects import Send
from antiphon.media.sip.events import Answered
from antiphon.media.sip.incoming import IncomingCall
from antiphon.media.sip.message import Request, parse
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.sip_net import ANSWER, OFFER, Net, Peer

pytestmark = pytest.mark.domain
LARGE = OFFER + b"a=candidate:" * 120
TCP = Hop("192.0.2.2", 5060, "tcp")


def answering(net: Net) -> tuple[Peer, Peer]:
    one, other = net.peer("192.0.2.1"), net.peer("192.0.2.2")

    def answer(call: IncomingCall) -> None:
        other.do(lambda: call.answer(ANSWER))

    other.on_call = answer
    return one, other


def transports(net: Net, method: str) -> list[str]:
    """How each request of the first peer says that it came."""
    sent = [message for _, host, message in net.sent if isinstance(message, Request) and host == "192.0.2.1"]
    return [message.get("via").split()[0].rpartition("/")[2] for message in sent if message.method == method]


def test_a_large_one_goes_over_tcp_and_a_small_one_does_not() -> None:
    net = Net()
    one, other = answering(net)
    one.invite(other, LARGE)
    call = one.invite(other)
    net.run(1)
    assert transports(net, "INVITE") == ["TCP", "UDP"]
    assert len(one.events(Answered)) == 2
    codes: list[int] = []
    one.do(lambda: call.reoffer(LARGE, lambda code, _: codes.append(code)))
    assert transports(net, "INVITE") == ["TCP", "UDP", "TCP"]
    net.run(1)
    for each in list(one.core.calls.values()):
        one.do(each.hang_up)
    net.assert_nothing_left()


def test_the_size_is_about_what_goes_out() -> None:
    net = Net()
    one, other = answering(net)
    call = one.invite(other)
    sent = next(effect for effect in [Send(call.invite.encode(), TCP)])
    bare = parse(sent.data)
    assert isinstance(bare, Request)
    del bare.headers[0]
    assert abs(bare.size - len(sent.data)) < 60


def test_who_speaks_no_tcp_gets_it_by_udp_and_is_not_tried_again_for_a_while() -> None:
    net = Net()
    one, other = answering(net)
    net.drop = lambda host, message: isinstance(message, Request) and "/TCP" in message.get("via")
    one.invite(other, LARGE)
    one.perform(one.core.transport_failed(TCP, net.now))
    net.run(1)
    assert transports(net, "INVITE") == ["TCP", "UDP"]
    assert len(one.events(Answered)) == 1
    one.invite(other, LARGE)
    net.run(1)
    assert transports(net, "INVITE") == ["TCP", "UDP", "UDP"]
    net.run(300)
    net.drop = lambda host, message: False
    one.invite(other, LARGE)
    assert transports(net, "INVITE")[-1] == "TCP"
    net.run(1)
    for each in list(one.core.calls.values()):
        one.do(each.hang_up)
    net.assert_nothing_left()


def test_a_call_that_goes_over_tcp_is_cancelled_over_tcp() -> None:
    net = Net()
    one, other = net.peer("192.0.2.1"), net.peer("192.0.2.2")
    other.on_call = lambda call: other.do(call.ring)
    call = one.invite(other, LARGE)
    net.run(1)
    one.do(call.hang_up)
    net.run(1)
    assert transports(net, "CANCEL") == ["TCP"]
    net.assert_nothing_left()
