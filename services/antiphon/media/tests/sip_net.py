"""A network in virtual time for the SIP core: peers, delay, loss, duplicates, reordering, and a log of all messages."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from antiphon.media.sip.call import Call
from antiphon.media.sip.core import Core, Identity
from antiphon.media.sip.effects import AnyEvent, Effect, Invited, Send, Told
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.incoming import IncomingCall
from antiphon.media.sip.limits import Limits
from antiphon.media.sip.message import Request, Response, parse
from antiphon.media.sip.outgoing import Invitation, OutgoingCall
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Hop

T = TypeVar("T", bound=AnyEvent)
OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\n"
)
ANSWER = OFFER.replace(b"192.0.2.1", b"192.0.2.2")


class Peer:
    """One user agent: a core, what its calls told, and what it does on its own."""

    def __init__(self, net: Net, host: str, limits: Limits | None = None) -> None:
        self.hop = Hop(host, 5060)
        ids = count(1)
        self.core = Core(
            Identity(host, 5060, "ua"),
            lambda: f"{host.rpartition('.')[2]}x{next(ids)}",
            net.random.random,
            limits=limits,
        )
        self.net = net
        self.told: list[tuple[Call, AnyEvent]] = []
        self.calls: list[IncomingCall] = []
        self.on_call: Callable[[IncomingCall], object] = lambda call: None
        self.on_event: Callable[[Call, AnyEvent], object] = lambda call, event: None

    def invite(self, other: Peer, sdp: bytes = OFFER, transport: str = "udp", **more: object) -> OutgoingCall:
        """Calls another peer."""
        target = f"sip:{other.hop.host}:5060;transport={transport}"
        wish = Invitation(target, NameAddr(f"sip:me@{self.hop.host}"), sdp, **more)  # type: ignore[arg-type]
        return self.do(lambda: self.core.invite(wish))

    def do(self, verb: Callable[[], R]) -> R:
        """Uses the core now."""
        self.core.at(self.net.now)
        result = verb()
        self.perform(self.core.take())
        return result

    def receive(self, data: bytes, source: Hop) -> None:
        """A message arrives now."""
        self.perform(self.core.receive(data, source, self.net.now))

    def perform(self, effects: list[Effect]) -> None:
        """Carries out the core's effects, and those of what the scripts do then."""
        while effects:
            for effect in effects:
                match effect:
                    case Send(data, hop):
                        self.net.carry(data, self.hop, hop)
                    case Invited(call):
                        assert isinstance(call, IncomingCall)
                        self.calls.append(call)
                        self.on_call(call)
                    case Told(call, event):
                        self.told.append((call, event))
                        self.on_event(call, event)
            effects = self.core.take()

    def events(self, kind: type[T]) -> list[T]:
        """What was told of one kind."""
        return [event for _, event in self.told if isinstance(event, kind)]


R = TypeVar("R")


class Net:
    """Carries messages with `delay` seconds; each may be lost, doubled or overtaken."""

    def __init__(self, seed: int = 1, loss: float = 0.0, double: float = 0.0, jitter: float = 0.0) -> None:
        self.now = 1000.0
        self.random = random.Random(seed)
        self.loss, self.double, self.jitter = loss, double, jitter
        self.delay = 0.01
        self.peers: dict[str, Peer] = {}
        self.sent: list[tuple[float, str, Request | Response]] = []
        self.drop: Callable[[str, Request | Response], bool] = lambda host, message: False
        self._queue: list[tuple[float, int, bytes, Hop, Hop]] = []
        self._numbers = count()

    def peer(self, host: str, limits: Limits | None = None) -> Peer:
        """A new peer."""
        peer = self.peers[host] = Peer(self, host, limits)
        return peer

    def carry(self, data: bytes, source: Hop, target: Hop) -> None:
        """A message sets out."""
        try:
            message = parse(data)
        except ParseError:
            return  # an answer to something mangled mirrors it
        self.sent.append((self.now, source.host, message))
        if self.drop(source.host, message):
            return
        for _ in range(2 if self.random.random() < self.double else 1):
            if self.random.random() >= self.loss or target.is_reliable:
                at = self.now + self.delay + self.random.random() * self.jitter
                sender = Hop(source.host, source.port, target.transport)
                heapq.heappush(self._queue, (at, next(self._numbers), data, sender, target))

    def run(self, seconds: float) -> None:
        """Lets time pass."""
        until = self.now + seconds
        while (at := self._next()) is not None and at <= until:
            self.now = max(self.now, at)
            if self._queue and self._queue[0][0] <= self.now:
                _, _, data, source, target = heapq.heappop(self._queue)
                if peer := self.peers.get(target.host):
                    peer.receive(data, source)
            for peer in self.peers.values():
                deadline = peer.core.next_deadline()
                if deadline is not None and deadline <= self.now:
                    peer.perform(peer.core.wake(self.now))
        self.now = until

    def _next(self) -> float | None:
        times = [peer.core.next_deadline() for peer in self.peers.values()]
        known = [time for time in times if time is not None]
        return min([*known, *([self._queue[0][0]] if self._queue else [])], default=None)

    def log(self, host: str = "") -> list[str]:
        """Who sent what, as words: `1 INVITE`, `2 200 INVITE` (the last number of the host, then the message)."""
        return [
            f"{sender.rpartition('.')[2]} {message.method}"
            if isinstance(message, Request)
            else f"{sender.rpartition('.')[2]} {message.code} {message.method}"
            for _, sender, message in self.sent
            if not host or sender == host
        ]

    def times(self, host: str, method: str, code: int = 0) -> list[float]:
        """When a host sent a message, from the first one on."""
        found = [
            at
            for at, sender, message in self.sent
            if (sender, message.method) == (host, method) and getattr(message, "code", 0) == code
        ]
        return [round(at - found[0], 3) for at in found]

    def assert_nothing_left(self) -> None:
        """After a minute (twice 64*T1) nothing is alive."""
        self.run(70)
        for peer in self.peers.values():
            assert not any(peer.core.census().values()), (peer.hop, peer.core.census())
