"""The chart of accounts: where the other half of every transfer goes. Customers' own are `liab.customer:<id>`.

Long distance is sold as the agent of a licensed carrier: the customer's money becomes a debt to the carrier, not our
revenue.
"""

from __future__ import annotations

from enum import Enum

CUSTOMER = "liab.customer"


class Code(Enum):
    """Why money moves; the value is the account on the other side."""

    CARD = "asset.psp"
    BANK = "asset.bank"
    RECEIVABLE = "asset.receivable"
    VOICE = "rev.voice"
    SUBSCRIPTION = "rev.subscription"
    OTHER = "rev.other"
    CONTENT = "rev.content"
    """Messages and storage: never on one line with telephony."""
    LONG_DISTANCE = "liab.ld_operator"
    CARRIER = "liab.carrier_payable"
    VAT = "liab.vat"
    OUTAGE_CREDIT = "exp.sla"
    FRAUD = "exp.fraud"
    ROUNDING = "exp.rounding"
    CORRECTION = "exp.correction"
    """What two people put right."""
    PENALTY = "rev.penalty"
    SURCHARGE = "rev.surcharge"
    """On calls on credit."""
    DISCOUNT = "rev.discount"


def customer(account: str) -> str:
    """The ledger account of a customer."""
    return f"{CUSTOMER}:{account}"
