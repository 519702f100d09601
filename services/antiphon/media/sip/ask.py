"""Asking: a request of ours with the patience for one who wants to see credentials first, and over TCP where it is too
large for a datagram (RFC 3261 18.1.1). Who speaks no TCP gets it by UDP after all, and is not tried again for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from antiphon.media.sip.digest import Authenticator
from antiphon.media.sip.message import Request, Response
from antiphon.media.sip.transaction import ClientTransaction, Wire
from antiphon.media.sip.uri import Hop

_PROOFS = frozenset({"authorization", "proxy-authorization"})


class Sender(Wire, Protocol):
    """What requests need of the core."""

    def stamp(self, request: Request, hop: Hop) -> None:
        """Puts our Via with a new branch on top of a request."""

    def wide_enough(self, hop: Hop, request: Request) -> Hop:
        """The same hop, over TCP if the request is too large for a datagram and TCP is spoken there."""

    def speaks_no_tcp(self, hop: Hop) -> None:
        """A large request could not be sent there by TCP."""


class Ask:
    """Sends a request and passes the responses on, except the challenges it can answer itself.

    `next_cseq` gives the number for the repeated request (a dialog's next one).
    """

    def __init__(
        self,
        core: Sender,
        request: Request,
        hop: Hop,
        on_response: Callable[[Response], None],
        *,
        authenticator: Authenticator | None = None,
        next_cseq: Callable[[], int] | None = None,
    ) -> None:
        self._core = core
        self._on_response = on_response
        self._authenticator = authenticator
        self.request = request
        self._next_cseq = next_cseq or self._following
        self.hop = hop
        """Where it went, over which transport."""
        self._wanted = hop
        if authenticator is not None:
            request.headers += authenticator.headers(request)
        self.transaction = self._send()

    def _following(self) -> int:
        return self.request.cseq + 1

    def give_up(self) -> None:
        """Answers no challenge any more."""
        self._authenticator = None

    def again(self, *changes: tuple[str, str]) -> None:
        """Sends the request once more as a new transaction, with headers replaced."""
        names = {name for name, _ in changes} | {"via", "cseq"} | _PROOFS
        cseq = self._next_cseq()
        request = Request([pair for pair in self.request.headers if pair[0] not in names], self.request.body)
        request.uri, request.method, request.cseq = self.request.uri, self.request.method, cseq
        request.sender, request.recipient = self.request.sender, self.request.recipient
        request.headers += [("cseq", f"{cseq} {request.method}"), *changes]
        if self._authenticator is not None:
            request.headers += self._authenticator.headers(request)
        self.request, self.hop = request, self.transaction.hop
        self.transaction = self._send()

    def _send(self) -> ClientTransaction:
        self.hop = self._core.wide_enough(self._wanted, self.request)
        self._core.stamp(self.request, self.hop)
        return ClientTransaction(self._core, self.request, self.hop, self._heard)

    def _heard(self, response: Response) -> None:
        if response.code in {401, 407} and self._authenticator is not None and self._authenticator.take(response):
            self.again()
        elif self.transaction.unreachable and self.hop != self._wanted:
            self._core.speaks_no_tcp(self.hop)
            self.again()
        else:
            self._on_response(response)
