"""A call in and out through the edge: phone → media, media → phone, media → trunk, browser, and what may not pass."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from antiphon.edge import servers
from antiphon.edge.domain.wanted import Trunk
from antiphon.edge.tests import sip
from antiphon.edge.tests.conftest import DOMAIN, SECRET, Edge, account, register_call

pytestmark = pytest.mark.service

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n"


async def test_a_phone_calls_the_media_service(edge: Edge) -> None:
    await edge.put(account("acme-101"))
    phone = await edge.peer()
    call = sip.Call(DOMAIN, "acme-101", f"sip:+380441234567@{DOMAIN}")
    first = await call.ask(phone, "INVITE", 1, body=SDP)
    await phone.say(call.request(phone, "ACK", 1))
    proof = sip.credentials(first, "INVITE", call.target, "acme-101", "right")
    spoof = "X-Antiphon-Source: trunk;id=evil;tenant=other"
    await phone.say(call.request(phone, "INVITE", 2, [proof, spoof, "P-Asserted-Identity: <sip:boss@x>"], SDP))
    heard = await edge.media.asked("INVITE", call)
    assert heard.all("X-Antiphon-Source") == ["device;account=id-acme-101;tenant=acme;user=acme-101"]
    assert not heard.all("P-Asserted-Identity")
    assert not heard.all("Proxy-Authorization")
    assert ";alias=" in heard.one("Contact")
    await edge.media.say(sip.answer(heard, 486, "Busy", tag="m"), heard.source)
    assert (await phone.answer_of(call.call_id, 2)).code == 486


async def test_media_rings_a_registered_phone_and_the_dialog_stays(edge: Edge) -> None:
    await edge.put(account("acme-102"))
    phone = await edge.peer()
    registered = await sip.register(phone, register_call("acme-102"), "acme-102", "right")
    assert registered.code == 200
    call = sip.Call(DOMAIN, "queue", f"sip:acme-102@{DOMAIN}")
    await edge.media.say(call.request(edge.media, "INVITE", 1, ["X-Antiphon-Secret: 1"], SDP), edge.inside)
    heard = await phone.asked("INVITE", call)
    assert not heard.all("X-Antiphon-Secret")
    assert heard.source == edge.outside
    await phone.say(sip.answer(heard, 200, "OK", tag="phone", contact=f"<{phone.contact}>", body=SDP))
    taken = await edge.media.answer_of(call.call_id, 1)
    assert taken.code == 200
    call.to_tag, call.target = "phone", taken.one("Contact").strip("<>")
    await edge.media.say(call.request(edge.media, "ACK", 1, routes_of(taken)), edge.inside)

    assert (await phone.asked("ACK", call)).source == edge.outside
    back = sip.Call(DOMAIN, "acme-102", heard.one("Contact").strip("<>"), to=f"sip:queue@{DOMAIN}")
    back.call_id, back.tag, back.to_tag = call.call_id, "phone", call.tag
    await phone.say(back.request(phone, "BYE", 1, [f"Route: {each}" for each in heard.all("Record-Route")]))
    bye = await edge.media.asked("BYE", call)
    assert bye.source == edge.inside
    await edge.media.say(sip.answer(bye, 200, "OK"), bye.source)
    assert (await phone.answer_of(call.call_id, 1)).code == 200


async def test_nobody_registered_is_480(edge: Edge) -> None:
    call = sip.Call(DOMAIN, "queue", f"sip:nobody@{DOMAIN}")
    await edge.media.say(call.request(edge.media, "INVITE", 1, body=SDP), edge.inside)
    assert (await edge.media.answer_of(call.call_id, 1)).code == 480


async def test_a_trunk_calls_in_by_its_address_alone(edge: Edge) -> None:
    carrier = Trunk("carrier", "acme", ("127.0.0.88",))
    servers.write_trunks(edge.settings, carrier.lines)
    await edge.rpc.reload_addresses()
    trunk = await edge.peer(address="127.0.0.88")
    call = sip.Call("carrier.example", "+380501112233", f"sip:+380441234567@{DOMAIN}")
    spoof = "X-Antiphon-Source: device;account=1;tenant=other;user=boss"
    await trunk.say(call.request(trunk, "INVITE", 1, [spoof, "P-Asserted-Identity: <sip:+380501112233@c>"], SDP))
    heard = await edge.media.asked("INVITE", call)
    assert heard.all("X-Antiphon-Source") == ["trunk;id=carrier;tenant=acme"]
    assert heard.one("P-Asserted-Identity") == "<sip:+380501112233@c>"
    assert heard.one("Contact") == f"<{trunk.contact}>"
    await edge.media.say(sip.answer(heard, 486, "Busy", tag="m"), heard.source)
    assert (await trunk.answer_of(call.call_id, 1)).code == 486
    servers.write_trunks(edge.settings, [])
    await edge.rpc.reload_addresses()
    assert (await call.ask(trunk, "INVITE", 2)).code == 407


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_media_calls_out_over_a_trunk(edge: Edge, transport: str) -> None:
    carrier = await sip.udp() if transport == "udp" else await sip.listening()
    edge.peers.append(carrier)
    call = sip.Call(DOMAIN, "+380441234567", "sip:+380671112233@carrier.example")
    hop = f"X-Antiphon-Next-Hop: sip:{carrier.address};transport={transport}"
    await edge.media.say(call.request(edge.media, "INVITE", 1, [hop], SDP), edge.inside)
    heard = await carrier.asked("INVITE", call)
    assert heard.uri == "sip:+380671112233@carrier.example"
    assert heard.source in {edge.outside, None}
    assert not [name for name, _ in heard.headers if name.lower().startswith("x-antiphon")]
    await carrier.say(
        sip.answer(heard, 200, "OK", tag="t", contact=f"<sip:gw@{carrier.address};transport={transport}>", body=SDP),
        heard.source,
    )
    taken = await edge.media.answer_of(call.call_id, 1)
    assert taken.one("Contact") == f"<sip:gw@{carrier.address};transport={transport}>"
    call.to_tag, call.target = "t", taken.one("Contact").strip("<>")
    await edge.media.say(call.request(edge.media, "BYE", 2, routes_of(taken)), edge.inside)
    await carrier.asked("BYE", call)


@pytest.mark.parametrize("hop", ["sip:a b", "sip:host;transport=ws", "sips:host", "http://host", "sip:host?x=y"])
async def test_an_unreadable_next_hop_is_refused(edge: Edge, hop: str) -> None:
    call = sip.Call(DOMAIN, "queue", "sip:100@carrier.example")
    await edge.media.say(call.request(edge.media, "INVITE", 1, [f"X-Antiphon-Next-Hop: {hop}"]), edge.inside)
    assert (await edge.media.answer_of(call.call_id, 1)).code == 400


async def test_a_browser_is_rung_and_keeps_its_dialog_over_a_new_socket(edge: Edge) -> None:
    user, instance = "acme.iryna", "urn:uuid:00000000-0000-4000-8000-000000000001"
    name = f"{int(time.time()) + 600}:{user}"  # noqa: TID251 - Kamailio's clock is this one
    password = sip.browser_password(SECRET, name)

    async def connected() -> tuple[sip.Peer, str]:
        browser = await edge.peer("ws")
        call = register_call(user)
        call.contact = f'<{browser.contact}>;reg-id=1;+sip.instance="<{instance}>"'
        registered = await sip.register(browser, call, name, password, "Supported: path, gruu, outbound")
        assert registered.code == 200
        found = re.search(r'pub-gruu="([^"]+)"', "".join(registered.all("Contact")))
        assert found is not None
        return browser, found[1]

    browser, gruu = await connected()
    call = sip.Call(DOMAIN, "queue", f"sip:{user}@{DOMAIN}")
    await edge.media.say(call.request(edge.media, "INVITE", 1, body=SDP), edge.inside)
    heard = await browser.asked("INVITE", call)
    await browser.say(sip.answer(heard, 200, "OK", tag="b", contact=f"<{gruu}>", body=SDP))
    taken = await edge.media.answer_of(call.call_id, 1)
    assert taken.one("Contact") == f"<{gruu}>"
    call.to_tag, call.target = "b", gruu
    await edge.media.say(call.request(edge.media, "ACK", 1, routes_of(taken)), edge.inside)
    await browser.asked("ACK", call)
    assert browser.close is not None
    await browser.close()
    again, _ = await connected()
    await edge.media.say(call.request(edge.media, "BYE", 2, routes_of(taken)), edge.inside)
    bye = await again.asked("BYE", call)
    await again.say(sip.answer(bye, 200, "OK"))
    assert (await edge.media.answer_of(call.call_id, 2)).code == 200


async def test_a_browser_calls(edge: Edge) -> None:
    name = f"{int(time.time()) + 600}:acme.oleh"  # noqa: TID251 - Kamailio's clock is this one
    browser = await edge.peer("wss")
    call = sip.Call(DOMAIN, "acme.oleh", f"sip:101@{DOMAIN}")
    asked = asyncio.ensure_future(sip.invite(browser, call, name, sip.browser_password(SECRET, name), body=SDP))
    heard = await edge.media.asked("INVITE", call)
    assert heard.all("X-Antiphon-Source") == ["browser;person=oleh;tenant=acme"]
    await edge.media.say(sip.answer(heard, 486, "Busy", tag="m"), heard.source)
    assert (await asked).code == 486


async def test_a_cancel_follows_its_call(edge: Edge) -> None:
    await edge.put(account("acme-110"))
    phone = await edge.peer("tcp")
    await sip.register(phone, register_call("acme-110"), "acme-110", "right")
    call = sip.Call(DOMAIN, "queue", f"sip:acme-110@{DOMAIN}")
    request = call.request(edge.media, "INVITE", 1, body=SDP)
    await edge.media.say(request, edge.inside)
    heard = await phone.asked("INVITE", call)
    await phone.say(sip.answer(heard, 180, "Ringing", tag="p"))
    assert (await edge.media.answer_of(call.call_id, 1)).code == 180
    head = request.partition("Content-Type")[0].replace("INVITE", "CANCEL")
    await edge.media.say(f"{head}Content-Length: 0\r\n\r\n", edge.inside)
    await phone.asked("CANCEL", call)


def routes_of(answer: sip.Message) -> list[str]:
    """The Route headers of whoever asked."""
    return [f"Route: {each}" for each in reversed(answer.all("Record-Route"))]
