"""A call in and out through the edge: phone → media, media → phone, media → trunk, browser, and what may not pass."""

from __future__ import annotations

import pytest

from antiphon.edge.tests import sip
from antiphon.edge.tests.conftest import DOMAIN, Edge, account, register_call

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
    heard = await edge.media.hear(lambda m: m.method == "INVITE")
    assert heard.all("X-Antiphon-Source") == ["device;account=id-acme-101;tenant=acme;user=acme-101"]
    assert not heard.all("P-Asserted-Identity")
    assert not heard.all("Proxy-Authorization")
    assert ";alias=" in heard.one("Contact")


async def test_media_rings_a_registered_phone_and_the_dialog_stays(edge: Edge) -> None:
    await edge.put(account("acme-102"))
    phone = await edge.peer()
    registered = await sip.register(phone, register_call("acme-102"), "acme-102", "right")
    assert registered.code == 200
    call = sip.Call(DOMAIN, "queue", f"sip:acme-102@{DOMAIN}")
    await edge.media.say(call.request(edge.media, "INVITE", 1, ["X-Antiphon-Secret: 1"], SDP), edge.inside)
    heard = await phone.hear(lambda m: m.method == "INVITE")
    assert not heard.all("X-Antiphon-Secret")
    await phone.say(sip.answer(heard, 200, "OK", tag="phone", contact=f"<{phone.contact}>", body=SDP))
    taken = await edge.media.answer_of(call.call_id, 1)
    assert taken.code == 200
    call.to_tag, call.target = "phone", taken.one("Contact").strip("<>")
    routes = [f"Route: {each}" for each in reversed(taken.all("Record-Route"))]
    await edge.media.say(call.request(edge.media, "ACK", 1, routes), edge.inside)

    await phone.hear(lambda m: m.method == "ACK")
    back = sip.Call(DOMAIN, "acme-102", heard.one("Contact").strip("<>"), to=f"sip:queue@{DOMAIN}")
    back.call_id, back.tag, back.to_tag = call.call_id, "phone", call.tag
    await phone.say(back.request(phone, "BYE", 1, [f"Route: {each}" for each in heard.all("Record-Route")]))
    bye = await edge.media.hear(lambda m: m.method == "BYE")
    await edge.media.say(sip.answer(bye, 200, "OK"), bye.source)
    assert (await phone.answer_of(call.call_id, 1)).code == 200


async def test_nobody_registered_is_480(edge: Edge) -> None:
    call = sip.Call(DOMAIN, "queue", f"sip:nobody@{DOMAIN}")
    await edge.media.say(call.request(edge.media, "INVITE", 1, body=SDP), edge.inside)
    assert (await edge.media.answer_of(call.call_id, 1)).code == 480
