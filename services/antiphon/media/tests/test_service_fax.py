"""Faxes between the operator and a machine on a phone's line, in both directions: T.38 through a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.endpoint.leg import Refused
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import Recording, Tone
from antiphon.media.sip import sdp
from antiphon.media.tests.engine import installed
from antiphon.media.tests.fax_machine import T38, FaxMachine, preamble
from antiphon.media.tests.plant import AGENT, CALLER, Plant, hears, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]

ENGINE = "127.0.0.78"
OUTSIDE = "+380671234567"
CNG, CED, PREAMBLE = b"\x01\x02", b"\x01\x04", b"\x01\x06"
"""What T.38 says in a datagram of the calling and the answering tone (1100 and 2100 Hz) and of V.21: length, value."""
Machines = Callable[..., Awaitable[FaxMachine]]


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), ENGINE) as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        target = {"who": "person", "value": it.people[0].id}
        ring = {"id": "ring", "kind": "ring", "targets": [target], "timeout_s": 20, "on_no_answer": "sorry"}
        await it.scheme(ring, {"id": "sorry", "kind": "close", "text": {"en": "Good-bye."}, "outcome": "closed"})
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


@pytest.fixture(scope="module")
async def operator(pbx: Plant) -> Phone:
    """Who takes the calls to the world; the operator who is there calls in only."""
    for trunk in (await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)).trunks:
        trunk.priority = 99
        await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    phone = await pbx.phone("carrier")
    trunk = telephony.Trunk(name="Carrier", host="127.0.0.1", port=phone.endpoint.port, codecs=["PCMA"], priority=1)
    await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    return phone


@pytest.fixture
async def machine() -> AsyncIterator[Machines]:
    async with AsyncExitStack() as stack:

        async def made(call: PhoneCall, refuses: int = 0) -> FaxMachine:
            it = await FaxMachine(call, refuses).open()
            stack.callback(it.close)
            return it

        yield made


async def inbound(pbx: Plant) -> tuple[PhoneCall, PhoneCall]:
    """The operator's side, and the machine's."""
    call = await pbx.caller()
    other = await pbx.people[0].incoming()
    await call.up()
    await pbx.the_call("TALKING")
    return call, other


async def outbound(pbx: Plant, operator: Phone) -> tuple[PhoneCall, PhoneCall]:
    """The machine's side, and the operator's."""
    call = await pbx.dials(pbx.people[0], OUTSIDE)
    outside = await operator.incoming()
    outside.line.sound = Tone(CALLER)
    outside.answer()
    await call.up()
    await pbx.the_call("TALKING")
    return call, outside


def is_fax_of_the_engine(session: sdp.Session) -> None:
    """What a machine was told: one fax, whose other end is the engine, with all that T.38 negotiates."""
    (media,) = session.media
    assert (media.kind, media.protocol, media.formats) == ("image", "udptl", ("t38",))
    assert session.address_of(media) == ENGINE
    assert [one for one in media.attributes if one[0].startswith("T38")] == T38


async def ended(pbx: Plant, call: PhoneCall, other: PhoneCall) -> None:
    """One hangs up, the other is told, nothing is left."""
    call.hang_up()
    await other.over()
    await pbx.clean()


@pytest.mark.parametrize("outwards", [False, True])
async def test_a_fax_is_relayed_and_then_they_talk_again(
    pbx: Plant, operator: Phone, machine: Machines, outwards: bool
) -> None:
    call, other = await (outbound(pbx, operator) if outwards else inbound(pbx))
    one, two = await machine(call), await machine(other)
    is_fax_of_the_engine(await one.faxes())
    is_fax_of_the_engine(two.offers[0])
    await one.tells(two, b"\x00\x00" + CNG + b"\x00\x00")
    await two.tells(one, b"\x00\x00" + CED + b"\x00\x00")
    live = await pbx.the_call("TALKING")
    with pytest.raises(DomainError):  # nobody can be held in a fax
        await ask(pbx.media.Hold, pb.HoldRequest(call_id=live.id, on=True), pbx.people[0].headers)
    sound = await two.talks()  # the other one ends it
    assert [media.kind for media in sound.media] == ["audio"]
    assert one.offers[-1].media[0].kind == "audio"
    await talk(call, AGENT if outwards else CALLER, other, CALLER if outwards else AGENT)
    await ended(pbx, call, other)


async def test_the_one_called_begins_and_the_call_ends_with_the_fax(pbx: Plant, machine: Machines) -> None:
    call, other = await inbound(pbx)
    one, two = await machine(call), await machine(other)
    is_fax_of_the_engine(await two.faxes())  # as it is: the machine that answers asks for T.38
    is_fax_of_the_engine(one.offers[0])
    await one.tells(two, b"a page")
    await ended(pbx, other, call)


async def test_a_machine_without_t38_hears_the_fax_as_tones(pbx: Plant, machine: Machines) -> None:
    call, other = await inbound(pbx)
    one, two = await machine(call), await machine(other, refuses=488)
    before = sdp.parse(call.leg.remote_sdp).version
    session = await one.faxes()
    assert session.version > before  # else it is no change
    (media,) = session.media
    assert (media.kind, media.protocol, media.formats) == ("image", "udptl", ("t38",))
    assert media.attribute("T38FaxVersion") == "0"
    assert len(two.offers) == 1
    other.line.sound = Recording(preamble(), repeat=True)
    await eventually(lambda: any(data[2:4] == PREAMBLE for data in one.received), 90)
    one.sends(b"\x00\x00" + CED + b"\x00\x00")
    await hears(other, 2100)
    other.line.sound = Tone(AGENT)
    await one.talks()
    await talk(call, CALLER, other, AGENT)
    await ended(pbx, call, other)


async def test_who_is_asked_for_a_fax_hangs_up_instead(pbx: Plant, machine: Machines) -> None:
    call, other = await inbound(pbx)
    one, two = await machine(call), await machine(other)
    two.hesitates = True

    async def leaves() -> None:
        await eventually(lambda: len(two.offers) == 1)
        other.hang_up()

    answer, _ = await asyncio.gather(one.faxes(), leaves(), return_exceptions=True)
    assert isinstance(answer, Refused)
    await call.over()
    await pbx.clean()


async def test_a_yes_with_no_port_is_a_no_and_they_talk_again(pbx: Plant, machine: Machines) -> None:
    call, other = await inbound(pbx)
    one, two = await machine(call), await machine(other)
    two.declines = True
    with pytest.raises(Refused):
        await one.faxes()
    await eventually(lambda: len(two.offers) == 2)  # its session was left without sound
    assert [media.kind for media in two.offers[1].media] == ["audio"]
    await talk(call, CALLER, other, AGENT)
    await ended(pbx, call, other)


async def test_a_machine_that_takes_no_fax_at_all_goes_on_talking(pbx: Plant, machine: Machines) -> None:
    call, other = await inbound(pbx)
    one = await machine(call)
    two = await machine(other, refuses=603)
    with pytest.raises(Refused) as refused:
        await one.faxes()
    assert refused.value.code == 488
    await talk(call, CALLER, other, AGENT)
    live = await pbx.the_call("TALKING")
    await ask(pbx.media.Hold, pb.HoldRequest(call_id=live.id, on=True), pbx.people[0].headers)
    with pytest.raises(Refused):  # nobody is there
        await one.faxes()
    assert len(two.offers) == 1
    await ended(pbx, call, other)
