"""What strangers try: spoofed headers, made-up routes, other people's names, scanners, floods, malformed requests."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from antiphon.edge.tests import sip
from antiphon.edge.tests.conftest import DOMAIN, Edge, account, register_call

pytestmark = pytest.mark.service


async def heard_nothing(peer: sip.Peer, edge: Edge, phone: sip.Peer) -> None:
    """After an OPTIONS went round, nothing else has been heard."""
    probe = sip.Call(DOMAIN, "probe", f"sip:{DOMAIN}")
    assert (await probe.ask(phone, "OPTIONS", 1)).code == 200
    assert not peer.heard


async def test_nobody_calls_without_credentials(edge: Edge) -> None:
    phone = await edge.peer()
    spoof = ["X-Antiphon-Source: trunk;id=1;tenant=acme", "X-Antiphon-Next-Hop: sip:127.0.0.1:9"]
    call = sip.Call(DOMAIN, "acme-101", f"sip:100@{DOMAIN}")
    assert (await call.ask(phone, "INVITE", 1, spoof)).code == 407
    await heard_nothing(edge.media, edge, phone)


async def test_a_next_hop_from_outside_leads_nowhere(edge: Edge) -> None:
    await edge.put(account("acme-301"))
    phone, victim = await edge.peer(), await sip.udp()
    edge.peers.append(victim)
    call = sip.Call(DOMAIN, "acme-301", f"sip:+15551234@{DOMAIN}")
    hop = f"X-ANTIPHON-next-hop: sip:{victim.address}"
    first = await call.ask(phone, "INVITE", 1, [hop])
    await phone.say(call.request(phone, "ACK", 1))
    proof = sip.credentials(first, "INVITE", call.target, "acme-301", "right")
    await phone.say(call.request(phone, "INVITE", 2, [hop, proof]))
    heard = await edge.media.asked("INVITE", call)
    assert not heard.all("X-Antiphon-Next-Hop")
    await edge.media.say(sip.answer(heard, 486, "Busy", tag="m"), heard.source)
    assert (await phone.answer_of(call.call_id, 2)).code == 486
    await heard_nothing(victim, edge, phone)


@pytest.mark.parametrize("method", ["INVITE", "BYE", "INFO", "MESSAGE"])
async def test_a_made_up_dialog_is_not_relayed(edge: Edge, method: str) -> None:
    phone, victim = await edge.peer(), await sip.udp()
    edge.peers.append(victim)
    public = f"<sip:127.0.0.1:{edge.settings.sip_port};lr>"
    doubled = (
        f"<sip:127.0.0.1:{edge.settings.sip_port};r2=on;lr>, <sip:127.0.0.7:{edge.settings.private_port};r2=on;lr>"
    )
    media = edge.settings.media[0]
    for target, routes in (
        (f"sip:x@{victim.address}", public),
        (f"sip:x@{victim.address}", doubled),
        (media, f"{public}, <sip:{victim.address};lr>"),
        (media, f"{doubled}, <sip:{victim.address};lr>"),
        (f"sip:x@127.0.0.1:1;alias={victim.address.replace(':', '~')}~1", public),
        (f"sip:acme-102@{DOMAIN};gr=urn:uuid:x", public),
    ):
        call = sip.Call(DOMAIN, "x", target, to_tag="made-up")
        assert (await call.ask(phone, method, 1, [f"Route: {routes}"])).code == 403
    call = sip.Call(DOMAIN, "x", f"sip:x@{victim.address}", to_tag="made-up")
    assert (await call.ask(phone, method, 1)).code == 481
    await heard_nothing(victim, edge, phone)


async def test_a_route_of_the_callers_own_is_refused(edge: Edge) -> None:
    await edge.put(account("acme-302"))
    phone, victim = await edge.peer(), await sip.udp()
    edge.peers.append(victim)
    for routes in (
        f"<sip:{victim.address};lr>",
        f"<sip:127.0.0.1:{edge.settings.sip_port};lr>, <sip:{victim.address};lr>",
    ):
        call = sip.Call(DOMAIN, "acme-302", f"sip:100@{DOMAIN}")
        refused = await sip.invite(phone, call, "acme-302", "right", f"Route: {routes}")
        assert refused.start == "SIP/2.0 403 Not Relayed"
    await heard_nothing(victim, edge, phone)


async def test_a_route_that_names_only_us_is_an_outbound_proxy(edge: Edge) -> None:
    await edge.put(account("acme-303"))
    phone = await edge.peer()
    call = sip.Call(DOMAIN, "acme-303", f"sip:100@{DOMAIN}")
    route = f"Route: <sip:127.0.0.1:{edge.settings.sip_port};lr>"
    first = await call.ask(phone, "INVITE", 1, [route])
    await phone.say(call.request(phone, "ACK", 1, [route]))
    proof = sip.credentials(first, "INVITE", call.target, "acme-303", "right")
    await phone.say(call.request(phone, "INVITE", 2, [route, proof]))
    heard = await edge.media.asked("INVITE", call)
    assert not heard.all("Route")
    await edge.media.say(sip.answer(heard, 603, "Decline", tag="m"), heard.source)


async def test_from_cannot_be_another_account(edge: Edge) -> None:
    await edge.put(account("acme-304"), account("acme-305"))
    phone = await edge.peer()
    call = sip.Call(DOMAIN, "acme-304", f"sip:100@{DOMAIN}", from_user="acme-305")
    assert (await sip.invite(phone, call, "acme-304", "right")).start == "SIP/2.0 403 Not Your Identity"


async def test_a_number_in_from_is_not_the_identity(edge: Edge) -> None:
    await edge.put(account("acme-306"))
    phone = await edge.peer()
    call = sip.Call("elsewhere.example", "acme-306", f"sip:100@{DOMAIN}", from_user="+380441112233")
    asked = asyncio.ensure_future(sip.invite(phone, call, "acme-306", "right"))
    heard = await edge.media.asked("INVITE", call)
    assert heard.all("X-Antiphon-Source") == ["device;account=id-acme-306;tenant=acme;user=acme-306"]
    await edge.media.say(sip.answer(heard, 486, "Busy", tag="m"), heard.source)
    assert (await asked).code == 486


async def test_an_account_that_needs_srtp_is_refused_without(edge: Edge) -> None:
    await edge.put(account("acme-307", needs_srtp=True))
    phone = await edge.peer()
    sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 {} 8\r\n"
    call = sip.Call(DOMAIN, "acme-307", f"sip:100@{DOMAIN}")
    refused = await sip.invite(phone, call, "acme-307", "right", body=sdp.format("RTP/AVP"))
    assert refused.start == "SIP/2.0 488 SRTP Required"
    call = sip.Call(DOMAIN, "acme-307", f"sip:100@{DOMAIN}")
    asked = asyncio.ensure_future(sip.invite(phone, call, "acme-307", "right", body=sdp.format("RTP/SAVP")))
    heard = await edge.media.asked("INVITE", call)
    await edge.media.say(sip.answer(heard, 486, "Busy", tag="m"), heard.source)
    assert (await asked).code == 486


async def test_scanners_get_no_answer(edge: Edge) -> None:
    phone = await edge.peer()
    await phone.say(register_call("acme-101").request(phone, "REGISTER", 1, ["User-Agent: friendly-scanner"]))
    await heard_nothing(phone, edge, phone)


async def test_malformed_requests_are_refused_and_nothing_breaks(edge: Edge) -> None:
    phone = await edge.peer()
    call = sip.Call(DOMAIN, "x", f"sip:100@{DOMAIN}")
    good = call.request(phone, "INVITE", 1)
    for bad in (
        good.replace("Max-Forwards: 70", "Max-Forwards: 0"),
        good.replace("CSeq: 1 INVITE", "CSeq: 1 BYE"),
        good.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia", 1),
        good.replace(f"sip:100@{DOMAIN} SIP", "unknown:100 SIP", 1),
        good.replace("Content-Length: 0", "Content-Length: 99"),
        good.partition("From:")[0] + "\r\n",
        "INVITE\r\n\r\n",
        "\x00" * 64,
    ):
        await phone.say(bad)
    await heard_nothing(edge.media, edge, await edge.peer())
    assert await edge.rpc.call("core.uptime")


async def test_methods_nobody_serves_are_refused(edge: Edge) -> None:
    await edge.put(account("acme-308"))
    phone = await edge.peer()
    call = sip.Call(DOMAIN, "acme-308", f"sip:100@{DOMAIN}")
    first = await call.ask(phone, "PRACK", 1)
    proof = sip.credentials(first, "PRACK", call.target, "acme-308", "right")
    assert (await call.ask(phone, "PRACK", 2, [proof])).code == 405


async def test_the_bus_and_the_inside_are_not_outside(edge: Edge) -> None:
    phone = await edge.peer()
    await phone.say(sip.Call(DOMAIN, "x", f"sip:notification_peer@{DOMAIN}").request(phone, "KDMQ", 1))
    await heard_nothing(phone, edge, phone)


async def test_commands_need_the_key(edge: Edge) -> None:
    body = {"jsonrpc": "2.0", "method": "core.uptime", "id": 1}
    async with httpx.AsyncClient(trust_env=False) as stranger:
        for headers in ({}, {"X-Edge-Key": "guess"}):
            answer = await stranger.post(edge.settings.rpc_url, json=body, headers=headers)
            assert answer.status_code == 403
        on_public = f"http://127.0.0.1:{edge.settings.ws_port}/rpc"
        key = {"X-Edge-Key": edge.settings.rpc_key.get_secret_value()}
        assert (await stranger.post(on_public, json=body, headers=key)).status_code == 404


async def test_a_flood_is_dropped_and_others_are_served(edge: Edge) -> None:
    flooder, phone = await edge.peer(address="127.0.0.66"), await edge.peer("tcp")
    sent = edge.settings.flood_requests * 3
    for _ in range(sent):
        await flooder.say(sip.Call(DOMAIN, "x", f"sip:{DOMAIN}").request(flooder, "OPTIONS", 1))
    assert (await sip.Call(DOMAIN, "x", f"sip:{DOMAIN}").ask(phone, "OPTIONS", 1)).code == 200
    assert len(flooder.heard) < sent
    await edge.put(account("acme-309"))
    assert (await sip.register(phone, register_call("acme-309"), "acme-309", "right")).code == 200


async def test_an_answer_nobody_asked_for_is_not_passed_on(edge: Edge) -> None:
    phone, victim = await edge.peer(), await sip.udp()
    edge.peers.append(victim)
    request = sip.Message.parse(sip.Call(DOMAIN, "x", f"sip:100@{DOMAIN}").request(phone, "INVITE", 1))
    ours = ("Via", f"SIP/2.0/UDP 127.0.0.1:{edge.settings.sip_port};branch=z9hG4bKours")
    theirs = ("Via", f"SIP/2.0/UDP {victim.address};branch=z9hG4bKtheirs")
    request.headers = [ours, theirs, *(each for each in request.headers if each[0] != "Via")]
    await phone.say(sip.answer(request, 200, "OK", tag="made-up"))
    await heard_nothing(victim, edge, phone)


async def test_a_made_up_ack_gets_no_answer(edge: Edge) -> None:
    phone, victim = await edge.peer(), await sip.udp()
    edge.peers.append(victim)
    route = f"Route: <sip:127.0.0.1:{edge.settings.sip_port};lr>"
    for tag, routes in (("", []), ("made-up", []), ("made-up", [route])):
        call = sip.Call(DOMAIN, "x", f"sip:x@{victim.address}", to_tag=tag)
        await phone.say(call.request(phone, "ACK", 1, routes))
    await heard_nothing(victim, edge, phone)
    assert not phone.heard
