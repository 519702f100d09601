"""Web chat, in: frames of the widget, checked and kept as raw updates like any provider's.

What is stored of a message is the frame itself with the visitor's id and page; `read` gives it its meaning. Everything
that a browser sends is checked here, before it is stored: a refused frame leaves no trace.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from antiphon.channels.contract import ChannelView, FileTooLarge, Heard, RemoteFile, Said, Sender
from antiphon.channels.domain import leads as lead_rules
from antiphon.channels.domain.leads import Lead
from antiphon.channels.domain.message import MAX_ATTACHMENTS, check_client_id, check_text
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.domain.visitor import Visitor
from antiphon.kit.clock import from_millis, to_millis
from antiphon.kit.errors import DomainError

MAX_FRAME = 32_000
"""Characters; 4000 of text with every one escaped are 24,000."""
LANGUAGES = ("en", "ru", "uk")


@dataclass(frozen=True, slots=True)
class MessageFrame:
    client_id: str
    text: str
    choice: str
    attachment_ids: tuple[str, ...]


def parse(frame: str) -> dict[str, Any]:
    """A frame as an object. Raises MALFORMED, TOO_LONG."""
    if len(frame) > MAX_FRAME:
        raise DomainError(Reason.TOO_LONG, "the frame is too large", limit=MAX_FRAME)
    try:
        value = json.loads(frame)
    except (ValueError, RecursionError) as error:
        raise DomainError(Reason.MALFORMED, "not JSON") from error
    if not isinstance(value, dict):
        raise DomainError(Reason.MALFORMED, "not an object")
    return value


def text_of(frame: Mapping[str, Any], name: str, limit: int) -> str:
    """A text field, cut to its limit; anything but a text is empty. Lone surrogates, which JSON may carry and no
    database takes, are replaced."""
    value = frame.get(name)
    text = value if isinstance(value, str) else ""
    return text[:limit].encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number_of(frame: Mapping[str, Any], name: str) -> int:
    value = frame.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else 0


def message_of(frame: Mapping[str, Any]) -> MessageFrame:
    """A {t:"msg"} frame. Raises INVALID, TOO_LONG, EMPTY, MALFORMED."""
    client_id = check_client_id(text_of(frame, "client_id", 200))
    ids = frame.get("attachment_ids", [])
    if not isinstance(ids, list) or len(ids) > MAX_ATTACHMENTS or not all(isinstance(i, str) for i in ids):
        raise DomainError(Reason.MALFORMED, f"attachment_ids is a list of at most {MAX_ATTACHMENTS} ids")
    text = check_text(text_of(frame, "text", MAX_FRAME), bool(ids) or bool(frame.get("choice")))
    return MessageFrame(client_id, text, text_of(frame, "choice", 64), tuple(i[:64] for i in ids))


def raw_of(visitor: Visitor, frame: MessageFrame, now: datetime) -> bytes:
    """What is stored of a message."""
    return json.dumps(
        {
            "visitor": visitor.id,
            "name": visitor.name,
            "language": visitor.language,
            "user_id": visitor.user_id,
            "page": visitor.page,
            "at": to_millis(now),
            "client_id": frame.client_id,
            "text": frame.text,
            "choice": frame.choice,
            "attachment_ids": list(frame.attachment_ids),
        },
        ensure_ascii=False,
    ).encode()


def said_of_lead(channel: ChannelView, stored: Mapping[str, Any]) -> Said:
    """What `lead_form.py` stored, as a customer's message."""
    lead = Lead(**stored["lead"], utm=stored["utm"])
    sender = Sender(
        identity=stored["visitor"], peer=stored["visitor"], namespace=channel.id, name=lead.name,
        language=stored["language"], phone=lead.phone,
    )  # fmt: skip
    facts = {"lead": lead.id, **lead.utm, **({"page": lead.page} if lead.page else {})}
    text = lead_rules.message_text(lead, stored["language"] or str(channel.settings.get("language", "")))
    at = from_millis(stored["at"])
    return Said(sender=sender, client_id=stored["client_id"], at=at, text=text, facts=facts, lead=lead)


class WebchatIncoming:
    """Reads what `raw_of` and the lead catcher wrote."""

    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        stored = json.loads(raw)
        if "lead" in stored:
            return said_of_lead(channel, stored)
        sender = Sender(
            identity=stored["visitor"],
            peer=stored["visitor"],
            namespace=channel.id,
            name=stored["name"],
            language=stored["language"],
            verified=bool(stored["user_id"]),
        )
        return Said(
            sender=sender,
            client_id=stored["client_id"],
            at=from_millis(stored["at"]),
            text=stored["text"],
            choice=stored["choice"],
            attachment_ids=tuple(stored["attachment_ids"]),
            facts={"page": stored["page"]} if stored["page"] else {},
        )

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        return sender

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        raise FileTooLarge  # files of the widget are uploaded before their message: there is nothing to fetch

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        return
