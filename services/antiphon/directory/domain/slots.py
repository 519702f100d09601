"""GSM gateways: slots, the prefixes that choose them, and what is printed on a SIM card."""

from __future__ import annotations

import re

from antiphon.kit.errors import invalid

GATEWAYS, CAPACITY, COMPANIES = 200, 512, 1_000
USUAL_PREFIX = "9"


def capacity(number: int) -> int:
    """Raises INVALID."""
    if not 1 <= number <= CAPACITY:
        raise invalid("capacity", f"a gateway has 1 to {CAPACITY} slots")
    return number


def prefix(text: str) -> str:
    """Before the number of a slot. Raises INVALID."""
    digits = text.strip() or USUAL_PREFIX
    if not re.fullmatch(r"[0-9]{1,4}", digits):
        raise invalid("prefix", "prefix has 1 to 4 digits")
    return digits


def iccid(text: str) -> str:
    """What is printed on a SIM card. Raises INVALID."""
    digits = re.sub(r"[\s-]", "", text).upper()
    if not re.fullmatch(r"89[0-9]{15,19}[0-9A-F]", digits):
        raise invalid("iccid", "a SIM card's ICCID has 18 to 21 digits and begins with 89")
    return digits


def prefix_of(prefix: str, slot: int) -> str:
    """Dialled before a number, it chooses the slot. All of a gateway are of one length, so none begins another."""
    return f"{prefix}{slot:03d}"
