"""An agent whose phones are off is rung on his mobile for a queue's offers, and presses 1: a mailbox never does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import Tone, level
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, MUSIC, Plant, hears, plant, talk

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
MOBILE = "+380671234567"


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.94") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        await it.scheme(it.queue_node())
        one = it.people[0]
        person = (await ask(it.directory.GetPerson, directory.GetPersonRequest(person_id=one.id), it.owner)).person
        person.forward_to = MOBILE
        await ask(it.directory.PutPerson, directory.PutPersonRequest(person=person), it.owner)
        it.edge.direct[one.account.username] = Hop("127.0.0.1", it.nowhere.endpoint.port)  # the desk phone is off
        yield it


@pytest.fixture(scope="module")
async def mobile(pbx: Plant) -> Phone:
    trunk = (await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)).trunks[0]
    phone = await pbx.phone("mobiles")
    trunk.port = phone.endpoint.port
    await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    return phone


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


async def rings(mobile: Phone) -> PhoneCall:
    """The mobile is picked up, by whomever."""
    call = await mobile.incoming()
    assert MOBILE.removeprefix("+") in call.leg.invite.uri
    call.line.sound = Tone(AGENT)
    assert call.answer()
    return call


async def waiting_customer(pbx: Plant) -> PhoneCall:
    call = await pbx.caller()
    await call.up()
    await hears(call, MUSIC)
    return call


async def test_the_agent_presses_one_and_talks(pbx: Plant, mobile: Phone) -> None:
    call = await waiting_customer(pbx)
    await pbx.ready(0)
    agent = await rings(mobile)
    await eventually(lambda: level(agent.line.heard()) > 0.001)  # he is asked
    await agent.press("2")
    assert (await pbx.the_call("RINGING")).agent_id == ""
    await agent.press("1")
    live = await pbx.the_call("TALKING")
    await talk(call, CALLER, agent, AGENT)
    assert live.agent_id == pbx.people[0].id
    item = next(iter((await pbx.work(0)).items))
    assert item.state == acd.ITEM_STATE_CONNECTED
    agent.hang_up()
    await call.over()
    assert (await pbx.record(live.id)).outcome == "answered"


async def test_a_mailbox_gets_nobody(pbx: Plant, mobile: Phone) -> None:
    """It answers and talks, and never presses a key: the customer hears his music all the time."""
    call = await waiting_customer(pbx)
    await pbx.ready(0)
    mailbox = await rings(mobile)
    await hears(call, MUSIC)
    await mailbox.over(30)
    await pbx.the_call("QUEUED")
    await hears(call, MUSIC)
    (item,) = await pbx.waiting()
    assert item.state == acd.ITEM_STATE_WAITING
    assert not (await pbx.work(0)).items
    call.hang_up()


async def test_a_customer_who_leaves_frees_the_mobile(pbx: Plant, mobile: Phone) -> None:
    call = await waiting_customer(pbx)
    await pbx.ready(0)
    agent = await rings(mobile)
    call.hang_up()
    await agent.over()
    await pbx.clean()
