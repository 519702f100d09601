"""Transactions: one request and its answers, with the retransmissions UDP needs (RFC 3261 17, RFC 6026).

A client transaction tells its owner every response that is new to it, and in the end, if nothing final comes, 408
(timer B or F) or 503 (the transport failed), made up here. A server transaction answers retransmissions by itself.
The letters in the comments are the timers of RFC 3261 table 4 (L and M: RFC 6026).

    client INVITE   CALLING -> PROCEEDING -> COMPLETED (300-699) | ACCEPTED (2xx, ACKed by the call) -> TERMINATED
    client other    CALLING -> PROCEEDING -> COMPLETED -> TERMINATED
    server INVITE   PROCEEDING -> COMPLETED -> CONFIRMED | ACCEPTED (2xx, retransmitted by the call) -> TERMINATED
    server other    PROCEEDING -> COMPLETED -> TERMINATED
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from antiphon.media.sip.headers import COOKIE
from antiphon.media.sip.message import Headers, Request, Response, respond
from antiphon.media.sip.timers import GIVE_UP, T1, T2, T4, Timer, Timers
from antiphon.media.sip.uri import Hop

Key = tuple[str, ...]
TRYING_AFTER = 0.2


class State(Enum):
    """Where a transaction is."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class Wire(Protocol):
    """What transactions need of the core."""

    timers: Timers
    clients: dict[Key, ClientTransaction]
    servers: dict[Key, ServerTransaction]

    def send(self, data: bytes, hop: Hop) -> None:
        """Puts bytes on their way."""

    def forgotten(self, transaction: ServerTransaction) -> None:
        """A server transaction ended."""


class ClientTransaction:
    """A request of ours on its way."""

    def __init__(
        self,
        wire: Wire,
        request: Request,
        hop: Hop,
        on_response: Callable[[Response], None],
        *,
        longest: float = GIVE_UP,
    ) -> None:
        assert request.via is not None
        self._wire = wire
        self.request = request
        self.hop = hop
        self._on_response = on_response
        self._is_invite = request.method == "INVITE"
        self.key: Key = (request.via.branch, request.method)
        self.state = State.CALLING
        self.unreachable = False
        """True when it could not even be sent."""
        self._data = request.encode()
        self._pause = T1
        self._ack = b""
        self._resend: Timer | None = None
        self._end: Timer | None = None
        wire.clients[self.key] = self
        wire.send(self._data, hop)
        if not hop.is_reliable:
            self._resend = wire.timers.after(T1, self._again)  # A, E
        self._end = wire.timers.after(longest, lambda: self.failed(408))  # B, F

    def _again(self) -> None:
        self._wire.send(self._data, self.hop)
        self._pause = self._pause * 2 if self._is_invite else min(self._pause * 2, T2)
        if not self._is_invite and self.state is State.PROCEEDING:
            self._pause = T2
        self._resend = self._wire.timers.after(self._pause, self._again)

    @property
    def may_move(self) -> bool:
        """True for an INVITE that begins a dialog: inside one the route says where it goes."""
        return self._is_invite and not self.request.recipient.tag

    def move(self, hop: Hop) -> None:
        """Another destination is tried with the same request."""
        self.hop = hop
        self._wire.send(self._data, hop)

    def failed(self, code: int) -> None:
        """Nobody answered (408), it cannot even be sent (503): the owner hears it as a response."""
        if self.state in {State.CALLING, State.PROCEEDING}:
            self._terminate()
            self._on_response(respond(self.request, code))

    def misunderstood(self, response: Response) -> None:
        """The owner choked on a final response: it shall hear of a bad gateway instead of waiting for ever."""
        self._on_response(respond(self.request, 502, response.recipient.tag))

    def expire_after(self, seconds: float) -> None:
        """Gives up on a final response after this time (RFC 3261 9.1, after a CANCEL)."""
        if self.state is State.PROCEEDING:
            self._rearm(seconds, lambda: self.failed(408))

    def receive(self, response: Response) -> None:
        """A response with this transaction's branch."""
        if self.state in {State.CALLING, State.PROCEEDING}:
            if response.code < 200:
                self._provisional(response)
            else:
                self._final(response)
        elif self.state is State.COMPLETED and self._is_invite and response.code >= 300:
            self._wire.send(self._ack, self.hop)
        elif self.state is State.ACCEPTED and 200 <= response.code < 300:
            self._on_response(response)

    def _provisional(self, response: Response) -> None:
        if self.state is State.CALLING:
            self.state = State.PROCEEDING
            if self._is_invite:
                self._stop()
        self._on_response(response)

    def _final(self, response: Response) -> None:
        self._stop()
        slack = 0.0 if self.hop.is_reliable else 1.0
        if not self._is_invite:
            self.state = State.COMPLETED
            self._rearm(T4 * slack, self._terminate)  # K
        elif response.code < 300:
            self.state = State.ACCEPTED
            self._rearm(GIVE_UP, self._terminate)  # M
        else:
            self.state = State.COMPLETED
            self._ack = ack_failure(self.request, response).encode()
            self._wire.send(self._ack, self.hop)
            self._rearm(GIVE_UP * slack, self._terminate)  # D
        self._on_response(response)

    def _rearm(self, seconds: float, ring: Callable[[], None]) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = self._wire.timers.after(seconds, ring)

    def _stop(self) -> None:
        for timer in (self._resend, self._end):
            if timer is not None:
                timer.cancel()
        self._resend = self._end = None

    def _terminate(self) -> None:
        self._stop()
        self.state = State.TERMINATED
        self._wire.clients.pop(self.key, None)


class ServerTransaction:
    """A request of the other side that we answer."""

    def __init__(self, wire: Wire, request: Request, hop: Hop, to_tag: str) -> None:
        self._wire = wire
        self.request = request
        self.hop = hop
        self.to_tag = to_tag
        self.key = server_key(request, request.method)
        self.is_invite = request.method == "INVITE"
        self.state = State.PROCEEDING
        self.on_cancel: Callable[[Request], None] | None = None
        self._last = b""
        self._pause = T1
        self._trying: Timer | None = None
        self._resend: Timer | None = None
        self._end: Timer | None = None
        wire.servers[self.key] = self

    def soon_trying(self) -> None:
        """100 if nothing else is sent within 200 ms: whoever answers at once saves a message (17.2.1)."""
        self._trying = self._wire.timers.after(TRYING_AFTER, self._say_trying)

    def _say_trying(self) -> None:
        self.answer(100)

    def reassure(self) -> None:
        """Says 100 again; what was said last stays what a repeated request is answered."""
        if self.state is State.PROCEEDING:
            self._wire.send(respond(self.request, 100).encode(), self.hop)

    @property
    def is_open(self) -> bool:
        """True while no final response was given."""
        return self.state is State.PROCEEDING

    def answer(self, code: int, headers: Headers | None = None, body: bytes = b"", reason: str = "") -> Response | None:
        """Makes a response and sends it; None if the request was answered already."""
        response = respond(self.request, code, self.to_tag, headers or ())
        response.reason = reason or response.reason
        if body:
            response.body = body
            if not response.has("content-type"):
                response.headers.append(("content-type", "application/sdp"))
        return response if self.send(response) else None

    def send(self, response: Response) -> bool:
        """Sends a response; False (and nothing happens) after a final one."""
        if self.state is not State.PROCEEDING:
            return False
        if self._trying is not None:
            self._trying.cancel()
            self._trying = None
        self._last = response.encode()
        self._wire.send(self._last, self.hop)
        if response.code < 200:
            return True
        timers = self._wire.timers
        slack = 0.0 if self.hop.is_reliable else 1.0
        if not self.is_invite:
            self.state = State.COMPLETED
            self._end = timers.after(GIVE_UP * slack, self._terminate)  # J
        elif response.code < 300:
            self.state = State.ACCEPTED
            self._end = timers.after(GIVE_UP, self._terminate)  # L
        else:
            self.state = State.COMPLETED
            if slack:
                self._resend = timers.after(T1, self._again)  # G
            self._end = timers.after(GIVE_UP, self._terminate)  # H
        return True

    def resend(self) -> None:
        """The same request came again: the last response again. The call itself repeats a 2xx."""
        if self._last and self.state in {State.PROCEEDING, State.COMPLETED}:
            self._wire.send(self._last, self.hop)

    def acked(self) -> None:
        """The ACK for a failure."""
        if self.state is State.COMPLETED:
            self._stop()
            self.state = State.CONFIRMED
            self._end = self._wire.timers.after(0.0 if self.hop.is_reliable else T4, self._terminate)  # I

    def _again(self) -> None:
        self._wire.send(self._last, self.hop)
        self._pause = min(self._pause * 2, T2)
        self._resend = self._wire.timers.after(self._pause, self._again)

    def _stop(self) -> None:
        for timer in (self._resend, self._end):
            if timer is not None:
                timer.cancel()
        self._resend = self._end = None

    def _terminate(self) -> None:
        self._stop()
        self.state = State.TERMINATED
        self._wire.servers.pop(self.key, None)
        self._wire.forgotten(self)


def server_key(request: Request, method: str) -> Key:
    """What makes two requests the same transaction (17.2.3), also for a sender from before RFC 3261."""
    assert request.via is not None
    branch = request.via.branch
    if branch.startswith(COOKIE) and len(branch) > len(COOKIE):
        return (branch, request.via.sent_by, method)
    return (request.uri, request.sender.tag, request.call_id, str(request.cseq), str(request.via), method)


def ack_failure(request: Request, response: Response) -> Request:
    """The ACK for a final response other than 2xx: same branch, same hop (17.1.1.3)."""
    return _companion(request, "ACK", response.get("to"))


def cancel(request: Request) -> Request:
    """The CANCEL for an INVITE of ours (9.1)."""
    return _companion(request, "CANCEL", request.get("to"))


def _companion(request: Request, method: str, to: str) -> Request:
    headers: Headers = [("via", request.get("via")), ("max-forwards", "70")]
    headers += [("route", value) for value in request.all("route")]
    headers += [("from", request.get("from")), ("to", to), ("call-id", request.call_id)]
    headers.append(("cseq", f"{request.cseq} {method}"))
    headers += [
        pair for pair in request.headers if pair[0] in {"authorization", "proxy-authorization"} and method == "ACK"
    ]
    companion = Request(headers, uri=request.uri, method=method, cseq=request.cseq, via=request.via)
    companion.sender, companion.recipient = request.sender, request.recipient
    return companion
