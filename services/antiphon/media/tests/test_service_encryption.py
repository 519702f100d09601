"""Phones whose sound must be encrypted: SRTP both ways, whatever the other side speaks, and nothing without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.audio import g711, tones
from antiphon.media.phone import srtp
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.sip.events import Answered, Ended
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, DOMAIN, MUSIC, OTHER, Plant, hears, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.91") as it:
        await it.scheme(it.queue_node())
        person = it.people[0]
        person.account.encrypted_only = True
        put = telephony.PutSipAccountRequest(account=person.account)
        person.account = (await ask(it.telephony.PutSipAccount, put, it.owner)).account
        it.parts.board.world.asks.forget(it.tenant, "accounts")
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    secure(pbx, on=True)
    yield
    await pbx.quiet()


def secure(pbx: Plant, *, on: bool) -> None:
    """Whether the phone of agent 201, whose account demands it, speaks SRTP."""
    phone = pbx.people[0].phone
    phone.account = replace(phone.account, secure=on)


def is_noise(packets: list[bytes]) -> bool:
    """What a listener on the wire would take for sound is none."""
    sound = b"".join(packet[12:172] for packet in packets if packet[1] & 0x7F == 8)
    return len(sound) > 4000 and max(tones.purity(g711.decode(sound, g711.PCMA), it) for it in (CALLER, MUSIC)) < 0.05


@pytest.mark.clause("L09")
async def test_a_customer_over_plain_rtp_talks_to_an_agent_over_srtp(pbx: Plant) -> None:
    call = await pbx.caller()
    await call.up()
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    assert b"RTP/SAVP" in agent.leg.remote_sdp
    assert agent.line.opening is not None
    wire: list[bytes] = []
    agent.line.opening = Tapped(agent.line.opening.key)
    agent.line.opening.wire = wire
    await talk(call, CALLER, agent, AGENT)
    await eventually(lambda: is_noise(wire[-50:]))
    await agent.hold()
    await hears(call, MUSIC)
    await agent.resume()
    await talk(call, CALLER, agent, AGENT)
    await agent.press("5")
    call.hang_up()
    await agent.over()


async def test_colleagues_call_each_other_whoever_encrypts(pbx: Plant) -> None:
    for from_, to in ((0, 1), (1, 0)):
        one, other = pbx.people[from_], pbx.people[to]
        call = await pbx.dials(one, other.extension)
        ring = await other.incoming()
        await call.up()
        await talk(call, one.hertz, ring, other.hertz)
        call.hang_up()
        await ring.over()


async def test_three_meet_in_the_mixer(pbx: Plant) -> None:
    call = await pbx.dials(pbx.people[0], "202")
    other = await pbx.people[1].incoming()
    await call.up()
    live = await pbx.the_call("TALKING")
    await ask(pbx.media.AddParty, pb.AddPartyRequest(call_id=live.id, to="203"), pbx.people[0].headers)
    third = await pbx.people[2].incoming()
    await hears(call, OTHER, pbx.people[2].hertz)
    await hears(third, AGENT, OTHER)
    for each in (third, other, call):
        each.hang_up()


@pytest.mark.clause("L09")
async def test_a_phone_without_srtp_does_not_call(pbx: Plant) -> None:
    secure(pbx, on=False)
    call = await pbx.dials(pbx.people[0], "202")
    assert await call.over() == 488
    assert pbx.people[1].phone._incoming.empty()


async def test_a_phone_without_srtp_is_not_talked_to(pbx: Plant) -> None:
    secure(pbx, on=False)
    call = await pbx.dials(pbx.people[1], "201")
    ring = await pbx.people[0].phone.incoming()
    assert not ring.answer()  # an honest phone says 488
    assert await call.over() == 480
    call = await pbx.dials(pbx.people[1], "201")
    ring = await pbx.people[0].phone.incoming()
    assert ring.leg.answer(plain(ring))  # another one answers without encryption
    assert await call.over() == 480
    await ring.over()


async def test_nobody_gives_encryption_up_in_the_middle(pbx: Plant) -> None:
    call = await pbx.dials(pbx.people[0], "202")
    ring = await pbx.people[1].incoming()
    await call.up()
    await talk(call, AGENT, ring, OTHER)
    with pytest.raises(Exception, match="488"):
        await call.leg.reoffer(plain(call))
    await talk(call, AGENT, ring, OTHER)
    call.hang_up()
    await ring.over()


async def test_our_own_offer_is_encrypted_too(pbx: Plant) -> None:
    person = pbx.people[0]
    source = f"device;account={person.account.id};tenant={pbx.tenant};user={person.account.username}"
    for answer in ("srtp", "plain"):
        call = await person.phone.call(f"sip:202@{DOMAIN}", [("X-Antiphon-Source", source)], offers=False)
        if answer == "srtp":
            ring = await pbx.people[1].incoming()
            await call.up()
            await hears(call, OTHER)
            call.hang_up()
            await ring.over()
            continue
        call.hang_up()
        leg = person.phone.endpoint.invite(
            f"sip:202@{DOMAIN}", sender=NameAddr(f"sip:x@{DOMAIN}"), sdp=b"", headers=[("X-Antiphon-Source", source)],
            hop=Hop("127.0.0.1", pbx.parts.endpoint.port),
        )  # fmt: skip
        event = await leg.next()
        while not isinstance(event, Answered | Ended):
            event = await leg.next()
        assert isinstance(event, Answered)
        assert b"RTP/SAVP" in event.sdp
        leg.confirm(plain(call))
        assert isinstance(await leg.next(), Ended)


def plain(call: PhoneCall) -> bytes:
    """What a phone without encryption would say."""
    phone = call.phone
    account, phone.account = phone.account, replace(phone.account, secure=False)
    try:
        return call._offer()
    finally:
        phone.account = account


class Tapped(srtp.Context):
    """Shows what came over the wire."""

    wire: list[bytes]

    def unprotect(self, data: bytes) -> bytes | None:
        self.wire.append(data)
        return super().unprotect(data)
