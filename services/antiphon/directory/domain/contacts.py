"""Customers: how a channel address is written, what a search finds, how a page is continued."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterable

from antiphon.kit.errors import invalid

from . import limits, person, phones

_PHONEISH = re.compile(r"^[+\d\s().\-/]*\d[+\d\s().\-/]*$")
_CHANNEL = re.compile(r"^[a-z][a-z0-9_]{0,31}$")


def fold(text: str) -> str:
    """Text as it is searched and sorted: without case, accents and doubled spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())


def searched(name: str, phone_numbers: Iterable[str], emails: Iterable[str]) -> str:
    """Everything a search looks through, one entry a line."""
    return "\n".join([fold(name), *phone_numbers, *(fold(address) for address in emails)])


def pattern(query: str) -> str:
    """The regular expression that finds `query` in `searched`; empty for an empty query. Raises INVALID."""
    words = fold(limits.line("query", query, 100))
    if not words:
        return ""
    if _PHONEISH.match(words):
        digits = re.sub(r"[^\d+]", "", words)
        return f"{re.escape(words)}|{re.escape(digits)}" if digits != words else re.escape(words)
    return re.escape(words)


def identity(channel: str, namespace: str, value: str) -> tuple[str, str, str]:
    """The one way to write a channel address. Raises INVALID."""
    if not _CHANNEL.match(channel):
        raise invalid("identity.channel", "a channel is a short word of small letters")
    namespace = limits.line("identity.namespace", namespace, 200)
    if channel == "phone":
        return channel, namespace, phones.any_number("identity.value", value)
    if channel == "email":
        return channel, namespace, person.email("identity.value", value)
    return channel, namespace, limits.line("identity.value", value, 300, required=True)


def cursor(*position: str | int) -> str:
    """Where a page ended, as an opaque word."""
    return base64.urlsafe_b64encode(json.dumps(position, ensure_ascii=False).encode()).rstrip(b"=").decode()


def position(after: str, *kinds: type) -> tuple[str | int, ...] | None:
    """The inverse of `cursor`; None for the first page. Raises INVALID for anything that is no cursor of this list."""
    if not after:
        return None
    try:
        if len(after) > 2000:
            raise ValueError("too long")
        found = json.loads(base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        raise invalid("after", "not a cursor of this list") from error
    if not isinstance(found, list) or [type(part) for part in found] != list(kinds):
        raise invalid("after", "not a cursor of this list")
    return tuple(found)
