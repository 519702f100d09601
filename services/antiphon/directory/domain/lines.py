"""Trunks and the dial plan: what a host, a prefix, a codec and a country may look like."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from antiphon.kit.errors import invalid

from .limits import several

CODECS = ("PCMA", "PCMU", "opus", "G722")
TRUNKS, PREFIXES, EMERGENCY_CODES = 200, 500, 20
USUAL_CHANNELS, MOST_CHANNELS = 100, 10_000
MOST_DAYS = 3_650
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"^(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*$")
_PREFIX = re.compile(r"^\+(\d{0,15})$")
_CREDENTIAL = re.compile(r"^[A-Za-z0-9._~!$&*+=@%-]{0,64}$")


def host(text: str) -> str:
    """A host name or an address. Raises INVALID."""
    name = text.strip().strip("[]")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        if not _HOST.match(name):
            raise invalid("host", "host must be a host name or an address") from None
        return name.lower()


def port(number: int) -> int:
    """A port, 5060 when zero. Raises INVALID."""
    return between("port", number, 65_535) or 5060


def credential(field: str, text: str) -> str:
    """A user name as operators give it out. Raises INVALID."""
    if not _CREDENTIAL.match(text.strip()):
        raise invalid(field, f"{field} may not hold spaces, quotes or control characters")
    return text.strip()


def codecs(names: Iterable[str]) -> list[str]:
    """Known codecs in their usual spelling, once each. Raises INVALID."""
    known = {name.lower(): name for name in CODECS}
    wanted = list(names)
    if any(name.lower() not in known for name in wanted):
        raise invalid("codecs", f"codecs must be of {', '.join(CODECS)}")
    return several("codecs", [known[name.lower()] for name in wanted], len(CODECS))


def prefixes(field: str, texts: Iterable[str], *, everything: bool) -> list[str]:
    """Prefixes of E.164 numbers; a bare plus is every number, where that makes sense. Raises INVALID."""
    found = [re.sub(r"[\s().-]", "", text) for text in texts]
    if any(not _PREFIX.match(text) or (text == "+" and not everything) for text in found):
        raise invalid(field, f"{field} must be beginnings of international numbers, such as +7809")
    return several(field, found, PREFIXES)


def country(text: str) -> str:
    """A country by ISO 3166, or nothing. Raises INVALID."""
    code = text.strip().upper()
    if code and not re.fullmatch(r"[A-Z]{2}", code):
        raise invalid("country", "country is two letters of ISO 3166, such as UA")
    return code


def outside_prefix(text: str) -> str:
    """One to three digits, or nothing. Raises INVALID."""
    digits = text.strip()
    if not re.fullmatch(r"[0-9*#]{0,3}", digits):
        raise invalid("outside_prefix", "outside_prefix is at most three digits")
    return digits


def short_codes(texts: Iterable[str]) -> list[str]:
    """Emergency codes of 2 to 6 digits. Raises INVALID."""
    codes = [text.strip() for text in texts]
    if any(not re.fullmatch(r"[0-9]{2,6}", code) for code in codes):
        raise invalid("emergency_codes", "emergency_codes are numbers of 2 to 6 digits")
    return several("emergency_codes", codes, EMERGENCY_CODES)


def between(field: str, number: int, most: int) -> int:
    """A number from 0. Raises INVALID."""
    if not 0 <= number <= most:
        raise invalid(field, f"{field} must be between 0 and {most}")
    return number
