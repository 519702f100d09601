"""Digest authentication, the client's side (RFC 7616, 8760): MD5 and SHA-256, qop=auth, stale nonces, counts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from antiphon.media.sip.message import Request, Response
from antiphon.media.sip.syntax import QUOTED, TOKEN, quote, unquote

_PAIR = re.compile(rf"\s*({TOKEN})\s*=\s*({QUOTED}|[^\s,\"]*)\s*(?:,|$)")
_HASHES = {"sha-256": "sha256", "md5": "md5"}
_RANK = {"sha-256": 2, "md5": 1}
_HEADERS = {401: ("www-authenticate", "authorization"), 407: ("proxy-authenticate", "proxy-authorization")}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password. `realm` restricts them to one realm; empty: whoever asks."""

    user: str
    password: str = field(repr=False)
    realm: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the server wants to see proved."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str = ""
    opaque: str = ""
    stale: bool = False

    @classmethod
    def parse(cls, text: str) -> Challenge | None:
        """Reads a challenge; None if it is one that we cannot answer (another scheme, hash or quality)."""
        scheme, _, rest = text.strip().partition(" ")
        if scheme.lower() != "digest":
            return None
        pairs: dict[str, str] = {}
        position = 0
        while position < len(rest) and (match := _PAIR.match(rest, position)):
            value = match.group(2)
            pairs[match.group(1).lower()] = unquote(value) if value.startswith('"') else value
            position = match.end()
        algorithm = pairs.get("algorithm", "MD5")
        qops = [one.strip().lower() for one in pairs.get("qop", "").split(",") if one.strip()]
        if algorithm.lower() not in _HASHES or not pairs.get("nonce") or (qops and "auth" not in qops):
            return None
        qop = "auth" if qops else ""
        stale = pairs.get("stale", "").lower() == "true"
        return cls(pairs.get("realm", ""), pairs["nonce"], algorithm, qop, pairs.get("opaque", ""), stale)


def proof(challenge: Challenge, credentials: Credentials, method: str, uri: str, nc: int = 1, cnonce: str = "") -> str:
    """The value of the Authorization header."""
    name = _HASHES[challenge.algorithm.lower()]

    def digest(text: str) -> str:
        return hashlib.new(name, text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()

    ha1 = digest(f"{credentials.user}:{challenge.realm}:{credentials.password}")
    ha2 = digest(f"{method}:{uri}")
    middle = f"{challenge.nonce}:{nc:08x}:{cnonce}:{challenge.qop}" if challenge.qop else challenge.nonce
    parts = [
        f"Digest username={quote(credentials.user)}",
        f"realm={quote(challenge.realm)}",
        f"nonce={quote(challenge.nonce)}",
        f"uri={quote(uri)}",
        f'response="{digest(f"{ha1}:{middle}:{ha2}")}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.opaque:
        parts.append(f"opaque={quote(challenge.opaque)}")
    if challenge.qop:
        parts += [f"qop={challenge.qop}", f"nc={nc:08x}", f"cnonce={quote(cnonce)}"]
    return ", ".join(parts)


class Authenticator:
    """Answers the challenges of one dialog or registration and remembers the nonce for the requests after it."""

    def __init__(self, credentials: Credentials, new_id: Callable[[], str]) -> None:
        self._credentials = credentials
        self._new_id = new_id
        self._known: dict[str, tuple[Challenge, int]] = {}

    def take(self, response: Response) -> bool:
        """Learns from a 401 or 407; False if asking again would be in vain (wrong password, nothing we can answer)."""
        asks, answers = _HEADERS[response.code]
        found = [Challenge.parse(value) for value in response.all(asks)]
        realm = self._credentials.realm
        usable = [one for one in found if one is not None and (not realm or one.realm == realm)]
        if not usable:
            return False
        best = max(usable, key=lambda one: _RANK[one.algorithm.lower()])
        known = self._known.get(answers)
        if known is not None and known[0].nonce == best.nonce:
            return False
        refused = known is not None and known[1] > 0 and not best.stale and known[0].realm == best.realm
        self._known[answers] = (best, 0)
        return not refused or known is None or known[1] > 1

    def headers(self, request: Request) -> list[tuple[str, str]]:
        """The headers that prove who we are, for every challenge known."""
        made = []
        for name, (challenge, count) in list(self._known.items()):
            self._known[name] = (challenge, count + 1)
            nonce = self._new_id() if challenge.qop else ""
            made.append((name, proof(challenge, self._credentials, request.method, request.uri, count + 1, nonce)))
        return made
