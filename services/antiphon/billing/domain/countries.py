"""Countries that a company calls: by calling code, and since when. What is called for the first time today is new."""

from __future__ import annotations

from collections.abc import Mapping

from antiphon.billing.domain.instants import SECOND

DAY = 86_400 * SECOND
LEARNING = 3 * DAY
"""From the first call abroad on: nothing is a habit yet, so nothing breaks one."""
_BETWEEN = ((30, 35), (43, 50), (51, 59), (60, 67), (90, 96))
TWO_DIGITS = frozenset(
    [20, 27, 36, 39, 40, 41, 81, 82, 84, 86, 98, *(one for ends in _BETWEEN for one in range(*ends))]
)
"""Calling codes of E.164 with two digits; 1 and 7 have one, all others three."""


def code_of(number: str) -> str:
    """The calling code of an international number in digits; nothing for one that is too short."""
    if len(number) < 4 or number[0] == "0":
        return ""
    if number[0] in "17":
        return number[0]
    return number[: 2 if int(number[:2]) in TWO_DIGITS else 3]


def is_new(known: Mapping[str, int], code: str, now: int) -> bool:
    """Is it called since less than a day, by somebody who has called abroad for longer?"""
    if not code or code not in known or now - min(known.values()) < LEARNING:
        return False
    return now - known[code] < DAY
