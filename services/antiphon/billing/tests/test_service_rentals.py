"""Personal lines and SIM slots are charged exactly while they are in use: real directory and billing."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from antiphon.billing.__main__ import serve
from antiphon.billing.app.messages import account_of
from antiphon.billing.audit import audit
from antiphon.billing.settings import Settings
from antiphon.billing.store import opened
from antiphon.billing.tests.stage import Stage, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import rentals_pb2 as rb
from antiphon.billing.v1.rentals_pb2_grpc import RentalsServiceStub
from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import identity_pb2 as identity
from antiphon.directory.v1 import slots_pb2 as slots
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.directory.v1.slots_pb2_grpc import SlotServiceStub
from antiphon.directory.v1.telephony_pb2_grpc import TelephonyServiceStub
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import Caller, new_private_key

pytestmark = pytest.mark.service
_counter = itertools.count(1)


@dataclass
class Company:
    """A customer with an account, and the operator's gateway."""

    stage: Stage
    runtimes: dict[str, Runtime]
    gateway_id: str = ""
    operators: str = ""

    async def ask(self, method: str, request: Any, token: str = "") -> Any:
        channel = self.runtimes["directory"].peers.channel("directory")
        stubs: list[Any] = [
            stub(channel) for stub in (SlotServiceStub, TelephonyServiceStub, DirectoryServiceStub, IdentityServiceStub)
        ]
        stub = next(stub for stub in stubs if hasattr(stub, method))
        return await ask(getattr(stub, method), request, metadata(token or self.token()))

    def token(self, tenant: str = "", *rights: str) -> str:
        given = rights or ("directory.write", "people.write", "directory.read", "tenant.write")
        return self.runtimes["directory"].signer.sign(Caller(tenant or self.stage.tenant, "person:o", frozenset(given)))

    @property
    def operator(self) -> str:
        return self.token(self.operators, "slots.write", "directory.write")

    async def rentals(self) -> rb.ListRentalsResponse:
        """What billing says of itself."""
        stub = RentalsServiceStub(self.runtimes["billing"].peers.channel("billing"))
        asker = metadata(self.stage.token("olena"))
        return await ask(stub.ListRentals, rb.ListRentalsRequest(), asker)  # type: ignore[no-any-return]

    async def take(self, rental: rb.Rental, *, ended: bool = False) -> None:
        """A fact that comes again, or late."""
        stub = RentalsServiceStub(self.runtimes["billing"].peers.channel("billing"))
        request = rb.TakeRentalRequest(rental=rental, ended=ended)
        await ask(stub.TakeRental, request, metadata(self.stage.token("service")))

    async def agrees(self, product: str, count: int, waiting: int = 0) -> rb.ListRentalsResponse:
        """Waits until so many of a product are in use and charged, and so many of others not."""

        async def found() -> rb.ListRentalsResponse | None:
            answer = await self.rentals()
            counts = {one.product_id: (one.in_use, one.charged) for one in answer.counts}
            same = len(answer.uncharged) == waiting and not answer.overcharged
            return answer if counts.get(product, (0, 0)) == (count, count) and same else None

        return await eventually(found, within=30)  # type: ignore[no-any-return]

    async def offer(self, product: str, monthly: str, one_time: str = "0") -> None:
        offered = cb.Product(id=product, name=product, one_time=uah(one_time), monthly=uah(monthly))
        await self.stage.ask("PutProduct", cb.PutProductRequest(product=offered), "olena")

    async def line(self, extension: str) -> tel.SipAccount:
        person = directory.Person(
            name="Olena Bondar", email=f"rent{next(_counter)}@example.com", extension=extension,
            roles=[directory.ROLE_AGENT],
        )  # fmt: skip
        rights = ("people.write", "work.take", "directory.read", "contacts.read", "contacts.write")
        token = self.token("", *rights, "conversations.read", "conversations.write")
        made = (await self.ask("PutPerson", directory.PutPersonRequest(person=person), token)).person
        account = tel.SipAccount(person_id=made.id)
        return (await self.ask("PutSipAccount", tel.PutSipAccountRequest(account=account))).account  # type: ignore[no-any-return]

    async def place(self, slot: int, usage: slots.SlotUsage.ValueType = slots.SLOT_USAGE_LINE) -> slots.Sim:
        number = next(_counter)
        request = slots.AssignSlotRequest(
            gateway_id=self.gateway_id, slot=slot, iccid=f"8938010000000{number:06d}", e164=f"+38067{number:07d}",
            company_id=self.stage.tenant, usage=usage,
        )  # fmt: skip
        return (await self.ask("AssignSlot", request, self.operator)).sim  # type: ignore[no-any-return]

    async def release(self, sim: slots.Sim) -> None:
        await self.ask("ReleaseSlot", slots.ReleaseSlotRequest(sim_id=sim.id), self.operator)

    async def orders(self) -> list[cb.Order]:
        return list((await self.stage.ask("ListOrders", cb.ListOrdersRequest(), "olena")).orders)

    async def fees(self) -> list[tuple[str, int]]:
        """(day, micro-units) of the fees that were taken, oldest first."""
        listed = (await self.stage.ask("ListTransfers", pb.ListTransfersRequest(limit=500), "olena")).transfers
        taken = [one for one in reversed(listed) if one.id.startswith("fee:")]
        return [(one.id.removeprefix("fee:"), one.amount.micros) for one in taken]

    async def faults(self) -> list[Any]:
        platform = self.stage.platforms["billing"]
        async with opened(platform.mongo_url, f"{platform.mongo_prefix}_billing") as store:
            mine = account_of(self.stage.tenant)
            return [fault for fault in (await audit(store)).faults if fault.where == mine]


@pytest.fixture(scope="module")
async def house(platforms: dict[str, Platform]) -> AsyncIterator[tuple[dict[str, Runtime], SettableClock]]:
    clock = SettableClock(system_clock())
    keeping = DirectorySettings(
        sealing_key=SecretStr(new_private_key()), password_memory_kib=16_384, sip_domain="sip.example.org"
    )
    settings = Settings(sweep_seconds=0.2)
    services = {
        "directory": functools.partial(serve_directory, settings=keeping),
        "billing": functools.partial(serve, settings=settings),
    }
    async with running(services, platforms, clock) as runtimes:
        yield runtimes, clock


@pytest.fixture
async def company(house: tuple[dict[str, Runtime], SettableClock], platforms: dict[str, Platform]) -> Company:
    runtimes, clock = house
    stage = Stage(runtimes["billing"], platforms, clock, [])
    it = Company(stage, runtimes)
    tenants = []
    for name in ("Operator", "Ромашка"):
        asked = identity.SignUpRequest(
            company=name, name="Iryna Melnyk", email=f"rent{next(_counter)}@example.com", language="uk",
            password="Correct-Horse-7-Lamp", time_zone="Europe/Kyiv",
        )  # fmt: skip
        tenants.append((await it.ask("SignUp", asked)).tenant.id)
    it.operators, stage.tenant = tenants
    trunk = tel.Trunk(name=f"GSM {next(_counter)}", host="192.0.2.10")
    it.gateway_id = (await it.ask("PutTrunk", tel.PutTrunkRequest(trunk=trunk), it.operator)).trunk.id
    gateway = slots.Gateway(id=it.gateway_id, capacity=8)
    await it.ask("PutGateway", slots.PutGatewayRequest(gateway=gateway), it.operator)
    return it


@pytest.mark.clause("B07")
async def test_a_slot_is_one_daily_fee_of_its_number_until_it_is_released(company: Company) -> None:
    await company.stage.open("1000", time_zone="Europe/Kyiv")
    await company.offer("gsm-line", "300", "50")
    sim = await company.place(3)
    (rental,) = (await company.agrees("gsm-line", 1)).rentals
    (order,) = await company.orders()
    assert (rental.order_id, rental.state) == (order.id, rb.RENTAL_STATE_CHARGED)
    assert (order.subject, order.rented_number) == (f"slot:{sim.id}", sim.e164)
    assert order.slot.endswith(" / 3")
    assert (order.product_id, order.quantity, order.monthly, order.one_time) == ("gsm-line", 1, uah("300"), uah("50"))
    account = await company.stage.account()
    assert (account.monthly_fee, account.rented_fee) == (uah("0"), uah("300"))
    for change, method in ((cb.CancelOrderRequest(order_id=order.id), "CancelOrder"), (ordered(), "PlaceOrder")):
        assert (await company.stage.refusal(method, change, "olena")).reason.name == "RENTED"
    company.stage.clock.forward(days=3)
    await eventually(lambda: has_fees(company, 3), within=30)
    await company.release(sim)
    await company.release(sim)
    await company.agrees("gsm-line", 0)
    company.stage.clock.forward(days=3)
    await eventually(lambda: accrued(company), within=30)
    taken = await company.fees()
    assert len(taken) == 3, "nothing is taken of days after the release"
    for day, micros in taken:
        assert micros == daily("300", date.fromisoformat(day)), day
    assert [one.state for one in await company.orders()] == [cb.ORDER_STATE_CANCELLED]
    assert not await company.faults()


@pytest.mark.clause("B04")
async def test_as_many_lines_are_charged_as_are_active(company: Company) -> None:
    await company.stage.open("1000")
    await company.offer("sip-line", "60")
    lines = await asyncio.gather(*(company.line(f"10{place}") for place in range(4)))
    listed = await company.agrees("sip-line", 4)
    assert {rental.number for rental in listed.rentals} == {"100", "101", "102", "103"}
    assert (await company.stage.account()).rented_fee == uah("240")
    await company.ask("CloseLine", tel.CloseLineRequest(account_id=lines[0].id))
    await company.ask("DeleteSipAccount", tel.DeleteSipAccountRequest(account_id=lines[1].id))
    await company.agrees("sip-line", 2)
    await company.ask("ActivateLine", tel.ActivateLineRequest(account_id=lines[0].id))
    await company.agrees("sip-line", 3)
    assert (await company.stage.account()).rented_fee == uah("180")
    orders = await company.orders()
    assert sorted(one.state for one in orders) == [cb.ORDER_STATE_ACTIVE] * 3 + [cb.ORDER_STATE_CANCELLED] * 2
    terms = await company.stage.account()
    terms.monthly_fee.CopyFrom(uah("10"))
    put = (await company.stage.ask("PutAccount", pb.PutAccountRequest(account=terms), "olena")).account
    assert (put.monthly_fee, put.rented_fee) == (uah("10"), uah("180")), "other terms leave them alone"
    assert not await company.faults()


@pytest.mark.clause("B04", "B07")
async def test_facts_that_come_twice_and_late_change_nothing(company: Company) -> None:
    await company.stage.open("1000")
    await company.offer("gsm-slot", "100")
    sim = await company.place(1, slots.SLOT_USAGE_PBX)
    (rental,) = (await company.agrees("gsm-slot", 1)).rentals
    await asyncio.gather(*(company.take(rental) for _ in range(5)))
    late = rb.Rental(subject="slot:sm_early", rev=2, product_id="gsm-slot")
    await company.take(late, ended=True)
    late.rev = 1
    await company.take(late)
    assert (await company.stage.account()).rented_fee == uah("100"), "an end that came before its beginning stands"
    await company.release(sim)
    await company.agrees("gsm-slot", 0)
    await company.take(rental)
    assert (await company.stage.account()).rented_fee == uah("0")
    assert len(await company.orders()) == 1
    wrong = rb.TakeRentalRequest(rental=rb.Rental(subject="car:1", rev=1, product_id="x"))
    stub = RentalsServiceStub(company.runtimes["billing"].peers.channel("billing"))
    with pytest.raises(Exception, match="INVALID"):
        await ask(stub.TakeRental, wrong, metadata(company.stage.token("service")))
    assert not await company.faults()


async def test_what_was_in_use_before_there_was_an_account_or_a_price_is_charged_then(company: Company) -> None:
    line, sim = await company.line("100"), await company.place(2)
    await company.stage.open("1000")
    await eventually(lambda: waits(company, {f"line:{line.id}", f"slot:{sim.id}"}), within=30)
    assert (await company.stage.account()).rented_fee == uah("0")
    await company.offer("sip-line", "60")
    await company.agrees("sip-line", 1, waiting=1)
    await company.offer("gsm-line", "300")
    await company.agrees("gsm-line", 1)
    assert (await company.stage.account()).rented_fee == uah("360")
    assert not await company.faults()


def ordered() -> cb.PlaceOrderRequest:
    return cb.PlaceOrderRequest(request_id="mine", product_id="gsm-line", one_time=uah("50"), monthly=uah("300"))


def daily(monthly: str, day: date) -> int:
    """By another road than the product: rounded to kopecks, the month's days add up."""
    from calendar import monthrange
    from decimal import ROUND_HALF_UP, Decimal

    days = monthrange(day.year, day.month)[1]
    upto = [(Decimal(monthly) * n / days).quantize(Decimal("0.01"), ROUND_HALF_UP) for n in (day.day, day.day - 1)]
    return int((upto[0] - upto[1]) * 1_000_000)


async def has_fees(company: Company, count: int) -> bool:
    return len(await company.fees()) == count


async def accrued(company: Company) -> bool:
    """All days that have begun are accrued, the last ones at nothing."""
    database: Any = company.runtimes["billing"].database()
    kept = await database.accounts.find_one({"_id": account_of(company.stage.tenant)})
    from zoneinfo import ZoneInfo

    today = company.stage.clock().astimezone(ZoneInfo("Europe/Kyiv")).date()
    return bool(kept["accrued_on"] == today.isoformat())


async def waits(company: Company, subjects: set[str]) -> bool:
    listed = (await company.rentals()).rentals
    return {one.subject for one in listed if one.state == rb.RENTAL_STATE_WAITING} == subjects
