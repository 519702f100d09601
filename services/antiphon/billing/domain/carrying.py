"""Carriers: which trunks reach whom, what each asks, and what a call that it carried leaves us owing.

wholesale   subscriber → rev.voice                  exp.carrier → liab.carrier_payable    the carrier's own price
agency      subscriber → liab.ld_operator (all)     liab.ld_operator → rev.agent_fee      our share of it
direct      nothing: the carrier bills the subscriber itself
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from antiphon.billing.domain.amounts import Rounding, rounded
from antiphon.billing.domain.charging import Version, micros
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.rating import NoPrice, price, rate_of
from antiphon.billing.domain.reading import BadInput
from antiphon.billing.domain.records import Charge, Rated
from antiphon.billing.domain.tariff import dialled

MINUTE = 60
EXPENSE, AGENT_FEE = "exp.carrier", "rev.agent_fee"


class Terms(Enum):
    """Whose the money of a call is."""

    WHOLESALE = "wholesale"
    AGENCY = "agency"
    DIRECT = "direct"

    @property
    def needs_consent(self) -> bool:
        """The carrier learns who calls."""
        return self is not Terms.WHOLESALE


@dataclass(frozen=True, slots=True)
class Carrier:
    id: str
    name: str
    currency: str
    terms: Terms
    fee: Fraction = Fraction(0)
    """Our share of what subscribers pay, 0..1."""


@dataclass(frozen=True, slots=True)
class Book:
    """A company's carriers: by trunk, and their versions of prices, latest first."""

    owner: str = ""
    """Whose they are."""
    trunks: Mapping[str, Carrier] = field(default_factory=dict)
    versions: Mapping[str, Sequence[Version]] = field(default_factory=dict)

    def version(self, carrier_id: str, at: int) -> Version | None:
        """What is in force at an instant."""
        return next((one for one in self.versions.get(carrier_id, ()) if one.effective_from <= at), None)

    def cost(self, carrier: Carrier, number: str, at: int, seconds: int) -> tuple[int, str] | None:
        """(micro-units, version) of what it asks for a call; None when no price is known."""
        version = self.version(carrier.id, at)
        found = asked(version, number, at, seconds) if version is not None else None
        return (found, version.id) if found is not None and version is not None else None


@dataclass(frozen=True, slots=True)
class Owed:
    """A transfer between us and a carrier: both sides in one."""

    call: str
    carrier: str
    debit: str
    credit: str
    amount: int
    currency: str


def asked(version: Version, number: str, at: int, seconds: int) -> int | None:
    """Micro-units that a version asks for a call; None where it has no price."""
    try:
        rate = rate_of(version.tariff, dialled(number), at)
        return micros(version.tariff, price(version.tariff, rate, at, seconds).cost)
    except (NoPrice, BadInput, ValueError):
        return None


def carried(call: Rated, book: Book, currency: str) -> None:
    """Says on a rated call who carried it and what is owed for that; `currency` is its account's. What the subscriber
    pays changes only where the carrier bills him itself."""
    carrier, answered = book.trunks.get(call.record.trunk), call.record.answered
    if carrier is None or answered is None or call.charge is Charge.SUSPENSE or not call.seconds:
        return
    call.carrier, call.carrier_id, call.carrier_owner = carrier.name, carrier.id, book.owner
    call.sold_currency = call.owed_currency = currency
    call.agency = carrier.terms is Terms.AGENCY
    match carrier.terms:
        case Terms.DIRECT:
            if call.charge is Charge.BILLED:
                call.charge, call.cost, call.reason = Charge.ZERO, 0, "direct_settlement"
            call.drawn = ()
        case Terms.AGENCY:
            call.carrier_cost = call.cost
            call.agent_fee = rounded(call.cost * carrier.fee, 0, Rounding.HALF_UP)
        case Terms.WHOLESALE:
            found = book.cost(carrier, call.record.called, answered, call.seconds)
            if found is not None:
                (call.carrier_cost, call.carrier_version), call.owed_currency = found, carrier.currency


def owed(call: Rated) -> Owed | None:
    """The transfer that a call leaves beside its subscriber's."""
    if not call.carrier_id:
        return None
    if call.agency:
        told = (f"{Code.LONG_DISTANCE.value}:{call.carrier_id}", AGENT_FEE, call.agent_fee)
    else:
        told = (EXPENSE, f"{Code.CARRIER.value}:{call.carrier_id}", call.carrier_cost)
    debit, credit, amount = told
    return Owed(call.id, call.carrier_id, debit, credit, amount, call.owed_currency) if amount else None
