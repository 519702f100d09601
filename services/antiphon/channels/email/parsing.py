"""A mail as it came, taken apart. Mail is written by every program there ever was: unknown charsets, broken MIME,
missing headers and endless nesting are read as far as they can be, never refused. RFC 5322, 2045–2047, 2231."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import Any

from antiphon.channels.email.automatic import Bounce, bounce_of, reason_for_silence
from antiphon.channels.email.headers import addresses, date, decoded, ids, sender, text, words
from antiphon.channels.email.html import to_text
from antiphon.channels.email.reply import new_part

MAX_PARTS = 200
MAX_DEPTH = 20
MAX_BODY = 2_000_000
"""Characters of text that are looked at."""
_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|отв(ет)?|пересл|відп|пер|ha)(\[\d+\]|\(\d+\))?\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    message_id: str
    sender: str
    """Lower-case address; empty when there is none that can be answered."""
    sender_name: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    references: tuple[str, ...]
    """In-Reply-To and References, the nearest first."""
    at: datetime | None
    text: str
    """What is new in it."""
    files: tuple[File, ...]
    automatic: str
    """Why no automatic answer may go back; empty when a person wrote it."""
    bounce: Bounce | None

    @property
    def is_reply(self) -> bool:
        return bool(self.references) or bool(_PREFIX.match(self.subject))


def read(raw: bytes) -> Mail:
    """Takes a mail apart. Never raises for what a mail may contain."""
    message = email.message_from_bytes(raw)
    parts = list(_leaves(message, 0))[:MAX_PARTS]
    bounce = bounce_of(message)
    name, address = sender(message)
    return Mail(
        message_id=next(iter(ids(message, "Message-ID")), ""),
        sender=address,
        sender_name=name,
        to=addresses(message, "To"),
        cc=addresses(message, "Cc"),
        subject=" ".join(text(message, "Subject").split())[:500],
        references=(*ids(message, "In-Reply-To"), *reversed(ids(message, "References"))),
        at=date(message),
        text=_body(parts),
        files=tuple(_files(parts)),
        automatic=reason_for_silence(message, address, bounce),
        bounce=bounce,
    )


def base_subject(subject: str) -> str:
    """The subject without "Re:", "Fwd:", "Отв:", "Відп:" and the like."""
    return " ".join(_PREFIX.sub("", subject).split())


def _leaves(message: Message, depth: int) -> Iterator[Message]:
    """The parts that hold something; a mail inside a mail is one part."""
    if depth > MAX_DEPTH:
        return
    payload: Any = message.get_payload()
    if message.is_multipart() and isinstance(payload, list) and message.get_content_maintype() == "multipart":
        alternatives = message.get_content_subtype() == "alternative"
        for part in _preferred(payload) if alternatives else payload:
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1)
    else:
        yield message


def _preferred(parts: list[Message]) -> list[Message]:
    """Of the same thing said in several ways: the plain text, else the last way; calendars are kept beside."""
    plain = [part for part in parts if part.get_content_type() == "text/plain" and _decoded(part).strip()]
    others = [part for part in parts if part.get_content_type() == "text/calendar"]
    best = plain[:1] or [part for part in parts if part not in others][-1:]
    return [*best, *others]


def _body(parts: list[Message]) -> str:
    texts = []
    for part in parts:
        if _is_file(part):
            continue
        if part.get_content_type() == "text/html":
            texts.append(to_text(_decoded(part)))
        elif part.get_content_maintype() == "text":
            texts.append(_decoded(part))
    return new_part("\n\n".join(text for text in texts if text.strip())[:MAX_BODY])


def _files(parts: list[Message]) -> Iterator[File]:
    for number, part in enumerate(parts):
        if not _is_file(part):
            continue
        media_type = part.get_content_type()
        if media_type == "message/rfc822":
            inner: Any = part.get_payload()
            data = inner[0].as_bytes() if isinstance(inner, list) and inner else b""
            yield File(_name(part, f"mail-{number}.eml"), media_type, data)
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and payload:
            extension = media_type.partition("/")[2].partition("+")[0][:10]
            yield File(_name(part, f"file-{number}.{extension or 'bin'}"), media_type, payload)


def _is_file(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_content_type() == "message/rfc822":
        return True
    return part.get_content_maintype() not in ("text", "multipart", "message") or bool(part.get_filename())


def _name(part: Message, otherwise: str) -> str:
    name = words(part.get_filename() or "")
    return re.sub(r"[\x00-\x1f/\\]", "_", name).strip()[:200] or otherwise


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return decoded(payload, str(part.get_content_charset() or ""))
