"""Numbers of SIM cards in the operator's gateway, trunks of one direction: whose call it is, and where it leaves."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from antiphon.directory.v1 import identity_pb2 as identity
from antiphon.directory.v1 import slots_pb2 as slots
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.directory.v1.slots_pb2_grpc import SlotServiceStub
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.kit.tokens import Caller, Signer
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, DOMAIN, OTHER, PASSWORD, Headers, Plant, hears, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
SIM, OUTSIDE = "+380671000077", "+380509998877"


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.96") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number, record_calls=True)
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


@dataclass
class Gateway:
    """The operator's, in another company than the tenant's."""

    pbx: Plant
    phone: Phone
    trunk: telephony.Trunk
    tenant: str
    headers: Headers

    async def ask(self, method: str, request: Any) -> Any:
        stub = SlotServiceStub(self.pbx.rt.peers.channel("directory"))
        return await ask(getattr(stub, method), request, self.headers)

    async def place(self, slot: int = 2) -> slots.Sim:
        request = slots.AssignSlotRequest(
            gateway_id=self.trunk.id, slot=slot, iccid="893800100000000077", e164=SIM, company_id=self.pbx.tenant,
            usage=slots.SLOT_USAGE_PBX,
        )  # fmt: skip
        return (await self.ask("AssignSlot", request)).sim  # type: ignore[no-any-return]

    async def calls(self, number: str) -> PhoneCall:
        """Somebody calls a SIM card: the gateway brings it with the number of the slot."""
        source = f"trunk;id={self.trunk.id};tenant={self.tenant}"
        call = await self.phone.call(f"sip:{number.removeprefix('+')}@{DOMAIN}", [("X-Antiphon-Source", source)])
        call.line.sound = Tone(CALLER)
        return call


@pytest.fixture(scope="module")
async def gateway(pbx: Plant, platforms: dict[str, Platform]) -> Gateway:
    asked = identity.SignUpRequest(
        company="Operator", name="Olha", email="operator@example.com", password=PASSWORD, language="uk",
        time_zone="Europe/Kyiv",
    )  # fmt: skip
    tenant = (await ask(pbx.doors.SignUp, asked, [])).tenant.id
    key = platforms["directory"].token_key.get_secret_value()
    rights = frozenset({"slots.write", "directory.write"})
    headers = metadata(Signer("directory", key, system_clock).sign(Caller(tenant, "person:o", rights)))
    phone = await pbx.phone("gateway")
    trunk = telephony.Trunk(
        name="GSM", host="127.0.0.1", port=phone.endpoint.port, codecs=["PCMA"], username="gsm", priority=1
    )
    put = telephony.PutTrunkRequest(trunk=trunk, password="Gate-Secret-7")
    stored = (await ask(pbx.telephony.PutTrunk, put, headers)).trunk
    it = Gateway(pbx, phone, stored, tenant, headers)
    await it.ask("PutGateway", slots.PutGatewayRequest(gateway=slots.Gateway(id=stored.id, capacity=4)))
    return it


@pytest.mark.clause("B05")
async def test_calls_to_and_from_a_sim_cards_number_are_the_companys(pbx: Plant, gateway: Gateway) -> None:
    sim = await gateway.place()
    pbx.number, usual = SIM, pbx.number
    await pbx.scheme(pbx.queue_node())
    pbx.number = usual
    await pbx.ready(0)
    call = await gateway.calls(SIM)
    agent = await pbx.people[0].incoming()
    await talk(call, CALLER, agent, AGENT)
    live = await pbx.the_call("TALKING")
    assert (live.direction, live.called) == (pb.DIRECTION_INBOUND, SIM)
    second = await gateway.calls(SIM)
    assert await second.over() == 486, "a SIM card carries one call"
    call.hang_up()
    await agent.over()
    assert (await pbx.record(live.id)).outcome == "answered"
    await recorded(pbx, live.id)
    await pbx.away()

    dial = pb.DialRequest(to=OUTSIDE, caller_id=SIM, request_id="sim-1")
    async with asyncio.TaskGroup() as group:
        dialled = group.create_task(ask(pbx.media.Dial, dial, pbx.people[0].headers, within=30))
        own = await pbx.people[0].incoming()
        leaves = await gateway.phone.incoming()
    outward = dialled.result()
    assert leaves.leg.invite.uri.startswith("sip:9002" + OUTSIDE.removeprefix("+")), "the slot is dialled before it"
    assert leaves.leg.invite.sender.address().name.endswith(SIM.removeprefix("+"))
    leaves.line.sound = Tone(CALLER)
    leaves.answer()
    await hears(own, CALLER)
    leaves.hang_up()
    await own.over()
    record = await pbx.record(outward.call.id)
    assert (record.direction, record.outcome) == (pb.DIRECTION_OUTBOUND, "answered")
    assert gateway.trunk.id in {leg.trunk_id for leg in record.legs}
    assert OUTSIDE in {leg.number for leg in record.legs}, "what was dialled, without the slot"
    await recorded(pbx, record.id)
    listed = (await ask(pbx.media.ListCalls, pb.ListCallsRequest(limit=2), pbx.owner)).calls
    assert {one.id for one in listed} == {live.id, record.id}, "both stand in the company's history"

    stranger = await gateway.calls(pbx.number)
    assert await stranger.over() == 404, "the gateway brings calls of its cards' numbers only"
    await gateway.ask("ReleaseSlot", slots.ReleaseSlotRequest(sim_id=sim.id))

    await eventually(lambda: forgotten(pbx, gateway.tenant), within=30)
    assert await (await gateway.calls(SIM)).over() == 404


async def forgotten(pbx: Plant, tenant: str) -> bool:
    """The fact that the card has left has arrived."""
    try:
        await pbx.parts.board.world.asks.number(tenant, SIM)
    except DomainError as error:
        return error.reason.name == "NOT_FOUND"
    return False


async def recorded(pbx: Plant, call_id: str) -> None:
    async def found() -> bool:
        request = pb.ListRecordingsRequest(call_id=call_id)
        return bool((await ask(pbx.media.ListRecordings, request, pbx.people[0].headers)).recordings)

    await eventually(found)


@pytest.mark.clause("A24")
async def test_inbound_and_outbound_traffic_go_by_different_providers(pbx: Plant) -> None:
    inward, outward = await provider(pbx, "P1", 1), await provider(pbx, "P2", 2)
    before = (await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)).trunks
    usual = next(one for one in before if one.id == pbx.trunk_id)
    usual.disabled = True
    usual = await put(pbx, usual)
    inward.trunk.direction = telephony.TRUNK_DIRECTION_INBOUND
    outward.trunk.direction = telephony.TRUNK_DIRECTION_OUTBOUND
    inward.trunk, outward.trunk = await put(pbx, inward.trunk), await put(pbx, outward.trunk)
    await pbx.scheme(pbx.queue_node())
    for one in (inward, outward):
        await eventually(functools.partial(turned, pbx, one.trunk), within=30)
    assert await (await calls_in(pbx, outward)).over() == 403
    await pbx.ready(0)
    accepted = await calls_in(pbx, inward)
    agent = await pbx.people[0].incoming()
    await talk(accepted, CALLER, agent, AGENT)
    accepted.hang_up()
    await agent.over()
    await pbx.clean()
    call = await pbx.dials(pbx.people[0], OUTSIDE)
    (await outward.phone.incoming()).reject(503)
    assert await call.over() in (500, 503), "the other provider is not tried"
    assert inward.phone._incoming.empty()
    emergency = await pbx.dials(pbx.people[0], "112")
    (await outward.phone.incoming()).reject(486)
    await emergency.over()
    assert inward.phone._incoming.empty()
    usual.disabled = False
    await put(pbx, usual)
    wrong = telephony.Trunk(name="P3", host="127.0.0.1", direction=9)  # type: ignore[arg-type]
    with pytest.raises(DomainError) as refusal:
        await put(pbx, wrong)
    assert (refusal.value.reason.name, refusal.value.facts["field"]) == ("INVALID", "direction")


async def turned(pbx: Plant, wanted: telephony.Trunk) -> bool:
    """The fact of the trunk's direction has arrived."""
    known, _ = await pbx.parts.board.world.asks.trunk(pbx.tenant, wanted.id)
    return known.direction == wanted.direction


@pytest.mark.clause("A16")
async def test_two_sites_have_one_numbering_plan_one_number_and_one_list_of_calls(pbx: Plant) -> None:
    kyiv, lviv = pbx.people[0], pbx.people[1]
    for person, network in ((kyiv, "127.0.1.0/24"), (lviv, "127.0.2.0/24")):
        person.account.allowed_networks[:] = [network]
        asked = telephony.PutSipAccountRequest(account=person.account)
        person.account = (await ask(pbx.telephony.PutSipAccount, asked, pbx.owner)).account
    call = await pbx.dials(kyiv, lviv.extension)
    other = await lviv.incoming()
    await talk(call, AGENT, other, OTHER)
    between = await pbx.the_call("TALKING")
    assert (between.caller, between.called) == (kyiv.extension, lviv.extension)
    call.hang_up()
    await other.over()
    await pbx.clean()
    await pbx.scheme(pbx.queue_node())
    await pbx.ready(1)
    outside = await pbx.caller()
    agent = await lviv.incoming()
    await talk(outside, CALLER, agent, OTHER)
    common = await pbx.the_call("TALKING")
    outside.hang_up()
    await agent.over()
    assert (await pbx.record(common.id)).called == pbx.number
    listed = (await ask(pbx.media.ListCalls, pb.ListCallsRequest(limit=2), pbx.owner)).calls
    assert {one.id for one in listed} == {between.id, common.id}, "one list has the calls of both sites"
    assert {kyiv.id, lviv.id} <= {leg.person_id for one in listed for leg in one.legs}


@dataclass
class Provider:
    phone: Phone
    trunk: telephony.Trunk


async def provider(pbx: Plant, name: str, priority: int) -> Provider:
    phone = await pbx.phone(name.lower())
    trunk = telephony.Trunk(name=name, host="127.0.0.1", port=phone.endpoint.port, codecs=["PCMA"], priority=priority)
    return Provider(phone, await put(pbx, trunk))


async def put(pbx: Plant, trunk: telephony.Trunk) -> telephony.Trunk:
    answer = await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    return answer.trunk  # type: ignore[no-any-return]


async def calls_in(pbx: Plant, provider: Provider) -> PhoneCall:
    source = f"trunk;id={provider.trunk.id};tenant={pbx.tenant}"
    call = await provider.phone.call(f"sip:{pbx.number}@{DOMAIN}", [("X-Antiphon-Source", source)])
    call.line.sound = Tone(CALLER)
    return call
