"""How long and how many: the bounds of every text and list, checked before anything is stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from antiphon.kit.errors import DomainError, invalid

from .reasons import Reason

T = TypeVar("T")

NAME = 120
TITLE = 120
NOTES = 10_000
VALUE = 500
REACHES = 20
GROUP_MEMBERS = 2_000
CONTACT_PHONES = 20
CONTACT_EMAILS = 20
CONTACT_ATTRIBUTES = 50
CONTACT_NOTES = 2_000
SESSIONS = 30
"""Open sessions of one person; a further sign-in ends the oldest."""

PROJECTS = 500
PEOPLE = 5_000
GROUPS = 1_000
NUMBERS = 5_000
KEYS = 200
SIP_ACCOUNTS = 5_000
TICKETS = 200
EVIDENCE = 50
EVIDENCE_TEXT = 100_000

LANGUAGES = ("en", "ru", "uk")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")
_SPACES = re.compile(r"[^\S\n]+")


def line(field: str, text: str, most: int = NAME, *, required: bool = False) -> str:
    """One line of text without control characters and outer or doubled spaces. Raises INVALID."""
    clean = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if required and not clean:
        raise invalid(field, f"{field} is needed")
    if len(clean) > most:
        raise invalid(field, f"{field} may have at most {most} characters")
    if any(unicodedata.category(sign) == "Cc" for sign in clean):
        raise invalid(field, f"{field} holds a control character")
    return clean


def note(field: str, text: str, most: int = NOTES) -> str:
    """Text of several lines. Raises INVALID."""
    clean = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if len(clean) > most:
        raise invalid(field, f"{field} may have at most {most} characters")
    if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in clean):
        raise invalid(field, f"{field} holds a control character")
    return clean


def several(field: str, items: Iterable[T], most: int) -> list[T]:
    """The items once each, in order. Raises INVALID when there are too many."""
    return at_most(field, list(dict.fromkeys(items)), most)


def at_most(field: str, items: Sequence[T], most: int) -> list[T]:
    """The items as they are. Raises INVALID when there are too many."""
    if len(items) > most:
        raise invalid(field, f"{field} may have at most {most} entries")
    return list(items)


def pairs(field: str, items: Mapping[str, str], most: int = CONTACT_ATTRIBUTES) -> dict[str, str]:
    """Free attributes: short names, longer values. Raises INVALID."""
    if len(items) > most:
        raise invalid(field, f"{field} may have at most {most} entries")
    return {line(field, name, 64, required=True): note(field, value, VALUE) for name, value in items.items()}


def language(text: str, default: str = "", *, own: bool = True) -> str:
    """One of the languages that Antiphon speaks, or with `own=False` any BCP 47 tag. Raises INVALID."""
    known = text in LANGUAGES if own else _LANGUAGE.match(text)
    if text and not known:
        raise invalid("language", f"language must be one of {', '.join(LANGUAGES)}" if own else "not a language tag")
    return text or default


def room(what: str, present: int, most: int) -> None:
    """Raises FULL when the tenant has `most` records of a kind already."""
    if present >= most:
        raise DomainError(Reason.FULL, f"a tenant may have at most {most} {what}", limit=most)


def page(limit: int, usual: int, most: int) -> int:
    """How many entries a page has. Raises INVALID."""
    if not 0 <= limit <= most:
        raise invalid("limit", f"limit must be between 1 and {most}")
    return limit or usual
