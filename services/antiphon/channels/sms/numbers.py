"""Who wrote: the number in E.164. Short numbers are kept as they are; names ("ROMASHKA") are shown, not answered."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

_ALPHANUMERIC = 5
_INTERNATIONAL = 1


def written(number: str, region: str, ton: int = 0) -> str:
    """The one way to write a sender's number."""
    given = number.strip()
    if ton == _ALPHANUMERIC or not re.fullmatch(r"\+?[\d\s().-]{2,25}", given):
        return given
    digits = re.sub(r"[^\d+]", "", given)
    if ton == _INTERNATIONAL and not digits.startswith("+"):
        digits = "+" + digits.removeprefix("00")
    for wish, near in ((digits, region or None), ("+" + digits.lstrip("+"), None)):
        try:
            found = phonenumbers.parse(wish, near)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(found):
            return phonenumbers.format_number(found, PhoneNumberFormat.E164)
    return digits


def can_answer(peer: str) -> bool:
    return re.fullmatch(r"\+?\d{2,20}", peer) is not None


def addressed(number: str) -> tuple[str, int, int]:
    """Digits, type of number and numbering plan, as networks want them, when the settings do not say."""
    if number.startswith("+"):
        return number[1:], _INTERNATIONAL, 1
    if number.isascii() and number.isdigit():
        return number, _INTERNATIONAL if len(number) > 8 else 0, 1
    return number, _ALPHANUMERIC, 0
