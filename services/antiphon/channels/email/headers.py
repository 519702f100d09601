"""Headers of a mail, whatever state they are in: words in any charset, addresses, ids, the date."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

_ID = re.compile(r"<[^<>\s]{1,900}>")
_CHARSETS = {"unicode": "utf-8", "cp-1251": "windows-1251", "win-1251": "windows-1251", "x-unknown": "utf-8",
             "unknown-8bit": "utf-8", "8bit": "utf-8", "ansi_x3.110-1983": "latin-1"}  # fmt: skip


def decoded(data: bytes, charset: str) -> str:
    """Text in a named charset; what the name does not know or the bytes contradict is tried as UTF-8, then as
    Windows-1251, which is what mail in our languages otherwise is."""
    for name in (_CHARSETS.get(charset.lower(), charset), "utf-8", "windows-1251"):
        try:
            codec = codecs.lookup(name)
            if codec._is_text_encoding:
                return data.decode(codec.name).replace("\x00", "")
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1").replace("\x00", "")


def header(message: Message, name: str) -> str:
    try:
        value = message.get(name)
    except (ValueError, LookupError):
        return ""
    return str(value) if value is not None else ""


def text(message: Message, name: str) -> str:
    return words(header(message, name))


def words(value: str) -> str:
    """A header's words; those of RFC 2047 decoded."""
    try:
        found = decode_header(value)
    except (ValueError, LookupError):
        return value
    words = "".join(
        decoded(chunk, str(charset or "")) if isinstance(chunk, bytes) else str(chunk) for chunk, charset in found
    )
    return words.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "")


def sender(message: Message) -> tuple[str, str]:
    """Whom to answer: Reply-To, else From."""
    names = dict(pairs(message, "From"))
    for header in ("Reply-To", "From", "Sender"):
        for address, name in pairs(message, header):
            return (name or names.get(address) or next(iter(names.values()), ""))[:200], address
    return "", ""


def pairs(message: Message, name: str) -> list[tuple[str, str]]:
    """(address, name) of a header."""
    values = [str(value) for value in message.get_all(name, [])][:20]
    found = []
    for shown, address in getaddresses(values):
        bare = address.strip().lower()
        if re.fullmatch(r"[^@\s<>]{1,64}@[^@\s<>]{1,253}", bare):
            found.append((bare, " ".join(words(shown).split())))
    return found[:100]


def addresses(message: Message, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address for address, _ in pairs(message, name)))


def ids(message: Message, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ID.findall(header(message, name)[:50_000])))[-50:]


def date(message: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(header(message, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
