"""The terms of an account as a message says them, read and checked."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from antiphon.billing.app.messages import KINDS
from antiphon.billing.domain.incidents import POLICIES
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord, Customer
from antiphon.billing.domain.tariff import dialled
from antiphon.billing.domain.traffic import Limits
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import DomainError, invalid

LARGEST = 10**18
"""Micro-units of one amount: a million million."""
MOST_MARKS = 5
LONGEST_TEXT = 300


def read_terms(asked: pb.Account, account_id: str, tenant: str) -> AccountRecord:
    """Reads the terms. Raises INVALID with the field, CURRENCY when amounts disagree."""
    if len(asked.currency) != 3 or not asked.currency.isupper() or not asked.currency.isascii():
        raise invalid("currency", "is not an ISO 4217 code")
    floor, threshold, monthly = (_micros(asked, name) for name in ("floor", "threshold", "monthly_fee"))
    if monthly < 0:
        raise invalid("monthly_fee", "is negative")
    zone = asked.time_zone or "UTC"
    try:
        ZoneInfo(zone)
        blocked = tuple(dialled(prefix) for prefix in asked.blocked)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid("time_zone", "is not known, or a blocked prefix is none") from error
    if not all(blocked):
        raise invalid("blocked", "an empty prefix would block every call")
    return AccountRecord(
        account_id,
        tenant,
        asked.rev,
        asked.currency,
        asked.tariff_id,
        floor,
        threshold,
        monthly,
        zone,
        blocked,
        notify_below=_marks(asked),
        limits=_limits(asked),
        customer=_customer(asked.customer),
        postpaid=asked.postpaid,
        carrier_consent=asked.carrier_consent,
        outage_policy=_policy(asked.outage_policy),
    )


def _policy(asked: str) -> str:
    if asked and asked not in POLICIES:
        raise invalid("outage_policy", f"is none of {', '.join(POLICIES)}")
    return asked


def _marks(asked: pb.Account) -> tuple[int, ...]:
    if len(asked.notify_below) > MOST_MARKS:
        raise invalid("notify_below", f"has at most {MOST_MARKS} amounts")
    for money in asked.notify_below:
        if money.currency not in ("", asked.currency):
            raise DomainError(Reason.CURRENCY, field="notify_below")
    return tuple(sorted({money.micros for money in asked.notify_below}))


def _limits(asked: pb.Account) -> Limits:
    limits = asked.limits
    if limits.cost_a_day.currency not in ("", asked.currency):
        raise DomainError(Reason.CURRENCY, field="limits.cost_a_day")
    if min(limits.cost_a_day.micros, limits.concurrent, limits.attempts_a_minute) < 0:
        raise invalid("limits", "are negative")
    return Limits(limits.cost_a_day.micros, limits.concurrent, limits.attempts_a_minute)


def _customer(asked: pb.Customer) -> Customer:
    kinds = {number: name for name, number in KINDS.items()}
    texts = {name: getattr(asked, name).strip() for name in ("name", "tax_id", "address", "email")}
    if any(len(text) > LONGEST_TEXT for text in texts.values()):
        raise invalid("customer", f"a text is longer than {LONGEST_TEXT} characters")
    if texts["email"] and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", texts["email"]):
        raise invalid("customer.email", "is no address")
    language, country = asked.language or "uk", asked.country or "UA"
    if language not in ("ru", "uk") or country not in ("RU", "UA"):
        raise invalid("customer", "the language is neither ru nor uk, or the country neither RU nor UA")
    return Customer(kinds.get(asked.kind, "company"), **texts, language=language, country=country)


def _micros(asked: pb.Account, name: str) -> int:
    money: Money = getattr(asked, name)
    if money.currency not in ("", asked.currency):
        raise DomainError(Reason.CURRENCY, field=name)
    if abs(money.micros) > LARGEST:
        raise invalid(name, "is too large")
    return money.micros
