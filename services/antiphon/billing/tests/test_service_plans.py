"""What an operator offers: plans and numbers, with the real directory beside. One of two gets a number; whatever dies
in an order's way, it ends once: connected and charged once, or refused and charged nothing."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from e2e.fakes.bank import Bank
from pydantic import SecretStr

from antiphon.billing.__main__ import serve
from antiphon.billing.app.memory import Memory
from antiphon.billing.app.messages import account_of, facts, nanos
from antiphon.billing.app.number_orders import NumberOrders
from antiphon.billing.app.writer import Pace, Work, Writer
from antiphon.billing.asks import NumberPool
from antiphon.billing.audit import audit
from antiphon.billing.domain.records import PARTITIONS
from antiphon.billing.settings import Settings
from antiphon.billing.store import Store
from antiphon.billing.tests.stage import TARIFF, uah
from antiphon.billing.v1 import billing_pb2 as bb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import carriers_pb2 as rb
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1 import payments_pb2 as yb
from antiphon.billing.v1 import plans_pb2 as pb
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.billing.v1.cabinet_pb2_grpc import CabinetServiceStub
from antiphon.billing.v1.carriers_pb2_grpc import CarriersServiceStub
from antiphon.billing.v1.contract_pb2_grpc import ContractServiceStub
from antiphon.billing.v1.office_pb2_grpc import OfficeServiceStub
from antiphon.billing.v1.payments_pb2_grpc import PaymentsServiceStub
from antiphon.billing.v1.plans_pb2_grpc import PlansServiceStub
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.v1 import directory_pb2, identity_pb2, pool_pb2, telephony_pb2
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.directory.v1.pool_pb2_grpc import NumberPoolServiceStub
from antiphon.directory.v1.telephony_pb2_grpc import TelephonyServiceStub
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import Caller, new_private_key

pytestmark = pytest.mark.service
KEY, PASSWORD = "provider-Secret-0123456789", "Correct-Horse-7-Lamp"
STUBS = {
    "billing": (
        BillingServiceStub,
        CabinetServiceStub,
        CarriersServiceStub,
        ContractServiceStub,
        OfficeServiceStub,
        PaymentsServiceStub,
        PlansServiceStub,
    ),
    "directory": (DirectoryServiceStub, IdentityServiceStub, NumberPoolServiceStub, TelephonyServiceStub),
}
T = TypeVar("T")
_count = itertools.count(1)


@dataclass
class House:
    """A running installation: directory, billing, a provider of payments, and a clock that stands still."""

    runtimes: dict[str, Runtime]
    clock: SettableClock
    bank: Bank
    operator: Company = field(init=False)

    async def ask(self, method: str, request: Any, how: Any = ()) -> Any:
        for name, stubs in STUBS.items():
            channel = self.runtimes["billing"].peers.channel(name)
            for stub in (make(channel) for make in stubs):
                if hasattr(stub, method):
                    return await ask(getattr(stub, method), request, how, within=30)
        raise AssertionError(method)

    async def company(self, name: str) -> Company:
        request = identity_pb2.SignUpRequest(
            company=name, name="Iryna Melnyk", email=f"own{next(_count)}@example.com", password=PASSWORD, language="uk",
            time_zone="Europe/Kyiv",
        )  # fmt: skip
        made = await self.ask("SignUp", request)
        return Company(self, made.tenant.id, made.session)

    async def plan(self, **change: Any) -> pb.ServicePlan:
        number = next(_count)
        card = {
            "name": f"Small {number}", "names": {"uk": f"Мала {number}"}, "size": pb.COMPANY_SIZE_SMALL,
            "monthly": uah("300"), "lines": 3, "services": ["lead_catcher_pro"], **change,
        }  # fmt: skip
        made: pb.ServicePlan = (
            await self.operator.ask("PutServicePlan", pb.PutServicePlanRequest(plan=pb.ServicePlan(**card)))
        ).plan
        return made

    async def number(self, installation: str = "250", monthly: str = "100") -> str:
        e164 = f"+38044160{next(_count):04}"
        number = pool_pb2.PoolNumber(
            e164=e164, country="UA", area="Київ", monthly=uah(monthly), installation=uah(installation)
        )
        await self.operator.ask("PutPoolNumber", pool_pb2.PutPoolNumberRequest(number=number))
        return e164

    async def in_pool(self, e164: str) -> pool_pb2.PoolNumber:
        found = (await self.operator.ask("ListPoolNumbers", pool_pb2.ListPoolNumbersRequest())).numbers
        one: pool_pb2.PoolNumber = next(one for one in found if one.e164 == e164)
        return one


@dataclass
class Company:
    """One that signed up; asks as its owner."""

    house: House
    tenant: str
    session: str

    async def ask(self, method: str, request: Any) -> Any:
        token = await self.house.ask("IssueToken", identity_pb2.IssueTokenRequest(session=self.session))
        return await self.house.ask(method, request, metadata(token.token))

    async def refused(self, method: str, request: Any) -> DomainError:
        with pytest.raises(DomainError) as refused:
            await self.ask(method, request)
        return refused.value

    async def open(self, money: str = "") -> None:
        await self.ask("PutAccount", bb.PutAccountRequest(account=bb.Account(currency="UAH")))
        if money:
            await self.pay(money)

    async def pay(self, money: str) -> None:
        """By card, at the provider; his signed notice credits."""
        request = yb.StartTopUpRequest(request_id=f"t{next(_count)}", amount=uah(money))
        await self.ask("StartTopUp", request)
        body, signature = self.house.bank.pay(list(self.house.bank.payments)[-1])
        own = self.house.runtimes["billing"].peers.own("")
        await self.house.ask("TakeProviderNotice", yb.TakeProviderNoticeRequest(body=body, signature=signature), own)

    async def choose(self, plan: pb.ServicePlan, name: str = "plan") -> pb.ChoosePlanResponse:
        request = pb.ChoosePlanRequest(request_id=name, plan_id=plan.id, monthly=plan.monthly)
        chosen: pb.ChoosePlanResponse = await self.ask("ChoosePlan", request)
        return chosen

    async def account(self) -> bb.Account:
        found: bb.Account = (await self.ask("GetAccount", bb.GetAccountRequest())).account
        return found

    async def orders(self) -> dict[str, cb.Order]:
        found = (await self.ask("ListOrders", cb.ListOrdersRequest())).orders
        return {one.id: one for one in found}

    async def numbers(self) -> list[str]:
        found = await self.ask("ListNumbers", directory_pb2.ListNumbersRequest())
        return [one.e164 for one in found.numbers]

    async def charged(self, what: str = "order:") -> list[tuple[str, int]]:
        """What was posted under such names, in micro-units."""
        found = await self.ask("ListEntries", cb.ListEntriesRequest(limit=500))
        return [(one.id, one.amount.micros) for one in found.entries if one.id.startswith(what)]


def ordering(name: str, e164: str, installation: str = "250", monthly: str = "100") -> pb.OrderNumberRequest:
    return pb.OrderNumberRequest(request_id=name, e164=e164, installation=uah(installation), monthly=uah(monthly))


@asynccontextmanager
async def furnished(platforms: dict[str, Platform], sweep_seconds: float = 0.2) -> AsyncIterator[House]:
    """A house with its operator."""
    clock = SettableClock(system_clock())
    directory = DirectorySettings(
        sealing_key=SecretStr(new_private_key()), password_memory_kib=16_384, operator="first"
    )
    async with Bank(KEY, clock) as bank:
        billing = Settings(sweep_seconds=sweep_seconds, provider_url=bank.url, provider_secret=SecretStr(KEY))
        services = {
            "directory": functools.partial(directory_serve, settings=directory),
            "billing": functools.partial(serve, settings=billing),
        }
        async with running(services, platforms, clock) as runtimes:
            made = House(runtimes, clock, bank)
            made.operator = await made.company("Operator")
            clock.forward(seconds=1)
            yield made


@pytest.fixture(scope="module")
async def house(platforms: dict[str, Platform]) -> AsyncIterator[House]:
    async with furnished(platforms) as made:
        yield made


@pytest.mark.clause("A01")
async def test_a_plan_begins_when_it_is_paid_for(house: House) -> None:
    tariff = bb.Tariff(name="Selling", currency="UAH", document=json.dumps(TARIFF))
    draft = (await house.operator.ask("PutTariff", bb.PutTariffRequest(tariff=tariff))).tariff
    unapproved = pb.ServicePlan(name="X", size=pb.COMPANY_SIZE_SMALL, monthly=uah("1"), tariff_id=draft.id)
    assert (
        await house.operator.refused("PutServicePlan", pb.PutServicePlanRequest(plan=unapproved))
    ).reason.name == "INVALID"
    plan, large = (
        await house.plan(),
        await house.plan(size=pb.COMPANY_SIZE_LARGE, monthly=uah("900"), lines=30, services=[]),
    )
    firm = await house.company("Клімат")
    offered = await firm.ask("ListServicePlans", pb.ListServicePlansRequest())
    assert offered.needed
    assert [one.id for one in offered.plans if one.id in (plan.id, large.id)] == [plan.id, large.id]
    assert not offered.HasField("current")
    request = pb.ChoosePlanRequest(request_id="p", plan_id=plan.id, monthly=plan.monthly)
    assert (await firm.refused("ChoosePlan", request)).reason.name == "NO_ACCOUNT"
    await firm.open("299")
    poor = await firm.refused("ChoosePlan", request)
    assert (poor.reason.name, poor.facts["needed"], poor.facts["currency"]) == ("INSUFFICIENT", "1", "UAH")
    assert (await firm.account()).plan_id == ""
    await firm.pay("1")
    wrong = pb.ChoosePlanRequest(request_id="p", plan_id=plan.id, monthly=uah("299"))
    assert (await firm.refused("ChoosePlan", wrong)).reason.name == "PRICE_CHANGED"
    nothing = pb.ChoosePlanRequest(request_id="p", plan_id="pl_none", monthly=uah("299"))
    assert (await firm.refused("ChoosePlan", nothing)).reason.name == "NOT_FOUND"
    chosen = await firm.choose(plan)
    assert await firm.choose(plan) == chosen, "the same order once more"
    account = await firm.account()
    assert (account.plan_id, account.monthly_fee, account.limits.concurrent) == (plan.id, uah("300"), 3)
    assert list(chosen.order.includes) == ["lead_catcher_pro"]
    assert (await firm.ask("ListServicePlans", pb.ListServicePlansRequest())).current.id == "plan"
    notices = (await firm.ask("ListNotices", cb.ListNoticesRequest())).notices
    assert [one.about for one in notices if one.kind == "plan"] == [plan.name]
    assert "plan" in [line.what for line in (await firm.ask("ListTrail", cb.ListTrailRequest())).lines]
    # the other plan is another order; the fee of the first one ends
    assert (
        await firm.refused("ChoosePlan", pb.ChoosePlanRequest(request_id="plan", plan_id=large.id))
    ).reason.name == ("CONFLICT")
    await firm.pay("1000")
    await firm.choose(large, "larger")
    account, orders = await firm.account(), await firm.orders()
    assert (account.monthly_fee, account.limits.concurrent) == (uah("900"), 30)
    assert (orders["plan"].state, orders["larger"].state) == (cb.ORDER_STATE_CANCELLED, cb.ORDER_STATE_ACTIVE)
    assert (await firm.refused("CancelOrder", cb.CancelOrderRequest(order_id="larger"))).reason.name == "ILLEGAL"
    large.withdrawn = True
    await house.operator.ask("PutServicePlan", pb.PutServicePlanRequest(plan=large))
    assert large.id not in {one.id for one in (await firm.ask("ListServicePlans", pb.ListServicePlansRequest())).plans}
    assert (await firm.account()).plan_id == large.id, "whoever has it keeps it"


@pytest.mark.clause("C01")
@pytest.mark.clause("C03")
async def test_the_operators_carriers_have_his_customers_calls(house: House) -> None:
    await house.plan()
    mine = rb.Carrier(name="Wholesale", currency="UAH", terms=rb.CARRIER_TERMS_WHOLESALE, trunk_ids=["tk_lent"])
    carrier = (await house.operator.ask("PutCarrier", rb.PutCarrierRequest(carrier=mine))).carrier
    content = b"prefix;rate\n380;0.30\n"
    read = rb.ReadCarrierPricesRequest(carrier_id=carrier.id, content=content, keep=True)
    await house.operator.ask("ReadCarrierPrices", read)
    own = house.runtimes["billing"].peers.own
    approve = rb.ApproveCarrierPricesRequest(carrier_id=carrier.id, version=1)
    await house.ask("ApproveCarrierPrices", approve, own(house.operator.tenant))

    firm = await house.company("Обрій")
    await firm.open()
    listed = await firm.ask("ListCarriers", rb.ListCarriersRequest())
    assert (list(listed.carriers), listed.operators) == ([], True)
    for method, request in (
        ("PutCarrier", rb.PutCarrierRequest(carrier=mine)),
        (
            "PutCarrierPolicy",
            rb.PutCarrierPolicyRequest(policy=rb.CarrierPolicy(choice=rb.CARRIER_CHOICE_COST, min_calls=1)),
        ),
        ("ReadCarrierPrices", read),
        ("ListCarrierPrices", rb.ListCarrierPricesRequest(carrier_id=carrier.id)),
        ("ListCarrierTotals", rb.ListCarrierTotalsRequest(first="2026-05-01", last="2026-05-02")),
        ("ListCarrierStatements", rb.ListCarrierStatementsRequest()),
    ):
        assert (await firm.refused(method, request)).reason.name == "OPERATORS_TERMS", method
    trunks = [rb.TrunkScore(trunk_id="tk_other"), rb.TrunkScore(trunk_id="tk_lent")]
    asked = rb.ChooseCarriersRequest(called="+380671234567", trunks=trunks)
    chosen = (await house.ask("ChooseCarriers", asked, own(firm.tenant))).trunks
    assert [one.trunk_id for one in chosen] == ["tk_lent", "tk_other"]
    assert (chosen[0].carrier, chosen[0].carrier_id, chosen[0].why) == ("Wholesale", "", "Wholesale"), "no price of his"


@pytest.mark.clause("A01")
async def test_a_customer_of_the_operator_cannot_give_himself_money_or_terms(house: House) -> None:
    await house.plan()
    firm = await house.company("Хитрун")
    foreign = bb.PutAccountRequest(account=bb.Account(currency="PLN"))
    assert (await firm.refused("PutAccount", foreign)).reason.name == "CURRENCY"
    credit = bb.PutAccountRequest(account=bb.Account(currency="UAH", floor=uah("-100000")))
    refused = await firm.refused("PutAccount", credit)
    assert (refused.reason.name, refused.facts["field"]) == ("OPERATORS_TERMS", "floor")
    await firm.open()
    account = await firm.account()
    account.notify_below.append(uah("50"))
    account = (await firm.ask("PutAccount", bb.PutAccountRequest(account=account))).account
    account.tariff_id = "own"
    refused = await firm.refused("PutAccount", bb.PutAccountRequest(account=account))
    assert (refused.reason.name, refused.facts["field"]) == ("OPERATORS_TERMS", "tariff_id")
    gift = ob.AskForRequest(request_id="g", kind="credit", amount=uah("500"), reason="x", document="y")
    product = cb.PutProductRequest(product=cb.Product(id="lead_catcher_pro", name="Free"))
    for method, request in (
        ("AskFor", gift), ("Decide", ob.DecideRequest(request_id="g", approve=True)), ("PutProduct", product),
        ("ImportStatement", yb.ImportStatementRequest(content=b"x")),
    ):  # fmt: skip
        assert (await firm.refused(method, request)).reason.name == "OPERATORS_TERMS", method
    assert (await firm.refused("PutServicePlan", pb.PutServicePlanRequest())).reason.name == "DENIED"
    assert (await firm.account()).balance.micros == 0
    await house.operator.ask("PutAccount", bb.PutAccountRequest(account=bb.Account(currency="UAH", floor=uah("-5"))))
    await house.operator.ask("AskFor", gift)  # his own house


@pytest.mark.clause("B12", "A01")
async def test_a_number_costs_its_installation_once(house: House) -> None:
    plan, e164 = await house.plan(), await house.number()
    firm = await house.company("Обрій")
    await firm.open("350")
    assert (await firm.refused("OrderNumber", ordering("n", e164))).reason.name == "NO_PLAN"
    await firm.choose(plan)
    dear = await house.number(installation="1000")
    poor = await firm.refused("OrderNumber", ordering("d", dear, "1000"))
    assert poor.reason.name == "INSUFFICIENT"
    assert 650 <= float(poor.facts["needed"]) < 700, "the first day's fee may be taken already"
    assert (await firm.refused("OrderNumber", ordering("n", e164, "0"))).reason.name == "PRICE_CHANGED"
    assert (await firm.refused("OrderNumber", ordering("n", "+380440000001"))).reason.name == "NOT_FOUND"
    assert await firm.numbers() == []
    answers = await asyncio.gather(*(firm.ask("OrderNumber", ordering("n", e164)) for _ in range(4)))
    again = await firm.ask("OrderNumber", ordering("n", e164))
    assert {answer.order.state for answer in (*answers, again)} == {cb.ORDER_STATE_ACTIVE}
    assert await firm.charged() == [("order:n", 250_000_000)]
    account = await firm.account()
    assert (account.monthly_fee, account.held) == (uah("400"), uah("0"))
    assert await firm.numbers() == [e164]
    assert (await house.in_pool(e164)).company == "Обрій"
    assert (await firm.refused("OrderNumber", ordering("n", dear))).reason.name == "CONFLICT"


@pytest.mark.clause("B12")
async def test_of_two_companies_one_gets_the_number_and_the_other_pays_nothing(house: House) -> None:
    plan = await house.plan()
    firms = [await house.company("Перша"), await house.company("Друга")]
    for firm in firms:
        await firm.open("1000")
        await firm.choose(plan)
    for turn in range(3):
        e164 = await house.number()
        name = f"race{turn}"
        tries = (firm.ask("OrderNumber", ordering(name, e164)) for firm in firms)
        answers = await asyncio.gather(*tries, return_exceptions=True)
        lost = [answer.reason.name for answer in answers if isinstance(answer, DomainError)]
        assert lost in (["NUMBER_TAKEN"], ["NOT_FOUND"]), "NOT_FOUND: it was gone before he asked"
        loser = firms[next(place for place, answer in enumerate(answers) if isinstance(answer, DomainError))]
        winner = firms[1 - firms.index(loser)]
        assert e164 in await winner.numbers()
        assert e164 not in await loser.numbers()
        assert (f"order:{name}", 250_000_000) in await winner.charged()
        assert f"order:{name}" not in dict(await loser.charged())
        assert (await loser.account()).held == uah("0")
        again = await loser.refused("OrderNumber", ordering(name, e164))
        assert again.reason.name == lost[0], "the same order has the same answer"


@pytest.mark.clause("B12")
async def test_a_number_is_given_back(house: House) -> None:
    plan, e164 = await house.plan(), await house.number()
    firm = await house.company("Тимчасова")
    await firm.open("1000")
    await firm.choose(plan)
    await firm.ask("OrderNumber", ordering("n", e164))
    shown = telephony_pb2.DialPlan(country="UA", caller_id=e164)
    shown = (await firm.ask("PutDialPlan", telephony_pb2.PutDialPlanRequest(plan=shown))).plan
    await firm.ask("CancelOrder", cb.CancelOrderRequest(order_id="n"))

    async def kept() -> bool:
        order = (await firm.orders())["n"]
        return (order.state, order.reason) == (cb.ORDER_STATE_ACTIVE, "IN_USE")

    await eventually(kept)
    shown.caller_id = ""
    await firm.ask("PutDialPlan", telephony_pb2.PutDialPlanRequest(plan=shown))
    for _ in range(2):
        await firm.ask("CancelOrder", cb.CancelOrderRequest(order_id="n"))

    async def gone() -> bool:
        return (await firm.orders())["n"].state == cb.ORDER_STATE_CANCELLED

    await eventually(gone)
    assert await firm.numbers() == []
    assert (await firm.account()).monthly_fee == uah("300")
    assert (await house.in_pool(e164)).state == pool_pb2.POOL_STATE_OFFERED


@pytest.mark.clause("B12")
async def test_a_days_fee_holds_the_numbers_part(house: House) -> None:
    plan, e164 = await house.plan(), await house.number()
    firm = await house.company("Завтра")
    await firm.open("1000")
    await firm.choose(plan)
    await firm.ask("OrderNumber", ordering("n", e164))
    store, account_id = Store(house.runtimes["billing"].database()), account_of(firm.tenant)
    tomorrow = house.clock.forward(days=1)

    async def taken() -> list[int]:
        found = await store.transfers(account_id, 100, 0)
        return [one["amount"] for one in found if one["_id"] == f"{account_id}/fee:{tomorrow:%Y-%m-%d}"]

    (fee,) = await eventually(taken)
    house.clock.forward(days=-1)  # the others' sessions go on
    assert 12_900_000 <= fee <= 14_300_000, "a day of 400 a month, in one posting"


class Killed(BaseException):
    """The process is no more."""


class Mortal:
    """The desk and the pool of a process that dies at its n-th step outside: before it (even n), or after it (odd)."""

    def __init__(self, writer: Writer, pool: NumberPool, dies_at: int) -> None:
        self._writer, self._pool, self._left = writer, pool, dies_at

    async def do(self, work: Work[T]) -> T:
        return await self._step(lambda: self._writer.do(work))

    async def price(self, tenant: str, e164: str) -> Any:
        return await self._pool.price(tenant, e164)

    async def take(self, tenant: str, order_id: str, e164: str) -> None:
        await self._step(lambda: self._pool.take(tenant, order_id, e164))

    async def give_back(self, tenant: str, order_id: str) -> None:
        await self._step(lambda: self._pool.give_back(tenant, order_id))

    async def _step(self, work: Callable[[], Awaitable[T]]) -> T:
        self._die()
        answer = await work()
        self._die()
        return answer

    def _die(self) -> None:
        if self._left == 0:
            raise Killed
        self._left -= 1


@pytest.mark.clause("B12")
async def test_an_order_survives_a_death_at_each_point(house: House, platforms: dict[str, Platform]) -> None:
    """Every step is done by processes that die, over billing's very database. Billing itself loses it by that and takes
    it back when its lease says so: who is fenced then tries again, as a fact would come again. So this is the last test
    of the module."""
    plan = await house.plan()
    firm = await house.company("Безсмертна")
    await firm.open("100000")
    await firm.choose(plan)
    rt = house.runtimes["billing"]
    store, caller = Store(rt.database()), Caller(firm.tenant, "person:iryna")
    account_id = account_of(firm.tenant)
    numbers: list[str] = []

    async def living(dies_at: int, work: Callable[[NumberOrders], Awaitable[Any]]) -> bool:
        """As `life`, by as many processes as are fenced."""
        for _ in range(20):
            try:
                return await life(dies_at, work)
            except DomainError as error:
                if not error.retry:
                    raise
        raise AssertionError("fenced twenty times")

    async def life(dies_at: int, work: Callable[[NumberOrders], Awaitable[Any]]) -> bool:
        """One process from its birth; True when it did not die of it."""
        writer = Writer(
            Memory(store, 100), await store.take(range(PARTITIONS), "test"), facts, lambda: nanos(house.clock()),
            Pace(0.001, 100),
        )  # fmt: skip
        writing = asyncio.ensure_future(writer.run())
        mortal = Mortal(writer, NumberPool(rt.peers), dies_at)
        try:
            await work(NumberOrders(mortal, store.reading, mortal))
        except Killed:
            return False
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return True

    point, lived = 0, False
    while not lived:
        name, e164 = f"k{point}", await house.number()
        request = ordering(name, e164)
        lived = await living(point, lambda orders: orders.order(caller, request))  # noqa: B023
        known = await store.reading.paper(account_id, "order", name)
        if known is not None:  # then it was told, too, and is carried on; twice, because messages are
            for _ in range(2):
                carry = pb.CarryNumberOrderRequest(order_id=name)
                await living(99, lambda orders: orders.carry(caller, carry))  # noqa: B023
            known = await store.reading.paper(account_id, "order", name)
        taken = known is not None and known.state == "active"
        assert (known is None) == (point == 0 or (not taken)), "the order is there as soon as it was written"
        numbers += [e164] if taken else []
        assert (e164 in await firm.numbers()) == taken
        point += 1
    assert point > 6, "each side of each step"
    charged = dict(await firm.charged())
    assert set(charged) == {f"order:k{n}" for n in range(1, point)}
    found = await store.account(account_id)
    assert found is not None
    assert (found.held, found.monthly) == (0, (300 + 100 * len(numbers)) * 10**6)
    assert sorted(await firm.numbers()) == sorted(numbers)
    assert (await audit(store)).faults == []
