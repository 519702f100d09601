"""The endpoint: the SIP core on real sockets and the loop's clock. One per process and address.

    endpoint = Endpoint("192.0.2.10", 5060, on_call=answer, next_hop=Hop("192.0.2.1"))
    await endpoint.start()
    leg = endpoint.invite("sip:1001@pbx.example", sender=NameAddr("sip:pbx@pbx.example"), sdp=offer)
    ...
    await endpoint.close()

Everything runs in the loop of `start`; nothing here may be called from another thread.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from antiphon.media.endpoint.leg import Leg
from antiphon.media.endpoint.registration import Registration
from antiphon.media.endpoint.sockets import Sockets
from antiphon.media.sip.ask import Ask
from antiphon.media.sip.call import Call, adopt
from antiphon.media.sip.core import Core, Identity
from antiphon.media.sip.digest import Authenticator, Credentials
from antiphon.media.sip.effects import Effect, Invited, Send, Told
from antiphon.media.sip.events import Ended, Failed
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.limits import Limits
from antiphon.media.sip.message import Request, Response
from antiphon.media.sip.outgoing import Invitation
from antiphon.media.sip.registration import Account
from antiphon.media.sip.transaction import ClientTransaction
from antiphon.media.sip.uri import Hop, sip

T = TypeVar("T")
R = TypeVar("R")
_SILENCE = frozenset({408, 503})
"""Made up where nobody answers; of OPTIONS no living edge says either."""
_chance = secrets.SystemRandom().random


@dataclass(frozen=True, slots=True)
class Options:
    """What is seldom changed: the address others see (if not the bound one), and the limits of the core."""

    advertised: str = ""
    limits: Limits = field(default_factory=Limits)


class Endpoint:
    """One user agent on one address, UDP and TCP on the same port.

    `on_call(leg)` is called for every new INVITE, soon and in the loop; the leg is OFFERED, 100 goes
    out by itself if nothing else does within 200 ms. `port` is
    known after `start` (0 asks for a free one). `next_hop` gets every request outside a dialog; without it the
    address of the target says where it goes.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        name: str = "antiphon",
        on_call: Callable[[Leg], None],
        next_hop: Hop | None = None,
        options: Options | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.name = name
        self.next_hop = next_hop
        self._on_call = on_call
        self._options = options or Options()
        self._core = self._new_core()
        self._legs: dict[Call, Leg] = {}
        self._sockets = Sockets(self._received, self._unreachable)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.tap: Callable[[bool, bytes, Hop, float], None] | None = None
        """Sees every message: whether it is sent, its bytes, to or from where, the loop's time."""
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0

    def _new_core(self) -> Core:
        me = Identity(self._options.advertised or self.host, self.port, self.name)
        return Core(me, lambda: secrets.token_hex(8), _chance, limits=self._options.limits, next_hop=self.next_hop)

    async def start(self) -> None:
        """Opens the port. Raises OSError if it is taken."""
        self._loop = asyncio.get_running_loop()
        self.port = await self._sockets.open(self.host, self.port)
        self._core = self._new_core()

    async def close(self) -> None:
        """Closes the port at once; calls that are up are not hung up (another replica may adopt them)."""
        if self._alarm is not None:
            self._alarm.cancel()
        await self._sockets.close()
        self._loop = None

    # -- calls

    def invite(  # noqa: PLR0913 — everything an INVITE says
        self,
        target: str,
        *,
        sender: NameAddr,
        sdp: bytes,
        headers: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
        call_id: str = "",
        hop: Hop | None = None,
    ) -> Leg:
        """Places a call. `target` is the Request-URI; a header `Max-Forwards` replaces ours.

        With an empty `sdp` the other side offers and `Leg.confirm` answers. Raises ParseError for a malformed target.
        """
        wish = Invitation(target, sender, sdp, tuple(headers), credentials, call_id, hop)
        with self.turn():
            return self.leg_of(self._core.invite(wish))

    def adopt(self, data: dict[str, Any], credentials: Credentials | None = None) -> Leg:
        """A leg out of another replica's `Leg.dump`: hang it up, re-offer it, go on with it."""
        known = Authenticator(credentials, self._core.new_id) if credentials is not None else None
        with self.turn():
            return self.leg_of(adopt(self._core, data, known))

    def registration(self, account: Account) -> Registration:
        """Registers at a registrar and keeps the registration alive until its `stop`."""
        registration = Registration(self, self._core, account)
        registration.start()
        return registration

    def legs(self) -> list[Leg]:
        """The legs that are not over."""
        return list(self._legs.values())

    # -- everything else

    async def options(self, target: str) -> int:
        """Asks whether somebody is there; the code of the answer, 408 if there is none."""
        return (await self.request("OPTIONS", target)).code

    async def answers(self, hop: Hop, patience: float) -> bool:
        """True when OPTIONS sent there is answered in time, whatever the answer says."""
        result: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def heard(response: Response) -> None:
            if response.code >= 200 and not result.done():
                result.set_result(response.code not in _SILENCE)

        with self.turn():
            request = self._question("OPTIONS", f"sip:{hop.host}:{hop.port}", hop)
            self._core.stamp(request, hop)
            ClientTransaction(self._core, request, hop, heard, longest=patience)
        return await result

    def prefer(self, hop: Hop) -> None:
        """Requests outside a dialog go there from now on: the next hop of `next_hop`."""
        self.next_hop = self._core.next_hop = hop

    def lost(self, hop: Hop, instead: Hop | None) -> None:
        """Nobody answers there any more: INVITEs that nobody took there go elsewhere, the rest fails at once."""
        if self._loop is not None:
            self._run(self._core.transport_failed(hop, self._loop.time(), instead))

    def _question(self, method: str, target: str, hop: Hop, sender: NameAddr | None = None) -> Request:
        core = self._core
        from_ = (sender or NameAddr(str(sip(self.name, core.me.host)))).tagged(core.new_id())
        request = Request([("max-forwards", "70")], b"", uri=target, method=method, cseq=1)
        request.sender, request.recipient = from_, NameAddr(target)
        request.headers += [("from", str(from_)), ("to", f"<{target}>"), ("call-id", core.new_call_id())]
        request.headers += [("cseq", f"1 {method}"), ("contact", core.contact(hop.transport))]
        return request

    async def request(  # noqa: PLR0913 — everything a request says
        self,
        method: str,
        target: str,
        *,
        sender: NameAddr | None = None,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        credentials: Credentials | None = None,
        hop: Hop | None = None,
    ) -> Response:
        """Sends a request outside a dialog and returns its final response (408, 503 are made up if none comes)."""
        result: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def heard(response: Response) -> None:
            if response.code >= 200 and not result.done():
                result.set_result(response)

        core = self._core
        known = Authenticator(credentials, core.new_id) if credentials is not None else None
        with self.turn():
            hop = hop or core.route(target)
            request = self._question(method, target, hop, sender)
            request.body = body
            request.headers += [(name.lower(), value) for name, value in headers]
            Ask(core, request, hop, heard, authenticator=known)
        return await result

    @property
    def draining(self) -> bool:
        """True: OPTIONS and new calls are answered 503, running calls go on."""
        return self._core.draining

    @draining.setter
    def draining(self, value: bool) -> None:
        self._core.draining = value

    def admit(self, admits: Callable[[Request], bool]) -> None:
        """Is asked for every call that begins; those that it does not admit are answered 503 with Retry-After, and
        nothing is kept of them."""
        self._core.admits = admits

    def census(self) -> dict[str, int]:
        """How much is alive, by kind; all zero when everything is over and its last timers have rung (about 32 s)."""
        return {**self._core.census(), "legs": len(self._legs)}

    # -- for legs

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Inside, the core may be used; afterwards what it wants done is done."""
        assert self._loop is not None, "the endpoint is not started"
        self._core.at(self._loop.time())
        try:
            yield
        finally:
            self._run(self._core.take())

    def in_turn(self, reply: Callable[[T], R]) -> Callable[[T], R]:
        """A reply of the core that may be called at any time."""

        def replied(answer: T) -> R:
            with self.turn():
                return reply(answer)

        return replied

    def leg_of(self, call: Call) -> Leg:
        """The leg of a call, made at the first time."""
        leg = self._legs.get(call)
        if leg is None:
            leg = self._legs[call] = Leg(self, self.leg_of, call)
        return leg

    # -- the loop

    def _received(self, data: bytes, source: Hop) -> None:
        if self._loop is not None:
            if self.tap is not None:
                self.tap(False, data, source, self._loop.time())
            self._run(self._core.receive(data, source, self._loop.time()))

    def _unreachable(self, hop: Hop) -> None:
        if self._loop is not None:
            self._run(self._core.transport_failed(hop, self._loop.time()))

    def _wake(self) -> None:
        self._alarm = None
        if self._loop is not None:
            self._run(self._core.wake(self._loop.time()))

    def _run(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(data, hop):
                    if self.tap is not None and self._loop is not None:
                        self.tap(True, data, hop, self._loop.time())
                    self._sockets.send(data, hop)
                case Invited(call):
                    assert self._loop is not None
                    self._loop.call_soon(self._offer, self.leg_of(call))
                case Told(call, event):
                    self.leg_of(call).deliver(event)
                    if isinstance(event, Ended | Failed):
                        self._legs.pop(call, None)
        self._set_alarm()

    def _offer(self, leg: Leg) -> None:
        """Whatever the application does, the caller is not left alone."""
        try:
            self._on_call(leg)
        except Exception:
            leg.reject(500)
            raise

    def _set_alarm(self) -> None:
        deadline = self._core.next_deadline()
        if self._alarm is not None:
            if deadline is not None and self._alarm_at <= deadline:
                return
            self._alarm.cancel()
            self._alarm = None
        if deadline is not None and self._loop is not None:
            self._alarm, self._alarm_at = self._loop.call_at(deadline, self._wake), deadline
