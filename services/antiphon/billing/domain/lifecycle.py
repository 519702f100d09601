"""The life of a prepaid account: daily fee, suspension at the threshold, trust credit, reservation, termination.

At each local midnight, in this order: an account whose contract ends on that day, or that was suspended for more than
the days of reserve, is terminated; else the day's fee is debited, during suspension too unless the tariff lets it rest;
a trust credit that is over ends; an active account at or below its threshold without trust is suspended. Then what
happened on that day counts: a payment restores when the balance is above the threshold; trust reactivates until five
days later, once at a time. Nothing happens to a terminated account.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction

from antiphon.billing.domain.subscription import fee_of


class State(Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class Happened(Enum):
    """What a day's log may say."""

    SUSPENDED = "suspended"
    RESTORED = "restored"
    TRUST = "trust"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed."""

    monthly: Fraction
    threshold: Fraction
    reserve_days: int = 30
    trust_days: int = 5
    suspended_free: bool = False
    """No fee of a day that begins suspended."""
    ends_on: date | None = None
    """The first day without service."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account between two events."""

    balance: Fraction
    state: State = State.ACTIVE
    suspended_on: date | None = None
    trust_until: date | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    day: date
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Trust:
    day: date


Log = tuple[Happened, ...]


def midnight(account: Account, terms: Terms, day: date) -> tuple[Account, Log]:
    """The local day begins."""
    if account.state is State.TERMINATED:
        return account, ()
    since = account.suspended_on
    unresolved = account.state is State.SUSPENDED and since is not None and (day - since).days > terms.reserve_days
    if unresolved or (terms.ends_on is not None and day >= terms.ends_on):
        return replace(account, state=State.TERMINATED), (Happened.TERMINATED,)
    rests = terms.suspended_free and account.state is State.SUSPENDED
    if not rests:
        account = replace(account, balance=account.balance - fee_of(terms.monthly, day))
    if account.trust_until is not None and day > account.trust_until:
        account = replace(account, trust_until=None)
    low = account.balance <= terms.threshold and account.trust_until is None
    if account.state is State.ACTIVE and low:
        return replace(account, state=State.SUSPENDED, suspended_on=day), (Happened.SUSPENDED,)
    return account, ()


def pay(account: Account, terms: Terms, payment: Payment) -> tuple[Account, Log]:
    """Money came in. A terminated account's payment is a matter of another document."""
    if account.state is State.TERMINATED:
        return account, ()
    account = replace(account, balance=account.balance + payment.amount)
    if account.state is State.SUSPENDED and account.balance > terms.threshold:
        return replace(account, state=State.ACTIVE, suspended_on=None), (Happened.RESTORED,)
    return account, ()


def press_trust(account: Account, terms: Terms, day: date) -> tuple[Account, Log]:
    """The button of the trust credit; a second use while one is open changes nothing."""
    if account.state is State.TERMINATED or account.trust_until is not None:
        return account, ()
    until = day + timedelta(days=terms.trust_days)
    return replace(account, state=State.ACTIVE, suspended_on=None, trust_until=until), (Happened.TRUST,)


def live(
    account: Account, terms: Terms, days: Iterable[date], events: Iterable[Payment | Trust]
) -> tuple[Account, list[tuple[date, Happened]]]:
    """Day after day, each day's events in their order."""
    by_day: dict[date, list[Payment | Trust]] = {}
    for event in events:
        by_day.setdefault(event.day, []).append(event)
    log: list[tuple[date, Happened]] = []
    for day in days:
        account, said = midnight(account, terms, day)
        log += [(day, what) for what in said]
        for event in by_day.get(day, ()):
            account, said = (
                pay(account, terms, event) if isinstance(event, Payment) else press_trust(account, terms, day)
            )
            log += [(day, what) for what in said]
    return account, log


def suspends_on(account: Account, terms: Terms, first: date, days: int = 366) -> date | None:
    """The first day from `first` on whose fee takes the balance to the threshold, when nothing else happens."""
    if terms.monthly <= 0 or account.state is not State.ACTIVE:
        return None
    balance = account.balance
    for number in range(days):
        day = first + timedelta(days=number)
        balance -= fee_of(terms.monthly, day)
        trusted = account.trust_until is not None and day <= account.trust_until
        if balance <= terms.threshold and not trusted:
            return day
    return None
