"""Work done for clients of the centre: counted by piece, priced by the client's own card.

A piece is a call or a conversation. It belongs to one client, the project it was done for, or to the centre itself, so
whatever is counted over clients adds up to what is counted over all. Prices are dated: a piece is priced by its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction

from antiphon.billing.domain.amounts import settled
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.subscription import days_from, fee_of

HOUSE = ""
"""The centre's own work."""
UNITS = ("contact", "minute", "agent_hour", "sale", "flat")


@dataclass(frozen=True, slots=True)
class Step:
    """An agent takes an item, or it leaves him."""

    at: int
    item: str
    takes: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One call or conversation; amounts in micro-units."""

    id: str
    project: str
    campaign: str
    day: date
    is_call: bool = True
    contact: bool = False
    talk_s: int = 0
    agent_s: int = 0
    sales: int = 0
    sold: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Pieces together."""

    calls: int = 0
    contacts: int = 0
    talk_s: int = 0
    agent_s: int = 0
    sales: int = 0
    sold: int = 0
    cost: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Totals)))


@dataclass(frozen=True, slots=True)
class Prices:
    """Micro-units by unit, from a day on."""

    since: date
    of: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Billed:
    """A line: so much of a unit at a price."""

    unit: str
    quantity: Fraction
    price: int
    amount: Fraction


def busy_seconds(steps: Iterable[Step]) -> int:
    """How long agents were busy: each item from being taken to its end; handed on, it goes on."""
    since: dict[str, int] = {}
    total = 0
    for step in sorted(steps, key=lambda one: (one.at, one.takes)):
        if step.takes:
            since.setdefault(step.item, step.at)
        elif step.item in since:
            total += max(0, step.at - since.pop(step.item))
    return total // SECOND


def totals(pieces: Iterable[Piece]) -> Totals:
    """Everything that was done."""
    return sum((_alone(piece) for piece in pieces), Totals())


def by_client(pieces: Iterable[Piece]) -> dict[str, list[Piece]]:
    """Each piece with its one client."""
    found: dict[str, list[Piece]] = {}
    for piece in pieces:
        found.setdefault(piece.project, []).append(piece)
    return found


def bill(pieces: Sequence[Piece], card: Sequence[Prices], period: tuple[date, date]) -> list[Billed]:
    """What a client is billed for a period: a line for each unit and price, rounded to hundredths once each."""
    quantities: dict[tuple[str, int], Fraction] = {}
    for piece in pieces:
        for unit, quantity in _units(piece).items():
            _count(quantities, (unit, _price(card, unit, piece.day)), quantity)
    lines = [
        Billed(unit, quantity, price, settled(quantity * price / 10**6))
        for (unit, price), quantity in quantities.items()
        if price and quantity
    ]
    return sorted([*lines, *_flat(card, period)], key=lambda line: (UNITS.index(line.unit), line.price))


def _alone(piece: Piece) -> Totals:
    return Totals(
        int(piece.is_call), int(piece.contact), piece.talk_s, piece.agent_s, piece.sales, piece.sold, piece.cost
    )  # fmt: skip


def _units(piece: Piece) -> dict[str, Fraction]:
    return {
        "contact": Fraction(piece.contact),
        "minute": Fraction(piece.talk_s, 60),
        "agent_hour": Fraction(piece.agent_s, 3600),
        "sale": Fraction(piece.sales),
    }


def _flat(card: Sequence[Prices], period: tuple[date, date]) -> list[Billed]:
    """The share of each day in its month, so that a whole month is exactly the price."""
    amounts: dict[int, Fraction] = {}
    days: dict[int, int] = {}
    for day in days_from(*period):
        price = _price(card, "flat", day)
        if price:
            amounts[price] = amounts.get(price, Fraction(0)) + fee_of(Fraction(price, 10**6), day)
            days[price] = days.get(price, 0) + 1
    return [Billed("flat", Fraction(days[price]), price, amount) for price, amount in amounts.items()]


def _price(card: Sequence[Prices], unit: str, day: date) -> int:
    """In force on a day; the first prices hold before it, too."""
    known = sorted(card, key=lambda one: one.since)
    in_force = [one for one in known if one.since <= day] or known[:1]
    return in_force[-1].of.get(unit, 0) if in_force else 0


def _count(quantities: dict[tuple[str, int], Fraction], key: tuple[str, int], quantity: Fraction) -> None:
    quantities[key] = quantities.get(key, Fraction(0)) + quantity
