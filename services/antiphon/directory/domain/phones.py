"""Telephone numbers: E.164 (ITU-T E.164, at most 15 digits) and how people write it."""

from __future__ import annotations

import re

from antiphon.kit.errors import invalid

_E164 = re.compile(r"^\+[1-9]\d{6,14}$")
_WRITTEN = re.compile(r"^\+?[\d\s().\-/\u00a0]+$")
_EXTENSION = re.compile(r"^\d{2,6}$")


def normal(text: str) -> str:
    """Without spaces, brackets and dashes, `00` read as `+`; unchanged when it is no number at all."""
    text = text.strip()
    if not _WRITTEN.match(text):
        return text
    plus = "+" if text.startswith("+") else ""
    digits = re.sub(r"\D", "", text)
    return "+" + digits[2:] if not plus and digits.startswith("00") and len(digits) > 8 else plus + digits


def e164(field: str, text: str) -> str:
    """A number with plus and country. Raises INVALID."""
    number = normal(text)
    if not _E164.match(number):
        raise invalid(field, f"{field} must be E.164: plus, country code, at most 15 digits")
    return number


def any_number(field: str, text: str) -> str:
    """E.164, or 2 to 15 digits as they are dialled locally. Raises INVALID."""
    number = normal(text)
    if not (_E164.match(number) or re.fullmatch(r"\d{2,15}", number)):
        raise invalid(field, f"{field} must be a telephone number")
    return number


def extension(text: str) -> str:
    """An internal number of 2 to 6 digits, or nothing. Raises INVALID."""
    text = text.strip()
    if text and not (_EXTENSION.match(text) and text.isascii()):
        raise invalid("extension", "an extension has 2 to 6 digits")
    return text
