"""SIP accounts: how a user name is made, what is kept of a password, how old it may get, from where it may be used.

Of a password only HA1 = MD5(username:domain:password) is kept (RFC 7616, section 3.4.2): what digest authentication
needs and nothing that reads back. Because it holds the user name, an account keeps its name for ever.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from antiphon.kit.errors import invalid

from .passwords import LONGEST, About, weakness

USUAL_DAYS = 30
REMINDED_BEFORE = timedelta(days=5)
NETWORKS = 50
SLUG = 24
EVIDENCE_GIVEN, EVIDENCE_MISSING = timedelta(days=1), timedelta(days=3)
"""How soon a case of suspected compromise is due, with its evidence at hand and without."""

LETTERS, DIGITS, SYMBOLS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-_.!*+=%"
"""What passwords are generated from: no letters that look like others, no sign that a phone's keypad or a configuration
file cannot hold."""

GENERATED = 20
_USERNAME = re.compile(r"^[a-z0-9][a-z0-9._-]{2,39}$")
_CYRILLIC = str.maketrans(
    {
        **dict(zip("абвгґдеэзиіїйклмнопрстуфыё", "abvggdeezyiiyklmnoprstufye", strict=True)),
        "є": "ye",
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ю": "yu",
        "я": "ya",
        **dict.fromkeys("ьъ'’", ""),
    }
)


@dataclass(frozen=True, slots=True)
class SipSecret:
    """What is kept of an account's password, and how its device was last seen."""

    account_id: str
    sealed_ha1: bytes
    old: tuple[bytes, ...]
    """Traces of every HA1 there was, this one too."""
    changed_at: datetime
    age: str = ""
    """"", "reminded" or "expired": what was told of its age already."""
    seen_address: str = ""
    seen_port: int = 0


def slug(name: str) -> str:
    """A tenant's name as the beginning of user names: Latin, small, at most 24 signs."""
    spelled = name.casefold().translate(_CYRILLIC)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG].strip("-") or "pbx"


def username(text: str) -> str:
    """A user name as it may stand in a SIP address. Raises INVALID."""
    name = text.strip().lower()
    if not _USERNAME.match(name):
        raise invalid("username", "a SIP user name has 3 to 40 of a-z 0-9 . _ -, and begins with a letter or digit")
    return name


def made_username(tenant_name: str, line: str, taken: frozenset[str]) -> str:
    """`acme-101`, or the first of `acme-101-2`, `acme-101-3`, … that nobody has."""
    base = f"{slug(tenant_name)}-{re.sub(r'[^0-9]', '', line) or 'phone'}"[:36]
    places = (base if place == 1 else f"{base}-{place}" for place in range(1, len(taken) + 2))
    return next(name for name in places if name not in taken)


def ha1(name: str, domain: str, password: str) -> str:
    """What digest authentication calls HA1, in hex."""
    return hashlib.md5(f"{name}:{domain}:{password}".encode(), usedforsecurity=False).hexdigest()


def trace(digest: str) -> bytes:
    """By what a former HA1 is recognised: of no use to anybody who would log in."""
    return hashlib.sha256(digest.encode()).digest()


def generated(choose: Callable[[str], str], about: About, common: frozenset[str]) -> str:
    """A password that keeps every rule; `choose` draws one sign by chance."""
    while True:
        signs = choose(LETTERS + DIGITS), *(choose(LETTERS + DIGITS + SYMBOLS) for _ in range(GENERATED - 2))
        password = "".join((*signs, choose(LETTERS + DIGITS)))
        if not weakness(password, about, common):
            return password


def given(password: str) -> str:
    """A password that somebody chose, as every phone can send it. Raises INVALID."""
    if len(password) <= LONGEST and not all(" " < sign <= "~" for sign in password):
        raise invalid("password", "a SIP password holds Latin letters, digits and signs only, no spaces")
    return password


def expires_at(changed_at: datetime, days: int) -> datetime:
    """When a password is older than the policy allows."""
    return changed_at + timedelta(days=days or USUAL_DAYS)


def networks(field: str, texts: Iterable[str]) -> list[str]:
    """Networks in their usual form: `203.0.113.7` is `203.0.113.7/32`. Raises INVALID."""
    found = []
    for text in texts:
        try:
            found.append(str(ipaddress.ip_network(text.strip())))
        except ValueError:
            raise invalid(field, f"{field} must be networks such as 203.0.113.0/24") from None
    if len(found) > NETWORKS:
        raise invalid(field, f"{field} may have at most {NETWORKS} entries")
    return list(dict.fromkeys(found))


def device_warnings(address: str, port: int) -> list[str]:
    """What is wrong with how a device was last seen."""
    try:
        public = ipaddress.ip_address(address).is_global
    except ValueError:
        return []
    return ["port_5060_public"] if public and port == 5060 else []


def due_at(opened_at: datetime, *, with_evidence: bool) -> datetime:
    """When a case of suspected compromise is to be settled."""
    return opened_at + (EVIDENCE_GIVEN if with_evidence else EVIDENCE_MISSING)
