"""The core of the stack: bytes and the time go in, effects come out; it owns all transactions and calls of one address.

    effects = core.receive(data, source, now)      a datagram, or a message cut out of a stream
    effects = core.wake(now)                       when `core.next_deadline()` has come
    core.at(now); call.answer(sdp); core.take()    what the application does, and its effects

Nothing that comes in makes it raise; what is not SIP is dropped or answered 4xx without keeping anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from antiphon.media.sip import vetting
from antiphon.media.sip.call import Call
from antiphon.media.sip.effects import AnyEvent, Displaced, Effect, Invited, Send, Told
from antiphon.media.sip.headers import COOKIE, Replaces, Via
from antiphon.media.sip.incoming import IncomingCall
from antiphon.media.sip.limits import Limits
from antiphon.media.sip.message import SDP, BadRequest, Request, Response, parse, respond
from antiphon.media.sip.outgoing import Invitation, OutgoingCall
from antiphon.media.sip.session import is_too_brief
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.timers import Timers
from antiphon.media.sip.transaction import ClientTransaction, Key, ServerTransaction, State, server_key
from antiphon.media.sip.uri import Hop, Uri, sip

WIDEST = 1300
"""Bytes of a request that still goes by UDP, our Via included (RFC 3261 18.1.1)."""
NO_TCP_FOR, _REMEMBERED = 300.0, 1000


class Ignored(Enum):
    """Why something that came in was dropped."""

    MALFORMED = "malformed"
    STRAY = "stray"
    OVERLOAD = "overload"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are on the wire: the address of our Via and Contact, the user of our Contact, the product name."""

    host: str
    port: int
    name: str = "antiphon"


class Core:
    """One user agent. `new_id` gives unguessable words, `chance` numbers from 0 to 1."""

    def __init__(
        self,
        me: Identity,
        new_id: Callable[[], str],
        chance: Callable[[], float],
        *,
        limits: Limits | None = None,
        next_hop: Hop | None = None,
    ) -> None:
        self.me = me
        self.new_id = new_id
        self.chance = chance
        self.limits = limits or Limits()
        self.next_hop = next_hop
        self.draining = False
        self.admits: Callable[[Request], bool] = lambda request: True
        """Asked for every call that begins; False: it is refused as too much."""
        self.timers = Timers()
        self.clients: dict[Key, ClientTransaction] = {}
        self.servers: dict[Key, ServerTransaction] = {}
        self.calls: dict[tuple[str, str], Call] = {}
        self.ignored: dict[Ignored, int] = dict.fromkeys(Ignored, 0)
        self._no_tcp: dict[Hop, float] = {}
        self._requests: dict[tuple[str, str, int, str], ServerTransaction] = {}
        self._effects: list[Effect] = []

    # -- time and effects

    def at(self, now: float) -> Core:
        """Says what time it is."""
        self.timers.advance(now)
        return self

    def take(self) -> list[Effect]:
        """What is to be done, in order."""
        effects, self._effects = self._effects, []
        return effects

    def next_deadline(self) -> float | None:
        """When `wake` wants to be called; None: not at all."""
        return self.timers.next_deadline()

    def wake(self, now: float) -> list[Effect]:
        """Does what is due."""
        self.at(now).timers.ring_due()
        return self.take()

    # -- for the parts of the core

    def send(self, data: bytes, hop: Hop) -> None:
        """Puts bytes on their way."""
        self._effects.append(Send(data, hop))

    def told(self, call: Call, event: AnyEvent) -> None:
        """A call has something to tell."""
        self._effects.append(Told(call, event))

    def forgotten(self, transaction: ServerTransaction) -> None:
        """A server transaction ended."""
        key = _merge_key(transaction.request)
        if self._requests.get(key) is transaction:
            del self._requests[key]

    def new_call_id(self) -> str:
        """A Call-ID."""
        return f"{self.new_id()}@{self.me.host}"

    def contact(self, transport: str) -> str:
        """Our Contact for the other side of this transport."""
        return _contact(self.me, transport)

    def stamp(self, request: Request, hop: Hop) -> None:
        """Puts our Via with a new branch on top of a request."""
        host = f"[{self.me.host}]" if ":" in self.me.host else self.me.host
        branch = f"{COOKIE}{self.new_id()}"
        request.via = Via(hop.transport.upper(), host, self.me.port, (("branch", branch), ("rport", None)))
        request.headers.insert(0, ("via", str(request.via)))

    def route(self, uri: str) -> Hop:
        """Where a request outside a dialog goes: to the next hop if there is one, else where its address says."""
        hop = self.next_hop or Uri.parse(uri).hop()
        if not hop.host:
            raise ParseError("an address of this scheme leads nowhere")
        return hop

    # -- what the application starts

    def invite(self, wish: Invitation) -> OutgoingCall:
        """Places a call. Raises ParseError if the target is no address."""
        Uri.parse(wish.target)
        Uri.parse(wish.sender.uri)
        if wish.hop is None:
            self.route(wish.target)
        return OutgoingCall(self, wish)

    def transport_failed(self, hop: Hop, now: float, instead: Hop | None = None) -> list[Effect]:
        """A destination cannot be reached: what was on its way there failed (RFC 3261 17.1.4), but new calls are tried
        `instead` (RFC 3263 4.3).

        What got a provisional response goes on: its answer comes over a connection of the other side's.
        """
        self.at(now)
        for transaction in [one for one in self.clients.values() if one.hop == hop and one.state is State.CALLING]:
            if instead is not None and transaction.may_move:
                transaction.move(instead)
            else:
                transaction.unreachable = True
                transaction.failed(503)
        return self.take()

    def wide_enough(self, hop: Hop, request: Request) -> Hop:
        """The same hop, over TCP if the request is too large for a datagram and TCP is spoken there."""
        if hop.is_reliable or request.size <= WIDEST:
            return hop
        wide = Hop(hop.host, hop.port, "tcp")
        return hop if self._no_tcp.get(wide, 0.0) > self.timers.now else wide

    def speaks_no_tcp(self, hop: Hop) -> None:
        """A large request could not be sent there by TCP."""
        if len(self._no_tcp) > _REMEMBERED:
            self._no_tcp.clear()
        self._no_tcp[hop] = self.timers.now + NO_TCP_FOR

    # -- what comes in

    def receive(self, data: bytes, source: Hop, now: float) -> list[Effect]:
        """Takes a message in."""
        self.at(now).timers.ring_due()
        try:
            message = parse(data)
        except BadRequest as error:
            self._answer_malformed(error, source)
        except ParseError:
            self.ignored[Ignored.MALFORMED] += 1
        else:
            if isinstance(message, Request):
                self._request(message, source)
            else:
                self._response(message)
        return self.take()

    def _answer_malformed(self, error: BadRequest, source: Hop) -> None:
        """Without a transaction (RFC 3261 8.2.7): whoever repeats it gets the same answer again."""
        self.ignored[Ignored.MALFORMED] += 1
        request = error.request
        request.recipient = replace(request.recipient, params=(("tag", "none"),))
        try:
            hop = Via.parse(request.get("via")).seen_from(source).answer_hop(source)
        except ParseError:
            hop = source
        if request.has("via") and request.method != "ACK":
            self.send(respond(request, error.status).encode(), hop)

    def _response(self, response: Response) -> None:
        assert response.via is not None
        transaction = self.clients.get((response.via.branch, response.method))
        misrouted = sum(name == "via" for name, _ in response.headers) != 1
        if transaction is None or misrouted:
            self.ignored[Ignored.STRAY] += 1
            return
        try:
            transaction.receive(response)
        except ParseError:
            self.ignored[Ignored.MALFORMED] += 1
            if response.code >= 200:
                transaction.misunderstood(response)

    def _request(self, request: Request, source: Hop) -> None:
        hop = self._seen_from(request, source)
        if request.method == "ACK":
            self._ack(request)
            return
        if request.method == "CANCEL":
            self._cancel(request, hop)
            return
        known = self.servers.get(server_key(request, request.method))
        if known is not None:
            known.resend()
            return
        if self._is_too_much(request, hop):
            return
        transaction = ServerTransaction(self, request, hop, request.recipient.tag or self.new_id())
        try:
            self._dispatch(transaction)
        except ParseError as error:
            transaction.answer(error.status)

    def _seen_from(self, request: Request, source: Hop) -> Hop:
        assert request.via is not None
        seen = request.via.seen_from(source)
        if seen is not request.via:
            request.via = seen
            at = next(index for index, (name, _) in enumerate(request.headers) if name == "via")
            request.headers[at] = ("via", str(seen))
        return seen.answer_hop(source)

    def _is_too_much(self, request: Request, hop: Hop) -> bool:
        """Overload is answered without keeping anything. Calls that are up have twice the room (RFC 3261 21.5.4)."""
        in_dialog = bool(request.recipient.tag)
        room = self.limits.transactions * (2 if in_dialog else 1)
        begins = request.method == "INVITE" and not in_dialog
        too_many_calls = begins and (len(self.calls) >= self.limits.calls or not self._is_taken_in(request))
        if not too_many_calls and len(self.servers) + len(self.clients) < room:
            return False
        self.ignored[Ignored.OVERLOAD] += 1
        pause = str(1 + int(self.chance() * 9))
        self.send(respond(request, 503, "overload", [("retry-after", pause)]).encode(), hop)
        return True

    def _is_taken_in(self, request: Request) -> bool:
        """Who takes somebody's place in a call that is there begins none."""
        return request.has("replaces") or self.admits(request)

    def _ack(self, request: Request) -> None:
        transaction = self.servers.get(server_key(request, "INVITE"))
        if transaction is not None:
            transaction.acked()
        call = self.calls.get((request.call_id, request.recipient.tag))
        if call is not None:
            call.acked(request)

    def _cancel(self, request: Request, hop: Hop) -> None:
        key = server_key(request, "CANCEL")
        known = self.servers.get(key)
        if known is not None:
            known.resend()
            return
        invite = self.servers.get((*key[:-1], "INVITE"))
        transaction = ServerTransaction(self, request, hop, invite.to_tag if invite is not None else self.new_id())
        if invite is None:
            transaction.answer(481)
            return
        transaction.answer(200)
        if invite.is_open and invite.on_cancel is not None:
            invite.on_cancel(request)

    def _dispatch(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        refusal = vetting.refusal(request)
        if refusal is not None:
            transaction.answer(*refusal)
        elif request.recipient.tag:
            call = self.calls.get((request.call_id, request.recipient.tag))
            if call is None:
                transaction.answer(481)
            elif not self._refuses_interval(transaction):
                call.receive(transaction)
        elif self._is_merged(transaction):
            transaction.answer(482)
        elif request.method == "OPTIONS":
            self._options(transaction)
        elif request.method == "INVITE":
            self._invited(transaction)
        else:
            transaction.answer(481)

    def _is_merged(self, transaction: ServerTransaction) -> bool:
        """True if the same request is here already by another way (RFC 3261 8.2.2.2)."""
        return self._requests.setdefault(_merge_key(transaction.request), transaction) is not transaction

    def _options(self, transaction: ServerTransaction) -> None:
        about = [("allow", vetting.ALLOW), ("accept", SDP), ("supported", vetting.SUPPORTED)]
        transaction.answer(503 if self.draining else 200, [("retry-after", "60")] if self.draining else about)

    def _invited(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        if self.draining:
            transaction.answer(503, [("retry-after", "60")])
            return
        replaced = None
        if request.has("replaces"):
            wanted = Replaces.parse(request.get("replaces"))
            replaced = self.calls.get((wanted.call_id, wanted.to_tag))
            refused = _cannot_replace(replaced, wanted)
            if refused:
                transaction.answer(refused)
                return
        if self._refuses_interval(transaction):
            return
        call = IncomingCall(self, transaction)
        call.replaced = replaced
        if replaced is not None:
            self.told(replaced, Displaced(call))
        else:
            self._effects.append(Invited(call))

    def _refuses_interval(self, transaction: ServerTransaction) -> bool:
        least = self.limits.session_minimum
        if transaction.request.method not in {"INVITE", "UPDATE"} or not is_too_brief(transaction.request, least):
            return False
        transaction.answer(422, [("min-se", str(least))])
        return True

    def census(self) -> dict[str, int]:
        """How much is alive; all zero once everything is over and the last timers have rung."""
        return {
            "clients": len(self.clients),
            "servers": len(self.servers),
            "calls": len(self.calls),
            "timers": len(self.timers),
            "requests": len(self._requests),
        }


@lru_cache(maxsize=64)
def _contact(me: Identity, transport: str) -> str:
    suffix = "" if transport == "udp" else f";transport={transport}"
    return f"<{sip(me.name, me.host, me.port)}{suffix}>"


def _merge_key(request: Request) -> tuple[str, str, int, str]:
    return request.call_id, request.sender.tag, request.cseq, request.method


def _cannot_replace(call: Call | None, wanted: Replaces) -> int:
    """The code with which a Replaces is refused; 0 if it is in order (RFC 3891 3)."""
    if call is None or call.dialog is None or not call.dialog.is_replaced_by(wanted):
        return 481
    state = call.state.value
    if state in {"up", "answered"}:
        return 486 if wanted.early_only else 0
    return 0 if call.is_outgoing and state == "ringing" else 481


def headers_of(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Header pairs with lower-case names, as the stack keeps them."""
    return [(name.lower(), value) for name, value in pairs]
