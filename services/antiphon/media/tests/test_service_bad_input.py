"""What the world does wrong has a defined answer, and nothing is left of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit import tasks
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, DOMAIN, MUSIC, Plant, hears, plant, talk
from antiphon.media.v1 import events_pb2

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
OUTSIDE = "+380671234569"


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.75") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number, record_calls=True)
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


async def invited(pbx: Plant, number: str = "", source: str = "") -> PhoneCall:
    """A call as the edge passes it on."""
    phone = await pbx.phone("380501112233")
    vouched = source or f"trunk;id={pbx.trunk_id};tenant={pbx.tenant}"
    return await phone.call(f"sip:{number or pbx.number}@{DOMAIN}", [("X-Antiphon-Source", vouched)])


async def test_a_number_that_is_nobodys_is_not_found(pbx: Plant) -> None:
    assert await (await invited(pbx, "+380999999999")).over(20) == 404
    assert await (await invited(pbx, "no-number-at-all")).over(20) == 404


async def test_an_identity_of_another_tenant_reaches_nothing(pbx: Plant) -> None:
    for source, code in (
        (f"trunk;id={pbx.trunk_id};tenant=tn_other", 404),
        (f"trunk;id=tr_nobodys;tenant={pbx.tenant}", 404),
        (f"device;account={pbx.people[0].account.id};tenant=tn_other;user=x", 403),
        ("nonsense", 403),
    ):
        assert await (await invited(pbx, source=source)).over(20) == code, source


async def test_a_prompt_that_is_not_there_is_passed_over(pbx: Plant) -> None:
    missing = {"id": "said", "kind": "play", "source": "prompt:never-made", "repeat": 0, "next": "queue"}
    await pbx.scheme(missing, pbx.queue_node())
    call = await pbx.caller()
    await call.up()
    await hears(call, MUSIC)  # he waits in the queue


async def test_a_full_queue_refuses_and_the_scheme_goes_on(pbx: Plant) -> None:
    found = (await ask(pbx.acd.ListQueues, acd.ListQueuesRequest(), pbx.owner)).queues
    record = next(it for it in found if it.id == pbx.queue_id)
    record.max_waiting = 1
    record.when_full.way = acd.WAY_REFUSE
    kept = (await ask(pbx.acd.PutQueue, acd.PutQueueRequest(queue=record), pbx.owner)).queue
    pbx.parts.board.world.asks.forget(pbx.tenant, "queues")
    try:
        full = {"id": "full", "kind": "close", "text": {"en": "All lines are busy."}, "outcome": "full"}
        await pbx.scheme(pbx.queue_node(on_closed="full", on_timeout="full"), full)
        first = await pbx.caller()
        await first.up()
        await pbx.the_call("QUEUED", 20)
        second = await pbx.caller()
        await second.over(30)
        await hears(first, MUSIC)  # who was there keeps his place
        assert len(await pbx.waiting()) == 1
    finally:
        kept.max_waiting = 0
        await ask(pbx.acd.PutQueue, acd.PutQueueRequest(queue=kept), pbx.owner)


async def test_what_is_forwarded_comes_back_less_often_each_time(pbx: Plant) -> None:
    """A call that an operator sends back to us, for ever: each round it may go a little less far."""
    phone: Phone = await pbx.phone("carrier")
    trunk = telephony.Trunk(name="Carrier", host="127.0.0.1", port=phone.endpoint.port, codecs=["PCMA"], priority=1)
    made = (await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)).trunk
    for there in (await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)).trunks:
        if there.id != made.id:
            there.priority = 99
            await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=there), pbx.owner)
    target = {"who": "number", "value": OUTSIDE}
    ring = {"id": "ring", "kind": "ring", "targets": [target], "mode": "sequential", "on_no_answer": "bye"}
    await pbx.scheme(ring, {"id": "bye", "kind": "close", "text": {"en": "Bye"}, "outcome": "closed"})
    caller = await pbx.phone("380501112234")
    source = ("X-Antiphon-Source", f"trunk;id={pbx.trunk_id};tenant={pbx.tenant}")
    call = await caller.call(f"sip:{pbx.number}@{DOMAIN}", [source, ("Max-Forwards", "7")])
    out = await phone.incoming(within=20)
    assert out.leg.invite.get("max-forwards") == "6"
    call.hang_up()
    await out.over(20)
    assert await (await _with_hops(pbx, source, "0")).over(20) == 483


async def _with_hops(pbx: Plant, source: tuple[str, str], hops: str) -> PhoneCall:
    phone = await pbx.phone("380501112235")
    return await phone.call(f"sip:{pbx.number}@{DOMAIN}", [source, ("Max-Forwards", hops)])


async def test_a_disk_that_is_full_is_an_alarm_and_the_call_goes_on(
    pbx: Plant, platforms: dict[str, Platform], tmp_path: Path
) -> None:
    told: list[events_pb2.VoiceAlarm] = []
    bus = await Bus.connect(platforms["media"], "disk-alarm")

    async def note(fact: Fact) -> None:
        if fact.event.kind == "disk":
            told.append(fact.event)

    task = asyncio.ensure_future(bus.consume("test-disk-alarm", {events_pb2.VoiceAlarm: note}))
    books = pbx.parts.faxes.books
    spool, books.spool = books.spool, _no_room(tmp_path)
    try:
        await pbx.scheme(pbx.queue_node())
        call = await pbx.caller()
        await call.up()
        await pbx.ready(0)
        agent = await pbx.people[0].incoming()
        await talk(call, CALLER, agent, AGENT)
        live = await pbx.the_call("TALKING")
        call.hang_up()
        await agent.over(20)
        assert (await pbx.record(live.id)).outcome == "answered"
        alarm = await eventually(lambda: next(iter(told), None), 30)
        assert (alarm.name, alarm.cleared, alarm.facts["reason"]) == ("recording", False, "NOT_WRITTEN")
    finally:
        books.spool = spool
        await tasks.end(task)
        await bus.close()


def _no_room(folder: Path) -> Path:
    """A place where nothing can be written."""
    (folder / "full").write_bytes(b"")
    return folder / "full" / "spool"
