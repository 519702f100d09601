"""INVITE with Replaces: whose phone may take a call over, or pick up what rings elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from antiphon.kit.settings import Platform
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, DOMAIN, OTHER, Person, Plant, plant, talk

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.95") as it:
        await it.scheme(it.queue_node())
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


async def takes(pbx: Plant, person: Person, dialog: str, source: str = "", more: str = "") -> PhoneCall:
    """A person's phone takes the place of a dialog."""
    mine = f"device;account={person.account.id};tenant={pbx.tenant};user={person.account.username}"
    headers = [("Replaces", dialog + more), ("X-Antiphon-Source", source or mine)]
    call = await person.phone.call(f"sip:anybody@{DOMAIN}", headers)
    call.line.sound = Tone(person.hertz)
    return call


async def talking(pbx: Plant) -> tuple[PhoneCall, PhoneCall]:
    """201 has called 202."""
    call = await pbx.dials(pbx.people[0], "202")
    other = await pbx.people[1].incoming()
    await call.up()
    await talk(call, AGENT, other, OTHER)
    return call, other


@pytest.mark.parametrize("whose", ["caller", "callee"])
async def test_a_colleague_takes_the_place_of_one_of_two(pbx: Plant, whose: str) -> None:
    call, other = await talking(pbx)
    leaves, stays = (call, other) if whose == "caller" else (other, call)
    third = pbx.people[2]
    taken = await takes(pbx, third, leaves.leg.replaces)
    await taken.up()
    await leaves.over()
    await talk(taken, third.hertz, stays, OTHER if whose == "caller" else AGENT)
    live = await pbx.the_call("TALKING")
    assert live.agent_id == third.id
    stays.hang_up()
    await taken.over()
    assert (await pbx.record(live.id)).outcome == "answered"
    await pbx.clean()


async def test_a_customer_of_a_queue_goes_on_with_a_colleague(pbx: Plant) -> None:
    """The agent's work ends with his part, the colleague has it now."""
    call = await pbx.caller()
    await call.up()
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    await talk(call, CALLER, agent, AGENT)
    taken = await takes(pbx, pbx.people[1], agent.leg.replaces)
    await agent.over()
    await talk(call, CALLER, taken, OTHER)
    call.hang_up()
    await taken.over()
    await pbx.clean()


async def test_what_rings_elsewhere_is_picked_up(pbx: Plant) -> None:
    call = await pbx.dials(pbx.people[0], "202")
    ringing = await pbx.people[1].phone.incoming()
    ringing.ring()
    third = pbx.people[2]
    taken = await takes(pbx, third, ringing.leg.replaces)
    await call.up()
    await ringing.over()
    await talk(call, AGENT, taken, third.hertz)
    call.hang_up()
    await taken.over()
    await pbx.clean()


async def test_a_queue_s_offer_is_its_agent_s_alone(pbx: Plant) -> None:
    call = await pbx.caller()
    await call.up()
    await pbx.ready(0)
    ringing = await pbx.people[0].phone.incoming()
    ringing.ring()
    await pbx.the_call("RINGING")
    taken = await takes(pbx, pbx.people[1], ringing.leg.replaces)
    assert await taken.over() == 486
    call.hang_up()
    await ringing.over()
    await pbx.clean()


async def test_strangers_and_others_are_declined(pbx: Plant) -> None:
    call, other = await talking(pbx)
    third, dialog = pbx.people[2], other.leg.replaces
    for source in (
        f"device;account={third.account.id};tenant=tn_other;user={third.account.username}",
        f"trunk;id={pbx.trunk_id};tenant={pbx.tenant}",  # not a leg of that trunk
        "nobody",
    ):
        assert await (await takes(pbx, third, dialog, source)).over() == 603
    blocked = f"device;account=sa_gone;tenant={pbx.tenant};user=x"
    assert await (await takes(pbx, third, dialog, blocked)).over() == 403
    assert await (await takes(pbx, third, dialog, more=";early-only")).over() == 486
    assert await (await takes(pbx, third, "unknown@nowhere;to-tag=a;from-tag=b")).over() == 481
    await talk(call, AGENT, other, OTHER)
    call.hang_up()
    await other.over()
    await pbx.clean()
