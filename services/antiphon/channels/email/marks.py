"""The Message-ID of a mail of ours names its conversation, signed, so that an answer finds back and nobody can guess
a way into another's: <c.CONVERSATION.SEQ.SIGNATURE@domain>."""

from __future__ import annotations

import hashlib
import hmac
import re

_OURS = re.compile(r"<c\.([A-Za-z0-9_]{1,64})\.(\d{1,9})\.([0-9a-f]{16})@[^<>@\s]+>")


def message_id(secret: str, conversation_id: str, seq: int, domain: str) -> str:
    return f"<c.{conversation_id}.{seq}.{_signature(secret, conversation_id, seq)}@{domain}>"


def conversation_of(secret: str, reference: str) -> str:
    """The conversation that a Message-ID names; empty when it is not ours."""
    match = _OURS.fullmatch(reference)
    if match is None:
        return ""
    conversation_id, seq, given = match.group(1), int(match.group(2)), match.group(3)
    return conversation_id if hmac.compare_digest(given, _signature(secret, conversation_id, seq)) else ""


def _signature(secret: str, conversation_id: str, seq: int) -> str:
    return hmac.new(secret.encode(), f"{conversation_id}.{seq}".encode(), hashlib.sha256).hexdigest()[:16]
