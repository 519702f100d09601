"""Dialogs: what two user agents agree on beyond one transaction (RFC 3261 12).

A dialog owns the tags, the route set, the remote target and the sequence numbers of both directions. It makes requests
and says which requests are in order; it sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from antiphon.media.sip.headers import NameAddr, Replaces
from antiphon.media.sip.message import Headers, Request, Response
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Hop, Uri

# RFC 6141, RFC 5057: these refresh the target.
REFRESHING = frozenset({"INVITE", "UPDATE", "SUBSCRIBE", "REFER", "NOTIFY"})


@dataclass(slots=True)
class Dialog:
    """One dialog as one of its two ends sees it. `local` and `remote` are addresses without tags."""

    call_id: str
    local_tag: str
    remote_tag: str
    local: NameAddr
    remote: NameAddr
    target: str
    routes: tuple[str, ...] = ()
    local_cseq: int = 0
    remote_cseq: int = -1

    @classmethod
    def of_caller(cls, request: Request, response: Response) -> Dialog:
        """The dialog a response to our INVITE makes (12.1.2)."""
        return cls._checked(
            request.call_id,
            request.sender.tag,
            response.recipient.tag,
            request.sender.untagged(),
            request.recipient.untagged(),
            response.contact or request.uri,
            tuple(reversed(response.all("record-route"))),
            request.cseq,
        )

    @classmethod
    def of_callee(cls, request: Request, local_tag: str, first_cseq: int) -> Dialog:
        """The dialog an INVITE to us makes (12.1.1)."""
        return cls._checked(
            request.call_id,
            local_tag,
            request.sender.tag,
            request.recipient.untagged(),
            request.sender.untagged(),
            request.contact or request.sender.uri,
            tuple(request.all("record-route")),
            first_cseq,
            request.cseq,
        )

    @classmethod
    def _checked(cls, *parts: Any) -> Dialog:
        """A dialog in which requests can be made: ParseError now, not when the BYE is due."""
        dialog = cls(*parts)
        if dialog.target and not dialog.hop().host:
            raise ParseError("a dialog needs a target that is a SIP address")
        for route in dialog.routes:
            if not NameAddr.parse(route).address().host:
                raise ParseError("a route is no SIP address")
        return dialog

    def request(self, method: str, cseq: int | None = None) -> Request:
        """A request inside the dialog, without Via and Contact. ACK and CANCEL bring the number of their INVITE."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        sender, recipient = self.local.tagged(self.local_tag), self.remote
        if self.remote_tag:
            recipient = recipient.tagged(self.remote_tag)
        uri, routes = self._path()
        headers: Headers = [("max-forwards", "70")]
        headers += [("route", route) for route in routes]
        headers += [("from", str(sender)), ("to", str(recipient)), ("call-id", self.call_id)]
        headers.append(("cseq", f"{cseq} {method}"))
        return Request(headers, uri=uri, method=method, cseq=cseq, sender=sender, recipient=recipient)

    def _path(self) -> tuple[str, tuple[str, ...]]:
        """Request-URI and Route values: a strict router wants to be the Request-URI itself (12.2.1.1)."""
        if not self.routes:
            return self.target, ()
        first = NameAddr.parse(self.routes[0]).address()
        if first.is_loose:
            return self.target, self.routes
        return str(replace(first, headers="")), (*self.routes[1:], f"<{self.target}>")

    def hop(self) -> Hop:
        """Where requests of this dialog go next."""
        first = NameAddr.parse(self.routes[0]).address() if self.routes else Uri.parse(self.target)
        return first.hop()

    def in_order(self, request: Request) -> bool:
        """Takes note of the number of a request from the other side; False if it is an old one (12.2.2)."""
        if request.method == "ACK":
            return True
        if request.cseq <= self.remote_cseq:
            return False
        self.remote_cseq = request.cseq
        return True

    def refresh(self, message: Request | Response) -> None:
        """Takes over a new remote target, if it is one."""
        if message.method in REFRESHING and message.contact and Uri.parse(message.contact).host:
            self.target = message.contact

    def is_replaced_by(self, replaces: Replaces) -> bool:
        """True if a Replaces header means this dialog (RFC 3891 3); a tag of "0" means none."""
        theirs = self.remote_tag or "0"
        return (self.call_id, self.local_tag, theirs) == (replaces.call_id, replaces.to_tag, replaces.from_tag)

    def replaces(self) -> str:
        """The Replaces value with which the other side's partner can take this dialog over."""
        return str(Replaces(self.call_id, self.remote_tag, self.local_tag))

    def dump(self) -> dict[str, Any]:
        """The dialog as plain data."""
        return {
            "call_id": self.call_id,
            "local_tag": self.local_tag,
            "remote_tag": self.remote_tag,
            "local": str(self.local),
            "remote": str(self.remote),
            "target": self.target,
            "routes": list(self.routes),
            "local_cseq": self.local_cseq,
            "remote_cseq": self.remote_cseq,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Dialog:
        """The dialog from plain data; raises KeyError or ParseError if it is none."""
        return cls(
            data["call_id"],
            data["local_tag"],
            data["remote_tag"],
            NameAddr.parse(data["local"]),
            NameAddr.parse(data["remote"]),
            data["target"],
            tuple(data["routes"]),
            data["local_cseq"],
            data["remote_cseq"],
        )
