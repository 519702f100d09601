"""Prices that fall with volume.

volume: the bracket that the whole quantity has reached prices all of it. graduated: each bracket prices its own part.
A bracket begins strictly over its limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction


class TierMode(Enum):
    VOLUME = "volume"
    GRADUATED = "graduated"


@dataclass(frozen=True, slots=True)
class Bracket:
    over: Fraction
    rate: Fraction


def tiered(mode: TierMode, brackets: Sequence[Bracket], quantity: Fraction) -> Fraction:
    """The exact price of a quantity."""
    ordered = sorted(brackets, key=lambda bracket: bracket.over)
    reached = [bracket for bracket in ordered if quantity > bracket.over]
    if not reached:
        return Fraction(0)
    if mode is TierMode.VOLUME:
        return quantity * reached[-1].rate
    ends = [*(bracket.over for bracket in reached[1:]), quantity]
    return sum(((end - bracket.over) * bracket.rate for bracket, end in zip(reached, ends, strict=True)), Fraction(0))
