"""The fields that a tenant adds to its customers' cards: what they are and which values fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from antiphon.kit.errors import invalid

from . import limits

MOST = 30
CHOICES = 50
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_NUMBER = re.compile(r"^-?\d{1,15}(\.\d{1,6})?$")
_LINK = re.compile(r"^https?://[^\s<>\"]{1,480}$")


class Kind(IntEnum):
    """The kinds of the proto, with the same numbers."""

    TEXT = 1
    NUMBER = 2
    DATE = 3
    CHOICE = 4
    YES_NO = 5
    LINK = 6


@dataclass(frozen=True, slots=True)
class Field:
    key: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()

    def fits(self, value: str) -> bool:
        """True when the value is one of this field; empty always is."""
        if not value:
            return True
        match self.kind:
            case Kind.TEXT:
                return True
            case Kind.NUMBER:
                return bool(_NUMBER.match(value))
            case Kind.DATE:
                return _is_date(value)
            case Kind.CHOICE:
                return value in self.choices
            case Kind.YES_NO:
                return value in ("yes", "no")
            case Kind.LINK:
                return bool(_LINK.match(value))


def field(key: str, label: str, kind: int, choices: Sequence[str]) -> Field:
    """A field as it is stored. Raises INVALID."""
    if not _KEY.match(key):
        raise invalid("fields.key", "a key has small letters, digits and underscores, at most 40, a letter first")
    if kind not in list(Kind):
        raise invalid("fields.kind", "there is no such kind of field")
    named = limits.several("fields.choices", (limits.line("fields.choices", one, 80) for one in choices), CHOICES)
    if (kind == Kind.CHOICE) != bool([one for one in named if one]):
        raise invalid("fields.choices", "a choice has choices, and nothing else has")
    return Field(key, limits.line("fields.label", label, 80, required=True), Kind(kind), tuple(filter(None, named)))


def all_fields(wanted: Iterable[Field]) -> tuple[Field, ...]:
    """Raises INVALID when there are too many, or two with one key."""
    found = limits.at_most("fields", list(wanted), MOST)
    if len({one.key for one in found}) < len(found):
        raise invalid("fields.key", "two fields have the same key")
    return tuple(found)


def check(defined: Iterable[Field], attributes: Mapping[str, str]) -> None:
    """Raises INVALID for the first attribute that does not fit its field."""
    for each in defined:
        if not each.fits(attributes.get(each.key, "")):
            raise invalid(f"attributes.{each.key}", f"the value does not fit the field {each.label!r}")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10
