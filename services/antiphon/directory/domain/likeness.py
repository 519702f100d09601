"""By what two cards are recognised as perhaps one person, and how sure that is.

Each card is stored with its marks: short words that equal cards share. Phones are compared by their last nine digits,
because the same number is written with and without its country.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum

from .contacts import fold

PHONE_DIGITS = 9
_NUMBERED = frozenset({"phone", "whatsapp", "sms", "viber"})
_NOBODY = frozenset({"webchat"})
"""Channels whose ids name a browser, not a person."""


class Likeness(IntEnum):
    """The likenesses of the proto, with the same numbers."""

    PHONE = 1
    EMAIL = 2
    ACCOUNT = 3
    NAME = 4


_LETTERS = {"p": Likeness.PHONE, "e": Likeness.EMAIL, "a": Likeness.ACCOUNT, "n": Likeness.NAME}
_SURE = {Likeness.PHONE: 80, Likeness.EMAIL: 80, Likeness.ACCOUNT: 95, Likeness.NAME: 30}


def phone_mark(number: str) -> str:
    """The mark of a number; empty for one that is too short to tell people apart."""
    digits = re.sub(r"\D", "", number)
    return f"p:{digits[-PHONE_DIGITS:]}" if len(digits) >= PHONE_DIGITS else ""


def email_mark(address: str) -> str:
    return f"e:{fold(address)}" if "@" in address else ""


def marks(
    name: str, company: str, phones: Iterable[str], emails: Iterable[str], identities: Iterable[tuple[str, str]]
) -> list[str]:
    """All marks of a card; `identities` are (channel, value)."""
    found = [phone_mark(number) for number in phones] + [email_mark(address) for address in emails]
    for channel, value in identities:
        if channel in _NUMBERED and re.fullmatch(r"\+?\d+", value):
            found.append(phone_mark(value))
        elif channel == "email":
            found.append(email_mark(value))
        elif channel not in _NOBODY:
            found.append(f"a:{channel}:{value}")
    if name and company:
        found.append(f"n:{fold(name)}|{fold(company)}")
    return sorted({mark for mark in found if mark})


def explained(mark: str) -> tuple[Likeness, str]:
    """What a shared mark says: the likeness and the value that both have."""
    letter, _, value = mark.partition(":")
    if letter == "p":
        value = f"…{value}"
    return _LETTERS[letter], value.replace("|", ", ") if letter == "n" else value


def sureness(shared: Iterable[str]) -> int:
    """1 to 100: independent reasons leave less doubt than one alone."""
    doubt = 1.0
    for likeness in sorted({explained(mark)[0] for mark in shared}):
        doubt *= 1 - _SURE[likeness] / 100
    return min(100, max(1, round(100 * (1 - doubt))))
