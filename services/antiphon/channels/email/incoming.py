"""E-mail, in: what a mail says, which thread it belongs to, and what mail servers report about ours."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from antiphon.channels.contract import (
    ChannelView,
    FileTooLarge,
    Heard,
    Ignored,
    RemoteFile,
    Reported,
    Said,
    Sender,
    Thread,
)
from antiphon.channels.domain.message import MAX_ATTACHMENTS, Delivery
from antiphon.channels.email import marks, parsing
from antiphon.channels.email.automatic import Bounce

UNKNOWN_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Reports about mails are old news at once: nothing waits for the mail that they are about."""


class EmailIncoming:
    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        mail = parsing.read(raw)
        if mail.bounce is not None and mail.bounce.original_id:
            return _reported(mail.bounce)
        if not mail.sender:
            return Ignored("a mail from nobody")
        if mail.sender == str(channel.settings.get("address", "")).lower():
            return Ignored("our own mail")
        message_id = mail.message_id or f"<{hashlib.sha256(raw).hexdigest()[:40]}@unnamed>"
        text = mail.text or ("" if mail.files else mail.subject)
        if not text and not mail.files:
            return Ignored("a mail that says nothing")
        return Said(
            sender=Sender(identity=mail.sender, peer=mail.sender, namespace="", name=mail.sender_name),
            client_id=message_id[:100] if len(message_id) <= 100 else _short(message_id),
            at=mail.at or UNKNOWN_TIME,
            text=text,
            files=tuple(
                RemoteFile(f"{message_id}:{number}", file.name, len(file.data), file.media_type, file.data)
                for number, file in enumerate(mail.files[:MAX_ATTACHMENTS])
            ),
            facts=_facts(mail),
            thread=_thread(channel, mail, message_id),
        )

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        return sender

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        """Never asked: files come with the mail."""
        raise FileTooLarge

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        """Nobody wants to hear."""


def _thread(channel: ChannelView, mail: parsing.Mail, message_id: str) -> Thread:
    words = filter(None, [channel.secrets["webhook"], channel.former.get("webhook")])
    ours = [marks.conversation_of(word, reference) for word in words for reference in mail.references]
    return Thread(
        root=_short(message_id),
        subject=parsing.base_subject(mail.subject),
        conversations=tuple(filter(None, dict.fromkeys(ours))),
        references=tuple(one if len(one) <= 100 else _short(one) for one in mail.references),
        is_reply=mail.is_reply,
        automatic=mail.automatic,
    )


def _facts(mail: parsing.Mail) -> dict[str, str]:
    facts = {"subject": mail.subject[:200]} if mail.subject else {}
    if mail.cc:
        facts["cc"] = ", ".join(mail.cc)[:500]
    if mail.automatic:
        facts["automatic"] = mail.automatic
    if len(mail.files) > MAX_ATTACHMENTS:
        facts["more_files"] = str(len(mail.files) - MAX_ATTACHMENTS)
    return facts


def _reported(bounce: Bounce) -> Heard:
    if not bounce.failed:
        return Ignored("a mail server is still trying")
    failure = f"The mail server of {bounce.recipient or 'the customer'} refused it: {bounce.why}"
    return Reported(Delivery.FAILED, UNKNOWN_TIME, (bounce.original_id,), failure=failure)


def _short(message_id: str) -> str:
    """A Message-ID that is too long to be a key, as its digest."""
    return "sha256:" + hashlib.sha256(message_id.encode()).hexdigest()[:40]
