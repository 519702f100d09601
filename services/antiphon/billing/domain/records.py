"""What the service keeps of an account, a session and a call. Amounts are 10**-6, instants nanoseconds since 1970."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.offers import Offer
from antiphon.billing.domain.packages import Drawn, Package
from antiphon.billing.domain.traffic import Limits, Traffic
from antiphon.billing.domain.trail import FIRST

PARTITIONS = 64


def partition_of(account: str) -> int:
    """Which single writer an account has: stable over processes and releases (CRC-32)."""
    return zlib.crc32(account.encode()) % PARTITIONS


@dataclass(frozen=True, slots=True)
class Customer:
    """Who pays, as documents name him."""

    kind: str = "company"
    """ "company", "sole_trader", "individual", "budget"."""
    name: str = ""
    tax_id: str = ""
    address: str = ""
    email: str = ""
    language: str = "uk"
    country: str = "UA"


@dataclass(slots=True)
class AccountRecord:
    """An account; balance, held and seq are its book's."""

    id: str
    tenant: str
    rev: int
    currency: str
    tariff_id: str
    floor: int = 0
    threshold: int = 0
    monthly: int = 0
    zone: str = "UTC"
    blocked: tuple[str, ...] = ()
    state: State = State.ACTIVE
    suspended_on: date | None = None
    trust_until: date | None = None
    accrued_on: date | None = None
    """The last day whose fee was taken; the day it was opened at first."""
    balance: int = 0
    held: int = 0
    seq: int = 0
    notify_below: tuple[int, ...] = ()
    limits: Limits = field(default_factory=Limits)
    traffic: Traffic = field(default_factory=Traffic)
    rented: int = 0
    """Of the monthly fee, what lines and slots cost that are in use: the sum of their orders."""
    closed: int = 0
    """The last month whose documents were made, as 202605."""
    month: str = ""
    month_sums: dict[str, int] = field(default_factory=dict)
    """What the local month `month` charged, by class of the waterfall."""
    customer: Customer = field(default_factory=Customer)
    postpaid: bool = False
    carrier_consent: bool = False
    outage_policy: str = ""
    """How outages are credited that begin from now on; empty: by started hours."""
    numbers: dict[str, int] = field(default_factory=dict)
    """The last number of each series of papers."""
    lines: int = 0
    head: str = FIRST
    """Of the log of decisions: how many lines there are, and the hash of the last."""
    plan: str = ""
    """The operator's plan that it has."""
    plan_order: str = ""
    """The order that chose it."""
    company: str = ""
    """What the directory calls it."""
    packages: tuple[Package, ...] = ()
    """Seconds that it has, and those that ran out within a year."""
    subscribed: tuple[tuple[str, Offer], ...] = ()
    """Packages that were ordered for every month: (order, what)."""
    ending: str = ""
    """The paper of the contract's end while it runs."""
    ends_on: date | None = None
    """The first day without service."""
    reserve_days: int = 0
    """By how many days the operator extended the reservation of its numbers."""

    @property
    def fee(self) -> int:
        """All that accrues in a month."""
        return self.monthly + self.rented

    @property
    def closing(self) -> bool:
        """It is terminated, and the month of that day is not closed yet."""
        day = self.accrued_on
        return self.state is State.TERMINATED and day is not None and self.closed < day.year * 100 + day.month


@dataclass(slots=True)
class Session:
    """A call that was authorised. Its hold has the same id."""

    id: str
    called: str
    at: int
    """When it was authorised: the instant its reservations are priced at."""
    version: str
    granted: int
    """Seconds."""
    final: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call as a switch saw it, or another service as whoever gave it counted it."""

    switch: str
    key: str
    session_id: str
    called: str
    answered: int | None
    ended: int | None
    free: bool
    service: str = ""
    """Not a call but something else that was used: what, as the tariff's `usage` names it; `ended` is when."""
    quantity: int = 0
    trunk: str = field(default="", compare=False)
    """What carried it. A record that was kept before this was told is the same record."""
    id: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.switch}/{self.key}")

    @property
    def said(self) -> str:
        """Its content in one line: two records are the same when this is."""
        call = f"{self.session_id}|{self.called}|{self.answered}|{self.ended}|{self.free}"
        return f"{call}|{self.service}|{self.quantity}" if self.service else call

    @property
    def doubled_id(self) -> str:
        """What it is kept under when another record came first under its key: what it says."""
        return f"{self.id}#{zlib.crc32(self.said.encode()):08x}"


class Charge(Enum):
    BILLED = "billed"
    ZERO = "zero"
    SUSPENSE = "suspense"


@dataclass(slots=True)
class Rated:
    """What became of a recorded call: exactly one for each, numbered without gaps in its account's partition."""

    record: Recorded
    tenant: str
    account: str
    charge: Charge
    reason: str = ""
    seconds: int = 0
    billed_s: int = 0
    prefix: str = ""
    cost: int = 0
    version: str = ""
    partition: int = 0
    number: int = 0
    carrier: str = ""
    """For whom it was sold, as his agent; or who carried it, where `carrier_id` is set."""
    conflict_with: str = ""
    """The id of the record that came first under the same key."""
    drawn: tuple[Drawn, ...] = ()
    """What packages paid of it."""
    carrier_id: str = ""
    carrier_owner: str = ""
    """Whose carrier it is: the company's own, or its operator's."""
    carrier_cost: int = 0
    """What is owed to the carrier, before our fee as its agent."""
    carrier_version: str = ""
    agent_fee: int = 0
    agency: bool = False
    """All that the subscriber pays is the carrier's, less the fee."""
    sold_currency: str = ""
    owed_currency: str = ""
    erased: str = ""
    """Set when the called person was erased: the id that the record had before its number was masked. Times,
    destination and price stay, because books and taxes rest on them."""

    @property
    def id(self) -> str:
        """A conflicting record is kept beside the first, under what it says."""
        if self.erased:
            return self.erased
        return self.record.doubled_id if self.conflict_with else self.record.id


HIDDEN = 7
"""Digits of a number that belong to the person; those before them, country and network, are what the price rests on."""


def masked(number: str) -> str:
    """+380671234567 → +38067*******; what is shorter shows nothing."""
    return number[:-HIDDEN] + "*" * HIDDEN if len(number) > HIDDEN else "*" * len(number)
