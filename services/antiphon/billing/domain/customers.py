"""What is asked over all customers of an operator, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers, in which order."""

    operator: str
    search: str = ""
    state: str = ""
    in_arrears: bool = False
    order: str = "name"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """Accounts of one state and currency."""

    state: str
    currency: str
    customers: int
    balance: int
    arrears: int
    monthly: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits: a call without a price, or a paper."""

    account: str
    id: str
    reason: str
    since: int
    by: str = ""
    amount: int = 0
    currency: str = ""
