"""The cabinet with real servers: orders, trust, notices, limits, usage, consent."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from antiphon.billing.tests.stage import PER_MINUTE, RIGHTS, TARIFF, Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import events_pb2 as events
from antiphon.billing.v1.cabinet_pb2_grpc import CabinetServiceStub
from antiphon.channels.v1 import channels_pb2 as messages
from antiphon.channels.v1.events_pb2 import MessageChanged
from antiphon.kit.bus import Bus
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.ids import derived_id
from antiphon.kit.testing import eventually
from antiphon.kit.tokens import Caller, Signer

pytestmark = pytest.mark.service


async def change(stage: Stage, **terms: Any) -> pb.Account:
    account = await stage.account()
    account.MergeFrom(pb.Account(**terms))
    return (await stage.ask("PutAccount", pb.PutAccountRequest(account=account), "olena")).account  # type: ignore[no-any-return]


def authorize(session: str, called: str = "38044") -> pb.AuthorizeRequest:
    return pb.AuthorizeRequest(session_id=session, called=called)


async def offered(stage: Stage, one_time: str, monthly: str) -> None:
    product = cb.Product(id="recording", name="Запис розмов", one_time=uah(one_time), monthly=uah(monthly))
    await stage.ask("PutProduct", cb.PutProductRequest(product=product), "olena")


def order(name: str, one_time: str, monthly: str, quantity: int = 1) -> cb.PlaceOrderRequest:
    return cb.PlaceOrderRequest(
        request_id=name, product_id="recording", quantity=quantity, one_time=uah(one_time), monthly=uah(monthly)
    )


@pytest.mark.clause("K01")
async def test_an_order_is_paid_once_added_to_the_fee_and_written_down(stage: Stage) -> None:
    await stage.open("100", monthly_fee=uah("30"))
    await offered(stage, "20", "60")
    wrong = await stage.refusal("PlaceOrder", order("o1", "10", "60"), "olena")
    assert wrong.reason.name == "PRICE_CHANGED"
    answers = await asyncio.gather(*(stage.ask("PlaceOrder", order("o1", "20", "60"), "olena") for _ in range(4)))
    assert {answer.order.number for answer in answers} == {1}
    account = answers[0].account
    assert account.monthly_fee == uah("90")
    assert (await stage.refusal("PlaceOrder", order("o2", "100", "300", 5), "olena")).reason.name == "INSUFFICIENT"
    assert (await stage.refusal("PlaceOrder", order("o1", "40", "120", 2), "olena")).reason.name == "CONFLICT"
    assert (await stage.refusal("PlaceOrder", order("o3", "20", "60"), "stranger")).reason.name == "DENIED"
    ended = await stage.ask("CancelOrder", cb.CancelOrderRequest(order_id="o1"), "petro")
    assert (ended.order.state, ended.account.monthly_fee) == (cb.ORDER_STATE_CANCELLED, uah("30"))
    again = await stage.ask("CancelOrder", cb.CancelOrderRequest(order_id="o1"), "petro")
    assert again.account.monthly_fee == uah("30")
    trail = (await stage.ask("ListTrail", cb.ListTrailRequest(), "olena")).lines
    assert [(line.what, line.by) for line in trail[:2]] == [("cancel", "person:petro"), ("order", "person:olena")]
    assert [line.number for line in trail] == list(range(len(trail), 0, -1))
    listed = (await stage.ask("ListOrders", cb.ListOrdersRequest(), "olena")).orders
    assert [(one.number, one.quantity) for one in listed] == [(1, 1)]
    charged = [one for one in await entries(stage) if one.id == "order:o1"]
    assert [one.amount for one in charged] == [uah("20")]
    assert len(await stage.told(events.OrderChanged, 2)) == 2


async def test_a_call_is_found_with_each_of_its_lines_and_what_they_moved(stage: Stage) -> None:
    await stage.open("100")
    call, other = derived_id("cl", "one"), derived_id("cl", "two")
    await stage.settle(f"{call}:L1", "38044", 60, switch="media")
    await stage.settle(f"{call}:L2", "38044", 120, switch="media")
    await stage.settle(f"{other}:L1", "38044", 60, switch="media")
    found = await stage.ask("ListCharges", cb.ListChargesRequest(call_id=call), "olena")
    assert {one.record.key for one in found.calls} == {f"{call}:L1", f"{call}:L2"}
    assert sum(one.amount.micros for one in found.entries) == sum(one.cost.micros for one in found.calls) > 0
    assert not (await stage.ask("ListCharges", cb.ListChargesRequest(call_id=derived_id("cl", "3")), "olena")).calls
    assert (await stage.refusal("ListCharges", cb.ListChargesRequest(call_id=".*"), "olena")).reason.name == "INVALID"


async def entries(stage: Stage) -> list[Any]:
    return list((await stage.ask("ListTransfers", pb.ListTransfersRequest(), "olena")).transfers)


@pytest.mark.clause("I12")
async def test_a_low_balance_is_told_once_before_the_threshold(stage: Stage) -> None:
    await stage.open("10", notify_below=[uah("5"), uah("2"), uah("0")])
    await stage.settle("c1", "38044", 60 * 9)
    await stage.settle("c2", "38044", 60)
    listed = (await stage.ask("ListNotices", cb.ListNoticesRequest(), "olena")).notices
    assert [(one.kind, one.about) for one in listed] == [("low_balance", "5.000000")]
    await stage.settle("c3", "38044", 60 * 6)
    listed = (await stage.ask("ListNotices", cb.ListNoticesRequest(), "olena")).notices
    assert [one.about for one in listed] == ["2.000000", "5.000000"]
    assert (await stage.told(events.NoticeGiven, 2))[0].notice.kind == "low_balance"


async def test_the_accounts_own_limits_refuse_and_are_noticed_once(stage: Stage) -> None:
    await stage.open("100")
    await change(stage, limits=pb.Limits(concurrent=2, cost_a_day=uah("3")))
    for name in ("s1", "s2"):
        await stage.ask("Authorize", authorize(name))
    refused = await stage.refusal("Authorize", authorize("s3"))
    assert (refused.reason.name, refused.facts["limit"]) == ("LIMIT", "concurrent")
    assert (await stage.ask("Authorize", authorize("s4", "112"))).emergency
    await stage.refusal("Authorize", authorize("s5"))
    await stage.settle("c1", "38044", 300, session_id="s1")
    assert (await stage.refusal("Authorize", authorize("s6"))).facts["limit"] == "cost_a_day"
    listed = (await stage.ask("ListNotices", cb.ListNoticesRequest(), "olena")).notices
    assert sorted(one.about for one in listed) == ["concurrent", "cost_a_day"]
    assert (await stage.account()).spent_today == uah("3")
    stage.clock.forward(days=1)
    assert (await stage.ask("Authorize", authorize("s7"))).granted_seconds == 60


@pytest.mark.clause("I17")
async def test_trust_lifts_a_suspension_for_five_days_once(stage: Stage) -> None:
    await stage.open("5", monthly_fee=uah("300"), time_zone="Europe/Kyiv")

    async def state(wanted: int) -> bool:
        return bool((await stage.account()).state == wanted)

    stage.clock.forward(days=1)
    await eventually(lambda: state(pb.ACCOUNT_STATE_SUSPENDED))
    assert (await stage.refusal("Authorize", authorize("s1"))).reason.name == "SUSPENDED"
    trusted = (await stage.ask("TakeTrust", cb.TakeTrustRequest(), "olena")).account
    assert (trusted.state, bool(trusted.trust_until)) == (pb.ACCOUNT_STATE_ACTIVE, True)
    assert (await stage.refusal("TakeTrust", cb.TakeTrustRequest(), "olena")).reason.name == "OPEN_TRUST"
    stage.clock.forward(days=5)
    await eventually(lambda: has_line(stage, "fee", 7))
    assert await state(pb.ACCOUNT_STATE_ACTIVE)
    stage.clock.forward(days=1)
    await eventually(lambda: state(pb.ACCOUNT_STATE_SUSPENDED))
    assert len(await stage.told(events.AccountRestored)) == 1


async def has_line(stage: Stage, prefix: str, count: int) -> bool:
    return len([one for one in await entries(stage) if one.id.startswith(prefix)]) >= count


@pytest.mark.clause("I04")
@pytest.mark.clause("I16")
async def test_minutes_messages_and_storage_are_charged_apart(stage: Stage) -> None:
    await stage.open("100", tariff={**TARIFF, "usage": {"sms": "0.45", "gigabyte_day": "0.021"}})
    await stage.settle("c1", "38044", 61)
    for name, service, quantity in (("m1", "sms", "3"), ("g1", "gigabyte_day", "12.5")):
        request = cb.ChargeUsageRequest(usage_id=name, service=service, quantity=quantity)
        await stage.ask("ChargeUsage", request)
        await stage.ask("ChargeUsage", request)
    wrong = cb.ChargeUsageRequest(usage_id="x", service="fax", quantity="1")
    assert (await stage.refusal("ChargeUsage", wrong)).reason.name == "NO_RATE"
    assert (await stage.account()).balance == uah("97.1875")
    day = stage.clock().date().isoformat()
    spending = await stage.ask("GetSpending", cb.GetSpendingRequest(first=day, last=day), "olena")
    assert {one.kind: one.amount for one in spending.days} == {"voice": uah("1.20"), "content": uah("1.6125")}
    assert spending.total == uah("2.8125")


@pytest.mark.clause("I04")
async def test_a_message_is_charged_once_when_its_provider_took_it(stage: Stage) -> None:
    await stage.open("100", tariff={**TARIFF, "usage": {"sms": "0.45"}})
    bus, written = await Bus.connect(stage.platforms["channels"], "teller"), stamp(stage.clock())

    async def tell(seq: int, rev: int, service: str = "sms", quantity: int = 3) -> None:
        usage = messages.Usage(service=service, quantity=quantity) if quantity else None
        said = messages.Message(conversation_id="cv_1", seq=seq, rev=rev, at=written, usage=usage)
        told = MessageChanged(message=said, occurred_at=stamp(stage.clock()))
        await bus.publish(told, tenant=stage.tenant, key="cv_1", event_id=f"{stage.tenant}:{seq}:{rev}")

    try:
        for seq, rev in ((1, 2), (1, 3), (1, 4)):  # sent, delivered, read
            await tell(seq, rev)
        await tell(2, 2, quantity=0)  # a channel that costs nothing
        await tell(3, 2, "viber_message", 1)
        await tell(4, 2, quantity=1)
        found = {one.record.key: one for one in await eventually(lambda: rated(stage, "cv_1:4"), 30)}
        assert sorted(found) == ["cv_1:1", "cv_1:3", "cv_1:4"]
        assert (found["cv_1:1"].cost, found["cv_1:1"].why) == (uah("1.35"), ["sms: 3 × 0.45"])
        assert (found["cv_1:3"].charge, found["cv_1:3"].reason) == (pb.CALL_CHARGE_SUSPENSE, "no_rate")
        assert (await stage.account()).balance == uah("98.20")
        again = stage.record("cv_1:1", "", None, switch="channels", service="sms", quantity=2)
        other = (await stage.ask("Settle", pb.SettleRequest(record=again))).call
        assert (other.charge, other.reason) == (pb.CALL_CHARGE_SUSPENSE, "conflict")
        day = stage.clock().date().isoformat()
        spending = await stage.ask("GetSpending", cb.GetSpendingRequest(first=day, last=day), "olena")
        assert {one.kind: one.amount for one in spending.days} == {"content": uah("1.80")}
    finally:
        await bus.close()


@pytest.mark.parametrize(
    "wrong",
    [{"quantity": 0}, {"quantity": 1_000_001}, {"called": "38044"}, {"service": "x" * 61}, {"free": True}],
)
async def test_what_was_not_used_is_refused(stage: Stage, wrong: dict[str, Any]) -> None:
    await stage.open("0")
    record = stage.record("m1", "", None, service="sms", quantity=1)
    for name, value in wrong.items():
        setattr(record, name, value)
    assert (await stage.refusal("Settle", pb.SettleRequest(record=record))).reason.name == "INVALID"
    assert not (await stage.ask("ListRatedCalls", pb.ListRatedCallsRequest(), "olena")).calls


async def rated(stage: Stage, key: str) -> list[pb.RatedCall]:
    """All lines, once there is one of a name."""
    found = list((await stage.ask("ListRatedCalls", pb.ListRatedCallsRequest(), "olena")).calls)
    return found if any(one.record.key == key for one in found) else []


@pytest.mark.clause("C04")
async def test_a_carriers_call_needs_consent_and_direct_settlement_costs_nothing_here(stage: Stage) -> None:
    abroad = {**PER_MINUTE, "prefix": "49", "carrier": "Ukrtelecom"}
    direct = {**PER_MINUTE, "prefix": "48", "carrier": "Orange", "direct": True}
    await stage.open("100", tariff={"scale": 4, "rates": [PER_MINUTE, abroad, direct]})
    assert (await stage.refusal("Authorize", authorize("s1", "4930"))).reason.name == "NO_CONSENT"
    assert (await stage.ask("Authorize", authorize("s2"))).granted_seconds == 60
    await change(stage, carrier_consent=True)
    assert (await stage.ask("Authorize", authorize("s3", "4930"))).granted_seconds == 60
    own = await stage.settle("c1", "4822", 120)
    assert (own.charge, own.reason, own.cost.micros) == (pb.CALL_CHARGE_ZERO, "direct_settlement", 0)
    await stage.settle("c2", "4930", 120, session_id="s3")
    assert [one.credit for one in await entries(stage) if one.amount.micros == 1_200_000] == ["liab.ld_operator"]


@pytest.mark.clause("I13")
async def test_paying_after_use_needs_a_certificate(stage: Stage) -> None:
    account = await stage.open("0")
    account.postpaid = True
    request = pb.PutAccountRequest(account=account)
    assert (await stage.refusal("PutAccount", request, "olena")).reason.name == "NO_CERTIFICATE"
    account.customer.kind = pb.CUSTOMER_KIND_BUDGET
    assert (await stage.refusal("PutAccount", request, "olena")).reason.name == "NO_CERTIFICATE"


async def test_what_cannot_be_meant_is_refused(stage: Stage) -> None:
    account = await stage.open("0")
    account.customer.email = "nobody"
    assert (await stage.refusal("PutAccount", pb.PutAccountRequest(account=account), "olena")).facts["field"] == (
        "customer.email"
    )
    spending = cb.GetSpendingRequest(first="2026-05-02", last="2026-05-01")
    assert (await stage.refusal("GetSpending", spending, "olena")).reason.name == "INVALID"
    tariff = pb.Tariff(currency="UAH", document=json.dumps({**TARIFF, "usage": {"sms": "-1"}}))
    refused = await stage.refusal("PutTariff", pb.PutTariffRequest(tariff=tariff), "olena")
    assert refused.facts["field"] == "document.usage.sms"


async def test_nothing_more_is_granted_to_who_was_suspended(stage: Stage) -> None:
    await stage.open("700", monthly_fee=uah("3000"), threshold=uah("590"))
    stage.clock.forward(seconds=1)
    await eventually(lambda: has_line(stage, "fee", 1))
    await stage.ask("Authorize", authorize("s1"))
    await change(stage, threshold=uah("699"))
    midnight = stage.clock().replace(hour=0, minute=0, second=1) + timedelta(days=1)
    stage.clock.at = midnight - timedelta(seconds=50)
    await stage.ask("Authorize", authorize("s9"))
    stage.clock.at = midnight
    await eventually(lambda: has_line(stage, "fee", 2))
    extend = pb.ExtendRequest(session_id="s9", used_seconds=45)
    assert (await stage.refusal("Extend", extend)).reason.name == "SUSPENDED"


@pytest.mark.clause("L08")
async def test_an_order_given_with_a_code_names_it_and_outlives_it(stage: Stage) -> None:
    """A code is an API key of the directory; here it signs an order as itself."""
    await stage.open("100", monthly_fee=uah("30"))
    await offered(stage, "20", "60")
    key = stage.platforms["directory"].token_key.get_secret_value()
    signed = Signer("directory", key, stage.clock).sign(Caller(stage.tenant, "key:ky_1", RIGHTS))
    stub: Any = CabinetServiceStub(stage.rt.peers.channel("billing"))
    placed = await ask(stub.PlaceOrder, order("o1", "20", "60"), metadata(signed), within=30)
    assert (placed.order.ordered_by, placed.order.HasField("ordered_at")) == ("key:ky_1", True)
    stage.clock.forward(hours=2)  # the key was revoked: no token of it is left
    (kept,) = (await stage.ask("ListOrders", cb.ListOrdersRequest(), "olena")).orders
    assert (kept.state, kept.ordered_by) == (cb.ORDER_STATE_ACTIVE, "key:ky_1")
    trail = (await stage.ask("ListTrail", cb.ListTrailRequest(), "olena")).lines
    assert ("order", "key:ky_1") in [(line.what, line.by) for line in trail]
