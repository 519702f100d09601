"""Payments with real servers: a provider on loopback with signed webhooks, and bank statements."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pymongo
import pytest
from e2e.fakes.bank import Bank, Notice
from pydantic import SecretStr

from antiphon.billing.__main__ import serve
from antiphon.billing.app.messages import account_of
from antiphon.billing.domain.signing import sign
from antiphon.billing.settings import Settings
from antiphon.billing.tests.stage import Stage, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import payments_pb2 as qb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running

pytestmark = pytest.mark.service
KEY = "provider-Secret-0123456789"


@pytest.fixture(scope="module")
async def house(platforms: dict[str, Platform]) -> AsyncIterator[tuple[Stage, Bank]]:
    clock = SettableClock(system_clock())
    async with Bank(KEY, clock) as bank:
        settings = Settings(sweep_seconds=0.2, provider_url=bank.url, provider_secret=SecretStr(KEY))
        async with running({"billing": functools.partial(serve, settings=settings)}, platforms, clock) as runtimes:
            yield Stage(runtimes["billing"], platforms, clock, []), bank


@pytest.fixture
def stage(house: tuple[Stage, Bank]) -> Stage:
    return house[0].of_another_tenant()


@pytest.fixture
def bank(house: tuple[Stage, Bank]) -> Bank:
    return house[1]


Started = Callable[..., Awaitable[str]]


@pytest.fixture
def started(stage: Stage, bank: Bank) -> Started:
    """Begins a top-up; returns the provider's name of it."""

    async def start(name: str, amount: Money) -> str:
        answer = await stage.ask("StartTopUp", qb.StartTopUpRequest(request_id=name, amount=amount), "olena")
        assert answer.payment.state == "pending"
        return str(answer.redirect_url.rpartition("/")[2])

    return start


async def tell(stage: Stage, notice: Notice) -> None:
    await stage.ask("TakeProviderNotice", qb.TakeProviderNoticeRequest(body=notice[0], signature=notice[1]))


async def payments(stage: Stage) -> dict[str, qb.Payment]:
    listed = await stage.ask("ListPayments", qb.ListPaymentsRequest(), "olena")
    return {one.id: one for one in listed.payments}


@pytest.mark.clause("I15")
async def test_a_card_pays_once_however_often_it_is_told(stage: Stage, bank: Bank, started: Started) -> None:
    await stage.open("0")
    name = await started("t1", uah("150.50"))
    assert await started("t1", uah("150.50")) == name, "asked twice, begun once"
    await asyncio.gather(*(tell(stage, bank.pay(name)) for _ in range(4)))
    assert (await stage.account()).balance == uah("150.50")
    paid = (await payments(stage))["t1"]
    assert (paid.state, paid.masked, paid.credited) == ("paid", "•••• 4242", uah("150.50"))
    await tell(stage, bank.pay(name, "failed"))
    assert (await stage.account()).balance == uah("150.50"), "what was paid is not unpaid by a late failure"
    await tell(stage, bank.pay(name, "refunded"))
    await tell(stage, bank.pay(name, "refunded"))
    assert (await stage.account()).balance == uah("0")
    with pymongo.MongoClient[dict[str, Any]](stage.platforms["billing"].mongo_url) as client:
        database = client[f"{stage.platforms['billing'].mongo_prefix}_billing"]
        for collection in database.list_collection_names():
            assert "4242424242424242" not in str(list(database[collection].find()))


async def test_forged_old_and_nonsensical_notices_change_nothing(stage: Stage, bank: Bank, started: Started) -> None:
    await stage.open("0")
    name = await started("t1", uah("100"))
    body, signature = bank.pay(name)
    now = int(stage.clock().timestamp())
    forged = [
        (body, sign(b"another key", now, body)),
        (body.replace(b"100.000000", b"900.000000"), signature),
        (body, sign(KEY.encode(), now - 700, body)),
        (body, ""),
    ]
    for one in forged:
        request = qb.TakeProviderNoticeRequest(body=one[0], signature=one[1])
        assert (await stage.refusal("TakeProviderNotice", request)).reason.name == "FORGED"
    for nonsense in (
        b"[]",
        b"{}",
        body.replace(b"succeeded", b"maybe"),
        body.replace(b"tok_", b"4242424242424242 tok_"),
    ):
        request = qb.TakeProviderNoticeRequest(body=nonsense, signature=sign(KEY.encode(), now, nonsense))
        assert (await stage.refusal("TakeProviderNotice", request)).reason.name == "INVALID"
    told = json.dumps({**json.loads(body), "reference": f"{stage.tenant}|unknown"}).encode()
    unknown = qb.TakeProviderNoticeRequest(body=told, signature=sign(KEY.encode(), now, told))
    assert (await stage.refusal("TakeProviderNotice", unknown)).reason.name == "NOT_FOUND"
    assert (await stage.refusal("TakeProviderNotice", unknown, "olena")).reason.name == "DENIED"
    assert (await stage.account()).balance == uah("0")


async def test_partial_late_and_foreign_payments_are_defined_and_seen(
    stage: Stage, bank: Bank, started: Started
) -> None:
    await stage.open("0")
    names = {name: await started(name, uah("100")) for name in ("part", "other", "gone", "late")}
    await tell(stage, bank.pay(names["part"], paid="40"))
    await tell(stage, bank.pay(names["other"], currency="EUR"))
    await tell(stage, bank.pay(names["gone"], "failed"))
    stage.clock.forward(days=9)
    await tell(stage, bank.pay(names["late"]))
    await tell(stage, bank.pay(names["gone"]))
    seen = await payments(stage)
    told = {name: (one.state, one.reason) for name, one in seen.items() if name in names}
    assert told == {
        "part": ("partial", ""), "other": ("review", "currency"), "late": ("paid", ""), "gone": ("paid", "provider"),
    }  # fmt: skip
    assert (await stage.account()).balance == uah("240")


@pytest.mark.clause("I14")
async def test_cards_of_russia_pay_whole_roubles_up_to_a_limit_from_a_list(stage: Stage, bank: Bank) -> None:
    tariff = pb.Tariff(id="rub", currency="RUB", document=json.dumps({"rates": [
        {"prefix": "7", "groups": [{"start": 0, "rate": "1", "per": 60, "inc": 60}]}]}))  # fmt: skip
    await stage.ask("PutTariff", pb.PutTariffRequest(tariff=tariff), "olena")
    account = pb.Account(currency="RUB", tariff_id="rub", customer=pb.Customer(country="RU", language="ru"))
    await stage.ask("PutAccount", pb.PutAccountRequest(account=account), "olena")

    def asked(name: str, micros: int) -> qb.StartTopUpRequest:
        return qb.StartTopUpRequest(request_id=name, amount=Money(currency="RUB", micros=micros))

    for micros, why in ((15_001_000_000, "limit"), (100_500_000, "fraction"), (0, "amount")):
        refused = await stage.refusal("StartTopUp", asked("bad", micros), "olena")
        assert (refused.reason.name, refused.facts["why"]) == ("TOPUP_DECLINED", why)
    for name, country in (("home", "RU"), ("far", "US"), ("near", "KZ"), ("europe", "DE"), ("nowhere", "")):
        url = (await stage.ask("StartTopUp", asked(name, 15_000_000_000), "olena")).redirect_url
        for status in ("succeeded", "succeeded", "refunded") if name == "far" else ("succeeded",):
            await tell(stage, bank.pay(url.rpartition("/")[2], status, country=country))
    seen = await payments(stage)
    assert {name: (one.state, one.reason, one.credited.micros) for name, one in seen.items()} == {
        **dict.fromkeys(("home", "near", "europe"), ("paid", "", 15_000_000_000)),
        **dict.fromkeys(("far", "nowhere"), ("declined", "country", 0)),
    }
    assert (await stage.account()).balance.micros == 45_000_000_000


def statement(*lines: str) -> bytes:
    return "\n".join(["date;amount;currency;reference;purpose", *lines]).encode()


@pytest.mark.clause("K05")
@pytest.mark.clause("I20")
async def test_bank_lines_are_credited_once_and_doubts_wait_for_a_second_person(stage: Stage) -> None:
    await stage.open("0")
    mine = account_of(stage.tenant)
    claim = qb.ClaimPaymentRequest(place="Банк, Київ", paid_on="2026-05-04", amount=uah("70"), document_number="D-9")
    for field in ("place", "paid_on", "document_number", "amount"):
        lacking = qb.ClaimPaymentRequest()
        lacking.CopyFrom(claim)
        lacking.ClearField(field)
        assert (await stage.refusal("ClaimPayment", lacking, "olena")).reason.name in ("INVALID", "CURRENCY")
    assert (await stage.ask("ClaimPayment", claim, "olena")).payment.state == "expected"
    assert (await stage.account()).balance == uah("0"), "a claim alone credits nothing"
    content = statement(
        f"2026-05-04;100.00;UAH;1;Зв’язок {mine}", "2026-05-04;50;UAH;2;дякую", f"2026-05-04;9;EUR;3;{mine}",
        "2026-05-04;71;UAH;4;D-9", f"2026-05-04;5;UAH;5;{mine}0",
    )  # fmt: skip
    request = qb.ImportStatementRequest(content=content)
    first = await stage.ask("ImportStatement", request, "olena")
    assert (first.format, first.lines, first.credited, first.review, first.known) == ("csv", 5, 1, 4, 0)
    again = await stage.ask("ImportStatement", request, "petro")
    assert (again.credited, again.known) == (0, 5)
    assert (await stage.account()).balance == uah("100")
    seen = await payments(stage)
    why = {name.rpartition(":")[2]: one.reason for name, one in seen.items() if name.startswith("bank:")}
    assert why == {"1": "", "2": "not_named", "3": "currency", "4": "differs_from_claim", "5": "not_named"}
    resolve = qb.ResolveLineRequest(payment_id="bank:2026-05-04:2", credit=True)
    assert (await stage.refusal("ResolveLine", resolve, "olena")).reason.name == "SAME_PERSON"
    assert (await stage.ask("ResolveLine", resolve, "petro")).payment.state == "paid"
    assert (await stage.refusal("ResolveLine", resolve, "petro")).reason.name == "ILLEGAL"
    aside = qb.ResolveLineRequest(payment_id="bank:2026-05-04:3")
    assert (await stage.ask("ResolveLine", aside, "petro")).payment.state == "rejected"
    assert (await stage.account()).balance == uah("150")
    exact = statement("2026-05-06;70;UAH;6;оплата D-9")
    assert (await stage.ask("ImportStatement", qb.ImportStatementRequest(content=exact), "olena")).credited == 1
    assert (await payments(stage))["claim:2026-05-04:D-9"].state == "found"


async def test_a_line_that_a_later_file_tells_otherwise_waits_for_a_person(stage: Stage) -> None:
    await stage.open("0")
    mine = account_of(stage.tenant)

    async def taken(amount: str, who: str = "olena") -> tuple[int, int, int]:
        request = qb.ImportStatementRequest(content=statement(f"2026-05-04;{amount};UAH;1;{mine}"))
        told = await stage.ask("ImportStatement", request, who)
        return told.credited, told.known, told.review

    assert [await taken(amount) for amount in ("100", "100.00", "70", "70", "100")] == [
        (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 0), (0, 1, 0),
    ]  # fmt: skip
    (other,) = [one for one in (await payments(stage)).values() if one.state == "review"]
    assert (other.reason, other.amount, (await stage.account()).balance) == (
        "differs_from_known", uah("70"), uah("100"),
    )  # fmt: skip
    resolve = qb.ResolveLineRequest(payment_id=other.id, credit=True)
    assert (await stage.ask("ResolveLine", resolve, "petro")).payment.state == "paid"
    assert (await stage.account()).balance == uah("170")


@pytest.mark.clause("I19")
async def test_a_payment_goes_to_what_is_owed_in_order(stage: Stage) -> None:
    await stage.open("0", floor=uah("-100"))
    await stage.settle("c1", "38044", 600)
    await stage.pay("p1", "4")
    await stage.pay("p2", "20")
    seen = await payments(stage)
    assert {part.name: part.amount for part in seen["p1"].parts} == {"other": uah("4")}
    assert {part.name: part.amount for part in seen["p2"].parts} == {"other": uah("2"), "advance": uah("18")}
