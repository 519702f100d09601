"""The end of a contract: numbers, slots and lines go back whoever used them, and everything may be asked twice."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.directory.v1 import directory_pb2, events_pb2, pool_pb2
from antiphon.directory.v1 import ending_pb2 as pb
from antiphon.directory.v1 import slots_pb2 as slots
from antiphon.directory.v1.telephony_pb2 import (
    LINE_STATE_INACTIVE,
    DialPlan,
    ListSipAccountsRequest,
    PutDialPlanRequest,
    PutSipAccountRequest,
    SipAccount,
)

from .conftest import Desk
from .test_service_pool import Market, market, operators, uah  # noqa: F401 - fixtures
from .test_service_slots import House, house, new_card, new_number  # noqa: F401 - fixtures

pytestmark = [pytest.mark.service, pytest.mark.clause("B14", "H12")]


async def end(desk: Desk, tenant: str, *orders: str) -> tuple[int, int, int]:
    answer = await desk.ask("EndTenancy", pb.EndTenancyRequest(order_ids=orders), desk.as_service(tenant, "billing"))
    return answer.numbers, answer.slots, answer.lines


async def test_a_number_goes_back_also_when_somebody_shows_it(market: Market) -> None:  # noqa: F811
    desk, one, other = market.desk, await market.offer(), await market.offer()
    tenant, owner = market.firms[0].tenant.id, await desk.token(market.firms[0].session)
    await market.take(0, "o1", one.e164)
    await market.take(0, "o2", other.e164)
    person = await desk.hire(owner, name="Olena Bondar")
    person.caller_id = one.e164
    await desk.ask("PutPerson", directory_pb2.PutPersonRequest(person=person), owner)
    plan = DialPlan(country="UA", caller_id=other.e164)
    await desk.ask("PutDialPlan", PutDialPlanRequest(plan=plan), owner)
    denied = await desk.refusal("EndTenancy", pb.EndTenancyRequest(), owner)
    assert denied.reason.name == "DENIED", "nobody ends it by himself"
    assert await end(desk, tenant, "o1", "late") == (2, 0, 0)
    assert await end(desk, tenant, "o1", "late") == (0, 0, 0)
    assert await market.numbers(0) == []
    assert {one.e164, other.e164} <= await market.offered()
    people = (await desk.ask("ListPeople", directory_pb2.ListPeopleRequest(), owner)).people
    assert {card.caller_id for card in people} == {""}
    assert await market.refused(0, "late", one.e164) == "ORDER_ENDED", "an order under way takes nothing any more"
    await market.take(1, "p1", one.e164)
    assert (await market.pooled(one.e164)).state == pool_pb2.POOL_STATE_TAKEN
    assert await end(desk, tenant) == (0, 0, 0)
    assert [number.e164 for number in await market.numbers(1)] == [one.e164], "of the next company nothing goes"
    assert uah(100) == one.monthly


async def test_slots_are_released_and_lines_end(house: House) -> None:  # noqa: F811
    desk, tenant = house.desk, house.customer.tenant.id
    sim = await house.place(iccid=new_card(), e164=new_number(), usage=slots.SLOT_USAGE_LINE)
    person = await desk.hire(house.token, name="Olena Bondar", extension="115")
    person.caller_id = sim.e164
    await desk.ask("PutPerson", directory_pb2.PutPersonRequest(person=person), house.token)
    wanted = SipAccount(title="Desk", person_id=person.id)
    line = (await desk.ask("PutSipAccount", PutSipAccountRequest(account=wanted), house.token)).account
    rented = await desk.ask("ListRented", slots.ListRentedRequest(), house.service)
    assert {one.subject for one in rented.rented} == {f"slot:{sim.id}", f"line:{line.id}"}
    assert await end(desk, tenant) == (0, 1, 1)
    assert await end(desk, tenant) == (0, 0, 0)
    assert not (await desk.ask("ListRented", slots.ListRentedRequest(), house.service)).rented
    gateway = await house.gateway()
    assert (gateway.used, gateway.free) == (0, 3)
    found: Any = await desk.ask("ListSipAccounts", ListSipAccountsRequest(person_id=person.id), house.token)
    assert [one.line for one in found.accounts] == [LINE_STATE_INACTIVE]
    numbers = (await desk.ask("ListNumbers", directory_pb2.ListNumbersRequest(), house.token)).numbers
    assert sim.e164 not in {one.e164 for one in numbers}, "the number of the card goes with it, shown or not"
    assert len(await desk.told(events_pb2.RentEnded, sim.id)) == 1
    assert len(await desk.told(events_pb2.RentEnded, line.id)) == 1
