"""What an operator's plan asks of an account before it begins, and what it makes of the account's terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from antiphon.billing.domain.records import AccountRecord

PLAN, NUMBER = "plan:", "number:"
"""What orders of them begin with, where others name a product of the catalogue."""
FIXED = ("tariff_id", "floor", "threshold", "monthly", "postpaid", "outage_policy")
"""Terms that a plan sets."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it is agreed to; amounts in micro-units."""

    id: str
    name: str
    monthly: int
    currency: str
    tariff_id: str
    lines: int
    services: Sequence[str]
    by_hand: bool = False
    """The operator starts it."""


def missing(plan: Plan, available: int) -> int:
    """What is to be topped up before the plan can begin: the account must have its fee of one month."""
    return max(0, plan.monthly - available)


def under(plan: Plan, account: AccountRecord, before: int) -> AccountRecord:
    """The account with this plan; `before` is the fee of the plan it had."""
    return replace(
        account,
        tariff_id=plan.tariff_id,
        monthly=max(0, account.monthly - before) + plan.monthly,
        limits=replace(account.limits, concurrent=plan.lines),
        plan=plan.id,
    )


def changed_term(known: AccountRecord | None, wanted: AccountRecord) -> str:
    """The first term that a customer of an operator may not set himself; empty when there is none. An account that is
    opened has none of them yet."""
    fresh = AccountRecord("", "", 0, wanted.currency, "")
    base = known or fresh
    for name in FIXED:
        if getattr(base, name) != getattr(wanted, name):
            return name
    return "limits.concurrent" if base.limits.concurrent != wanted.limits.concurrent else ""
