"""SIP messages: bytes in, `Request` or `Response` out, and back.

Header names are stored in lower case and long form, values as text in which any octet survives a round trip
(surrogateescape); list headers (Via, Route, Contact …) are split into one entry a value. What identifies a message is
checked at once; everything else when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from antiphon.media.sip import syntax
from antiphon.media.sip.headers import NameAddr, Via, parse_cseq
from antiphon.media.sip.reasons import PHRASES
from antiphon.media.sip.syntax import TOKEN, ParseError, number
from antiphon.media.sip.uri import Uri

COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
    "l": "content-length", "m": "contact", "o": "event", "r": "refer-to", "s": "subject", "t": "to",
    "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip
LISTS = frozenset({"via", "route", "record-route", "contact", "path", "service-route"})
SINGLE = frozenset({"from", "to", "call-id", "cseq", "max-forwards"})
REQUIRED = ("via", "from", "to", "call-id", "cseq")
SDP = "application/sdp"
LONGEST = 65_535

_SPELLING = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate", "rack": "RAck"}
_SPELLING |= {"rseq": "RSeq", "min-se": "Min-SE", "mime-version": "MIME-Version"}
_METHOD = re.compile(TOKEN)
_CALL_ID = re.compile(r"[^\s@]+(?:@[^\s@]+)?")
_BREAKS = re.compile(r"[\r\n]+")
_VERSION = re.compile(r"(?i:SIP)/\d+\.\d+")

_NAMES: dict[str, str] = {}

Headers = list[tuple[str, str]]
NOBODY = NameAddr("")


@dataclass(slots=True, eq=False)
class Message:
    """What requests and responses share."""

    headers: Headers = field(default_factory=list)
    body: bytes = b""
    via: Via | None = None
    cseq: int = 0
    method: str = ""
    sender: NameAddr = NOBODY
    recipient: NameAddr = NOBODY

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header (name in lower case, long form)."""
        for key, value in self.headers:
            if key == name:
                return value
        return default

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key == name]

    def has(self, name: str) -> bool:
        """True if the header is there."""
        return any(key == name for key, _ in self.headers)

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.get("call-id")

    @property
    def contact(self) -> str:
        """The URI of the first Contact; empty if there is none."""
        value = self.get("contact")
        return NameAddr.parse(value).uri if value and value != "*" else ""

    @property
    def content_type(self) -> str:
        """The body's media type without parameters, lower case."""
        return self.get("content-type").partition(";")[0].strip().lower()

    @property
    def sdp(self) -> bytes:
        """The session description: the body, or the right part of a multipart body; empty if there is none."""
        if self.content_type == SDP:
            return self.body
        if self.content_type.startswith("multipart/") and self.body:
            return _sdp_part(self.body, self.get("content-type"))
        return b""

    def start_line(self) -> str:
        """The first line."""
        raise NotImplementedError

    def encode(self) -> bytes:
        """The message as it goes on the wire; Content-Length is always ours."""
        lines = [self.start_line()]
        lines += [f"{spelling(name)}: {value}" for name, value in self.headers if name != "content-length"]
        lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join(lines)
        if head.count("\n") >= len(lines) or head.count("\r") >= len(lines):
            head = "\r\n".join(_BREAKS.sub(" ", line) for line in lines)  # nobody smuggles a header in
        return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + self.body


_OURS = 120
"""Bytes of the start line, Content-Length and our Via."""


@dataclass(slots=True, eq=False)
class Request(Message):
    """A request."""

    uri: str = ""

    @property
    def size(self) -> int:
        """About how many bytes it has on the wire with a Via of ours; cheaper than to encode it."""
        return len(self.uri) + len(self.body) + sum(len(name) + len(value) + 4 for name, value in self.headers) + _OURS

    def start_line(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"


@dataclass(slots=True, eq=False)
class Response(Message):
    """A response. `method` is the one of its CSeq."""

    code: int = 0
    reason: str = ""

    def start_line(self) -> str:
        return f"SIP/2.0 {self.code} {self.reason}"


class BadRequest(ParseError):
    """A request that can be answered although it is malformed; `request` has what an answer copies."""

    def __init__(self, why: str, status: int, request: Request) -> None:
        super().__init__(why, status)
        self.request = request


def spelling(name: str) -> str:
    """`max-forwards` -> `Max-Forwards`."""
    known = _SPELLING.get(name)
    if known is None:
        known = "-".join(piece.capitalize() for piece in name.split("-"))
        if len(_SPELLING) < 512:
            _SPELLING[name] = known
    return known


def parse(data: bytes) -> Request | Response:
    """Reads one whole message (a datagram, or what framing cut out of a stream).

    Octets after Content-Length are ignored (RFC 3261 18.3). Raises ParseError; BadRequest if it can be answered.
    """
    if len(data) > LONGEST:
        raise ParseError("the message is too long", 513)
    head, body = _halves(data.lstrip(b"\r\n"))
    lines = _unfold(head.decode("utf-8", "surrogateescape"))
    first = lines[0]
    if first[:4].upper() == "SIP/":
        response = Response(_headers(lines[1:]))
        response.code, response.reason = _status_line(first)
        _complete(response, body)
        return response
    request = Request()
    try:
        request.method = first.partition(" ")[0]
        request.headers = _headers(lines[1:])
        _request_line(request, first)
        _complete(request, body)
    except ParseError as error:
        request.headers = request.headers or _copied(lines[1:])
        raise BadRequest(error.why, error.status, request) from None
    return request


def _halves(data: bytes) -> tuple[bytes, bytes]:
    for gap in (b"\r\n\r\n", b"\n\n"):
        head, found, body = data.partition(gap)
        if found and (gap != b"\n\n" or b"\r\n" not in head):
            return head, body
    if data.endswith(b"\n"):
        return data.rstrip(b"\r\n"), b""
    raise ParseError("the header does not end")


def _unfold(text: str) -> list[str]:
    raw = text.split("\r\n" if "\r\n" in text else "\n")
    if "\n " not in text and "\n\t" not in text:
        return raw
    lines: list[str] = []
    for line in raw:
        if line[:1] in {" ", "\t"} and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return lines


def _status_line(line: str) -> tuple[int, str]:
    version, _, rest = line.partition(" ")
    code, _, reason = rest.partition(" ")
    if version.upper() != "SIP/2.0":
        raise ParseError("another version of SIP")
    if len(code) != 3 or not "100" <= code <= "699" or not code.isdigit():
        raise ParseError("the status code is out of range")
    return int(code), reason


def _request_line(request: Request, line: str) -> None:
    pieces = line.split(" ")
    if len(pieces) == 3 and _VERSION.fullmatch(pieces[2]) and pieces[2].upper() != "SIP/2.0":
        raise ParseError("another version of SIP", 505)
    if len(pieces) != 3 or pieces[2].upper() != "SIP/2.0" or not _METHOD.fullmatch(pieces[0]):
        raise ParseError("the request line is malformed")
    if Uri.parse(pieces[1]).headers:
        raise ParseError("a Request-URI must not have headers")
    request.uri = pieces[1]


def _headers(lines: list[str]) -> Headers:
    headers: Headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        key = _NAMES.get(name) or _name(name)
        if not colon:
            raise ParseError("a header line is malformed")
        value = value.strip()
        if key in LISTS and "," in value:
            headers += [(key, piece) for piece in syntax.split(value)]
        else:
            headers.append((key, value))
    return headers


def _name(written: str) -> str:
    """The long lower-case form of a header's name; what is often seen is remembered."""
    key = written.strip().lower()
    if not _METHOD.fullmatch(key):
        raise ParseError("a header's name is malformed")
    key = COMPACT.get(key, key)
    if len(_NAMES) < 512 and len(written) < 64:
        _NAMES[written] = key
    return key


def _copied(lines: list[str]) -> Headers:
    """What an answer to a hopeless header copies, as it stands there."""
    pairs = ((line.partition(":")[0].strip().lower(), line.partition(":")[2].strip()) for line in lines)
    return [(COMPACT.get(name, name), value) for name, value in pairs if COMPACT.get(name, name) in REQUIRED]


def _complete(message: Request | Response, body: bytes) -> None:
    seen: dict[str, str] = {}
    for name, value in message.headers:
        if name in SINGLE and name in seen:
            raise ParseError(f"{name} stands there twice")
        if name == "content-length" and seen.get(name, value) != value:
            raise ParseError("two different lengths")
        seen.setdefault(name, value)
    for name in REQUIRED:
        if not seen.get(name):
            raise ParseError(f"{name} is missing")
    vias = [Via.parse(value) for name, value in message.headers if name == "via"]
    message.via = vias[0]
    message.cseq, method = parse_cseq(seen["cseq"])
    if isinstance(message, Request) and method != message.method:
        raise ParseError("CSeq names another method")
    message.method = method
    message.sender, message.recipient = NameAddr.parse(seen["from"]), NameAddr.parse(seen["to"])
    if "max-forwards" in seen:
        number(seen["max-forwards"], 255, "Max-Forwards")
    if seen.get("contact", "*") != "*":
        for value in message.all("contact"):
            NameAddr.parse(value)
    message.body = _body(body, seen.get("content-length"))


def _body(body: bytes, declared: str | None) -> bytes:
    if declared is None:
        return body
    length = number(declared, LONGEST, "Content-Length")
    if length > len(body):
        raise ParseError("the body is shorter than declared")
    return body[:length]


def _sdp_part(body: bytes, content_type: str) -> bytes:
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if match is None:
        return b""
    for part in body.split(b"--" + match.group(1).encode("utf-8", "surrogateescape")):
        head, gap, content = part.partition(b"\r\n\r\n")
        if gap and re.search(rb"(?i)content-type:\s*application/sdp", head):
            return content.removesuffix(b"\r\n")
    return b""


def respond(request: Request, code: int, to_tag: str = "", headers: Iterable[tuple[str, str]] = ()) -> Response:
    """A response with what RFC 3261 8.2.6 copies; `to_tag` is set where the request had none."""
    copied: Headers = []
    for name, value in request.headers:
        if name in {"via", "from", "call-id", "cseq"} or (name == "record-route" and 100 < code < 300):
            copied.append((name, value))
        elif name == "to":
            tagged = code == 100 or not to_tag or request.recipient.tag
            copied.append((name, value if tagged else str(request.recipient.tagged(to_tag))))
    response = Response([*copied, *headers], code=code, reason=PHRASES.get(code, "Unknown"))
    response.method, response.cseq = request.method, request.cseq
    return response
