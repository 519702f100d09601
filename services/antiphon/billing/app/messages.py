"""Records ↔ public messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from google.protobuf.message import Message

from antiphon.billing.app import notices
from antiphon.billing.app.reserve import reserved_until
from antiphon.billing.app.times import instant_of, nanos, stamp
from antiphon.billing.app.writer import Page
from antiphon.billing.domain.charging import Catalogue
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.lifecycle import Account, State, Terms, suspends_on
from antiphon.billing.domain.rating import Why
from antiphon.billing.domain.records import AccountRecord, Charge, Rated, Recorded
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1.events_pb2 import BalanceChanged, CallsRated
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.ids import derived_id

M = TypeVar("M", bound=Message)
A = TypeVar("A")
STATES = {
    State.ACTIVE: pb.ACCOUNT_STATE_ACTIVE,
    State.SUSPENDED: pb.ACCOUNT_STATE_SUSPENDED,
    State.TERMINATED: pb.ACCOUNT_STATE_TERMINATED,
}
CHARGES = {
    Charge.BILLED: pb.CALL_CHARGE_BILLED,
    Charge.ZERO: pb.CALL_CHARGE_ZERO,
    Charge.SUSPENSE: pb.CALL_CHARGE_SUSPENSE,
}
KINDS = {
    "company": pb.CUSTOMER_KIND_COMPANY,
    "sole_trader": pb.CUSTOMER_KIND_SOLE_TRADER,
    "individual": pb.CUSTOMER_KIND_INDIVIDUAL,
    "budget": pb.CUSTOMER_KIND_BUDGET,
}


@lru_cache(maxsize=100_000)
def account_of(tenant: str) -> str:
    """The tenant's account; there is one."""
    return derived_id("ac", tenant)


def recorded(record: pb.CallRecord) -> Recorded:
    return Recorded(
        switch=record.switch,
        key=record.key,
        session_id=record.session_id,
        called=record.called,
        answered=instant_of(record.answered_at) if record.HasField("answered_at") else None,
        ended=instant_of(record.ended_at) if record.HasField("ended_at") else None,
        free=record.free,
        service=record.service,
        quantity=record.quantity,
        trunk=record.trunk_id,
    )


def rated_call(call: Rated, currency: str, why: Sequence[Why] = ()) -> pb.RatedCall:
    message = pb.RatedCall(why=[str(line) for line in why], reasons=[pb.PriceReason(**asdict(line)) for line in why])
    fill(message, call, currency)
    return message


def fill(message: pb.RatedCall, call: Rated, currency: str) -> None:
    """Writes a call into its message, field by field: half the work of making messages and copying them."""
    record, said = call.record, message.record
    said.switch, said.key, said.session_id = record.switch, record.key, record.session_id
    said.called, said.free = record.called, record.free
    if record.service:
        said.service, said.quantity = record.service, record.quantity
    for moment, instant in ((said.answered_at, record.answered), (said.ended_at, record.ended)):
        if instant is not None:
            moment.seconds, moment.nanos = divmod(instant, SECOND)
    message.partition, message.number = call.partition, call.number
    message.charge, message.reason = CHARGES[call.charge], call.reason
    message.seconds, message.billed_seconds = call.seconds, call.billed_s
    message.prefix, message.tariff_version = call.prefix, call.version
    message.cost.currency, message.cost.micros = currency, call.cost
    if call.carrier:
        carried(message, call)
    for one in call.drawn:
        message.drawn.add(package_id=one.package, name=one.name, seconds=one.seconds)


def carried(message: pb.RatedCall, call: Rated) -> None:
    """Who carried it; what is owed for it is its owner's affair."""
    message.carrier, message.record.trunk_id = call.carrier, call.record.trunk
    if call.carrier_owner == call.tenant and call.carrier_id:
        message.carrier_version = call.carrier_version
        message.carrier_cost.currency, message.carrier_cost.micros = call.owed_currency, call.carrier_cost
        if call.agency:
            message.agent_fee.currency, message.agent_fee.micros = call.owed_currency, call.agent_fee


def account(page: Page) -> pb.Account:
    """The account on a page, with its book's money."""
    assert page.account is not None
    return account_message(page.account, page.book.balance, page.book.held)


def local_day(record: AccountRecord, now: int) -> date:
    """The day it is where the account lives."""
    return _calendar(now // SECOND, record.zone)[0]


@lru_cache(maxsize=1_000)
def _calendar(second: int, zone: str) -> tuple[date, str]:
    """(day, month) of a second somewhere; a batch asks for each of its calls."""
    day = at(second, ZoneInfo(zone)).date()
    return day, f"{day:%Y-%m}"


def spent(record: AccountRecord, amount: int, now: int, kind: str = "other") -> None:
    """Counts a charge to the local day, and to its kind in the local month."""
    today, month = _calendar(now // SECOND, record.zone)
    record.traffic = record.traffic.spending(today, amount)
    sums = record.month_sums if record.month == month else {}
    record.month, record.month_sums = month, {**sums, kind: sums.get(kind, 0) + amount}


def forecast(record: AccountRecord, now: int) -> date | None:
    """When the daily fee alone will suspend."""
    life = Account(Fraction(record.balance, 10**6), record.state, record.suspended_on, record.trust_until)
    terms = Terms(Fraction(record.fee, 10**6), Fraction(record.threshold, 10**6))
    return suspends_on(life, terms, local_day(record, now) + timedelta(days=1))


def account_message(record: AccountRecord, balance: int, held: int) -> pb.Account:
    def money(micros: int) -> Money:
        return Money(currency=record.currency, micros=micros)

    return pb.Account(
        id=record.id,
        rev=record.rev,
        currency=record.currency,
        tariff_id=record.tariff_id,
        state=STATES[record.state],
        floor=money(record.floor),
        threshold=money(record.threshold),
        monthly_fee=money(record.monthly),
        rented_fee=money(record.rented),
        time_zone=record.zone,
        blocked=record.blocked,
        balance=money(balance),
        held=money(held),
        available=money(balance - held - record.floor),
        suspended_on=record.suspended_on.isoformat() if record.suspended_on else "",
        trust_until=record.trust_until.isoformat() if record.trust_until else "",
        notify_below=[money(amount) for amount in record.notify_below],
        limits=pb.Limits(
            cost_a_day=money(record.limits.cost_a_day),
            concurrent=record.limits.concurrent,
            attempts_a_minute=record.limits.attempts_a_minute,
        ),
        customer=pb.Customer(**{**asdict(record.customer), "kind": KINDS[record.customer.kind]}),
        postpaid=record.postpaid,
        carrier_consent=record.carrier_consent,
        outage_policy=record.outage_policy,
        plan_id=record.plan,
        reserved_until=until.isoformat() if (until := reserved_until(record)) is not None else "",
    )


def seen(record: AccountRecord, catalogue: Catalogue, now: int) -> pb.Account:
    """An account as people see it, with what follows from it now."""
    message = account_message(record, record.balance, record.held)
    version, day = catalogue.at(record.tariff_id, now), forecast(record, now)
    message.tariff_version = version.id if version is not None else ""
    message.suspends_on = day.isoformat() if day is not None else ""
    message.spent_today.currency = record.currency
    message.spent_today.micros = record.traffic.spent_on(local_day(record, now))
    return message


def facts(page: Page, now: int) -> list[Message]:
    """What a batch did to an account, each told once: its money, and the calls that were rated."""
    told: list[Message] = []
    account, book = page.account, page.book
    notices.give(page, now)
    currency = account.currency if account is not None else ""
    if page.moved and account is not None:
        event = BalanceChanged(occurred_at=stamp(now), account_id=page.account_id, seq=book.seq)
        amounts = ((event.balance, book.balance), (event.held, book.held), (event.available, book.available))
        for money, micros in amounts:
            money.currency, money.micros = currency, micros
        told.append(event)
    if page.new_calls:
        rated = CallsRated(occurred_at=stamp(now), account_id=page.account_id)
        for call in page.new_calls.values():
            fill(rated.calls.add(), call, currency)
        told.append(rated)
    return told


def transfer(document: dict[str, Any]) -> pb.Transfer:
    return pb.Transfer(
        id=document["_id"].partition("/")[2],
        at=stamp(document["at"]),
        operation=document["op"],
        result=document["result"],
        debit=document["debit"],
        credit=document["credit"],
        amount=Money(currency=document["ledger"], micros=document["amount"]),
        reference=document["ref"],
        tariff_version=document["tariff"],
        seq=document["seq"],
    )


__all__ = ["instant_of", "nanos", "stamp"]
