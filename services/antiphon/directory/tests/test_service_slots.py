"""GSM gateways, their slots and the SIM cards of tenants against a real mongod and NATS."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

import pytest

from antiphon.directory.domain.permissions import PERMISSIONS, Role
from antiphon.directory.v1 import directory_pb2, events_pb2
from antiphon.directory.v1 import slots_pb2 as pb
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.kit.tokens import Caller

from .conftest import Desk, Tenancy

pytestmark = pytest.mark.service
_numbers, _cards = itertools.count(380_671_000_000), itertools.count(893_800_100_000_000_000)
PBX, LINE = pb.SLOT_USAGE_PBX, pb.SLOT_USAGE_LINE


@dataclass
class House:
    """The operator with one gateway, and a customer."""

    desk: Desk
    operator: str
    gateway_id: str
    customer: Tenancy
    token: str
    service: str

    async def ask(self, method: str, token: str = "", **fields: Any) -> Any:
        return await self.desk.ask(method, request(method, fields), token or self.operator)

    async def refusal(self, method: str, token: str = "", **fields: Any) -> Any:
        return await self.desk.refusal(method, request(method, fields), token or self.operator)

    async def gateway(self) -> pb.Gateway:
        found = (await self.ask("ListGateways")).gateways
        return next(one for one in found if one.id == self.gateway_id)  # type: ignore[no-any-return]

    def card(self, **fields: Any) -> dict[str, Any]:
        usual = {
            "gateway_id": self.gateway_id, "slot": 1, "iccid": new_card(), "e164": new_number(), "usage": PBX,
            "company_id": self.customer.tenant.id,
        }  # fmt: skip
        return {**usual, **fields}

    async def place(self, **fields: Any) -> pb.Sim:
        return (await self.ask("AssignSlot", **self.card(**fields))).sim  # type: ignore[no-any-return]

    async def resolve(self, e164: str) -> tel.ResolveNumberResponse:
        return await self.ask("ResolveNumber", self.service, e164=e164)  # type: ignore[no-any-return]

    async def dialling(self, **fields: Any) -> tel.GetDiallingResponse:
        return await self.ask("GetDialling", self.service, **fields)  # type: ignore[no-any-return]


def request(method: str, fields: dict[str, Any]) -> Any:
    module: Any = next(module for module in (pb, tel, directory_pb2) if hasattr(module, f"{method}Request"))
    return getattr(module, f"{method}Request")(**fields)


def new_number() -> str:
    return f"+{next(_numbers)}"


def new_card() -> str:
    return str(next(_cards))


@pytest.fixture
async def house(desk: Desk) -> House:
    company, customer = await desk.sign_up("Operator"), await desk.sign_up("Ромашка")
    rights = PERMISSIONS[Role.OWNER] | PERMISSIONS[Role.OPERATOR]
    operator = desk.as_caller(Caller(company.tenant.id, f"person:{company.owner.id}", frozenset(rights)))
    trunk = tel.Trunk(name="GSM in the cellar", host="192.0.2.10", username="gw")
    put = await desk.ask("PutTrunk", tel.PutTrunkRequest(trunk=trunk, password="Gate-7"), operator)
    gateway = pb.Gateway(id=put.trunk.id, capacity=3)
    await desk.ask("PutGateway", pb.PutGatewayRequest(gateway=gateway), operator)
    token, service = await desk.token(customer.session), desk.as_service(customer.tenant.id, "acd")
    return House(desk, operator, put.trunk.id, customer, token, service)


@pytest.mark.clause("B06")
async def test_a_slot_holds_one_sim_and_a_sim_sits_in_one_slot(house: House) -> None:
    sim = await house.place(usage=LINE)
    occupied = await house.refusal("AssignSlot", **house.card())
    assert (occupied.reason.name, occupied.reason.kind.name) == ("SLOT_OCCUPIED", "CONFLICT")
    placed = await house.refusal("AssignSlot", **house.card(slot=2, iccid=sim.iccid))
    assert (placed.reason.name, placed.facts["slot"]) == ("SIM_PLACED", "1")
    number = await house.refusal("AssignSlot", **house.card(slot=2, e164=sim.e164))
    assert (number.reason.name, number.facts) == ("TAKEN", {"field": "e164"})
    gateway = await house.gateway()
    assert (gateway.capacity, gateway.used, gateway.free, len(gateway.slots)) == (3, 1, 2, 3)
    kept = gateway.slots[0].sim
    assert (kept.gateway_id, kept.slot, kept.iccid, kept.e164) == (house.gateway_id, 1, sim.iccid, sim.e164)
    assert (kept.tenant_id, kept.company, kept.usage) == (house.customer.tenant.id, "Ромашка", LINE)
    assert [slot.prefix for slot in gateway.slots] == ["9001", "9002", "9003"]
    await house.ask("ReleaseSlot", sim_id=sim.id)
    await house.ask("ReleaseSlot", sim_id=sim.id)
    again = await house.place(slot=3, iccid=sim.iccid, e164=sim.e164)
    gateway = await house.gateway()
    assert [slot.HasField("sim") for slot in gateway.slots] == [False, False, True]
    assert gateway.used + gateway.free == gateway.capacity
    assert again.id != sim.id


@pytest.mark.clause("B06")
async def test_of_many_who_want_a_slot_at_once_one_gets_it(house: House) -> None:
    cards = [house.card(slot=2) for _ in range(5)]
    tries = [house.desk.ask("AssignSlot", request("AssignSlot", card), house.operator) for card in cards]
    results = await asyncio.gather(*tries, return_exceptions=True)
    placed = [one for one in results if not isinstance(one, BaseException)]
    refused = [one.reason.name for one in results if isinstance(one, BaseException)]  # type: ignore[attr-defined]
    assert (len(placed), refused) == (1, ["SLOT_OCCUPIED"] * 4)
    card = house.card()
    elsewhere = [request("AssignSlot", {**card, "slot": slot, "e164": new_number()}) for slot in (1, 3)]
    tries = [house.desk.ask("AssignSlot", one, house.operator) for one in elsewhere]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, BaseException) for one in results) == 1, "one card, one slot"
    assert (await house.gateway()).used == 2


async def test_placing_a_card_twice_is_placing_it_once(house: House) -> None:
    card = house.card()
    first = (await house.ask("AssignSlot", **card)).sim
    again = (await house.ask("AssignSlot", **card)).sim
    assert first == again
    assert (
        await house.ask("AssignSlot", **{**card, "iccid": card["iccid"][:6] + " " + card["iccid"][6:]})
    ).sim == first
    assert (await house.refusal("AssignSlot", **{**card, "usage": LINE})).reason.name == "SLOT_OCCUPIED"
    began = await house.desk.told(events_pb2.RentBegan, first.id)
    assert len(began) == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("slot", 0), ("slot", 4), ("slot", -1), ("iccid", "123"), ("iccid", ""), ("e164", "0671234567"), ("usage", 0)],
)
async def test_what_is_wrong_is_named_and_changes_nothing(house: House, field: str, wrong: Any) -> None:
    refused = await house.refusal("AssignSlot", **house.card(**{field: wrong}))
    assert (refused.reason.name, refused.facts["field"]) == ("INVALID", field)
    unknown = await house.refusal("AssignSlot", **house.card(company_id="tn_" + "0" * 26))
    assert unknown.reason.name == "NOT_FOUND"
    assert (await house.gateway()).used == 0


async def test_a_gateway_shrinks_and_goes_only_when_its_slots_are_free(house: House) -> None:
    sim = await house.place(slot=3)
    gateway = await house.gateway()
    smaller = pb.Gateway(id=gateway.id, rev=gateway.rev, capacity=2)
    refused = await house.refusal("PutGateway", gateway=smaller)
    assert (refused.reason.name, refused.facts["slot"]) == ("IN_USE", "3")
    assert (await house.refusal("DeleteGateway", gateway_id=gateway.id)).reason.name == "IN_USE"
    assert (await house.refusal("DeleteTrunk", trunk_id=gateway.id)).reason.name == "IN_USE"
    bigger = pb.Gateway(id=gateway.id, rev=gateway.rev, capacity=32, prefix="77")
    put = (await house.ask("PutGateway", gateway=bigger)).gateway
    assert (put.rev, put.free, put.slots[31].prefix) == (gateway.rev + 1, 31, "77032")
    assert (await house.refusal("PutGateway", gateway=bigger)).reason.name == "STALE"
    await house.ask("ReleaseSlot", sim_id=sim.id)
    await house.ask("DeleteGateway", gateway_id=gateway.id)
    await house.ask("DeleteGateway", gateway_id=gateway.id)
    await house.ask("DeleteTrunk", trunk_id=gateway.id)
    nobodys = pb.Gateway(id="tk_nobody", capacity=2)
    assert (await house.refusal("PutGateway", gateway=nobodys)).reason.name == "NOT_FOUND"


async def test_only_the_operator_sees_gateways_and_a_customer_its_own_cards(house: House) -> None:
    sim = await house.place()
    for method in ("ListGateways", "ListCompanies"):
        assert (await house.refusal(method, house.token)).reason.name == "DENIED"
    assert (await house.refusal("AssignSlot", house.token, **house.card(slot=2))).reason.name == "DENIED"
    assert (await house.refusal("ReleaseSlot", house.token, sim_id=sim.id)).reason.name == "DENIED"
    assert [one.id for one in (await house.ask("ListSims", house.token)).sims] == [sim.id]
    other = await house.desk.sign_up("Other")
    theirs = await house.desk.token(other.session)
    assert not (await house.ask("ListSims", theirs)).sims
    taken = await house.refusal("AssignSlot", **house.card(slot=2, company_id=other.tenant.id, e164=sim.e164))
    assert taken.reason.name == "TAKEN"
    assert house.customer.tenant.id in {one.id for one in (await house.ask("ListCompanies")).companies}
    another = house.desk.as_caller(Caller(other.tenant.id, "person:x", frozenset(PERMISSIONS[Role.OPERATOR])))
    assert (await house.refusal("ReleaseSlot", another, sim_id=sim.id)).reason.name == "NOT_FOUND"


@pytest.mark.clause("B05")
async def test_the_cards_number_is_the_tenants_and_its_calls_leave_by_the_slot(house: House) -> None:
    sim = await house.place(slot=2)
    found = await house.resolve(sim.e164)
    assert (found.tenant_id, found.gateway_id) == (house.customer.tenant.id, house.gateway_id)
    assert found.max_channels == 1, "a SIM card carries one call"
    known = await house.dialling(caller_id=sim.e164)
    (line,) = known.sims
    assert (line.e164, line.trunk.id, line.prefix) == (sim.e164, house.gateway_id, "9002")
    assert not known.trunks, "the gateway is no trunk of the tenant's"
    secret = await house.ask("GetTrunkSecret", house.service, trunk_id=house.gateway_id)
    assert secret.password == "Gate-7"
    operators = house.desk.as_service(
        (await house.desk.ask("GetTenant", request("GetTenant", {}), house.operator)).tenant.id
    )
    own = await house.ask("GetDialling", operators)
    assert not own.trunks, "nobody's calls leave by a gateway without a slot"
    await house.ask("ReleaseSlot", sim_id=sim.id)
    assert (await house.refusal("GetTrunkSecret", house.service, trunk_id=house.gateway_id)).reason.name == "NOT_FOUND"
    assert (await house.refusal("ResolveNumber", house.service, e164=sim.e164)).reason.name == "NOT_FOUND"


async def test_a_number_that_is_shown_stays_when_its_card_goes(house: House) -> None:
    sim = await house.place()
    await house.desk.hire(house.token, extension="101", caller_id=sim.e164)
    await house.ask("ReleaseSlot", sim_id=sim.id)
    assert (await house.resolve(sim.e164)).gateway_id == ""
    (number,) = (await house.ask("ListNumbers", house.token)).numbers
    again = await house.place(e164=sim.e164)
    assert (again.number_id, again.number_made) == (number.id, False)
    refused = await house.refusal("DeleteNumber", house.token, number_id=number.id)
    assert refused.reason.name == "IN_USE"


async def test_both_companies_read_who_placed_a_card(house: House) -> None:
    sim = await house.place()
    await house.ask("ReleaseSlot", sim_id=sim.id)
    for token in (house.token, house.operator):
        entries = await house.desk.audit(token, f"sim:{sim.id}")
        assert {entry.action for entry in entries} == {"sim.released", "sim.placed"}
        assert sim.e164 not in str(entries)


@pytest.mark.clause("B07")
async def test_a_slot_begins_and_ends_one_rent_of_its_number(house: House) -> None:
    sim = await house.place(slot=3, usage=LINE)
    (began,) = await house.desk.told(events_pb2.RentBegan, sim.id)
    rented = began.rented
    assert (rented.subject, rented.product, rented.number) == (f"slot:{sim.id}", "gsm-line", sim.e164)
    assert rented.slot == "GSM in the cellar / 3"
    assert [one.subject for one in (await house.ask("ListRented", house.service)).rented] == [rented.subject]
    await house.ask("ReleaseSlot", sim_id=sim.id)
    (ended,) = await house.desk.told(events_pb2.RentEnded, sim.id)
    assert (ended.rented.subject, ended.rented.rev) == (rented.subject, rented.rev + 1)
    assert not (await house.ask("ListRented", house.service)).rented
