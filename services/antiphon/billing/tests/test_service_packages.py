"""Packages of seconds: drawn before money, reserved by live calls, told apart in the act, never below nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from antiphon.billing.app.messages import account_of
from antiphon.billing.audit import audit
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.subscription import fee_of
from antiphon.billing.store import Store
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.testing import eventually

from .stage import TARIFF, Stage, stamp, uah

pytestmark = pytest.mark.service
FREE = {"id": "city", "name": "Міські хвилини", "seconds": 600, "prefixes": ["380"]}
METERED = {**TARIFF, "packages": [FREE]}
KYIV = "Europe/Kyiv"


async def packages(stage: Stage) -> dict[str, cb.Package]:
    found = (await stage.ask("ListPackages", cb.ListPackagesRequest(), "olena")).packages
    return {one.name: one for one in found}


async def authorize(stage: Stage, session: str, called: str = "380501112233") -> pb.AuthorizeResponse:
    answer: pb.AuthorizeResponse = await stage.ask("Authorize", pb.AuthorizeRequest(session_id=session, called=called))
    return answer


async def extend(stage: Stage, session: str, used: int) -> pb.ExtendResponse:
    answer: pb.ExtendResponse = await stage.ask("Extend", pb.ExtendRequest(session_id=session, used_seconds=used))
    return answer


async def sound(stage: Stage) -> None:
    """No invariant is broken."""
    report = await audit(Store(stage.rt.database()))
    assert [fault for fault in report.faults if "ac_" not in fault.where or fault.where == account_id(stage)] == []


def account_id(stage: Stage) -> str:
    return account_of(stage.tenant)


async def put_product(stage: Stage, name: str, seconds: int, **terms: Any) -> cb.Product:
    once, monthly = uah(terms.pop("one_time", "0")), uah(terms.pop("monthly", "0"))
    offer = cb.PackageOffer(seconds=seconds, **terms)
    product = cb.Product(id=name, name=f"Пакет {name}", package=offer, one_time=once, monthly=monthly)
    answer = await stage.ask("PutProduct", cb.PutProductRequest(product=product), "olena")
    return answer.product  # type: ignore[no-any-return]


async def order(stage: Stage, product: cb.Product, name: str = "o1", quantity: int = 1) -> cb.Order:
    once, monthly = scaled(product.one_time.micros, quantity), scaled(product.monthly.micros, quantity)
    request = cb.PlaceOrderRequest(
        request_id=name, product_id=product.id, quantity=quantity, one_time=once, monthly=monthly
    )
    return (await stage.ask("PlaceOrder", request, "olena")).order  # type: ignore[no-any-return]


def scaled(micros: int, quantity: int) -> Money:
    return Money(currency="UAH", micros=micros * quantity)


@pytest.mark.clause("I22")
async def test_a_metered_tariff_charges_only_what_is_beyond_the_free_seconds_of_the_period(stage: Stage) -> None:
    await stage.open("100", METERED, time_zone=KYIV)
    assert (await packages(stage))["Міські хвилини"].left == 600
    first = await stage.settle("a", "380501112233", 480)
    assert (first.cost.micros, [(one.name, one.seconds) for one in first.drawn]) == (0, [("Міські хвилини", 480)])
    second = await stage.settle("b", "380501112233", 180)
    assert (second.cost, second.drawn[0].seconds, second.billed_seconds) == (uah("0.60"), 120, 180)
    third = await stage.settle("c", "380501112233", 60)
    assert (third.cost, list(third.drawn)) == (uah("0.60"), [])
    elsewhere = await stage.settle("d", "4930111", 60)
    assert (elsewhere.cost, list(elsewhere.drawn)) == (uah("0.60"), []), "it covers other numbers"
    assert (await packages(stage))["Міські хвилини"].left == 0
    again = await stage.settle(
        "b", "380501112233", 180, ended_at=second.record.ended_at, answered_at=second.record.answered_at
    )
    assert again == second, "a record that comes again draws nothing again"
    assert (await stage.account()).balance == uah("98.20")
    await sound(stage)


async def test_a_flat_tariff_costs_nothing_in_the_city(stage: Stage) -> None:
    flat = {**TARIFF, "rates": [{"prefix": "380", "groups": [{"start": 0, "rate": "0", "per": 60, "inc": 60}]}]}
    await stage.open("1", flat)
    assert (await stage.settle("a", "380501112233", 3_000)).cost == uah("0")


@pytest.mark.clause("I24")
async def test_inside_and_beyond_a_package_are_lines_of_their_own(stage: Stage) -> None:
    """100 minutes ordered, 130 used: 100 in it, 30 beyond."""
    await stage.open("500", time_zone=KYIV)
    product = await put_product(stage, "hundred", 6_000, monthly="90")
    await order(stage, product)
    stage.clock.forward(minutes=30)
    for number in range(13):
        await stage.settle(f"c{number}", "380501112233", 600)
    calls = (await stage.ask("ListCharges", cb.ListChargesRequest(limit=50), "olena")).calls
    assert sum(one.seconds for call in calls for one in call.drawn) == 6_000
    assert sum(call.billed_seconds - sum(one.seconds for one in call.drawn) for call in calls) == 1_800
    assert sum(call.cost.micros for call in calls) == uah("18").micros
    inside = next(call for call in calls if call.drawn and not call.cost.micros)
    assert list(inside.why) == [
        "prefix 380",
        "Пакет hundred: 600 s of the package",
        "beyond packages: 0 s",
    ]
    rows = await act_rows(stage)
    assert ["У пакеті: Пакет hundred", "100:00 хв", "0.00 UAH"] in rows
    assert ["Телефонні розмови", "3 · 30:00 хв", "18.00 UAH"] in rows
    await sound(stage)


async def act_rows(stage: Stage) -> list[list[str]]:
    """Of the act of the month that is over."""
    today = stage.clock()
    after = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    stage.clock.forward(seconds=(after - today).total_seconds() + 86_400)
    store = Store(stage.rt.database())

    async def made() -> Paper | None:
        found = await store.reading.papers(account_id(stage), "document")
        return next((one for one in found if one.data["kind"] == "act"), None)

    act: Paper = await eventually(made)
    return [[cell.replace("\u00a0", " ") for cell in row] for row in act.data["sheet"]["rows"]]


async def test_seconds_left_begin_a_call_without_money_and_end_it(stage: Stage) -> None:
    await stage.open("0", {**METERED, "packages": [{**FREE, "seconds": 90}]})
    granted = await authorize(stage, "s1")
    assert (granted.granted_seconds, granted.final, granted.reserved) == (60, False, uah("0"))
    more = await extend(stage, "s1", 45)
    assert (more.granted_seconds, more.final) == (90, True), "cut when they are over"
    assert (await packages(stage))["Міські хвилини"].reserved == 90
    refused = await stage.refusal("Authorize", pb.AuthorizeRequest(session_id="s2", called="380501112233"))
    assert refused.reason.name == "INSUFFICIENT", "nobody spends the same second"
    call = await stage.settle("a", "380501112233", 90, session_id="s1")
    assert (call.cost, call.drawn[0].seconds) == (uah("0"), 90)
    await sound(stage)


@pytest.mark.parametrize("how", ["released", "run out"])
async def test_seconds_of_a_call_that_was_not_made_are_free_again(stage: Stage, how: str) -> None:
    await stage.open("0", {**METERED, "packages": [{**FREE, "seconds": 60}]})
    await authorize(stage, "s1")
    assert (await packages(stage))["Міські хвилини"].reserved == 60
    if how == "released":
        await stage.ask("Release", pb.ReleaseRequest(session_id="s1"))
    else:
        stage.clock.forward(seconds=300)
    assert (await authorize(stage, "s2")).granted_seconds == 60
    late = await stage.settle("a", "380501112233", 60, session_id="s1")
    assert (late.cost, list(late.drawn)) == (uah("0.60"), []), "another call has them reserved meanwhile"
    await sound(stage)


async def test_a_call_is_granted_by_package_and_money_together(stage: Stage) -> None:
    await stage.open("0.60", {**METERED, "packages": [{**FREE, "seconds": 30}]})
    granted = await authorize(stage, "s1")
    assert (granted.granted_seconds, granted.reserved) == (60, uah("0.60"))
    assert (await extend(stage, "s1", 45)).granted_seconds == 90, "30 s of the package and a minute"
    call = await stage.settle("a", "380501112233", 90, session_id="s1")
    assert (call.cost, call.drawn[0].seconds, call.billed_seconds) == (uah("0.60"), 30, 90)
    account = await stage.account()
    assert (account.balance, account.held) == (uah("0"), uah("0"))


async def test_each_month_has_its_own_and_a_late_record_draws_from_that_of_its_answer(stage: Stage) -> None:
    stage.clock.forward(
        seconds=(datetime(2027, 3, 31, 20, 0, tzinfo=stage.clock().tzinfo) - stage.clock()).total_seconds()
    )
    await stage.open("100", METERED, time_zone=KYIV)
    before = await stage.settle("a", "380501112233", 540)
    assert before.drawn[0].package_id.endswith(":city:2027-03")
    late = stage.record("late", "380501112233", 120)
    stage.clock.forward(hours=2)  # 1 April in Kyiv
    assert (await packages(stage))["Міські хвилини"].left == 600
    april = await stage.settle("b", "380501112233", 60)
    assert april.drawn[0].package_id.endswith(":city:2027-04")
    told = (await stage.ask("Settle", pb.SettleRequest(record=late))).call
    assert (told.drawn[0].package_id[-7:], told.drawn[0].seconds, told.cost) == ("2027-03", 60, uah("0.60"))
    assert (await packages(stage))["Міські хвилини"].left == 540
    await sound(stage)


async def test_a_package_that_is_bought_runs_out_and_a_cancelled_one_comes_no_more(stage: Stage) -> None:
    await stage.open("500", time_zone="UTC")
    once = await put_product(stage, "trip", 300, one_time="20", prefixes=["+49"], weight=5, days=2)
    done = await order(stage, once, "o1", 2)
    assert (done.state, (await stage.account()).balance) == (cb.ORDER_STATE_DONE, uah("460"))
    assert (await order(stage, once, "o1", 2)) == done, "an order that comes again is the same"
    bought = (await packages(stage))["Пакет trip"]
    assert (bought.seconds, bought.left, list(bought.prefixes)) == (600, 600, ["49"])
    today = stage.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    assert bought.expires == stamp(today + timedelta(days=3))
    stage.clock.forward(minutes=5)
    assert (await stage.settle("a", "4930111", 100)).drawn[0].seconds == 100
    monthly = await put_product(stage, "month", 60, monthly="30")
    await order(stage, monthly, "o2")
    stage.clock.forward(minutes=5)
    assert (await stage.settle("b", "380501112233", 60)).cost == uah("0")
    await stage.ask("CancelOrder", cb.CancelOrderRequest(order_id="o2"), "olena")
    stage.clock.forward(seconds=32 * 86_400)
    assert await packages(stage) == {}
    assert (await stage.settle("c", "4930111", 60)).cost == uah("0.60")
    assert (await stage.settle("d", "380501112233", 60)).cost == uah("0.60")


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"seconds": 0, "monthly": "1"}, "package.seconds"),
        ({"seconds": 60}, "monthly"),
        ({"seconds": 60, "monthly": "1", "one_time": "1"}, "monthly"),
        ({"seconds": 60, "monthly": "1", "days": 3}, "package.days"),
        ({"seconds": 60, "one_time": "1", "prefixes": ["380", " "]}, "package.prefixes"),
        ({"seconds": 60, "one_time": "1", "draw_seconds": 9_999}, "package.draw_seconds"),
        ({"seconds": 60, "one_time": "1", "days": -1}, "package"),
    ],
)
async def test_what_is_no_package_is_not_sold(stage: Stage, terms: dict[str, Any], field: str) -> None:
    await stage.open()
    once, monthly = uah(terms.pop("one_time", "0")), uah(terms.pop("monthly", "0"))
    product = cb.Product(id="p", name="P", package=cb.PackageOffer(**terms), one_time=once, monthly=monthly)
    refusal = await stage.refusal("PutProduct", cb.PutProductRequest(product=product), "olena")
    assert (refusal.reason.name, refusal.facts["field"]) == ("INVALID", field)


@pytest.mark.parametrize(
    ("package", "field"),
    [
        ({"id": "", "seconds": 60}, "document.packages[0].id"),
        ({"id": "a:b", "seconds": 60}, "document.packages[0].id"),
        ({"id": "a", "seconds": 0}, "document.packages[0].seconds"),
        ({"id": "a", "second": 60}, "document.packages[0].second"),
        ({"id": "a", "seconds": 60, "prefixes": ["?"]}, "document.packages[0].prefixes"),
    ],
)
async def test_a_tariff_with_a_wrong_package_is_refused(stage: Stage, package: dict[str, Any], field: str) -> None:
    document = json.dumps({**TARIFF, "packages": [package]})
    asked = pb.Tariff(name="T", currency="UAH", document=document)
    refusal = await stage.refusal("PutTariff", pb.PutTariffRequest(tariff=asked), "olena")
    assert (refusal.reason.name, refusal.facts["field"]) == ("INVALID", field)


async def test_the_audit_names_seconds_that_do_not_add_up(stage: Stage) -> None:
    await stage.open("100", METERED)
    await stage.settle("a", "380501112233", 60)
    store, mine = stage.rt.database(), account_id(stage)
    for change, told in (
        ({"$set": {"packages.0.left": 600}}, "600 s are left, 540 should be"),
        ({"$set": {"packages.0.left": 540}}, ""),
    ):
        await store["accounts"].update_one({"_id": mine}, change)
        report = await audit(Store(store))
        found = [fault.what for fault in report.faults if fault.where == mine and fault.invariant == "I12"]
        assert [told in what for what in found] == ([True] if told else [])
    await store["calls"].update_one({"account": mine}, {"$set": {"drawn.0.2": 30}})
    report = await audit(Store(store))
    assert {"I8", "I12"} <= {fault.invariant for fault in report.faults if fault.where == mine}


async def test_a_package_that_is_used_and_cancelled_costs_its_month(stage: Stage) -> None:
    """Ordered, used up and cancelled again and again, it would be free seconds."""
    await stage.open("500", time_zone="UTC")
    product = await put_product(stage, "month", 60, monthly="30")
    for name in ("o1", "o2"):
        await order(stage, product, name)
        stage.clock.forward(minutes=5)
        assert (await stage.settle(f"c-{name}", "380501112233", 60)).cost == uah("0")
        for _ in range(2):
            await stage.ask("CancelOrder", cb.CancelOrderRequest(order_id=name), "olena")
    await order(stage, product, "o3")
    await stage.ask("CancelOrder", cb.CancelOrderRequest(order_id="o3"), "olena")
    charged = await charges(stage)
    for name in ("o1", "o2"):
        assert charged[f"order:{name}:first"] + charged[f"order:{name}:rest"] == uah("30").micros
    assert "order:o3:rest" not in charged, "of what nobody used only the days that are gone are paid"
    await sound(stage)


async def charges(stage: Stage) -> dict[str, int]:
    """Micro-units by the id of what was written for packages."""
    entries = (await stage.ask("ListEntries", cb.ListEntriesRequest(), "olena")).entries
    return {one.id: one.amount.micros for one in entries if one.id.startswith("order:")}


def move(stage: Stage, when: datetime) -> None:
    stage.clock.forward(seconds=(when - stage.clock()).total_seconds())


@pytest.mark.parametrize("waits", [False, True])
async def test_on_the_last_days_of_a_month_a_package_costs_its_whole_month(stage: Stage, waits: bool) -> None:
    """All its seconds are had at once: a few days' fee would be too little."""
    after = (stage.clock() + timedelta(days=3)).replace(day=1, hour=12) + timedelta(days=32)
    first = after.replace(day=1)
    move(stage, first - timedelta(days=3))
    await stage.open("40", time_zone="UTC")
    product = await put_product(stage, "month", 60, monthly="30")
    once, monthly = product.one_time, product.monthly
    asked = cb.PlaceOrderRequest(request_id="o1", product_id=product.id, one_time=once, monthly=monthly)
    asked.start_on = (first - timedelta(days=2)).date().isoformat() if waits else ""
    for _ in range(2):
        placed = await stage.ask("PlaceOrder", asked, "olena")
    assert placed.account.held == uah("30" if waits else "0"), "the money for it is there, or it is not ordered"
    asked.request_id = "o2"
    assert (await stage.refusal("PlaceOrder", asked, "olena")).reason.name == "INSUFFICIENT"
    move(stage, first - timedelta(days=2))
    await eventually(lambda: began(stage), within=30)
    move(stage, first)
    left = 10 - fee_of(Fraction(30), first.date())
    await eventually(lambda: paid(stage, left), within=30)  # 30 for the month, and the first day of the next
    assert (await charges(stage))["order:o1:first"] > uah("26").micros
    await sound(stage)


async def began(stage: Stage) -> bool:
    return (await stage.account()).monthly_fee == uah("30")


async def paid(stage: Stage, left: Fraction) -> bool:
    return (await stage.account()).balance.micros == left * 1_000_000


async def test_a_call_says_which_seconds_it_paid_and_so_does_its_detail(stage: Stage) -> None:
    await stage.open("100", {**METERED, "packages": [{**FREE, "seconds": 60}]})
    call = await stage.settle("a", "380501112233", 90)
    told = ["prefix 380", "Міські хвилини: 60 s of the package", "beyond packages: 60 s"]
    assert list(call.why) == [*told, "from second 60: 1 × 60 s at 0.6"]
    stage.clock.forward(days=2)
    day = (stage.clock() - timedelta(days=2)).date().isoformat()
    asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_DETAIL, first=day, last=day)
    made = (await stage.ask("MakeDocument", asked, "olena")).document
    file = await stage.ask("GetDocumentFile", db.GetDocumentFileRequest(document_id=made.id, format="csv"), "olena")
    assert "120, у пакеті 60" in file.content.decode()
