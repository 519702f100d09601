"""What documents say: lines and sums from the ledger of a period, exactly.

An act has one line for each kind of service; its total is rounded to whole kopecks once, and the rest is carried to the
next act, so documents and carry are always the ledger (I9).
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from fractions import Fraction

from antiphon.billing.domain.amounts import fixed
from antiphon.billing.domain.chart import Code, customer
from antiphon.billing.domain.invoices import total
from antiphon.billing.domain.ledger import Entry, Op
from antiphon.billing.domain.vat import included

MICRO = 10**6


class DocumentKind(Enum):
    ACT = "act"
    TAX_INVOICE = "tax_invoice"
    INVOICE = "invoice"
    RECONCILIATION = "reconciliation"
    DETAIL = "detail"
    RECEIPT = "receipt"
    CLIENT_STATEMENT = "client_statement"
    REGISTER = "register"
    CORRECTION = "correction"


KINDS = {
    Code.SUBSCRIPTION.value: "subscription",
    Code.VOICE.value: "voice",
    Code.LONG_DISTANCE.value: "long_distance",
    Code.CONTENT.value: "content",
    Code.SURCHARGE.value: "surcharge",
    Code.PENALTY.value: "penalty",
}
ORDER = ("subscription", "voice", "long_distance", "content", "surcharge", "penalty", "other")
CORRECTION = "correction:"
"""How ids of postings begin that put an issued document right."""
NOT_SERVICES = {Code.CARD.value, Code.BANK.value}
"""Money given back is no service."""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of service: how many charges, and their exact sum."""

    kind: str
    count: int
    amount: Fraction
    reason: str = ""
    """Of a discount, whose amount is below zero; of a package, its name."""
    seconds: int = 0
    """Of calls in a package, or beyond packages."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A document's money in whole kopecks, and what the next one carries on."""

    total: Fraction
    net: Fraction
    vat: Fraction
    carry: Fraction


def is_charge(entry: Entry, account: str) -> bool:
    """Does it ask money for a service? What has a document of its own, a correction, does not ask in another."""
    own_document = entry.operation.id.startswith(CORRECTION)
    asks = entry.debit == customer(account) and entry.credit not in NOT_SERVICES
    return entry.amount > 0 and asks and not own_document


def worth(entry: Entry, account: str) -> int:
    """Micro-units that it adds to a bill: a charge, or a discount below zero; 0 for all else."""
    if is_charge(entry, account):
        return entry.amount
    discount = entry.credit == customer(account) and entry.debit == Code.DISCOUNT.value
    return -entry.amount if discount else 0


def service_lines(entries: Iterable[Entry], account: str) -> list[Line]:
    """Charges by kind, then discounts by reason; telephony and content never share a line."""
    counts, sums = dict.fromkeys(ORDER, 0), dict.fromkeys(ORDER, Fraction(0))
    off: dict[str, list[int]] = {}
    for entry in entries:
        if worth(entry, account) < 0:
            off.setdefault(entry.operation.ref, []).append(-entry.amount)
        if is_charge(entry, account):
            kind = KINDS.get(entry.credit, "other")
            counts[kind] += 1
            sums[kind] += Fraction(entry.amount, MICRO)
    lines = [Line(kind, counts[kind], sums[kind]) for kind in ORDER if counts[kind]]
    return lines + [
        Line("discount", len(parts), Fraction(sum(parts), MICRO), why) for why, parts in sorted(off.items())
    ]


def with_packages(lines: Iterable[Line], inside: Mapping[str, int], beyond: int) -> list[Line]:
    """Lines of an account with packages: what each package paid, and how much of the calls they did not."""
    told = [replace(line, seconds=beyond) if line.kind == "voice" else line for line in lines]
    return [Line("package", 0, Fraction(0), name, seconds) for name, seconds in sorted(inside.items())] + told


def settle(lines: Sequence[Line], carry: Fraction, vat_percent: Fraction) -> Sums:
    """The document's sums; prices include the tax."""
    document, rest = total((line.amount for line in lines), carry)
    taxed = included(document, vat_percent)
    return Sums(document, taxed.net, taxed.vat, rest)


@dataclass(frozen=True, slots=True)
class Turnover:
    """opening + paid - charged = closing, in micro-units."""

    opening: int
    charged: int
    paid: int

    @property
    def closing(self) -> int:
        return self.opening + self.paid - self.charged


def turnover(opening: int, entries: Iterable[Entry], account: str) -> Turnover:
    """What a period did to a balance."""
    mine, charged, paid = customer(account), 0, 0
    for entry in entries:
        if entry.debit == mine:
            charged += entry.amount
        elif entry.credit == mine:
            paid += entry.amount
    return Turnover(opening, charged, paid)


def without_basis(entries: Iterable[Entry]) -> list[str]:
    """Ids of postings that rest on no document: a period with one of them cannot be closed."""
    return [entry.operation.id for entry in entries if entry.amount and not entry.operation.ref]


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def code_of(*parts: object) -> str:
    """The code printed on a document: 16 hexadecimal digits in groups."""
    digest = hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:16].upper()
    return "-".join(digest[place : place + 4] for place in range(0, 16, 4))


def payments(entries: Iterable[Entry]) -> list[Entry]:
    """What came in."""
    return [entry for entry in entries if entry.operation.op is Op.TOPUP and entry.amount]


def money(amount: Fraction, currency: str) -> str:
    """1 234.50 UAH"""
    whole, _, rest = fixed(abs(amount), 2).partition(".")
    grouped = f"{int(whole):,}".replace(",", "\u00a0")
    return f"{'−' if amount < 0 else ''}{grouped}.{rest}\u00a0{currency}"
