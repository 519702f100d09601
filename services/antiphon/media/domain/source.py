"""Who sends a call in: what the edge found out and wrote into X-Antiphon-Source, and numbers as they are dialled.

    trunk;id=tr_…;tenant=tn_…    device;account=sa_…;tenant=tn_…;user=acme-101    browser;person=pe_…;tenant=tn_…

The header counts only on a request that came from the edge's own address; `From` proves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = re.compile(r"^([a-z]+)=([A-Za-z0-9._\-]+)$")
_NEEDS = {"trunk": ("id", "tenant"), "device": ("account", "tenant"), "browser": ("person", "tenant")}
_DIGITS = re.compile(r"^\+?[0-9]{3,20}$")


@dataclass(frozen=True, slots=True)
class Source:
    """Where an INVITE comes from. `id` is a trunk's, an account's or a person's."""

    kind: str
    tenant: str
    id: str
    user: str = ""


def parse(header: str) -> Source | None:
    """None for anything but a well-formed source."""
    kind, *parts = [part.strip() for part in header.split(";")]
    if kind not in _NEEDS:
        return None
    pairs: dict[str, str] = {}
    for part in parts:
        match = _PART.match(part)
        if match is None or match[1] in pairs:
            return None
        pairs[match[1]] = match[2]
    key, _ = _NEEDS[kind]
    if not pairs.get(key) or not pairs.get("tenant"):
        return None
    return Source(kind, pairs["tenant"], pairs[key], pairs.get("user", ""))


def as_number(user: str) -> str:
    """The user part of an address as a telephone number: digits with a plus where it has the form of E.164. Empty when
    it is none ("anonymous")."""
    plain = re.sub(r"[\s().\-]", "", user)
    if not _DIGITS.match(plain):
        return ""
    if plain.startswith("00") and len(plain) > 9:
        return "+" + plain[2:]
    if not plain.startswith("+") and len(plain) >= 10 and not plain.startswith("0"):
        return "+" + plain
    return plain
