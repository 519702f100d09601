"""SIP addresses: `sip:user@host:port;params?headers` (RFC 3261 19.1, RFC 5118 for IPv6), and the hop one leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote as percent_quote
from urllib.parse import unquote as percent_unquote

from antiphon.media.sip.syntax import HOST, Params, ParseError, number, param

_SIP = re.compile(
    rf"(?i:(sips?)):(?:([A-Za-z0-9\-_.!~*'()&=+$,;?/:%#]*)@)?({HOST})(?::(\d{{1,5}}))?"
    r"((?:;[A-Za-z0-9\-_.!~*'()\[\]/:&+$%]+(?:=[A-Za-z0-9\-_.!~*'()\[\]/:&+$%@,]*)?)*)(\?[^\s<>\"]*)?"
)
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):([^\s<>\"]+)")
DEFAULT_PORT = 5060


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a message goes to or came from. `host` is an address or a name (the shell resolves it).

    `fallback` is where an answer goes when the connection its request came over is gone (RFC 3261 18.2.2).
    """

    host: str
    port: int = DEFAULT_PORT
    transport: str = "udp"
    fallback: tuple[str, int] | None = field(default=None, compare=False)

    @property
    def is_reliable(self) -> bool:
        """True where the transport itself retransmits."""
        return self.transport != "udp"


@dataclass(frozen=True, slots=True)
class Uri:
    """A parsed address. Of schemes other than sip and sips only the scheme is known; the rest stays in `user`."""

    scheme: str
    user: str
    host: str
    port: int | None = None
    params: Params = ()
    headers: str = ""

    @staticmethod
    @lru_cache(maxsize=4096)
    def parse(text: str) -> Uri:
        """Reads an address. Raises ParseError; an unknown scheme is no error (vetting answers 416)."""
        match = _SIP.fullmatch(text)
        if match is None:
            other = _ABSOLUTE.fullmatch(text)
            if other is None or other.group(1).lower() in {"sip", "sips"}:
                raise ParseError("an address is malformed")
            return Uri(other.group(1).lower(), other.group(2), "")
        scheme, user, host, port, parameters, headers = match.groups()
        pairs: list[tuple[str, str | None]] = []
        for piece in parameters.split(";")[1:]:
            name, equals, value = piece.partition("=")
            pairs.append((percent_unquote(name).lower(), value if equals else None))
        number_ = number(port, 65535, "a port") if port else None
        return Uri(scheme.lower(), user or "", checked_host(host), number_, tuple(pairs), (headers or "")[1:])

    def __str__(self) -> str:
        if self.scheme not in {"sip", "sips"}:
            return f"{self.scheme}:{self.user}"
        text = f"{self.scheme}:{self.user}@{self.host}" if self.user else f"{self.scheme}:{self.host}"
        if self.port is not None:
            text += f":{self.port}"
        text += "".join(f";{name}" if value is None else f";{name}={value}" for name, value in self.params)
        return f"{text}?{self.headers}" if self.headers else text

    @property
    def name(self) -> str:
        """The user part with its escapes resolved and without a password: who is meant."""
        return percent_unquote(self.user.partition(":")[0])

    @property
    def is_loose(self) -> bool:
        """True if this router leaves the Request-URI alone (`;lr`, RFC 3261 16.12)."""
        return param(self.params, "lr") is not None

    def hop(self) -> Hop:
        """Where a message for this address goes. `maddr` counts; TLS is the edge's business, so sips goes by TCP."""
        transport = (param(self.params, "transport") or ("tcp" if self.scheme == "sips" else "udp")).lower()
        host = param(self.params, "maddr") or self.host
        return Hop(host.strip("[]"), self.port or DEFAULT_PORT, "udp" if transport == "udp" else "tcp")

    def bare(self) -> Uri:
        """The address without parameters and headers."""
        return replace(self, params=(), headers="")


def checked_host(host: str) -> str:
    """The host, if it is a name or an address; an IPv6 reference must really be one."""
    if host.startswith("["):
        try:
            IPv6Address(host[1:-1])
        except AddressValueError:
            raise ParseError("an IPv6 reference is malformed") from None
    return host


def sip(user: str, host: str, port: int | None = None) -> Uri:
    """An address of a user given in plain text; what the grammar forbids is escaped."""
    return Uri("sip", percent_quote(user, safe="-_.!~*'()&=+$,;?/"), f"[{host}]" if ":" in host else host, port)
