"""Mail that no person wrote: which gets no automatic answer, so that two programs do not write to each other for ever
(RFC 3834), and what the reports of mail servers say (RFC 3464)."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import Message
from typing import Any

from antiphon.channels.email.headers import header, ids

_BULK = frozenset({"bulk", "list", "junk"})
_BOUNCERS = ("mailer-daemon@", "postmaster@")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail server's word about a mail of ours."""

    failed: bool
    recipient: str
    why: str
    original_id: str


def reason_for_silence(message: Message, sender: str, bounce: Bounce | None) -> str:
    """Why this mail gets no automatic answer (RFC 3834 and the habits of list servers)."""
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if bounce is not None:
        return "a report of a mail server"
    if submitted and submitted != "no":
        return "sent by a program (Auto-Submitted)"
    if header(message, "Return-Path").strip() == "<>":
        return "has no address for answers (Return-Path)"
    if header(message, "Precedence").strip().lower() in _BULK:
        return "sent to many (Precedence)"
    if any(name.lower().startswith("list-") for name in message):
        return "from a mailing list"
    if (
        header(message, "X-Auto-Response-Suppress")
        or header(message, "X-Autoreply")
        or header(message, "X-Autorespond")
    ):
        return "sent by a program"
    local = sender.partition("@")[0]
    if not sender or sender.startswith(_BOUNCERS) or re.fullmatch(r"(no|do-?not)[-_.]?reply.*", local):
        return "has no address for answers"
    return ""


def bounce_of(message: Message) -> Bounce | None:
    """What multipart/report says about the first recipient, and which mail it is about."""
    if message.get_content_type() != "multipart/report":
        return None
    original = ""
    fields: dict[str, str] = {}
    for part in message.walk():
        kind = part.get_content_type()
        blocks: Any = part.get_payload()
        if kind == "message/delivery-status" and isinstance(blocks, list):
            for block in blocks:
                if isinstance(block, Message):
                    fields = {**{name.lower(): str(value) for name, value in block.items()}, **fields}
        elif kind in ("message/rfc822", "text/rfc822-headers"):
            original = original or _original_id(part)
    if not fields:
        return None
    failed = fields.get("action", "failed").strip().lower() == "failed" or fields.get("status", "").startswith("5")
    why = fields.get("diagnostic-code") or fields.get("status") or "no reason given"
    recipient = fields.get("final-recipient") or fields.get("original-recipient") or ""
    return Bounce(failed, recipient.partition(";")[2].strip().lower(), " ".join(why.split())[:400], original)


def _original_id(part: Message) -> str:
    payload: Any = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return next(iter(ids(payload[0], "Message-ID")), "")
    return next(iter(ids(email.message_from_string(str(payload)), "Message-ID")), "")
