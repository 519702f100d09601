"""Records ↔ public messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.billing.app.writer import Page
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.records import AccountRecord, Charge, Rated, Recorded
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1.events_pb2 import BalanceChanged, CallsRated
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.ids import derived_id

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
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=100_000)
def account_of(tenant: str) -> str:
    """The tenant's account; there is one."""
    return derived_id("ac", tenant)


def nanos(at: datetime) -> int:
    """An instant, exactly."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1_000


def stamp(instant: int | None) -> Timestamp | None:
    """An instant as a message; None stays unset."""
    return None if instant is None else Timestamp(seconds=instant // SECOND, nanos=instant % SECOND)


def instant_of(message: Timestamp) -> int:
    """The inverse of `stamp`."""
    return message.seconds * SECOND + message.nanos


def recorded(record: pb.CallRecord) -> Recorded:
    return Recorded(
        switch=record.switch,
        key=record.key,
        session_id=record.session_id,
        called=record.called,
        answered=instant_of(record.answered_at) if record.HasField("answered_at") else None,
        ended=instant_of(record.ended_at) if record.HasField("ended_at") else None,
        free=record.free,
    )


def rated_call(call: Rated, currency: str, why: Sequence[str] = ()) -> pb.RatedCall:
    record = call.record
    return pb.RatedCall(
        record=pb.CallRecord(
            switch=record.switch,
            key=record.key,
            session_id=record.session_id,
            called=record.called,
            answered_at=stamp(record.answered),
            ended_at=stamp(record.ended),
            free=record.free,
        ),
        partition=call.partition,
        number=call.number,
        charge=CHARGES[call.charge],
        reason=call.reason,
        seconds=call.seconds,
        billed_seconds=call.billed_s,
        prefix=call.prefix,
        cost=Money(currency=currency, micros=call.cost),
        tariff_version=call.version,
        why=why,
    )


def account(page: Page) -> pb.Account:
    """The account on a page, with its book's money."""
    assert page.account is not None
    return account_message(page.account, page.book.balance, page.book.held)


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
        time_zone=record.zone,
        blocked=record.blocked,
        balance=money(balance),
        held=money(held),
        available=money(balance - held - record.floor),
    )


def facts(page: Page, now: int) -> list[Message]:
    """What a batch did to an account, each told once: its money, and the calls that were rated."""
    told: list[Message] = []
    account, book = page.account, page.book
    currency = account.currency if account is not None else ""
    if page.moved and account is not None:
        event = BalanceChanged(occurred_at=stamp(now), account_id=page.account_id, seq=book.seq)
        amounts = ((event.balance, book.balance), (event.held, book.held), (event.available, book.available))
        for money, micros in amounts:
            money.currency, money.micros = currency, micros
        told.append(event)
    if page.new_calls:
        calls = [rated_call(call, currency) for call in page.new_calls.values()]
        told.append(CallsRated(occurred_at=stamp(now), account_id=page.account_id, calls=calls))
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
