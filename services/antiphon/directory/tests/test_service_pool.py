"""The operator's numbers for rent: offered, taken by one order, given back; every message late, twice and at once."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

import pytest

from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.v1 import directory_pb2, events_pb2
from antiphon.directory.v1 import pool_pb2 as pb
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.directory.v1.telephony_pb2 import DialPlan, PutDialPlanRequest, ResolveNumberRequest
from antiphon.kit.errors import DomainError

from .conftest import Desk, Tenancy

pytestmark = [pytest.mark.service, pytest.mark.clause("A01", "B12")]
_numbers = itertools.count(380_441_500_000)


def uah(whole: int) -> Money:
    return Money(currency="UAH", micros=whole * 1_000_000)


@dataclass
class Market:
    """The operator's company, and two that want numbers."""

    desk: Desk
    operator: Tenancy
    staff: str
    """A token of the operator's owner."""
    firms: list[Tenancy]

    async def offer(self, **more: Any) -> pb.PoolNumber:
        card = {
            "e164": f"+{next(_numbers)}", "country": "UA", "area": "Київ", "monthly": uah(100),
            "installation": uah(250), **more,
        }  # fmt: skip
        return await self.put(pb.PoolNumber(**card))

    async def put(self, number: pb.PoolNumber) -> pb.PoolNumber:
        made: pb.PoolNumber = (
            await self.desk.ask("PutPoolNumber", pb.PutPoolNumberRequest(number=number), self.staff)
        ).number
        return made

    def billing(self, firm: int) -> str:
        return self.desk.as_service(self.firms[firm].tenant.id, "billing")

    async def take(self, firm: int, order: str, e164: str) -> str:
        request = pb.TakePoolNumberRequest(order_id=order, e164=e164)
        return str((await self.desk.ask("TakePoolNumber", request, self.billing(firm))).number_id)

    async def refused(self, firm: int, order: str, e164: str) -> str:
        request = pb.TakePoolNumberRequest(order_id=order, e164=e164)
        return (await self.desk.refusal("TakePoolNumber", request, self.billing(firm))).reason.name

    async def give_back(self, firm: int, order: str) -> None:
        await self.desk.ask("ReturnPoolNumber", pb.ReturnPoolNumberRequest(order_id=order), self.billing(firm))

    async def pooled(self, e164: str) -> pb.PoolNumber:
        found = (await self.desk.ask("ListPoolNumbers", pb.ListPoolNumbersRequest(), self.staff)).numbers
        one: pb.PoolNumber = next(one for one in found if one.e164 == e164)
        return one

    async def offered(self, **where: str) -> set[str]:
        token = await self.desk.token(self.firms[0].session)
        found = await self.desk.ask("ListOfferedNumbers", pb.ListOfferedNumbersRequest(**where), token)
        return {one.e164 for one in found.numbers}

    async def numbers(self, firm: int) -> list[directory_pb2.Number]:
        token = await self.desk.token(self.firms[firm].session)
        return list((await self.desk.ask("ListNumbers", directory_pb2.ListNumbersRequest(), token)).numbers)


@pytest.fixture(scope="module")
async def operators(desk: Desk) -> Tenancy:
    return await desk.sign_up("Operator")


@pytest.fixture
async def market(desk: Desk, operators: Tenancy) -> Market:
    desk.clock.forward(seconds=1)
    firms = [await desk.sign_up("Клімат"), await desk.sign_up("Обрій")]
    return Market(desk, operators, await desk.token(operators.session), firms)


async def test_a_number_is_taken_once_and_is_a_number_like_any_other(market: Market) -> None:
    desk, one = market.desk, await market.offer()
    held = await market.offer(state=pb.POOL_STATE_HELD)
    assert one.e164 in await market.offered(country="UA")
    assert held.e164 not in await market.offered()
    assert one.e164 not in await market.offered(country="PL")
    desk.clock.forward(seconds=1)
    number_id = await market.take(0, "o1", one.e164)
    assert await market.take(0, "o1", one.e164) == number_id, "the message came twice"
    (mine,) = await market.numbers(0)
    assert (mine.id, mine.e164, mine.rented) == (number_id, one.e164, True)
    pooled = await market.pooled(one.e164)
    assert (pooled.state, pooled.company, pooled.order_id) == (pb.POOL_STATE_TAKEN, "Клімат", "o1")
    assert one.e164 not in await market.offered()
    found = await desk.ask("ResolveNumber", ResolveNumberRequest(e164=one.e164), desk.as_service("", "media"))
    assert (found.tenant_id, found.carrier_id) == (market.firms[0].tenant.id, market.operator.tenant.id)
    assert await market.refused(1, "o2", one.e164) == "TAKEN"
    assert await market.refused(1, "o3", held.e164) == "TAKEN"
    assert await market.refused(1, "o4", "+380449999999") == "NOT_FOUND"
    assert await market.numbers(1) == []
    assert len(await desk.told(events_pb2.PoolNumberChanged, pooled.id)) == 1
    assert len(await desk.told(events_pb2.NumberChanged, number_id)) == 1


async def test_calls_from_a_rented_number_leave_by_the_operators_trunks(market: Market) -> None:
    desk, one = market.desk, await market.offer()
    trunk = tel.Trunk(name="Carrier A", host="192.0.2.7", username="antiphon", prefixes=["+380"])
    put = tel.PutTrunkRequest(trunk=trunk, password="Trunk-Secret-7")
    lent = (await desk.ask("PutTrunk", put, market.staff)).trunk
    services = [desk.as_service(firm.tenant.id, "media") for firm in market.firms]
    asked, secret = tel.GetDiallingRequest(caller_id=one.e164), tel.GetTrunkSecretRequest(trunk_id=lent.id)
    assert not (await desk.ask("GetDialling", asked, services[0])).lent
    assert (await desk.refusal("GetTrunkSecret", secret, services[0])).reason.name == "NOT_FOUND"
    await market.take(0, "lent", one.e164)
    known = await desk.ask("GetDialling", asked, services[0])
    (seen,) = known.lent
    assert (seen.id, seen.host, list(seen.prefixes)) == (lent.id, "192.0.2.7", ["+380"])
    assert (seen.name, seen.username, list(seen.networks)) == ("", "", []), "nothing that only the operator has to know"
    assert not known.trunks
    assert [number.e164 for number in known.numbers] == [one.e164]
    assert (await desk.ask("GetTrunkSecret", secret, services[0])).password == "Trunk-Secret-7"
    assert (await desk.refusal("GetTrunkSecret", secret, services[1])).reason.name == "NOT_FOUND", "who rents nothing"
    mine = await desk.token(market.firms[0].session)
    assert not (await desk.ask("ListTrunks", tel.ListTrunksRequest(), mine)).trunks, "its own people see no trunk"
    assert (await desk.refusal("GetTrunkSecret", secret, mine)).reason.name == "DENIED"
    await market.give_back(0, "lent")
    assert (await desk.refusal("GetTrunkSecret", secret, services[0])).reason.name == "NOT_FOUND"
    await desk.ask("DeleteTrunk", tel.DeleteTrunkRequest(trunk_id=lent.id), market.staff)


async def test_two_companies_at_once_one_gets_it(market: Market) -> None:
    for turn in range(3):
        one = await market.offer()
        tries = (market.take(firm, f"race{turn}", one.e164) for firm in (0, 1) for _ in range(2))
        answers = await asyncio.gather(*tries, return_exceptions=True)
        got = {answer for answer in answers if isinstance(answer, str)}
        lost = [answer.reason.name for answer in answers if isinstance(answer, DomainError)]
        assert (len(got), lost) == (1, ["TAKEN", "TAKEN"])


async def test_an_order_has_one_fate_for_ever(market: Market) -> None:
    one = await market.offer()
    await market.take(0, "a", one.e164)
    assert await market.refused(1, "b", one.e164) == "TAKEN"
    await market.give_back(0, "a")
    await market.give_back(0, "a")
    assert await market.numbers(0) == []
    assert one.e164 in await market.offered()
    # late messages of orders that have ended take nothing
    assert await market.refused(0, "a", one.e164) == "ORDER_ENDED"
    assert await market.refused(1, "b", one.e164) == "TAKEN"
    await market.give_back(1, "c")
    assert await market.refused(1, "c", one.e164) == "ORDER_ENDED"
    assert await market.numbers(1) == []
    await market.take(1, "d", one.e164)
    await market.give_back(0, "a")  # of an order that had it once: the next holder keeps it
    assert [number.e164 for number in await market.numbers(1)] == [one.e164]


async def test_the_only_way_in_and_out_is_an_order(market: Market) -> None:
    desk, one = market.desk, await market.offer()
    owner = await desk.token(market.firms[0].session)
    grab = directory_pb2.PutNumberRequest(number=directory_pb2.Number(e164=one.e164))
    assert (await desk.refusal("PutNumber", grab, owner)).reason.name == "TAKEN"
    number_id = await market.take(0, "o", one.e164)
    (mine,) = await market.numbers(0)
    gone = directory_pb2.DeleteNumberRequest(number_id=number_id)
    assert (await desk.refusal("DeleteNumber", gone, owner)).reason.name == "RENTED"
    mine.e164 = f"+{next(_numbers)}"
    assert (await desk.refusal("PutNumber", directory_pb2.PutNumberRequest(number=mine), owner)).reason.name == "RENTED"
    mine.e164, mine.title, mine.rented = one.e164, "Сервіс", False
    kept = (await desk.ask("PutNumber", directory_pb2.PutNumberRequest(number=mine), owner)).number
    assert (kept.title, kept.rented) == ("Сервіс", True), "nobody makes it his own by a field"
    plan = DialPlan(country="UA", caller_id=one.e164)
    await desk.ask("PutDialPlan", PutDialPlanRequest(plan=plan), owner)
    back = pb.ReturnPoolNumberRequest(order_id="o")
    assert (await desk.refusal("ReturnPoolNumber", back, market.billing(0))).reason.name == "IN_USE"
    assert len(await market.numbers(0)) == 1
    for method, request in (
        ("TakePoolNumber", pb.TakePoolNumberRequest(order_id="x", e164=one.e164)),
        ("ReturnPoolNumber", back),
    ):
        assert (await desk.refusal(method, request, owner)).reason.name == "DENIED"


async def test_the_pool_is_the_operators(market: Market) -> None:
    desk, one = market.desk, await market.offer()
    owner = await desk.token(market.firms[0].session)
    for method, request in (
        ("ListPoolNumbers", pb.ListPoolNumbersRequest()),
        ("PutPoolNumber", pb.PutPoolNumberRequest(number=one)),
        ("DeletePoolNumber", pb.DeletePoolNumberRequest(number_id=one.id)),
    ):
        assert (await desk.refusal(method, request, owner)).reason.name == "DENIED"
    wrong: list[dict[str, Any]] = [
        {"e164": "0443902020"}, {"country": ""}, {"monthly": Money(currency="UAH", micros=-1)},
        {"monthly": Money(currency="PLN", micros=1)}, {"area": "x" * 121},
    ]  # fmt: skip
    for change in wrong:
        with pytest.raises(DomainError) as refused:
            await market.offer(**change)
        assert refused.value.reason.name == "INVALID", change
    with pytest.raises(DomainError) as twice:
        await market.offer(e164=one.e164)
    assert twice.value.reason.name == "TAKEN"
    await market.take(0, "o", one.e164)
    in_use = await desk.refusal("DeletePoolNumber", pb.DeletePoolNumberRequest(number_id=one.id), market.staff)
    assert in_use.reason.name == "IN_USE"
    assert (
        await desk.refusal("PutPoolNumber", pb.PutPoolNumberRequest(number=one), market.staff)
    ).reason.name == "STALE"
    taken = await market.pooled(one.e164)
    taken.monthly.CopyFrom(uah(120))
    taken.state, taken.company = pb.POOL_STATE_OFFERED, "Nobody"
    after = await market.put(taken)
    assert (after.state, after.company, after.monthly.micros) == (pb.POOL_STATE_TAKEN, "Клімат", 120_000_000)
    await market.give_back(0, "o")
    for _ in range(2):
        await desk.ask("DeletePoolNumber", pb.DeletePoolNumberRequest(number_id=one.id), market.staff)
    assert one.e164 not in await market.offered()
