"""Digits in INFO: `application/dtmf-relay` (Signal=, Duration=) and `application/dtmf` (the bare digit)."""

from __future__ import annotations

import re

DIGITS = "0123456789*#ABCD"
RELAY = "application/dtmf-relay"
_SIGNAL = re.compile(r"(?im)^\s*Signal\s*=\s*([0-9*#A-D]{1,2})\s*$")
_DURATION = re.compile(r"(?im)^\s*Duration\s*=\s*(\d{1,6})\s*$")


def read_digit(content_type: str, body: bytes) -> tuple[str, int] | None:
    """The digit and its milliseconds; None if the body tells none."""
    text = body.decode("ascii", "replace")
    if content_type == RELAY:
        signal, duration = _SIGNAL.search(text), _DURATION.search(text)
        digit = _digit(signal.group(1)) if signal else None
        return (digit, int(duration.group(1)) if duration else 160) if digit else None
    if content_type == "application/dtmf":
        digit = _digit(text.strip())
        return (digit, 160) if digit else None
    return None


def _digit(text: str) -> str | None:
    """Some phones send 10 and 11 for star and hash."""
    if text in {"10", "11", "12", "13", "14", "15"}:
        return DIGITS[int(text)]
    return text.upper() if len(text) == 1 and text.upper() in DIGITS else None


def write_digit(digit: str, milliseconds: int = 160) -> bytes:
    """The body of `application/dtmf-relay`."""
    return f"Signal={digit}\r\nDuration={milliseconds}\r\n".encode()
