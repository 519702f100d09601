"""Who does not want to hold the line is called back in his turn; who a queue sends on leaves a message or is called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, MUSIC, Plant, hears, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
PROMISED = {"id": "promised", "kind": "close", "text": {"en": "Good-bye."}, "outcome": "received"}


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.92") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        policy = (await ask(it.acd.GetPolicy, acd.GetPolicyRequest(), it.owner)).policy
        policy.callback_retry.FromSeconds(600)
        await ask(it.acd.PutPolicy, acd.PutPolicyRequest(policy=policy), it.owner)
        yield it


@pytest.fixture(scope="module")
async def world(pbx: Plant) -> Phone:
    """All telephones outside: the far end of the trunk that is asked first."""
    trunk = (await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)).trunks[0]
    phone = await pbx.phone("world")
    trunk.port = phone.endpoint.port
    await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    return phone


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()
    for item in await pbx.waiting():
        await withdrawn(pbx, item.id)


async def withdrawn(pbx: Plant, item_id: str) -> None:
    request = acd.WithdrawRequest(item_id=item_id, reason="closed")
    await ask(pbx.acd.Withdraw, request, pbx.rt.peers.own(pbx.tenant))


async def queue(pbx: Plant, **fields: Any) -> None:
    """Changes the queue."""
    found = (await ask(pbx.acd.ListQueues, acd.ListQueuesRequest(), pbx.owner)).queues
    record = next(it for it in found if it.id == pbx.queue_id)
    for name in ("when_late", "when_full", "when_closed", "max_wait"):
        record.ClearField(name)
    record.closed = fields.pop("closed", False)
    for name, value in fields.items():
        getattr(record, name).CopyFrom(value)
    await ask(pbx.acd.PutQueue, acd.PutQueueRequest(queue=record), pbx.owner)
    pbx.parts.board.world.asks.forget(pbx.tenant, "queues")


def callback_node(pbx: Plant) -> dict[str, Any]:
    return {
        "id": "later", "kind": "callback", "queue_id": pbx.queue_id, "text": {"en": "We call you."}, "next": "promised"
    }  # fmt: skip


async def is_called(phone: Phone, number: str, hertz: int = CALLER) -> PhoneCall:
    """Somebody's telephone rings and is picked up."""
    call = await phone.incoming()
    assert number.lstrip("+") in call.leg.invite.uri
    call.line.sound = Tone(hertz)
    assert call.answer()
    return call


async def waits(pbx: Plant) -> acd.WorkItem:
    """The callback that waits in line."""

    async def found() -> acd.WorkItem | None:
        return next((it for it in await pbx.waiting() if it.callback), None)

    item: acd.WorkItem = await eventually(found)
    return item


async def the_work(pbx: Plant, state: int) -> acd.WorkItem:
    """Agent 201's item, once it is so."""

    async def found() -> acd.WorkItem | None:
        return next((it for it in (await pbx.work(0)).items if it.state == state), None)

    item: acd.WorkItem = await eventually(found)
    return item


async def talks_to(pbx: Plant, world: Phone, number: str, *, accepts: bool = False) -> None:
    """The agent's turn comes: his phone rings, then the customer's; they talk."""
    await pbx.ready(0)
    if accepts:
        offers = await eventually(lambda: offers_of(pbx))
        accept = acd.AcceptRequest(item_id=offers.item_id, version=offers.version)
        await ask(pbx.acd.Accept, accept, pbx.people[0].headers)
    agent = await pbx.people[0].incoming()
    customer = await is_called(world, number)
    await talk(customer, CALLER, agent, AGENT)
    live = await pbx.the_call("TALKING")
    assert (live.called, live.agent_id, live.queue_id) == (number, pbx.people[0].id, pbx.queue_id)
    item = await the_work(pbx, acd.ITEM_STATE_CONNECTED)
    assert (item.id, item.callback) == (live.item_id, True)
    customer.hang_up()
    await agent.over()
    assert (await pbx.record(live.id)).outcome == "answered"

    async def forgotten() -> bool:
        return await pbx.parts.board.world.callbacks.find(pbx.tenant, live.item_id) is None

    await eventually(forgotten)


async def offers_of(pbx: Plant) -> acd.Offer | None:
    return next(iter((await pbx.work(0)).offers), None)


async def promised(pbx: Plant) -> str:
    """A caller is promised to be called back; his number."""
    await pbx.scheme(callback_node(pbx), PROMISED)
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("RECEPTION")
    await call.over(20)
    assert (await pbx.record(live.id)).outcome == "callback"
    return live.caller


@pytest.mark.parametrize("accepts", [False, True])
async def test_a_promise_is_kept(pbx: Plant, world: Phone, accepts: bool) -> None:
    number = await promised(pbx)
    assert (await waits(pbx)).enqueued_at.seconds
    await talks_to(pbx, world, number, accepts=accepts)


async def test_a_customer_who_does_not_answer_is_tried_again_later(pbx: Plant, world: Phone) -> None:
    await promised(pbx)
    waiting = await waits(pbx)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    (await world.incoming()).reject(486)
    await agent.over(20)  # he hears why
    agent_now = (await pbx.work(0)).agent
    assert agent_now.load.get("voice", 0) == 0
    assert await pbx.parts.board.world.callbacks.find(pbx.tenant, waiting.id) is not None
    assert not await pbx.waiting()  # scheduled: not in line
    await withdrawn(pbx, waiting.id)


async def test_an_agent_who_does_not_answer_leaves_the_customer_in_peace(pbx: Plant, world: Phone) -> None:
    number = await promised(pbx)
    await pbx.ready(1)
    (await pbx.people[1].phone.incoming()).reject(486)
    await waits(pbx)
    assert world._incoming.empty()
    await pbx.away()
    await talks_to(pbx, world, number)


async def test_who_has_waited_keeps_his_place(pbx: Plant, world: Phone) -> None:
    """The queue's patience is over, the scheme offers to call back: the same item, as old as it is."""
    first = pbx.queue_node(max_wait_s=2, on_timeout="later", greeting={"en": ""})
    await pbx.scheme(first, callback_node(pbx), PROMISED)
    call = await pbx.caller()
    await call.up()
    (item,) = await eventually(pbx.waiting)
    number = (await pbx.the_call("QUEUED")).caller
    await call.over(30)
    kept = await waits(pbx)
    assert (kept.id, kept.enqueued_at) == (item.id, item.enqueued_at)
    await talks_to(pbx, world, number)


async def test_a_queue_that_cannot_keep_him_calls_back(pbx: Plant, world: Phone) -> None:
    await queue(pbx, max_wait=Duration(seconds=2), when_late=acd.Overflow(way=acd.WAY_CALLBACK))
    await pbx.scheme(pbx.queue_node())
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("QUEUED")
    await call.over(30)
    assert (await pbx.record(live.id)).outcome == "callback"
    assert (await waits(pbx)).id == live.item_id
    await talks_to(pbx, world, live.caller)
    await queue(pbx)


@pytest.mark.parametrize("when", ["late", "closed"])
async def test_a_queue_sends_him_to_voicemail(pbx: Plant, when: str) -> None:
    voicemail = acd.Overflow(way=acd.WAY_VOICEMAIL)
    if when == "late":
        await queue(pbx, max_wait=Duration(seconds=1), when_late=voicemail)
    else:
        await queue(pbx, closed=True, when_closed=voicemail)
    await pbx.scheme(pbx.queue_node())
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("VOICEMAIL", 20)
    await hears(call, 1000, within=30)
    await hears_nothing(call)
    call.line.press("#")  # the call ends before the key is let go
    await call.over()
    assert (await pbx.record(live.id)).outcome == "voicemail"

    async def found() -> pb.Voicemail | None:
        answer = await ask(pbx.media.ListVoicemails, pb.ListVoicemailsRequest(), pbx.people[0].headers)
        return next((it for it in answer.voicemails if it.call_id == live.id), None)

    message = await eventually(found, 15)
    assert message.person_id == pbx.people[0].id
    assert not await pbx.waiting()
    await queue(pbx)


async def hears_nothing(call: PhoneCall, seconds: float = 1.5) -> None:
    """So long that it is a message."""
    frames = len(call.line.recording)
    sent = call.line.sent
    await eventually(lambda: call.line.sent - sent > seconds * 50)
    assert len(call.line.recording) >= frames


async def test_who_hides_his_number_waits_on(pbx: Plant) -> None:
    """He cannot be called back, so the queue's wish is not done."""
    await queue(pbx, max_wait=Duration(seconds=1), when_late=acd.Overflow(way=acd.WAY_CALLBACK))
    await pbx.scheme(pbx.queue_node())
    phone = await pbx.phone("anonymous")
    source = f"trunk;id={pbx.trunk_id};tenant={pbx.tenant}"
    call = await phone.call(f"sip:{pbx.number}@pbx.test", [("X-Antiphon-Source", source)])
    await call.up()
    await waits(pbx)
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    await hears(call, AGENT)
    call.hang_up()
    await agent.over()
    await queue(pbx)
