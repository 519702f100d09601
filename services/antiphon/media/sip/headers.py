"""Header values with a grammar of their own: addresses with names, Via, CSeq, RAck, Replaces, Session-Expires."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote as percent_quote
from urllib.parse import unquote as percent_unquote

from antiphon.media.sip import syntax
from antiphon.media.sip.syntax import HOST, TOKEN, Params, ParseError, number, param
from antiphon.media.sip.uri import DEFAULT_PORT, Hop, Uri, checked_host

COOKIE = "z9hG4bK"
HIGHEST_CSEQ = 2**31 - 1

_NAMED = re.compile(rf"({syntax.QUOTED}\s*|[A-Za-z0-9\-.!%*_+`'~\s]*)<([^<>]*)>\s*((?:;.*)?)", re.DOTALL)
_BARE = re.compile(r"([^\s<>\",;?]+)\s*((?:;.*)?)", re.DOTALL)
_VIA = re.compile(
    rf"SIP\s*/\s*(\d+\.\d+)\s*/\s*({TOKEN})\s+({HOST})\s*(?::\s*(\d{{1,5}}))?\s*((?:;.*)?)", re.IGNORECASE | re.DOTALL
)
_CSEQ = re.compile(rf"(\d+)\s+({TOKEN})")


@dataclass(frozen=True, slots=True)
class NameAddr:
    """`"Display" <uri>;params` of From, To, Contact, Route, Refer-To."""

    uri: str
    display: str = ""
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        """Reads one value; without brackets all parameters belong to the header (RFC 3261 20)."""
        text = text.strip()
        match = _NAMED.fullmatch(text)
        if match is not None:
            display, uri, rest = match.groups()
            display = display.rstrip()
            display = syntax.unquote(display) if display.startswith('"') else display
        else:
            match = _BARE.fullmatch(text)
            if match is None:
                raise ParseError("an address with a name is malformed")
            display, (uri, rest) = "", match.groups()
        Uri.parse(uri)
        return cls(uri, display, syntax.params(rest[1:]) if rest else ())

    def __str__(self) -> str:
        name = f"{syntax.quote(self.display)} " if self.display else ""
        return f"{name}<{self.uri}>{syntax.render(self.params)}"

    @property
    def tag(self) -> str:
        """The dialog tag; empty if there is none."""
        return param(self.params, "tag") or ""

    def tagged(self, tag: str) -> NameAddr:
        """The same address with this tag."""
        rest = tuple(pair for pair in self.params if pair[0] != "tag")
        return NameAddr(self.uri, self.display, (*rest, ("tag", tag)))

    def untagged(self) -> NameAddr:
        """The same address without a tag, as a dialog keeps it."""
        return NameAddr(self.uri, self.display, tuple(pair for pair in self.params if pair[0] != "tag"))

    def address(self) -> Uri:
        """The parsed URI."""
        return Uri.parse(self.uri)


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value: how a message travelled and where its answer goes."""

    transport: str
    host: str
    port: int | None
    params: Params
    version: str = "2.0"

    @classmethod
    def parse(cls, text: str) -> Via:
        """Reads one value."""
        match = _VIA.fullmatch(" ".join(text.split()))
        if match is None:
            raise ParseError("a Via is malformed")
        version, transport, host, port, rest = match.groups()
        number_ = number(port, 65535, "a port") if port else None
        return cls(transport.upper(), checked_host(host), number_, syntax.params(rest[1:]) if rest else (), version)

    def __str__(self) -> str:
        host = self.host if self.port is None else f"{self.host}:{self.port}"
        return f"SIP/{self.version}/{self.transport} {host}{syntax.render(self.params)}"

    @property
    def branch(self) -> str:
        """The transaction's id; empty from an implementation of RFC 2543."""
        return param(self.params, "branch") or ""

    @property
    def sent_by(self) -> str:
        """Host and port the sender claims, in one spelling."""
        return f"{self.host.lower()}:{self.port or DEFAULT_PORT}"

    def seen_from(self, source: Hop) -> Via:
        """With `received` and `rport` as the message really came (RFC 3261 18.2.1, RFC 3581)."""
        wants_port = param(self.params, "rport") is not None
        if not wants_port and source.host == self.host.strip("[]"):
            return self
        rest = tuple(pair for pair in self.params if pair[0] not in {"received", "rport"})
        port = (("rport", str(source.port)),) if wants_port else ()
        params = (*rest, ("received", source.host), *port)
        return Via(self.transport, self.host, self.port, params, self.version)

    def answer_hop(self, source: Hop) -> Hop:
        """Where the response goes (RFC 3261 18.2.2): the same connection, else the address the request came from."""
        if source.is_reliable:
            host = (param(self.params, "received") or self.host).strip("[]")
            return Hop(source.host, source.port, source.transport, (host, self.port or DEFAULT_PORT))
        port = number(param(self.params, "rport") or str(self.port or DEFAULT_PORT), 65535, "rport")
        maddr = param(self.params, "maddr")
        return Hop(maddr or (param(self.params, "received") or self.host).strip("[]"), port, source.transport)


def parse_cseq(text: str) -> tuple[int, str]:
    """`7 INVITE` -> (7, "INVITE")."""
    match = _CSEQ.fullmatch(text.strip())
    if match is None:
        raise ParseError("CSeq is malformed")
    return number(match.group(1), HIGHEST_CSEQ, "CSeq"), match.group(2)


def parse_rack(text: str) -> tuple[int, int, str]:
    """`RAck: 776 1 INVITE` -> (776, 1, "INVITE"): the provisional's RSeq, then the CSeq it answered (RFC 3262 7.2)."""
    pieces = text.split()
    if len(pieces) != 3:
        raise ParseError("RAck is malformed")
    return number(pieces[0], HIGHEST_CSEQ, "RAck"), number(pieces[1], HIGHEST_CSEQ, "RAck"), pieces[2]


@dataclass(frozen=True, slots=True)
class Replaces:
    """Which dialog an INVITE takes the place of (RFC 3891). Tags as seen by the one who receives the INVITE."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, text: str) -> Replaces:
        """Reads the header's value, or the escaped one out of a Refer-To."""
        call_id, _, rest = text.partition(";")
        found = syntax.params(rest)
        to_tag, from_tag = param(found, "to-tag"), param(found, "from-tag")
        if not call_id.strip() or to_tag is None or from_tag is None:
            raise ParseError("Replaces is malformed")
        return cls(call_id.strip(), to_tag, from_tag, param(found, "early-only") is not None)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


def refer_target(text: str) -> tuple[str, str]:
    """A Refer-To value -> (address, Replaces value or ""). Method parameters other than INVITE are refused."""
    uri = NameAddr.parse(text).address()
    if (param(uri.params, "method") or "INVITE").upper() != "INVITE":
        raise ParseError("only a reference to call somebody is understood", 501)
    replaces = ""
    for piece in uri.headers.split("&"):
        name, _, value = piece.partition("=")
        if name.lower() == "replaces":
            replaces = percent_unquote(value)
    return str(replace(uri, headers="")), replaces


def refer_to(uri: str, replaces: str = "") -> str:
    """The Refer-To value for an address and, for an attended transfer, the dialog to replace."""
    return f"<{uri}?Replaces={percent_quote(replaces, safe='')}>" if replaces else f"<{uri}>"


def parse_session_expires(text: str) -> tuple[int, str]:
    """`1800;refresher=uas` -> (1800, "uas"); no refresher named -> ""."""
    seconds, _, rest = text.partition(";")
    return number(seconds, 2**32 - 1, "Session-Expires"), (param(syntax.params(rest), "refresher") or "").lower()


def tokens(values: list[str]) -> set[str]:
    """The option tags or methods of all values of a list header, lower case."""
    return {piece.strip().lower() for value in values for piece in value.split(",") if piece.strip()}
