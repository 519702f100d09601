"""The second factor: time-based one-time passwords (RFC 6238 over RFC 4226), SHA-1, six digits, thirty seconds.

A code is accepted one step early or late, because clocks drift, and never twice: the step of the last accepted code is
kept, and only later steps count (RFC 6238, section 5.2).
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from urllib.parse import quote

PERIOD = 30
DRIFT = 1
RECOVERY_CODES = 10
_ISSUER = "Antiphon"


def step_at(now: datetime) -> int:
    """Which half-minute since the epoch it is."""
    return int(now.timestamp()) // PERIOD


def code_at(secret: bytes, step: int, digits: int = 6) -> str:
    """The code of one step."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def accepted_step(secret: bytes, code: str, now: datetime, last: int) -> int | None:
    """The step that `code` belongs to, or None when it is wrong, too old, or not after the step `last`."""
    present = step_at(now)
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > last and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def is_code(text: str) -> bool:
    """True for six digits; anything else may be a recovery code."""
    return len(text) == 6 and text.isascii() and text.isdigit()


def base32(secret: bytes) -> str:
    """As it is typed into an authenticator."""
    return base64.b32encode(secret).decode().rstrip("=")


def uri(secret: bytes, email: str) -> str:
    """The otpauth:// address of the QR code."""
    label = quote(f"{_ISSUER}:{email}", safe="")
    return f"otpauth://totp/{label}?secret={base32(secret)}&issuer={_ISSUER}&algorithm=SHA1&digits=6&period={PERIOD}"


def recovery_code(random: bytes) -> str:
    """Ten random bytes as `abcd-efgh-ijkl-mnop`."""
    text = base64.b32encode(random).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def recovery_plain(code: str) -> str:
    """A recovery code as typed by a person, in the one form that is hashed."""
    return "".join(sign for sign in code.lower() if sign.isalnum())
