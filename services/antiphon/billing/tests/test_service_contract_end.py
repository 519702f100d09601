"""The end of a contract with an operator and the real directory: numbers, orders, prices that rise, who may what."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.billing.app.workdays import holidays_of
from antiphon.billing.domain.contract import business_day_after
from antiphon.billing.tests.stage import PER_MINUTE, PER_SECOND, TARIFF, stamp, uah
from antiphon.billing.tests.test_service_plans import Company, House, furnished, ordering
from antiphon.billing.v1 import billing_pb2 as bb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import contract_pb2 as pb
from antiphon.directory.v1 import pool_pb2
from antiphon.directory.v1.telephony_pb2 import DialPlan, PutDialPlanRequest
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import metadata
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.kit.tokens import Caller, Signer

pytestmark = pytest.mark.service
WITHIN = 60
READ = pb.GetContractRequest()
RIGHTS = frozenset({"billing.read", "billing.write", "offers.write", "directory.read", "directory.write"})


@dataclass
class Firm(Company):
    """One whose people stay signed in however many days pass."""

    platforms: dict[str, Platform]
    who: str = "person:owner"

    async def ask(self, method: str, request: Any) -> Any:
        key = self.platforms["directory"].token_key.get_secret_value()
        token = Signer("directory", key, self.house.clock).sign(Caller(self.tenant, self.who, RIGHTS))
        return await self.house.ask(method, request, metadata(token))


@dataclass
class Street:
    """An operator's house, and days that pass."""

    house: House
    platforms: dict[str, Platform]

    async def firm(self, name: str) -> Firm:
        made = await self.house.company(name)
        return Firm(self.house, made.tenant, made.session, self.platforms)

    def operator(self, who: str = "person:owner") -> Firm:
        made = self.house.operator
        return Firm(self.house, made.tenant, made.session, self.platforms, who)

    def day(self) -> date:
        """Of accounts in UTC."""
        return self.house.clock().date()

    def to(self, day: date) -> None:
        """Moves to noon of a day."""
        noon = self.house.clock().replace(hour=12, minute=0, second=0, microsecond=0)
        self.house.clock.at = noon + (day - noon.date())

    async def approve(self, tariff: bb.Tariff, at: Timestamp | None = None) -> None:
        request = bb.ApproveTariffRequest(id=tariff.id, version=tariff.version, effective_from=at)
        await self.operator("person:second").ask("ApproveTariff", request)


@pytest.fixture(scope="module")
async def street(platforms: dict[str, Platform]) -> AsyncIterator[Street]:
    async with furnished(platforms, sweep_seconds=0.05) as house:
        made = Street(house, platforms)
        made.house.operator = made.operator()
        yield made


async def contract(firm: Company) -> pb.GetContractResponse:
    found: pb.GetContractResponse = await firm.ask("GetContract", READ)
    return found


async def reached(firm: Company, wanted: int) -> None:
    async def there() -> bool:
        return (await contract(firm)).state == wanted

    await eventually(there, WITHIN)


async def accrued(firm: Company, day: date) -> None:
    """The day has begun for this account, whatever it did."""

    async def there() -> bool:
        found = await firm.ask("ListTransfers", bb.ListTransfersRequest(limit=500))
        return any(one.id == f"fee:{day.isoformat()}" for one in found.transfers)

    await eventually(there, WITHIN)


async def suspended(street: Street, name: str) -> tuple[Firm, str, date]:
    """A company whose money is over, with a number of the pool that its dial plan shows, and since when."""
    plan, e164 = await street.house.plan(monthly=uah("300")), await street.house.number("0", "30000")
    firm = await street.firm(name)
    street.to(street.day())
    await firm.open("300")
    await firm.choose(plan)
    await firm.ask("OrderNumber", ordering("n1", e164, "0", "30000"))
    await eventually(lambda: _has(firm, e164), WITHIN)
    await firm.ask("PutDialPlan", PutDialPlanRequest(plan=DialPlan(country="UA", caller_id=e164)))
    street.to(street.day() + timedelta(days=1))
    await reached(firm, pb.CONTRACT_STATE_SUSPENDED)
    return firm, e164, date.fromisoformat((await firm.account()).suspended_on)


async def _has(firm: Company, e164: str) -> bool:
    return e164 in await firm.numbers()


@pytest.mark.clause("B14")
async def test_numbers_stay_for_thirty_days_and_are_free_on_the_thirty_first(street: Street) -> None:
    firm, e164, since = await suspended(street, "Тиша")
    street.to(since + timedelta(days=30))
    await accrued(firm, street.day())
    assert (await firm.account()).state == bb.ACCOUNT_STATE_SUSPENDED
    assert (await street.house.in_pool(e164)).state == pool_pb2.POOL_STATE_TAKEN, "day 30"
    assert await _has(firm, e164)
    street.to(since + timedelta(days=31))
    await reached(firm, pb.CONTRACT_STATE_TERMINATED)

    async def free() -> bool:
        return (await street.house.in_pool(e164)).state == pool_pb2.POOL_STATE_OFFERED

    await eventually(free, WITHIN)
    assert not await _has(firm, e164), "it leaves although the dial plan showed it"

    async def cancelled() -> bool:
        return {one.state for one in (await firm.orders()).values()} == {cb.ORDER_STATE_CANCELLED}

    await eventually(cancelled, WITHIN)
    own = street.house.runtimes["billing"].peers.own(firm.tenant)
    for _ in range(2):  # the fact came again
        await street.house.ask("CarryContract", pb.CarryContractRequest(by="service:billing", release=True), own)
    other = await street.firm("Обрій")
    await other.open("1000")
    await other.choose(await street.house.plan())
    await other.ask("OrderNumber", ordering("n1", e164, "0", "30000"))
    await eventually(lambda: _has(other, e164), WITHIN)


@pytest.mark.clause("B14")
async def test_only_the_operator_extends_the_reservation(street: Street) -> None:
    firm, e164, since = await suspended(street, "Пауза")
    asked = pb.ExtendReserveRequest(company_id=firm.tenant, days=5, reason="обіцяють сплатити", request_id="x1")
    own = pb.ExtendReserveRequest(days=5, reason="we will pay", request_id="x1")
    for wrong in (own, asked):
        assert (await firm.refused("ExtendReserve", wrong)).reason.name == "OPERATORS_TERMS"
    assert (await street.house.operator.refused("ExtendReserve", own)).reason.name in {"ILLEGAL", "NO_ACCOUNT"}
    for _ in range(2):
        until = (await street.house.operator.ask("ExtendReserve", asked)).reserved_until
    assert until == (await contract(firm)).reserved_until
    assert (await firm.ask("GetAccount", bb.GetAccountRequest())).account.reserved_until == until
    lines = (await firm.ask("ListTrail", cb.ListTrailRequest())).lines
    assert [one.about for one in lines if one.what == "extend_reserve"] == ["5 days: обіцяють сплатити"], "once"
    street.to(since + timedelta(days=35))
    await accrued(firm, street.day())
    assert (await street.house.in_pool(e164)).state == pool_pb2.POOL_STATE_TAKEN, "day 35 of 35"
    work = (await street.house.operator.ask("ListContractWork", pb.ListContractWorkRequest())).work
    assert firm.tenant in {one.company_id for one in work}
    street.to(since + timedelta(days=36))
    await reached(firm, pb.CONTRACT_STATE_TERMINATED)


@pytest.mark.clause("H04")
async def test_plans_and_numbers_start_by_hand_or_on_their_day(street: Street) -> None:
    street.to(street.day())
    firm, plan = await street.firm("Старт"), await street.house.plan(by_hand=True)
    await firm.open("5000")
    assert (await firm.choose(plan)).order.state == cb.ORDER_STATE_WAITING
    assert (await firm.account()).plan_id == "", "nothing has begun"
    last = business_day_after(street.day(), 3, holidays_of("UA"))
    street.to(last + timedelta(days=1))

    async def flagged() -> list[cb.Order]:
        work = (await street.house.operator.ask("ListContractWork", pb.ListContractWorkRequest())).work
        return [one for row in work if row.company_id == firm.tenant for one in row.waiting if one.late]

    assert [one.id for one in await eventually(flagged, WITHIN)] == ["plan"]
    assert not await firm.charged("fee:"), "no fee before the start"
    request = pb.StartOrderRequest(company_id=firm.tenant, order_id="plan")
    assert (await firm.refused("StartOrder", request)).reason.name == "OPERATORS_TERMS"

    async def begun() -> cb.Order | None:
        try:
            return (await street.house.operator.ask("StartOrder", request)).order  # type: ignore[no-any-return]
        except DomainError:
            return None  # while earlier days are counted

    for _ in range(2):
        started = await eventually(begun, WITHIN)
        assert (started.state, started.late) == (cb.ORDER_STATE_ACTIVE, False)
    account = await firm.account()
    assert (account.plan_id, account.monthly_fee) == (plan.id, uah("300"))
    e164, wanted = await street.house.number(), street.day() + timedelta(days=4)
    later = ordering("n1", e164)
    later.start_on = wanted.isoformat()
    assert (await firm.ask("OrderNumber", later)).order.state == cb.ORDER_STATE_WAITING
    assert (await firm.account()).held == uah("250")
    assert not await firm.numbers()
    street.to(wanted)
    await eventually(lambda: _has(firm, e164), WITHIN)

    async def charged() -> bool:
        return await firm.charged("order:n1") == [("order:n1", uah("250").micros)]

    await eventually(charged, WITHIN)
    assert (await firm.account()).monthly_fee == uah("400")


@pytest.mark.clause("H11")
async def test_prices_that_rise_are_told_to_who_pays_by_them(street: Street) -> None:
    async def put(document: dict[str, Any], tariff_id: str = "") -> bb.Tariff:
        wanted = bb.Tariff(id=tariff_id, name="Продаж", currency="UAH", document=json.dumps(document))
        made: bb.Tariff = (await street.house.operator.ask("PutTariff", bb.PutTariffRequest(tariff=wanted))).tariff
        return made

    prices = {**TARIFF, "usage": {"sms": "0.45"}}
    dear: dict[str, Any] = {**PER_MINUTE, "groups": [{"start": 0, "rate": "0.61", "per": 60, "inc": 60}]}
    first = await put(prices)
    await street.approve(first)
    street.house.clock.forward(seconds=5)
    alone = await put({**prices, "rates": [dear, PER_SECOND]}, first.id)
    await street.approve(alone)  # nobody pays by it yet
    street.house.clock.forward(seconds=5)
    firm = await street.firm("Ціна")
    await firm.open("1000")
    await firm.choose(await street.house.plan(tariff_id=first.id))
    other = await street.firm("Інша")
    await other.open("10")
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({**prices, "rates": [{**dear, "groups": [{**dear["groups"][0], "rate": "0.62"}]}, PER_SECOND]}, "380"),
        ({**prices, "rates": [dear, PER_SECOND], "usage": {"sms": "0.46"}}, "sms"),
        ({**prices, "rates": [dear, PER_SECOND], "usage": {"sms": "0.44"}}, ""),
    )
    told = 0
    for document, dearer in cases:
        version = await put(document, first.id)
        if dearer:
            early = stamp(street.house.clock() + timedelta(days=9, hours=23))
            with pytest.raises(DomainError) as refused:
                await street.approve(version, early)
            assert (refused.value.reason.name, refused.value.facts["prefix"]) == ("NOTICE_TOO_SHORT", dearer)
            await street.approve(version, stamp(street.house.clock() + timedelta(days=11)))
            told += 1
            await eventually(lambda: _told(firm, told), WITHIN)  # noqa: B023 - awaited at once
        else:
            await street.approve(version, stamp(street.house.clock() + timedelta(days=12)))
    changes = (await contract(firm)).changes
    assert {(one.change.kind, one.state) for one in changes} == {("prices", pb.CONSENT_STATE_OPEN)}
    assert "380" in "".join(one.change.texts["uk"] for one in changes)
    assert len(changes) == 2
    assert not (await contract(other)).changes, "who does not pay by it is not told"


async def _told(firm: Company, count: int) -> bool:
    return len((await contract(firm)).changes) == count


@pytest.mark.clause("H11")
async def test_the_operator_publishes_and_customers_answer(street: Street) -> None:
    firm = await street.firm("Згода")
    await firm.open("1000")
    await firm.choose(await street.house.plan())
    texts = dict.fromkeys(("en", "ru", "uk"), "Нові умови")
    effective = (street.house.clock() + timedelta(days=12)).date().isoformat()
    change = pb.TermsChange(id="terms-7", kind="terms", titles=texts, texts=texts, effective_on=effective)
    asked = pb.PublishChangeRequest(change=change)
    for method, request in (
        ("PublishChange", asked), ("ListPublishedChanges", pb.ListPublishedChangesRequest()),
        ("ListContractWork", pb.ListContractWorkRequest()), ("StartOrder", pb.StartOrderRequest(order_id="plan")),
    ):  # fmt: skip
        assert (await firm.refused(method, request)).reason.name == "OPERATORS_TERMS", method
    published = await street.house.operator.ask("PublishChange", asked)
    assert published.customers >= 1
    await eventually(lambda: _told(firm, 1), WITHIN)
    assert (await contract(firm)).changes[0].change.hash == published.change.hash
    await firm.ask("AnswerTermsChange", pb.AnswerTermsChangeRequest(change_id="terms-7", accept=False))

    async def counted() -> bool:
        listed = (await street.house.operator.ask("ListPublishedChanges", pb.ListPublishedChangesRequest())).changes
        return any((one.change.id, one.refused) == ("terms-7", 1) for one in listed)

    await eventually(counted, WITHIN)
