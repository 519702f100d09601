"""How many calls a number and a trunk carry at once (B01, B02): the one beyond the limit is refused as busy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NUMBER_LIMIT = 100
"""Of a number that does not say (B01)."""


@dataclass(frozen=True, slots=True)
class Use:
    """A live call as capacity sees it."""

    call_id: str
    number_id: str = ""
    trunks: frozenset[str] = frozenset()


def number_admits(live: Iterable[Use], number_id: str, limit: int, call_id: str = "") -> bool:
    """True when one call more fits over this number; the call itself is not counted."""
    used = sum(1 for use in live if use.number_id == number_id and use.call_id != call_id)
    return used < (limit or NUMBER_LIMIT)


def trunk_admits(live: Iterable[Use], trunk_id: str, limit: int, call_id: str = "") -> bool:
    """True when one call more fits over this trunk; 0 is no limit."""
    if not limit:
        return True
    return sum(1 for use in live if trunk_id in use.trunks and use.call_id != call_id) < limit
