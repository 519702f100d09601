"""The header that proves who calls, both ways: `t=<unix>,v1=<hex HMAC-SHA256(secret, t + "." + raw body)>`."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta

NAME = "x-antiphon-signature"
TOLERANCE = timedelta(minutes=5)
_FORM = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def sign(secret: str, body: bytes, at: datetime) -> str:
    stamp = int(at.timestamp())
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def stamp_of(header: str) -> int:
    """Raises ValueError."""
    match = _FORM.fullmatch(header.strip())
    if match is None:
        raise ValueError("no signature")
    return int(match[1])


def is_right(secret: str, body: bytes, header: str, now: datetime) -> bool:
    """Whether these very bytes were signed, at most five minutes ago. Compares in constant time."""
    match = _FORM.fullmatch(header.strip())
    if not secret or match is None:
        return False
    if abs(now.timestamp() - int(match[1])) > TOLERANCE.total_seconds():
        return False
    return hmac.compare_digest(_digest(secret, int(match[1]), body).encode(), match[2].encode())


def _digest(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
