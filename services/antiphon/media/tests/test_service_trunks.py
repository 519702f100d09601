"""Trunks are registered by one replica, their health is known to all, and calls leave where somebody is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit import leases, tasks
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media import trunks
from antiphon.media.edges import Edges
from antiphon.media.endpoint.endpoint import Endpoint
from antiphon.media.phones import Phones
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, DOMAIN, MUSIC, Plant, hears, plant, talk
from antiphon.media.tests.registrar import Registrar
from antiphon.media.trunks import Trunks
from antiphon.media.v1 import media_pb2 as pb
from antiphon.routing.v1 import routing_pb2 as routing

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
USER, SECRET = "380441110022", "Trunk-Secret-1"


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    folder = tmp_path_factory.mktemp("plant")
    async with plant(platforms, folder, "127.0.0.86", trunk_probe_seconds=0.2) as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        await it.scheme(it.queue_node())
        usual = (await ask(it.telephony.ListTrunks, telephony.ListTrunksRequest(), it.owner)).trunks[0]
        usual.priority = 99
        await put(it, usual)
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


@pytest.fixture
async def operator() -> AsyncIterator[Registrar]:
    operator = await Registrar.start()
    operator.accounts[USER] = SECRET
    yield operator
    operator.close()


async def put(pbx: Plant, trunk: telephony.Trunk, password: str = "") -> telephony.Trunk:
    request = telephony.PutTrunkRequest(trunk=trunk, password=password)
    stored: telephony.Trunk = (await ask(pbx.telephony.PutTrunk, request, pbx.owner)).trunk
    return stored


async def registering(pbx: Plant, operator: Registrar, password: str = SECRET) -> telephony.Trunk:
    trunk = telephony.Trunk(
        name=f"Provider {operator.port}", host="127.0.0.1", port=operator.port, username=USER, register=True,
        networks=["127.0.0.87/32"], priority=1,
    )  # fmt: skip
    return await put(pbx, trunk, password)


async def gone(pbx: Plant, trunk: telephony.Trunk) -> None:
    await ask(pbx.telephony.DeleteTrunk, telephony.DeleteTrunkRequest(trunk_id=trunk.id), pbx.owner)


async def standing(pbx: Plant, trunk: telephony.Trunk, state: str) -> pb.TrunkHealth:
    """The trunk's health, once it is so."""

    async def found() -> pb.TrunkHealth | None:
        answer = await ask(pbx.media.GetVoiceHealth, pb.GetVoiceHealthRequest(), pbx.owner)
        return next((it for it in answer.trunks if (it.trunk_id, it.state) == (trunk.id, state)), None)

    health: pb.TrunkHealth = await eventually(found, 20)
    return health


async def test_it_registers_with_its_password_and_takes_that_back_in_the_end(pbx: Plant, operator: Registrar) -> None:
    trunk = await registering(pbx, operator)
    health = await standing(pbx, trunk, "registered")
    assert (health.why, health.since.seconds > 0) == ("", True)
    (contact,) = operator.bindings[USER]
    assert contact.startswith("sip:line-")
    assert SECRET not in contact
    await gone(pbx, trunk)
    await eventually(lambda: not operator.bindings[USER], 20)


async def test_what_is_refused_is_said_and_right_again_when_it_is_put_right(pbx: Plant, operator: Registrar) -> None:
    trunk = await registering(pbx, operator, "Another-Secret-2")
    health = await standing(pbx, trunk, "refused")
    assert health.code == 401
    assert "password" in health.why
    trunk = await put(pbx, trunk, SECRET)
    await standing(pbx, trunk, "registered")
    await gone(pbx, trunk)


async def test_a_call_for_the_registration_reaches_the_number(pbx: Plant, operator: Registrar) -> None:
    """The request is for our contact; what was dialled is in To, or it is the user name itself."""
    number = directory.Number(e164=f"+{USER}")
    trunk = await registering(pbx, operator)
    number.trunk_id = trunk.id
    stored = (await ask(pbx.directory.PutNumber, directory.PutNumberRequest(number=number), pbx.owner)).number
    pbx.trunk_id, kept = trunk.id, pbx.trunk_id
    await eventually(lambda: operator.bindings.get(USER), 20)
    (contact,) = operator.bindings[USER]
    line = contact.partition(":")[2].partition("@")[0]
    call = await pbx.caller(line)
    assert await call.over() == 404  # the number has no scheme yet
    schemes = (await ask(pbx.routing.ListSchemes, routing.ListSchemesRequest(), pbx.owner)).schemes
    binding = routing.Binding(address=f"+{USER}", scheme_id=schemes[-1].id)
    await ask(pbx.routing.PutBinding, routing.PutBindingRequest(binding=binding), pbx.owner)
    call = await pbx.caller(line)
    await call.up()
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    await talk(call, CALLER, agent, AGENT)
    live_call = await pbx.the_call("TALKING")
    assert live_call.called == f"+{USER}"
    call.hang_up()
    await agent.over()
    pbx.trunk_id = kept
    await ask(pbx.directory.DeleteNumber, directory.DeleteNumberRequest(number_id=stored.id), pbx.owner)
    await gone(pbx, trunk)


async def test_one_replica_registers_and_another_goes_on(pbx: Plant, operator: Registrar) -> None:
    trunk = await registering(pbx, operator)
    await standing(pbx, trunk, "registered")
    (contact,) = operator.bindings[USER]
    calls = {request.call_id for request in operator.seen if request.method == "REGISTER"}
    assert len(calls) == 1
    first, bus = pbx.parts.trunks, await pbx.rt.bus()
    own = await leases.Leases.open(bus)
    endpoint = Endpoint("127.0.0.1", 0, on_call=lambda leg: None)
    await endpoint.start()
    other = Trunks(await trunks.open_bucket(bus), first._asks, first._books, pbx.rt.clock, every=0.2)
    phones = Phones(endpoint, DOMAIN, Edges((), lambda _node, _lives: None))
    phones.direct_trunks = True
    other.lines = phones
    watching = asyncio.ensure_future(other.watch())
    running = asyncio.ensure_future(other.run(own, "other"))
    try:
        await eventually(lambda: trunk.id in other.of(pbx.tenant), 20)  # it knows, but does not ask
        assert {request.call_id for request in operator.seen if request.method == "REGISTER"} == calls
        await own.release_all()  # the first one lost it, as one that died
        await eventually(lambda: len({it.call_id for it in operator.seen if it.method == "REGISTER"}) > 1, 30)
        assert all(it.get("expires") != "0" for it in operator.seen if it.method == "REGISTER")
    finally:
        await tasks.end(watching, running)
        await endpoint.close()
    users = {each.partition("@")[0] for each in operator.bindings[USER]}
    assert users == {contact.partition("@")[0]}  # behind an edge that is one and the same contact
    await standing(pbx, trunk, "registered")
    await gone(pbx, trunk)


async def test_a_call_leaves_where_somebody_is(pbx: Plant, operator: Registrar) -> None:
    """The first operator fell silent: the second is asked at once, and the first not at all."""
    dead = await put(pbx, telephony.Trunk(name="Silent", host="127.0.0.1", port=operator.port, priority=1))
    phone = await pbx.phone("operator2")
    spare = telephony.Trunk(name="Spare", host="127.0.0.1", port=phone.endpoint.port, priority=2)
    spare = await put(pbx, spare)
    await standing(pbx, dead, "reachable")
    operator.code = 503
    health = await standing(pbx, dead, "unreachable")
    assert "does not answer" in health.why
    asked = [request.method for request in operator.seen].count("INVITE")
    call = await pbx.dials(pbx.people[0], "+380671234567")
    outside = await phone.incoming()
    assert outside.answer()
    await call.up()
    assert [request.method for request in operator.seen].count("INVITE") == asked
    call.hang_up()
    await outside.over()
    other = await Registrar.start()
    dead.port = other.port  # another operator: what was known is forgotten
    dead = await put(pbx, dead)
    await eventually(lambda: not pbx.parts.trunks.is_down(dead.id))
    await standing(pbx, dead, "reachable")
    other.close()
    await gone(pbx, dead)
    await gone(pbx, spare)
