"""The numbers of the rules of service, through the service's door: each on either side of its boundary."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from antiphon.billing.tests.stage import PER_MINUTE, TARIFF, Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import events_pb2 as events
from antiphon.billing.v1 import payments_pb2 as qb
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service

KYIV = ZoneInfo("Europe/Kyiv")


def to(stage: Stage, day: int, clock: str, months: int = 0) -> datetime:
    """Forward to a local time of Kyiv in the month after the present one, and so many more."""
    now = stage.clock().astimezone(KYIV)
    number = now.year * 12 + now.month + months
    hour, minute = (int(part) for part in clock.split(":"))
    wanted = datetime(number // 12, number % 12 + 1, day, hour, minute, tzinfo=KYIV)
    stage.clock.forward(seconds=(wanted - stage.clock()).total_seconds())
    return wanted


async def entries(stage: Stage, prefix: str) -> list[Any]:
    found = (await stage.ask("ListTransfers", pb.ListTransfersRequest(), "olena")).transfers
    return [one for one in found if one.id.startswith(prefix)]


async def accrued(stage: Stage, count: int) -> list[Any]:
    async def all_there() -> list[Any]:
        found = await entries(stage, "fee:")
        return found if len(found) >= count else []

    return await eventually(all_there, within=30)  # type: ignore[no-any-return]


@pytest.mark.clause("I03")
async def test_sixty_one_seconds_in_units_of_one_six_and_sixty(stage: Stage) -> None:
    units = {"1": 1, "6": 6, "9": 60}
    rates = [
        {"prefix": name, "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": inc}]} for name, inc in units.items()
    ]
    least = {"prefix": "7", "groups": rates[0]["groups"], "min_charge": "0.9", "free_initial_s": 5, "free_under_s": 10}
    await stage.open("10", {**TARIFF, "rates": [*rates, least]})
    billed = [(call.billed_seconds, call.cost) for call in [await stage.settle(f"c{to}", to, 61) for to in units]]
    assert billed == [(61, uah("0.61")), (66, uah("0.66")), (120, uah("1.20"))]
    told = [await stage.settle(f"least{seconds}", "7", seconds) for seconds in (10, 11, 200)]
    assert [(call.billed_seconds, call.cost) for call in told] == [(0, uah("0")), (6, uah("0.90")), (195, uah("1.95"))]


@pytest.mark.clause("I07")
@pytest.mark.clause("I08")
async def test_two_minutes_around_midnight_are_two_daily_fees(stage: Stage) -> None:
    tariff_id = await stage.activate(TARIFF)
    began = to(stage, 3, "23:59")
    await stage.open("0", tariff_id=tariff_id, monthly_fee=uah("1000"), threshold=uah("-5000"), time_zone="Europe/Kyiv")
    assert [one.id for one in await accrued(stage, 1)] == [f"fee:{began:%Y-%m-%d}"]
    stage.clock.forward(seconds=120)
    fees = await accrued(stage, 2)
    assert [one.id[-2:] for one in fees] == ["04", "03"]
    days = (began.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    month = [cumulative(day, days.day) - cumulative(day - 1, days.day) for day in (4, 3)]
    assert [one.amount for one in fees] == [uah(str(fee)) for fee in month]


def cumulative(day: int, days: int) -> Decimal:
    return (Decimal(1000) * day / days).quantize(Decimal("0.01"), "ROUND_HALF_UP")


@pytest.mark.clause("I09")
@pytest.mark.parametrize(
    ("opening", "state"), [("30.00", pb.ACCOUNT_STATE_SUSPENDED), ("30.01", pb.ACCOUNT_STATE_ACTIVE)]
)
async def test_a_balance_that_equals_the_threshold_suspends_and_a_kopeck_more_does_not(
    stage: Stage, opening: str, state: int
) -> None:
    tariff_id = await stage.activate(TARIFF)
    days = (to(stage, 1, "12:00") + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    fee = Decimal(10) * days.day  # ten a day, whatever the month
    await stage.open(
        "0", tariff_id=tariff_id, threshold=uah("-1000"), monthly_fee=uah(str(fee)), time_zone="Europe/Kyiv"
    )
    await accrued(stage, 1)
    account = await stage.pay("first", str(Decimal(opening) + 20))  # -10, and what is left after tomorrow's ten
    account.threshold.CopyFrom(uah("30"))
    await stage.ask("PutAccount", pb.PutAccountRequest(account=account), "olena")
    stage.clock.forward(days=1)
    await accrued(stage, 2)
    found = await stage.account()
    assert (found.balance, found.state) == (uah(opening), state)
    assert (
        len(
            [
                one
                for one in stage.facts
                if isinstance(one.event, events.AccountSuspended) and one.tenant == stage.tenant
            ]
        )
        <= 1
    )


@pytest.mark.clause("I18")
@pytest.mark.parametrize(("advance", "surcharge"), [("0", "2.00"), ("60", "0.80"), ("100", ""), ("130", "")])
async def test_calls_on_credit_bear_two_percent_of_what_no_advance_covers(
    stage: Stage, advance: str, surcharge: str
) -> None:
    abroad = {"prefix": "49", "carrier": "Ukrtelecom", "groups": [{"start": 0, "rate": "100", "per": 60, "inc": 60}]}
    tariff_id = await stage.activate({**TARIFF, "rates": [PER_MINUTE, abroad]})
    to(stage, 2, "12:00")
    await stage.open("0", tariff_id=tariff_id, floor=uah("-1000"), threshold=uah("-1000"), time_zone="Europe/Kyiv")
    if advance != "0":
        await stage.pay("advance", advance)
    assert (await stage.settle("c1", "4930", 60)).cost == uah("100")
    to(stage, 1, "00:30")

    async def closed() -> bool:
        found = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
        return any(one.kind == db.DOCUMENT_KIND_ACT for one in found)

    await eventually(closed, within=60)
    assert [one.amount for one in await entries(stage, "surcharge:")] == ([uah(surcharge)] if surcharge else [])


@pytest.mark.clause("I19")
async def test_payments_of_every_size_go_in_the_order_of_the_rules(stage: Stage) -> None:
    """A debt of an earlier month, then long-distance and other calls: each takes up where the last left off."""
    abroad = {"prefix": "49", "carrier": "Ukrtelecom", "groups": [{"start": 0, "rate": "7", "per": 60, "inc": 60}]}
    tariff_id = await stage.activate({**TARIFF, "rates": [PER_MINUTE, abroad]})
    to(stage, 27, "12:00")
    terms: dict[str, Any] = {"floor": uah("-1000"), "threshold": uah("-1000"), "time_zone": "Europe/Kyiv"}
    await stage.open("0", tariff_id=tariff_id, **terms)
    await stage.settle("earlier", "38044", 600)  # 6.00 of the month before
    to(stage, 1, "12:00")
    await stage.settle("far", "4930", 60)
    await stage.settle("near", "38044", 180)
    sizes = ["0.01", "5.98", "0.02", "6.98", "0.02", "1.78", "0.01", "10", "999.99"]
    went: dict[str, Decimal] = {}
    order: list[str] = []
    for place, size in enumerate(sizes):
        await stage.pay(f"p{place}", size)
    listed = {one.id: one for one in (await stage.ask("ListPayments", qb.ListPaymentsRequest(), "olena")).payments}
    for place, size in enumerate(sizes):
        parts = [(part.name, Decimal(part.amount.micros) / 10**6) for part in listed[f"p{place}"].parts]
        assert sum(amount for _, amount in parts) == Decimal(size)
        for name, amount in parts:
            went[name] = went.get(name, Decimal(0)) + amount
            order.append(name)
    assert order == sorted(order, key=["previous_debt", "long_distance", "other", "advance"].index)
    assert {name: went[name] for name in order if name != "advance"} == {
        "previous_debt": 6, "long_distance": 7, "other": Decimal("1.80"),
    }  # fmt: skip


@pytest.mark.clause("I22")
async def test_a_flat_tariff_rates_local_calls_at_nothing_even_without_money(stage: Stage) -> None:
    local = {"prefix": "38044", "groups": [{"start": 0, "rate": "0", "per": 60, "inc": 60}]}
    await stage.open("0", {**TARIFF, "rates": [PER_MINUTE, local]})
    granted = await stage.ask("Authorize", pb.AuthorizeRequest(session_id="s1", called="380441234567"))
    assert granted.granted_seconds >= 60
    call = await stage.settle("c1", "380441234567", 1800, session_id="s1")
    assert (call.charge, call.cost, call.prefix) == (pb.CALL_CHARGE_ZERO, uah("0"), "38044")
    refused = await stage.refusal("Authorize", pb.AuthorizeRequest(session_id="s2", called="380501234567"))
    assert refused.reason.name == "INSUFFICIENT"


@pytest.mark.clause("I23")
async def test_calls_either_side_of_a_dated_price_and_rated_again_cost_the_same(stage: Stage) -> None:
    change = stage.clock().replace(microsecond=0) + timedelta(hours=3)
    group = {"start": 0, "per": 60, "inc": 60}
    old = {"prefix": "49", "groups": [group | {"rate": "1"}], "valid_to": change.isoformat()}
    new = {"prefix": "49", "groups": [group | {"rate": "3"}], "valid_from": change.isoformat()}
    await stage.open("100", {**TARIFF, "rates": [old, new]})
    stage.clock.forward(seconds=(change - stage.clock()).total_seconds() + 60)
    records = {}
    for name, micros in (("before", -1), ("at", 0)):
        answered = change + timedelta(microseconds=micros)
        records[name] = pb.CallRecord(
            switch="sbc",
            key=name,
            called="4930",
            answered_at=stamp(answered),
            ended_at=stamp(answered + timedelta(seconds=30)),
        )
    first = [(await stage.ask("Settle", pb.SettleRequest(record=one))).call for one in records.values()]
    assert [call.cost for call in first] == [uah("1"), uah("3")]
    again = [(await stage.ask("Settle", pb.SettleRequest(record=one))).call for one in records.values()]
    assert [(call.cost, call.tariff_version, call.why) for call in again] == [
        (call.cost, call.tariff_version, call.why) for call in first
    ]
    assert (await stage.account()).balance == uah("96")


@pytest.mark.clause("I25")
async def test_there_is_no_cash_and_every_amount_says_its_currency(stage: Stage) -> None:
    await stage.open("10")
    for method in ("cash", "", "CARD"):
        request = pb.PostPaymentRequest(payment_id="p", amount=uah("1"), method=method)
        assert (await stage.refusal("PostPayment", request)).facts["field"] == "method"
    nameless = pb.PostPaymentRequest(payment_id="p", method="card")
    nameless.amount.micros = 5
    assert (await stage.refusal("PostPayment", nameless)).reason.name == "CURRENCY"
    await stage.settle("c1", "38044", 60)
    account = await stage.account()
    spending = cb.GetSpendingRequest(first=f"{stage.clock():%Y-%m-%d}", last=f"{stage.clock():%Y-%m-%d}")
    told = await stage.ask("GetSpending", spending, "olena")
    found = [
        account.balance,
        account.held,
        account.available,
        told.total,
        *(one.amount for one in await entries(stage, "")),
    ]
    assert {money.currency for money in found} == {"UAH"}


@pytest.mark.clause("C08")
async def test_emergency_costs_nothing_without_money_suspended_and_with_all_blocked(stage: Stage) -> None:
    await stage.open("0", {**TARIFF, "emergency": ["112", "101"]}, monthly_fee=uah("300"), blocked=["1", "3", "4"])

    async def suspended() -> bool:
        return bool((await stage.account()).state == pb.ACCOUNT_STATE_SUSPENDED)

    await eventually(suspended, within=30)
    owed = (await stage.account()).balance
    for called in ("112", "101", "+112"):
        assert (await stage.ask("Authorize", pb.AuthorizeRequest(session_id=called, called=called))).emergency
        call = await stage.settle(f"c{called}", called, 600, session_id=called)
        assert (call.charge, call.cost) == (pb.CALL_CHARGE_ZERO, uah("0"))
    assert (await stage.account()).balance == owed
