"""The operator's people and their customers' accounts: two of them move money, nobody else sees a row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from antiphon.billing.app.messages import account_of
from antiphon.billing.tests.operators import APPROVE, ASK, OWN, READ, House
from antiphon.billing.tests.stage import Stage, uah
from antiphon.billing.v1 import billing_pb2 as bb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1 import operator_pb2 as pb
from antiphon.billing.v1 import payments_pb2 as yb
from antiphon.billing.v1 import rentals_pb2 as rb
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service
STATEMENT = "date;amount;currency;reference;purpose\n2026-05-04;50;UAH;2;дякую"


@pytest.fixture(scope="module")
async def house(theatre: Stage) -> House:
    made = House(theatre)
    await made.begin()
    return made


def credit(name: str, amount: str = "50", kind: str = "credit") -> ob.AskForRequest:
    return ob.AskForRequest(
        request_id=name, kind=kind, amount=uah(amount), reason="a mistake of ours", document="act 7"
    )


def asking(firm: Stage, request: ob.AskForRequest) -> pb.ActForCustomerRequest:
    return pb.ActForCustomerRequest(customer_id=account_of(firm.tenant), ask_for=request)


def deciding(firm: Stage, name: str, *, approve: bool = True) -> pb.DecideForCustomerRequest:
    decide = ob.DecideRequest(request_id=name, approve=approve)
    return pb.DecideForCustomerRequest(customer_id=account_of(firm.tenant), decide=decide)


@pytest.mark.clause("K08")
async def test_two_people_of_the_operator_credit_a_customer(house: House) -> None:
    firm = await house.customer("Крамниця", "10")
    asked = await house.ask("ActForCustomer", asking(firm, credit("k")), "clerk", {READ, ASK})
    assert (asked.ask_for.request.state, asked.ask_for.request.asked_by) == ("waiting", "operator:clerk")
    assert (await firm.account()).balance == uah("10")
    # the same person refuses himself nothing: over another sign-in, with every right, he is the same person
    own = await house.refused("DecideForCustomer", deciding(firm, "k"), who="clerk", rights=OWN)
    assert own.reason.name == "SAME_PERSON"
    lines = (await firm.ask("ListTrail", cb.ListTrailRequest(), "owner")).lines
    assert ("operator:clerk", "own_request", "k") in [(line.by, line.what, line.about) for line in lines]
    no_right = await house.refused("DecideForCustomer", deciding(firm, "k"), who="other", rights={READ, ASK})
    assert no_right.reason.name == "DENIED"
    done = (await house.ask("DecideForCustomer", deciding(firm, "k"), "head", {READ, APPROVE})).decide.request
    assert (done.state, done.decided_by) == ("approved", "operator:head")
    assert (await firm.account()).balance == uah("60")
    again = await house.refused("DecideForCustomer", deciding(firm, "k"), who="head")
    assert again.reason.name == "ILLEGAL"
    assert (await firm.account()).balance == uah("60")


@pytest.mark.clause("K08")
async def test_a_customer_may_ask_for_his_money_and_never_approve_it(house: House) -> None:
    firm = await house.customer("Прохач", "30")
    refund = credit("r", kind="refund")
    refund.ClearField("amount")
    await firm.ask("AskFor", ob.AskForRequest.FromString(refund.SerializeToString()), "owner")
    for request in (credit("x"), credit("y", kind="compensation"), credit("z", kind="promotion")):
        assert (await firm.refusal("AskFor", request, "owner")).reason.name == "OPERATORS_TERMS"
    paid = ob.ConfirmRefundRequest(request_id="r", paid_on="2026-01-01", document="x")
    for method, forbidden in (("Decide", ob.DecideRequest(request_id="r", approve=True)), ("ConfirmRefund", paid)):
        assert (await firm.refusal(method, forbidden, "accountant")).reason.name == "OPERATORS_TERMS", method
    complaint = ob.OpenCaseRequest(request_id="c", complaint="strange calls", subscriber=True)
    await firm.ask("OpenCase", complaint, "owner")
    row = next(one for one in (await house.listed(search="прохач")).customers)
    assert (row.open_requests, row.open_cases) == (1, 1)
    done = await house.ask("DecideForCustomer", deciding(firm, "r"), "head")
    assert done.decide.request.amount == uah("30")
    assert (await firm.account()).balance == uah("0")


async def test_a_customer_is_read_by_his_cabinets_messages_and_sees_who_looked(house: House) -> None:
    firm = await house.customer("Прозорий", "75")
    await firm.settle("s1", "999123", 60)  # no tariff: it waits for a price
    assert (await house.read(firm, account=bb.GetAccountRequest())).account.account.balance == uah("75")
    assert len((await house.read(firm, entries=cb.ListEntriesRequest())).entries.entries) == 1
    charges = (await house.read(firm, charges=cb.ListChargesRequest(suspense=True))).charges.calls
    assert [(one.record.key, one.reason) for one in charges] == [("s1", "no_tariff")] or charges[0].reason
    for asked in (
        {"documents": db.ListDocumentsRequest()}, {"payments": yb.ListPaymentsRequest()},
        {"requests": ob.ListRequestsRequest()}, {"cases": ob.ListCasesRequest()}, {"alarms": ob.ListAlarmsRequest()},
        {"orders": cb.ListOrdersRequest()}, {"notices": cb.ListNoticesRequest()},
        {"incidents": ob.ListIncidentsRequest()}, {"trail": cb.ListTrailRequest()},
    ):  # fmt: skip
        answer = await house.read(firm, **asked)
        assert answer.WhichOneof("answer") == next(iter(asked))
    lines = (await firm.ask("ListTrail", cb.ListTrailRequest(), "owner")).lines
    looked = [line.by for line in lines if line.what == "looked_up"]
    assert looked == ["operator:oleg"], "once a day and person"
    rerated = await house.ask(
        "ActForCustomer",
        pb.ActForCustomerRequest(customer_id=account_of(firm.tenant), rerate=bb.RerateSuspenseRequest()),
    )
    assert rerated.rerate.left == 1


async def test_the_list_is_searched_filtered_sorted_and_summed(house: House) -> None:
    rich, poor, middle = [
        await house.customer(f"Сорт {name}", money) for name, money in (("А", "500"), ("В", "1"), ("Б", "50"))
    ]
    found = await house.listed(search="сорт")
    assert [one.company for one in found.customers] == ["Сорт А", "Сорт Б", "Сорт В"]
    assert [(one.customers, one.balance) for one in found.totals] == [(3, uah("551"))]
    by_money = await house.listed(search="СОРТ", order=pb.CUSTOMER_ORDER_BALANCE)
    assert [one.id for one in by_money.customers] == [account_of(one.tenant) for one in (poor, middle, rich)]
    first = await house.listed(search="сорт", limit=2)
    rest = await house.listed(search="сорт", limit=2, after=first.next)
    assert (len(first.customers), [one.company for one in rest.customers], rest.next) == (2, ["Сорт В"], "")
    down = await house.listed(search="сорт", order=pb.CUSTOMER_ORDER_NAME, descending=True)
    assert down.customers[0].company == "Сорт В"
    assert not (await house.listed(search="сорт", state=bb.ACCOUNT_STATE_SUSPENDED)).customers
    assert not (await house.listed(search="сорт", in_arrears=True)).customers
    await house.call_it(poor.tenant, "Інша назва")
    assert (await house.listed(order=pb.CUSTOMER_ORDER_DAYS_LEFT)).customers
    assert (await house.refused("ListCustomers", pb.ListCustomersRequest(after="x"))).reason.name == "INVALID"
    assert house.tenant not in {one.id for one in (await house.listed(limit=200)).customers}


@pytest.mark.clause("K02", "K04")
async def test_what_waits_and_how_a_month_closes_is_one_list(house: House) -> None:
    firm = await house.customer("Черга", "5")
    await firm.settle("w1", "999124", 60)
    await house.ask("ActForCustomer", asking(firm, credit("w", "7")), "clerk")
    calls = await house.ask("ListWork", pb.ListWorkRequest(kind=pb.WORK_KIND_SUSPENSE))
    mine = [one for one in calls.items if one.customer_id == account_of(firm.tenant)]
    assert [(one.company, one.age_hours) for one in mine] == [("Черга", 0)]
    reason = mine[0].reason
    assert {one.reason: one.count for one in calls.counts}[reason] >= 1
    none = await house.ask("ListWork", pb.ListWorkRequest(kind=pb.WORK_KIND_SUSPENSE, reason="nothing of the kind"))
    assert not none.items
    asked = await house.ask("ListWork", pb.ListWorkRequest(kind=pb.WORK_KIND_REQUEST, reason="credit"))
    mine = [one for one in asked.items if one.customer_id == account_of(firm.tenant)]
    assert [(one.id, one.by, one.amount) for one in mine] == [("w", "operator:clerk", uah("7"))]
    month = f"{house.stage.clock():%Y-%m}"
    ending = await house.ask("GetMonthEnd", pb.GetMonthEndRequest(month=month))
    blocked = {one.reason: one.count for one in ending.blocked if one.customer_id == account_of(firm.tenant)}
    assert blocked == {"suspense": 1}
    assert ending.customers > ending.closed == 0


async def test_nobody_else_sees_or_moves_anything(house: House) -> None:
    """Strangers: another company's people with every right that a token could wrongly carry, the operator's people
    without the right, an API key, and the customer's own people."""
    firm, stranger = await house.customer("Чужий", "20"), await house.customer("Стороній", "20")
    theirs = account_of(firm.tenant)
    requests: list[tuple[str, Any]] = [
        ("ListCustomers", pb.ListCustomersRequest()),
        ("ReadCustomer", pb.ReadCustomerRequest(customer_id=theirs, account=bb.GetAccountRequest())),
        ("ActForCustomer", asking(firm, credit("s"))),
        ("DecideForCustomer", deciding(firm, "s")),
        ("ListWork", pb.ListWorkRequest(kind=pb.WORK_KIND_CASE)),
        ("GetMonthEnd", pb.GetMonthEndRequest()),
    ]
    strangers: list[dict[str, Any]] = [
        {"tenant": stranger.tenant, "who": "owner"},  # every right, at home
        {"tenant": firm.tenant, "who": "owner"},
        {"who": "key:ky_1"},
        {"who": "accountant", "rights": {"billing.read", "billing.write"}},
    ]
    for method, request in requests:
        for who in strangers:
            assert (await house.refused(method, request, **who)).reason.name == "DENIED", (method, who)
    own = account_of(house.tenant)
    for wrong in ("ac_none", own, firm.tenant, ""):
        looking = pb.ReadCustomerRequest(customer_id=wrong, account=bb.GetAccountRequest())
        assert (await house.refused("ReadCustomer", looking)).reason.name == "NOT_FOUND", wrong
        acting = pb.ActForCustomerRequest(customer_id=wrong, ask_for=credit("s"))
        assert (await house.refused("ActForCustomer", acting)).reason.name == "NOT_FOUND", wrong
    assert (await house.refused("ReadCustomer", pb.ReadCustomerRequest(customer_id=theirs))).reason.name == "INVALID"
    assert not (await house.read(firm, requests=ob.ListRequestsRequest())).requests.requests
    assert (await firm.account()).balance == uah("20")


async def on(stage: Stage, name: str) -> yb.Payment | None:
    found = (await stage.ask("ListPayments", yb.ListPaymentsRequest(), "owner")).payments
    return next((one for one in found if one.id == name), None)


@pytest.mark.clause("K08")
async def test_two_people_give_a_customer_what_the_bank_could_not_match(house: House) -> None:
    firm, other = await house.customer("Отримувач"), await house.customer("Не той")
    await house.open_once()
    assert (await house.ask("ImportStatement", yb.ImportStatementRequest(content=STATEMENT.encode()))).review == 1
    payments = (await house.ask("ListPayments", yb.ListPaymentsRequest())).payments
    line = next(one for one in payments if one.state == "review")
    offer = pb.OfferPaymentRequest(payment_id=line.id, customer_id=account_of(other.tenant), reason="the payer called")
    await house.ask("OfferPayment", offer, "clerk", {READ, ASK})
    offer.customer_id = account_of(firm.tenant)
    offered = (await house.ask("OfferPayment", offer, "clerk", {READ, ASK})).payment
    assert (offered.company, offered.state, offered.offered_by) == ("Отримувач", "review", "person:clerk")
    give = pb.DecidePaymentRequest(payment_id=line.id, approve=True)
    assert (await house.refused("DecidePayment", give, who="clerk")).reason.name == "SAME_PERSON"
    assert await on(firm, line.id) is None
    for _ in range(2):
        await house.ask("DecidePayment", give, "head", {READ, APPROVE})
    got = await eventually(lambda: on(firm, line.id))
    assert (got.credited, got.state) == (line.amount, "paid")
    assert (await firm.account()).balance == line.amount
    await eventually(lambda: _is(house, line.id, "given"))
    assert (await house.refused("OfferPayment", offer)).reason.name == "ILLEGAL"
    assert (await firm.account()).balance == line.amount
    assert (await other.account()).balance == uah("0")


async def _is(house: House, name: str, state: str) -> bool:
    found = (await house.ask("ListPayments", yb.ListPaymentsRequest())).payments
    return [one.state for one in found if one.id == name] == [state]


async def products(firm: Stage) -> dict[str, cb.Product]:
    found = (await firm.ask("ListProducts", cb.ListProductsRequest(), "owner")).products
    return {one.id: one for one in found}


def product(name: str, monthly: str, one_time: str = "0", **change: Any) -> cb.PutProductRequest:
    return cb.PutProductRequest(
        product=cb.Product(id=name, name=name, monthly=uah(monthly), one_time=uah(one_time), **change)
    )


@pytest.mark.clause("A01")
async def test_customers_order_and_rent_by_the_operators_catalogue(house: House) -> None:
    firm = await house.customer("Покупець", "100")
    await house.open_once()
    for request in (product("recording", "60", "10"), product("sip-line", "30")):
        await house.ask("PutProduct", request)
    assert (await firm.refusal("PutProduct", product("recording", "1"), "owner")).reason.name == "OPERATORS_TERMS"
    assert (await products(firm))["recording"].monthly == uah("60")
    order = cb.PlaceOrderRequest(request_id="o", product_id="recording", one_time=uah("10"), monthly=uah("60"))
    await firm.ask("PlaceOrder", order, "owner")
    account = await firm.account()
    assert (account.balance, account.monthly_fee) == (uah("90"), uah("60"))
    line = rb.Rental(subject="line:l1", rev=1, product_id="sip-line", number="101")
    rented = (await firm.ask("TakeRental", rb.TakeRentalRequest(rental=line))).rental
    assert (rented.monthly, (await firm.account()).rented_fee) == (uah("30"), uah("30"))
    # a price that rises counts from the next day on, and is seen before
    await house.ask("PutProduct", product("recording", "90", "10"))
    await house.ask("PutProduct", product("recording", "95", "10"))
    seen = (await products(firm))["recording"]
    tomorrow = house.stage.clock() + timedelta(days=1)
    assert (seen.monthly, seen.next_monthly, seen.changes_on) == (uah("60"), uah("95"), f"{tomorrow:%Y-%m-%d}")
    dear = cb.PlaceOrderRequest(request_id="d", product_id="recording", one_time=uah("10"), monthly=uah("95"))
    assert (await firm.refusal("PlaceOrder", dear, "owner")).reason.name == "PRICE_CHANGED"
    house.stage.clock.forward(days=1)
    assert not (await products(firm))["recording"].changes_on
    dear.request_id = "e"
    await firm.ask("PlaceOrder", dear, "owner")
    await house.ask("PutProduct", product("recording", "95", "10", retired=True))
    assert "recording" not in await products(firm)
    assert (await firm.ask("PlaceOrder", dear, "owner")).order.id == "e", "the same order once more"
    dear.request_id = "f"
    assert (await firm.refusal("PlaceOrder", dear, "owner")).reason.name == "NOT_FOUND"
