"""Two nodes and two media replicas: what one node knows the other knows, and a dead replica is passed over."""

from __future__ import annotations

import asyncio

import pytest

from antiphon.edge.tests import sip
from antiphon.edge.tests.conftest import (
    DOMAIN,
    Edge,
    Pair,
    account,
    alive,
    media_is_seen,
    register_call,
)
from antiphon.kit import tasks
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


async def knows(edge: Edge, user: str) -> bool:
    return user in {each.user for each in await edge.rpc.registrations()}


async def holds(edge: Edge, table: str, key: str) -> bool:
    return key in await edge.rpc.table(table)


async def test_a_browser_on_one_node_is_rung_through_the_other(pair: Pair) -> None:
    first, second = pair
    await first.put(account("acme-401"))
    await eventually(lambda: holds(second, "ha1", "acme-401"), within=20)
    phone = await second.peer("ws")
    assert (await sip.register(phone, register_call("acme-401"), "acme-401", "right")).code == 200
    await eventually(lambda: knows(first, "acme-401"), within=20)
    call = sip.Call(DOMAIN, "queue", f"sip:acme-401@{DOMAIN}")
    await first.media.say(call.request(first.media, "INVITE", 1), first.inside)
    heard = await phone.asked("INVITE", call)
    await phone.say(sip.answer(heard, 200, "OK", tag="p", contact=f"<{phone.contact}>"))
    taken = await first.media.answer_of(call.call_id, 1)
    assert taken.code == 200
    call.to_tag, call.target = "p", taken.one("Contact").strip("<>")
    routes = [f"Route: {each}" for each in reversed(taken.all("Record-Route"))]
    await first.media.say(call.request(first.media, "ACK", 1, routes), first.inside)
    await phone.asked("ACK", call)
    back = sip.Call(DOMAIN, "acme-401", heard.one("Contact").strip("<>"), call_id=call.call_id, tag="p")
    back.to_tag = call.tag
    await phone.say(back.request(phone, "BYE", 1, [f"Route: {each}" for each in heard.all("Record-Route")]))
    bye = await first.media.asked("BYE", call)
    await first.media.say(sip.answer(bye, 200, "OK"), bye.source)
    assert (await phone.answer_of(call.call_id, 1)).code == 200


async def test_a_restarted_node_learns_everything_from_the_other(pair: Pair) -> None:
    first, second = pair
    await second.put(account("acme-402"))
    phone = await second.peer()
    assert (await sip.register(phone, register_call("acme-402"), "acme-402", "right")).code == 200
    await eventually(lambda: knows(first, "acme-402"), within=20)
    first.process.kill()
    first.process.start()
    await eventually(lambda: knows(first, "acme-402"), within=30)
    await eventually(lambda: holds(first, "ha1", "acme-402"), within=30)
    await media_is_seen(first.rpc, living=2)
    call = sip.Call(DOMAIN, "queue", f"sip:acme-402@{DOMAIN}")
    await first.media.say(call.request(first.media, "INVITE", 1), first.inside)
    heard = await phone.asked("INVITE", call)
    await phone.say(sip.answer(heard, 486, "Busy", tag="p"))
    assert (await first.media.answer_of(call.call_id, 1)).code == 486


async def test_a_ban_and_a_removal_hold_on_both(pair: Pair) -> None:
    first, second = pair
    await first.put(account("acme-403"))
    await eventually(lambda: holds(second, "ha1", "acme-403"), within=20)
    phone = await first.peer()
    for _ in range(first.settings.ban_failures):
        await sip.register(phone, register_call("acme-403"), "acme-403", "wrong")
    await eventually(lambda: holds(second, "banned", "127.0.0.1|acme-403"), within=20)
    other = await second.peer()
    assert (await sip.register(other, register_call("acme-403"), "acme-403", "right")).code == 403


async def test_unregistering_is_told_to_the_other(pair: Pair) -> None:
    first, second = pair
    await first.put(account("acme-404"))
    phone = await first.peer()
    assert (await sip.register(phone, register_call("acme-404"), "acme-404", "right")).code == 200
    await eventually(lambda: knows(second, "acme-404"), within=20)
    await second.rpc.unregister("acme-404")
    await eventually(lambda: gone(first, "acme-404"), within=20)


async def gone(edge: Edge, user: str) -> bool:
    return not await knows(edge, user)


async def test_a_replica_that_says_503_or_nothing_is_passed_over(pair: Pair) -> None:
    first, second = pair
    await first.put(account("acme-405"))
    phone = await first.peer()
    for silent in (False, True):
        for _ in range(2):  # whoever's turn it is
            call = sip.Call(DOMAIN, "acme-405", f"sip:100@{DOMAIN}")
            challenge = await call.ask(phone, "INVITE", 1)
            await phone.say(call.request(phone, "ACK", 1))
            proof = sip.credentials(challenge, "INVITE", call.target, "acme-405", "right")

            def refuse(message: sip.Message, silent: bool = silent) -> str | None:
                if message.method == "INVITE":
                    return "" if silent else sip.answer(message, 503, "Draining", tag="d")
                return alive(message)

            def take(message: sip.Message) -> str | None:
                return sip.answer(message, 486, "Busy", tag="m") if message.method == "INVITE" else alive(message)

            first.media.automatic, second.media.automatic = refuse, take
            await phone.say(call.request(phone, "INVITE", 2, [proof]))
            assert (await phone.answer_of(call.call_id, 2)).code == 486
            await phone.say(call.request(phone, "ACK", 2))


async def test_a_replica_that_dies_after_its_100_is_passed_over(pair: Pair) -> None:
    """Long before the caller gives up; what it said until then is heard by nobody."""
    first, second = pair
    await first.put(account("acme-408"))
    phone = await first.peer()
    for _ in range(2):  # whoever's turn it is
        call = sip.Call(DOMAIN, "acme-408", f"sip:100@{DOMAIN}")
        challenge = await call.ask(phone, "INVITE", 1)
        await phone.say(call.request(phone, "ACK", 1))
        proof = sip.credentials(challenge, "INVITE", call.target, "acme-408", "right")

        def dies(message: sip.Message) -> str | None:
            return sip.answer(message, 100, "Trying") if message.method == "INVITE" else alive(message)

        def take(message: sip.Message) -> str | None:
            return sip.answer(message, 486, "Busy", tag="m") if message.method == "INVITE" else alive(message)

        first.media.automatic, second.media.automatic = dies, take
        await phone.say(call.request(phone, "INVITE", 2, [proof]))
        assert (await phone.answer_of(call.call_id, 2)).code == 486
        await phone.say(call.request(phone, "ACK", 2))


async def test_a_replica_that_says_100_again_and_again_is_waited_for(pair: Pair) -> None:
    """Longer than one that says it once: a phone may ring for a minute."""
    first, _ = pair
    await first.put(account("acme-409"))
    phone = await first.peer()
    call = sip.Call(DOMAIN, "acme-409", f"sip:100@{DOMAIN}")
    challenge = await call.ask(phone, "INVITE", 1)
    await phone.say(call.request(phone, "ACK", 1))
    proof = sip.credentials(challenge, "INVITE", call.target, "acme-409", "right")
    asked = {asyncio.ensure_future(each.media.asked("INVITE", call)): each.media for each in pair}
    await phone.say(call.request(phone, "INVITE", 2, [proof]))
    (heard,), others = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    busy, wish = asked[heard], heard.result()
    pulse, loop = first.settings.media_pulse_ms / 1000, asyncio.get_running_loop()
    until = loop.time() + 1.3 * pulse
    while loop.time() < until:
        await busy.say(sip.answer(wish, 100, "Trying"), wish.source)
        await asyncio.wait(others, timeout=pulse / 10)
    assert not [other for other in others if other.done()]
    await tasks.end(*others)
    await busy.say(sip.answer(wish, 486, "Busy", tag="m"), wish.source)
    assert (await phone.answer_of(call.call_id, 2)).code == 486
    await phone.say(call.request(phone, "ACK", 2))


async def test_when_every_replica_is_silent_the_caller_hears_503(pair: Pair) -> None:
    first, second = pair
    await first.put(account("acme-407"))
    phone = await first.peer()
    call = sip.Call(DOMAIN, "acme-407", f"sip:100@{DOMAIN}")
    assert (await sip.invite(phone, call, "acme-407", "right")).code == 503
    for replica in (first.media, second.media):
        assert [each for each in replica.heard if each.method == "INVITE"]
        replica.heard.clear()


async def test_without_media_callers_hear_503_and_then_are_served_again(pair: Pair) -> None:
    first, second = pair
    await first.put(account("acme-406"))
    phone = await first.peer()

    def draining(message: sip.Message) -> str | None:
        return sip.answer(message, 503, "Draining", tag="d") if message.method == "OPTIONS" else None

    first.media.automatic = second.media.automatic = draining
    await media_is_seen(first.rpc, living=0)
    call = sip.Call(DOMAIN, "acme-406", f"sip:100@{DOMAIN}")
    refused = await sip.invite(phone, call, "acme-406", "right")
    assert (refused.code, refused.one("Retry-After")) == (503, "2")
    first.media.automatic = second.media.automatic = alive
    await media_is_seen(first.rpc, living=2)
