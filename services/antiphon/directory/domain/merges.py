"""Cards that are one customer: a forest in which a merged card points at the card it was merged into.

A merge and its reverse change pointers and nothing else, so any sequence of them gives back what there was. The card on
top, the root, is shown in place of all below it. Here a forest is a mapping: card → the card above it, "" on top.
"""

from __future__ import annotations

from collections.abc import Mapping

from antiphon.kit.errors import DomainError, invalid

from .reasons import Reason

FAMILY = 50
"""Cards that may be one customer."""


def root(above: Mapping[str, str], card: str) -> str:
    """The card that is shown in place of `card`."""
    while above[card]:
        card = above[card]
    return card


def family(above: Mapping[str, str], card: str) -> frozenset[str]:
    """The card and everything that was merged into it, directly or not."""
    return frozenset(each for each in above if card in _way_up(above, each))


def merged(above: Mapping[str, str], card: str, into: str) -> dict[str, str]:
    """The forest after `card` became part of the customer `into`. The same merge again changes nothing.
    Raises INVALID, MERGED, FULL."""
    top = root(above, into)
    if card == into:
        raise invalid("into_id", "a card is not merged with itself")
    if above[card]:
        if top == root(above, card):
            return dict(above)
        raise DomainError(Reason.MERGED, "the card is part of another customer", into=above[card])
    if top == card:
        raise invalid("into_id", "that card is part of this one already")
    if len(family(above, card)) + len(family(above, top)) > FAMILY:
        raise DomainError(Reason.FULL, f"a customer may have at most {FAMILY} cards", limit=FAMILY)
    return {**above, card: top}


def parted(above: Mapping[str, str], card: str) -> dict[str, str]:
    """The forest after `card`, with all below it, stands for itself again. Repeating it changes nothing."""
    return {**above, card: ""}


def _way_up(above: Mapping[str, str], card: str) -> list[str]:
    way = [card]
    while above[way[-1]]:
        way.append(above[way[-1]])
    return way
