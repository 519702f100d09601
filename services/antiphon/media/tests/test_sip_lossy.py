"""Both ends are our core, the network between them is bad: every call ends the same on both sides, nothing is left."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from antiphon.media.sip.call import Call, CallState
from antiphon.media.sip.effects import AnyEvent, Invited
from antiphon.media.sip.events import Answered, Ended, Failed, Referred, Reoffered
from antiphon.media.sip.incoming import IncomingCall
from antiphon.media.sip.message import Request, Response
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.sip_net import ANSWER, OFFER, Net, Peer

pytestmark = pytest.mark.domain


def reply(_: Call, event: AnyEvent) -> None:
    if isinstance(event, Reoffered):
        event.reply(ANSWER)


def last_events(peer: Peer) -> list[Ended | Failed]:
    return [event for _, event in peer.told if isinstance(event, Ended | Failed)]


@pytest.mark.parametrize("seed", range(5))
def test_calls_survive_ten_percent_loss_doubles_and_reordering(seed: int) -> None:
    net = Net(seed, loss=0.1, double=0.1, jitter=0.2)
    a, b = net.peer("192.0.2.1"), net.peer("192.0.2.2")
    a.on_event = b.on_event = reply
    outs = []
    for number in range(20):
        outs.append(a.invite(b, transport="tcp" if number % 5 == 4 else "udp"))
        net.run(0.2)
    net.run(5)
    assert len(b.calls) == 20
    for call in b.calls:
        b.do(lambda call=call: call.ring(reliable=True))  # type: ignore[misc]
        b.do(lambda call=call: call.answer(ANSWER))  # type: ignore[misc]
    net.run(20)
    assert [out.state for out in outs] == [CallState.UP] * 20
    codes: list[int] = []
    theirs = {call.call_id: call for call in b.calls}
    pairs = [(out, theirs[out.call_id]) for out in outs]
    for out, call in pairs:
        a.do(lambda out=out: out.reoffer(b"a", lambda code, _: codes.append(code)))  # type: ignore[misc]
        b.do(lambda call=call: call.reoffer(b"b", lambda code, _: codes.append(code)))  # type: ignore[misc]
    net.run(60)
    assert codes == [200] * 40
    for number, (out, call) in enumerate(pairs):
        a.do(out.hang_up) if number % 2 else b.do(call.hang_up)
    net.run(40)
    assert len(last_events(a)) == len(last_events(b)) == 20
    net.assert_nothing_left()


@pytest.mark.parametrize("seed", range(5))
def test_cancels_and_answers_race_through_loss(seed: int) -> None:
    net = Net(seed, loss=0.1, double=0.1, jitter=0.2)
    a, b = net.peer("192.0.2.1"), net.peer("192.0.2.2")
    outs = []
    for _ in range(30):
        outs.append(a.invite(b))
        net.run(0.3)
    net.run(5)
    theirs = {call.call_id: call for call in b.calls}
    for out in outs:
        call = theirs[out.call_id]
        b.do(lambda call=call: call.answer(ANSWER))  # type: ignore[misc]
        net.run(net.random.random() / 2)
        a.do(out.hang_up)
    net.run(120)
    assert len(last_events(a)) == len(last_events(b)) == 30
    assert {out.state for out in outs} == {CallState.ENDED}
    net.assert_nothing_left()


@pytest.mark.parametrize("seed", range(10))
def test_mangled_messages_in_the_middle_of_calls_leave_nothing(seed: int) -> None:
    chaos = random.Random(seed)
    net = Net(seed, jitter=0.05)
    a, b = net.peer("192.0.2.1"), net.peer("192.0.2.2")
    a.on_event = b.on_event = reply

    def mangle(host: str, message: Request | Response) -> bool:
        if chaos.random() < 0.7:
            return False
        data = bytearray(message.encode())
        for _ in range(chaos.randint(1, 3)):
            at = chaos.randrange(len(data))
            data[at : at + chaos.randint(0, 4)] = chaos.choice([b"", b";", b"<", b"\r\n", b"9", b"\x00", b'"'])
        peer = b if host == "192.0.2.1" else a
        peer.receive(bytes(data), Hop(host))
        return chaos.random() < 0.5

    net.drop = mangle
    for _ in range(15):
        out = a.invite(b)
        net.run(1)
        for call in b.calls[-1:]:
            b.do(lambda call=call: call.ring(183, ANSWER, reliable=True))  # type: ignore[misc]
            b.do(lambda call=call: call.answer(ANSWER))  # type: ignore[misc]
        net.run(1)
        a.do(lambda out=out: out.reoffer(b"x", lambda *_: None))  # type: ignore[misc]
        a.do(lambda out=out: out.transfer.refer("sip:x@y", "", lambda *_: None))  # type: ignore[misc]
        net.run(1)
    net.drop = lambda host, message: False
    for peer in (a, b):
        for left in list(peer.core.calls.values()):
            peer.do(left.hang_up)
    net.assert_nothing_left()


def test_a_lost_transport_fails_what_was_on_its_way() -> None:
    net = Net()
    a, b = net.peer("192.0.2.1"), net.peer("192.0.2.2")
    net.drop = lambda host, message: True
    a.invite(b, transport="tcp")
    a.perform(a.core.transport_failed(Hop("192.0.2.2", 5060, "tcp"), net.now))
    assert a.events(Failed) == [Failed(503, "Service Unavailable")]
    net.assert_nothing_left()


def test_a_flood_is_bounded_and_forgotten() -> None:
    net = Net()
    a = net.peer("192.0.2.1")
    a.core.limits = a.core.limits.__class__(transactions=50, calls=20)
    invite = (
        "INVITE sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK{0}\r\nFrom: <sip:a@b>;tag={0}\r\n"
        "To: <sip:x@192.0.2.1>\r\nCall-ID: {0}\r\nCSeq: 1 INVITE\r\nContact: <sip:192.0.2.9>\r\n\r\n"
    )
    calls = []
    for number in range(500):
        effects = a.core.receive(invite.format(number).encode(), Hop("192.0.2.9"), net.now)
        calls += [effect.call for effect in effects if isinstance(effect, Invited)]
    assert len(calls) == 20
    assert a.core.census()["servers"] == 20
    for call in calls:
        a.core.at(net.now)
        call.hang_up()
    net.assert_nothing_left()


def test_a_malformed_final_response_ends_the_call_all_the_same() -> None:
    net = Net()
    a, b = net.peer("192.0.2.1"), net.peer("192.0.2.2")
    a.invite(b)
    net.run(0.1)
    call = b.calls[0]
    b.do(lambda: call.answer(ANSWER, [("record-route", "<not an address>")]))
    net.run(1)
    assert not a.events(Answered)
    assert a.events(Failed)[0].code == 502
    with pytest.raises(ParseError):
        call.dump()


class Chaos:
    """Two peers that do whatever comes to their mind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.net = Net(seed, loss=0.08, double=0.08, jitter=0.3)
        self.peers = self.net.peer("192.0.2.1"), self.net.peer("192.0.2.2")
        self.results: list[int] = []
        self.asked = 0
        for peer in self.peers:
            peer.on_event = self.react

    def react(self, _: Call, event: AnyEvent) -> None:
        if isinstance(event, Reoffered) and self.random.random() < 0.8:
            answers: list[bytes | int] = [ANSWER, ANSWER, 488]
            event.reply(self.random.choice(answers))
        if isinstance(event, Referred) and self.random.random() < 0.8:
            event.reply(self.random.choice([202, 603]))

    def reoffer(self, call: Call) -> None:
        self.asked += 1
        call.reoffer(b"v=0 x", lambda code, _: self.results.append(code), by_update=self.random.random() < 0.5)

    def refer(self, call: Call) -> None:
        self.asked += 1
        call.transfer.refer("sip:x@y", "", lambda code, _: self.results.append(code))

    def do_something(self) -> None:
        peer = self.random.choice(self.peers)
        calls = list(peer.core.calls.values())
        if not calls:
            return
        call = self.random.choice(calls)
        verbs: list[Callable[[], object]] = [
            lambda: self.reoffer(call),
            lambda: self.refer(call),
            lambda: call.ask("INFO", lambda _: None),
            lambda: call.transfer.notify(self.random.choice([180, 200])),
            lambda: self.random.random() < 0.3 and call.hang_up("SIP;cause=200"),
        ]
        if isinstance(call, IncomingCall):
            verbs += [
                lambda: call.ring(183, ANSWER, reliable=self.random.random() < 0.5),
                lambda: call.answer(ANSWER),
                lambda: call.answer(ANSWER),
                lambda: self.random.random() < 0.2 and call.reject(486),
            ]
        peer.do(self.random.choice(verbs))

    def end_all(self) -> None:
        for _ in range(3):
            for peer in self.peers:
                for call in list(peer.core.calls.values()):
                    peer.do(call.hang_up)
            self.net.run(40)
        self.net.assert_nothing_left()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_both_sides_do_each_hears_exactly_one_end(seed: int) -> None:
    chaos = Chaos(seed)
    a, b = chaos.peers
    outs: list[Call] = []
    for _ in range(12):
        outs.append(a.invite(b, sdp=chaos.random.choice([OFFER, OFFER, b""])))
        for _ in range(10):
            chaos.do_something()
            chaos.net.run(chaos.random.random() * 2)
    chaos.end_all()
    assert {call.state for call in [*outs, *b.calls]} == {CallState.ENDED}
    for peer, calls in ((a, outs), (b, list(b.calls))):
        last = dict(peer.told)
        assert set(last) == set(calls)
        assert all(isinstance(event, Ended | Failed) for event in last.values())
        assert len(last_events(peer)) == len(calls)
    assert len(chaos.results) == chaos.asked
