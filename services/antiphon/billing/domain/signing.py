"""Signatures of a provider's notices: HMAC-SHA256 over time and body, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac

TOO_OLD_S = 600
"""An older notice is a replay; the provider signs anew when it repeats one."""


def sign(key: bytes, at: int, body: bytes) -> str:
    """The header of a notice sent at a second."""
    return f"t={at},v1={hmac.new(key, f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"


def is_genuine(key: bytes, header: str, body: bytes, now: int) -> bool:
    """Did the provider send these bytes, not long ago?"""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    told = parts.get("t", "")
    if not (told.isascii() and told.isdigit() and len(told) <= 12) or abs(now - int(told)) > TOO_OLD_S:
        return False
    return hmac.compare_digest(sign(key, int(told), body).encode(), header.encode("utf-8", "replace"))
