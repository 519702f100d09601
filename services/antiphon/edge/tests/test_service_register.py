"""Who may register, over every transport, and how everybody else is refused."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.exceptions import InvalidStatus

from antiphon.edge.tests import sip
from antiphon.edge.tests.conftest import DOMAIN, SECRET, Edge, account, register_call
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service

TRANSPORTS = ["udp", "tcp", "tls", "ws", "wss"]


def browser(expires_in: int = 600, person: str = "anna") -> tuple[str, str, str]:
    """(name of the registration, digest name, password)."""
    name = f"{int(time.time()) + expires_in}:acme.{person}"  # noqa: TID251 - Kamailio's clock is this one
    return f"acme.{person}", name, sip.browser_password(SECRET, name)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_device_registers(edge: Edge, transport: str) -> None:
    await edge.put(account("acme-101"))
    phone = await edge.peer(transport)
    answer = await sip.register(phone, register_call("acme-101"), "acme-101", "right")
    assert answer.code == 200
    assert "acme-101" in {each.user for each in await edge.rpc.registrations()}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_browser_registers_with_credentials_that_pass(edge: Edge, transport: str) -> None:
    user, name, password = browser()
    phone = await edge.peer(transport)
    assert (await sip.register(phone, register_call(user), name, password)).code == 200


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_wrong_password_is_refused_like_an_unknown_name(edge: Edge, transport: str) -> None:
    await edge.put(account("acme-103"))
    phone = await edge.peer(transport)
    for user in ("acme-103", "acme-none"):
        answer = await sip.register(phone, register_call(user), user, "wrong")
        assert (answer.code, answer.start) == (403, "SIP/2.0 403 Forbidden")


async def test_expired_and_forged_browser_credentials_are_refused(edge: Edge) -> None:
    phone = await edge.peer("ws")
    user, name, password = browser(expires_in=-5)
    assert (await sip.register(phone, register_call(user), name, password)).code == 403
    user, name, _ = browser()
    forged = sip.browser_password("another-secret-0123456789", name)
    assert (await sip.register(phone, register_call(user), name, forged)).code == 403


async def test_a_name_is_banned_from_one_address_only(edge: Edge) -> None:
    await edge.put(account("acme-104"), account("acme-105"))
    phone = await edge.peer()
    for _ in range(edge.settings.ban_failures):
        assert (await sip.register(phone, register_call("acme-104"), "acme-104", "wrong")).code == 403
    assert (await sip.register(phone, register_call("acme-104"), "acme-104", "right")).code == 403
    assert (await sip.register(phone, register_call("acme-105"), "acme-105", "right")).code == 200
    elsewhere = await edge.peer(address="127.0.0.2")
    assert (await sip.register(elsewhere, register_call("acme-104"), "acme-104", "right")).code == 200


@pytest.mark.clause("L04")
async def test_an_account_is_bound_to_its_addresses(edge: Edge) -> None:
    await edge.put(account("acme-106", allowed_from=("127.0.0.3/32", "10.0.0.0/8")), account("acme-105"))
    outside, inside = await edge.peer(), await edge.peer(address="127.0.0.3")
    assert (await sip.register(outside, register_call("acme-106"), "acme-106", "right")).code == 403
    assert (await sip.register(inside, register_call("acme-106"), "acme-106", "right")).code == 200
    assert (await sip.register(outside, register_call("acme-105"), "acme-105", "right")).code == 200
    refused = sip.Call(DOMAIN, "acme-106", f"sip:100@{DOMAIN}")
    assert (await sip.invite(outside, refused, "acme-106", "right")).code == 403
    call = sip.Call(DOMAIN, "acme-106", f"sip:100@{DOMAIN}")
    asked = asyncio.ensure_future(sip.invite(inside, call, "acme-106", "right"))
    heard = await edge.media.asked("INVITE", call)
    await edge.media.say(sip.answer(heard, 486, "Busy", tag="m"), heard.source)
    assert (await asked).code == 486


@pytest.mark.clause("L09")
async def test_an_account_that_needs_tls_is_refused_without(edge: Edge) -> None:
    await edge.put(account("acme-107", needs_tls=True))
    plain = await edge.peer("tcp")
    answer = await sip.register(plain, register_call("acme-107"), "acme-107", "right")
    assert answer.start == "SIP/2.0 403 TLS Required"
    safe = await edge.peer("tls")
    assert (await sip.register(safe, register_call("acme-107"), "acme-107", "right")).code == 200


async def test_nobody_registers_for_somebody_else(edge: Edge) -> None:
    await edge.put(account("acme-101"), account("acme-108"))
    phone = await edge.peer()
    answer = await sip.register(phone, register_call("acme-108"), "acme-101", "right")
    assert answer.start == "SIP/2.0 403 Not Your Identity"
    assert "acme-108" not in {each.user for each in await edge.rpc.registrations()}


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8081", "null"])
async def test_a_strange_web_page_gets_no_socket(edge: Edge, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await sip.websocket(f"ws://127.0.0.1:{edge.settings.ws_port}/", origin)
    assert refused.value.response.status_code == 403


async def test_only_our_realm_is_answered(edge: Edge) -> None:
    phone = await edge.peer()
    call = register_call("acme-101")
    first = await call.ask(phone, "REGISTER", 1)
    assert first.code == 401
    assert f'realm="{DOMAIN}"' in first.one("WWW-Authenticate")


@pytest.mark.parametrize("transport", ["ws", "tls"])
async def test_who_goes_away_without_a_word_is_not_registered_any_more(edge: Edge, transport: str) -> None:
    await edge.put(account("acme-109"))
    phone = await edge.peer(transport)
    assert (await sip.register(phone, register_call("acme-109"), "acme-109", "right")).code == 200
    assert phone.close is not None
    await phone.close()

    async def forgotten() -> bool:
        return "acme-109" not in {each.user for each in await edge.rpc.registrations()}

    await eventually(forgotten, within=40)


@pytest.mark.clause("A18")
async def test_five_hundred_users_register_and_the_last_one_is_rung(edge: Edge) -> None:
    """One user more is one row more, and works at once; so it is with one less."""
    names = [f"crowd-{number}" for number in range(500)]
    await edge.put(*(account(name) for name in names))
    desks = [await edge.peer(address=f"127.0.1.{number}") for number in range(1, 6)]

    async def join(place: int) -> None:
        for name in names[place :: len(desks)]:
            assert (await sip.register(desks[place], register_call(name), name, "right")).code == 200

    await asyncio.gather(*map(join, range(len(desks))))
    assert {each.user for each in await edge.rpc.registrations()} >= set(names)
    await rung(edge, names[-1], desks[499 % len(desks)])
    await edge.put(account("crowd-new"))
    assert (await sip.register(desks[0], register_call("crowd-new"), "crowd-new", "right")).code == 200
    await rung(edge, "crowd-new", desks[0])
    await edge.rpc.unregister("crowd-0")
    call = sip.Call(DOMAIN, "queue", f"sip:crowd-0@{DOMAIN}")
    await edge.media.say(call.request(edge.media, "INVITE", 1), edge.inside)
    assert (await edge.media.answer_of(call.call_id, 1)).code == 480
    for name in (*names, "crowd-new"):
        await edge.rpc.unregister(name)


async def rung(edge: Edge, name: str, desk: sip.Peer) -> None:
    call = sip.Call(DOMAIN, "queue", f"sip:{name}@{DOMAIN}")
    await edge.media.say(call.request(edge.media, "INVITE", 1), edge.inside)
    heard = await desk.asked("INVITE", call)
    await desk.say(sip.answer(heard, 486, "Busy", tag="p"), heard.source)
    assert (await edge.media.answer_of(call.call_id, 1)).code == 486
