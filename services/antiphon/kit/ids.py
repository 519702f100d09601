"""Identifiers that sort by time and can be told apart by eye.

`cv_01jd5w8s3k4vq2z6y7m8n9p0qr`: a prefix that says what it names, 48 bits of milliseconds, 80 bits of randomness, in
Crockford's base 32 (lower case, no i l o u). Ids made later compare greater, so a list by id is a list by creation.
Layout of the 128 bits as in ULID (https://github.com/ulid/spec).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from antiphon.kit.clock import system_clock, to_millis

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_SHAPE = re.compile(r"^[a-z]{1,6}_[0-9a-hjkmnp-tv-z]{26}$")

NewId: TypeAlias = Callable[[str], str]
"""Makes a fresh id from a prefix; injected where tests need to know the ids beforehand."""


def new_id(prefix: str, now: datetime | None = None) -> str:
    """A fresh id such as `new_id("cv")`."""
    return encode(prefix, to_millis(now or system_clock()), secrets.randbits(80))


def encode(prefix: str, millis: int, random_bits: int) -> str:
    """Puts an id together from its three parts; `random_bits` is below 2**80."""
    value = (millis << 80) | random_bits
    return prefix + "_" + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def derived_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, everywhere and for ever: the key of things that must be made only once."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
    value = int.from_bytes(digest, "big")
    return prefix + "_" + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: str, prefix: str | None = None) -> bool:
    """True for a well-formed id, and of this prefix when one is given."""
    return bool(_SHAPE.match(text)) and (prefix is None or text.startswith(prefix + "_"))
