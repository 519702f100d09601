"""Which requests are refused before anybody looks at what they want (RFC 3261 8.2, 16.3)."""

from __future__ import annotations

from antiphon.media.sip.headers import tokens
from antiphon.media.sip.message import SDP, Headers, Request
from antiphon.media.sip.uri import Uri

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY"
SUPPORTED = "timer, replaces, 100rel"
INSIDE = frozenset({"INVITE", "BYE", "OPTIONS", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY"})
OUTSIDE = frozenset({"INVITE", "OPTIONS"})
_ELSEWHERE = frozenset({"REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH"})
_EXTENSIONS = tokens([SUPPORTED])
_SCHEMES = frozenset({"sip", "sips", "tel"})

Refusal = tuple[int, Headers]


def refusal(request: Request) -> Refusal | None:
    """The status and headers with which a request is refused; None if it may go on."""
    in_dialog = bool(request.recipient.tag)
    if not in_dialog:
        if int(request.get("max-forwards", "70")) == 0:
            return 483, []
        if not {Uri.parse(uri).scheme for uri in (request.uri, request.recipient.uri)} <= _SCHEMES:
            return 416, []
    if request.method not in INSIDE:
        return (405 if request.method in _ELSEWHERE else 501), [("allow", ALLOW)]
    if request.has("require"):
        wanted = [tag for value in request.all("require") for tag in value.replace(",", " ").split()]
        unknown = [tag for tag in wanted if tag.lower() not in _EXTENSIONS]
        if unknown:
            return 420, [("unsupported", ", ".join(unknown))]
    return _body_refusal(request)


def _body_refusal(request: Request) -> Refusal | None:
    if not tokens(request.all("content-encoding")) <= {"identity"}:
        return 415, [("accept-encoding", "identity")]
    if request.method not in {"INVITE", "UPDATE", "PRACK"}:
        return None
    if request.body and not request.sdp and "handling=optional" not in request.get("content-disposition"):
        return 415, [("accept", SDP)]
    accepts = {value.partition(";")[0] for value in tokens(request.all("accept"))}
    if accepts and not accepts & {SDP, "application/*", "*/*"}:
        return 406, []
    return None
