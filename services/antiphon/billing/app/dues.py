"""What an account owes, by class, so that a payment goes in the order of the rules of service.

A balance below zero is the debt. What this month charged is covered by money in the order of the waterfall, so the debt
stands at its end; what exceeds this month's charges is of earlier months.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.waterfall import ORDER, allocate


def dues(account: AccountRecord, balance: int, today: date) -> dict[str, int]:
    """Micro-units by class; empty without debt."""
    debt = max(0, -balance)
    current = account.month_sums if account.month == f"{today:%Y-%m}" else {}
    due = {}
    for name in reversed(ORDER):
        if name == "previous_debt":
            continue
        due[name] = min(debt, current.get(name, 0))
        debt -= due[name]
    due["previous_debt"] = debt
    return {name: amount for name, amount in due.items() if amount}


def allocation(account: AccountRecord, balance: int, payment: int, today: date) -> list[list[object]]:
    """[class, micro-units] that a payment goes to, in order; the parts add up to it."""
    due = {name: Fraction(amount) for name, amount in dues(account, balance, today).items()}
    return [[name, int(amount)] for name, amount in allocate(Fraction(payment), due).items() if amount]
