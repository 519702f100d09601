"""Signing in at a company's OpenID Connect provider: which settings are usable, what an ID token must say before it is
believed (OpenID Connect Core 3.1.3.7), and which roles its claims give. The signature is checked before, by the keys of
the provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from antiphon.kit.errors import DomainError, invalid

from . import person
from .permissions import Role
from .reasons import Reason
from .sessions import Session

TRY = timedelta(minutes=10)
"""How long a browser may take at the provider."""
SKEW = timedelta(seconds=60)
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
RULES, DOMAINS, VALUE = 100, 50, 200
UNMAPPED = (Role.CLIENT_VIEWER, Role.SCREEN, Role.SUPPORT, Role.OPERATOR)
"""Roles that no claim gives: one needs projects, one is for API keys, two reach beyond the company."""
_WORD = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$")
_DOMAIN = re.compile(r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")


@dataclass(frozen=True, slots=True)
class Try:
    """A browser on its way to a provider and back. Its `state` is known by digest only."""

    tenant: str
    issuer: str
    client_id: str
    binding: bytes
    """Digest of what the browser keeps."""
    nonce: str
    verifier: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom the provider vouches for."""

    subject: str
    email: str
    """Empty unless the provider has verified it."""
    name: str
    claims: Mapping[str, Any]
    session: str = ""
    """The provider's name of its session (`sid`); empty when it names none."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who signed out at the provider: one session of it, or a whole person when `session` is empty."""

    subject: str
    session: str
    at: datetime

    def ends(self, one: Session, issuer: str) -> bool:
        """Does a person's session end by it? One that began later does not, so a token that comes twice is harmless."""
        if one.issuer != issuer or one.created_at > self.at + SKEW:
            return False
        return not self.session or one.provider_session == self.session


def failed(why: str) -> DomainError:
    """The refusal of a sign-in that is not believed; `why` is a stable word."""
    return DomainError(Reason.SIGN_ON_FAILED, why=why)


def word(text: str) -> str:
    """What people type for their company. Raises INVALID."""
    clean = text.strip().lower()
    if not _WORD.match(clean) or clean.startswith("xn--"):
        raise invalid("word", "the word has 2 to 40 of a-z, 0-9 and hyphens, none at its ends")
    return clean


def issuer(text: str, *, inside: bool) -> str:
    """A usable issuer, exactly as given. Raises INVALID."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise invalid("issuer", "the issuer is not an address") from None
    odd = parts.query or parts.fragment or parts.username or parts.password or not text.isascii() or len(text) > 500
    if odd or not host or any(sign.isspace() for sign in text) or not is_safe(text, inside=inside):
        raise invalid("issuer", "the issuer is an https address without query, fragment or user")
    return text


def is_safe(address: str, *, inside: bool) -> bool:
    """True for https, and in development for plain http of this very machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    own = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or (inside and own and parts.scheme == "http"))


def domains(texts: Iterable[str]) -> list[str]:
    """Domains of e-mail addresses, once each. Raises INVALID."""
    clean = list(dict.fromkeys(text.strip().lower().removeprefix("@") for text in texts))
    if len(clean) > DOMAINS or not all(_DOMAIN.match(one) for one in clean):
        raise invalid("domains", f"at most {DOMAINS} domains, such as company.example")
    return clean


def mapped_roles(field: str, values: Iterable[int]) -> list[int]:
    """Roles that a provider may give. Raises INVALID."""
    found = sorted(set(values))
    if any(value not in list(Role) or Role(value) in UNMAPPED for value in found):
        raise invalid(field, "this role is given by hand only")
    return found


def proven(claims: Mapping[str, Any], tried: Try, now: datetime) -> Proven:
    """What a well-signed ID token says of a person. Raises SIGN_ON_FAILED with the first thing that is wrong."""
    if claims.get("iss") != tried.issuer:
        raise failed("issuer")
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    if tried.client_id not in several or claims.get("azp", tried.client_id) != tried.client_id:
        raise failed("audience")
    if len(several) > 1 and "azp" not in claims:
        raise failed("audience")
    if not _is_now(claims, now):
        raise failed("time")
    if claims.get("nonce") != tried.nonce:
        raise failed("nonce")
    if not (subject := _short(claims.get("sub"))):
        raise failed("subject")
    return Proven(subject, _verified_email(claims), _name(claims), claims, _short(claims.get("sid")))


def leaving(claims: Mapping[str, Any], issuer: str, client_id: str, now: datetime) -> Leaving:
    """What a well-signed logout token says (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises SIGN_ON_FAILED, also
    for one that names a session and nobody: without a person we would look through everybody's."""
    audience = claims.get("aud")
    if claims.get("iss") != issuer:
        raise failed("issuer")
    if client_id not in (audience if isinstance(audience, list) else [audience]):
        raise failed("audience")
    if not _is_now({"exp": now.timestamp(), **claims}, now):
        raise failed("time")
    events = claims.get("events")
    if "nonce" in claims or not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict):
        raise failed("event")
    if not (subject := _short(claims.get("sub"))):
        raise failed("subject")
    return Leaving(subject, _short(claims.get("sid")), datetime.fromtimestamp(claims["iat"], now.tzinfo))


def takes(email: str, allowed: Iterable[str]) -> bool:
    """True for an address of the listed domains, or any when none is listed."""
    listed = list(allowed)
    return bool(email) and (not listed or email.rpartition("@")[2] in listed)


def roles_of(claims: Mapping[str, Any], claim: str, rules: Iterable[tuple[str, int]]) -> list[int]:
    """The roles that the values of a claim give; a claim is one text or a list of them."""
    value = claims.get(claim)
    said = {value} if isinstance(value, str) else {one for one in value or () if isinstance(one, str)}
    return sorted({role for wanted, role in rules if wanted in said})


def _is_now(claims: Mapping[str, Any], now: datetime) -> bool:
    ends, made = _number(claims.get("exp")), _number(claims.get("iat"))
    if ends is None or made is None:
        return False
    present, skew = now.timestamp(), SKEW.total_seconds()
    return present < ends + skew and present - TRY.total_seconds() - skew < made < present + skew


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _short(value: object) -> str:
    """A name that the provider gave; empty for what is none."""
    return value if isinstance(value, str) and len(value) <= 255 else ""


def _verified_email(claims: Mapping[str, Any]) -> str:
    """The address, when the provider says that it is this person's: `email_verified` must be the boolean true."""
    if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
        return ""
    try:
        return person.email("email", claims["email"])
    except DomainError:
        return ""


def _name(claims: Mapping[str, Any]) -> str:
    for field in ("name", "preferred_username"):
        text = claims.get(field)
        if isinstance(text, str) and (clean := "".join(sign for sign in text if sign.isprintable()).strip()):
            return clean[:120]
    return ""
