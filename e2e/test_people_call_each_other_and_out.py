"""People at desk phones call a colleague, the city, an emergency service; what the rules of the company forbid."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from antiphon.media.phone.phone import NotUp, Phone, PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.up.client import Agent, Problem
from antiphon.up.demo_phones import ONLY_CALLED, OPERATOR, SCHEME
from e2e.people import ready, signed_in
from e2e.phones import (
    AGENTS_TONE,
    COLLEAGUES_TONE,
    CUSTOMERS_TONE,
    DOMAIN,
    a_customers_phone,
    a_desk_phone,
    an_operator,
    answers,
    calls_a_number,
    ended,
    hear_each_other,
    hears,
    nothing_is_left,
)
from e2e.stack import Stack

pytestmark = pytest.mark.e2e
CITY = "0671234567"
CITY_E164 = "+380671234567"


@asynccontextmanager
async def operators(stack: Stack, owner: Agent) -> AsyncIterator[tuple[Phone, Phone]]:
    """Where calls leave: the demo's trunk, and another one for when that fails. Both belong to the story."""
    known = (await owner.call("GET", "/trunks"))["trunks"]
    first = next(trunk for trunk in known if trunk["name"] == OPERATOR)
    async with an_operator(stack) as one, an_operator(stack) as other:
        changed = first | {"port": one.endpoint.port}
        first = (await owner.call("PUT", f"/trunks/{first['id']}", {"trunk": changed}))["trunk"]
        spare = {"name": "Spare operator", "host": "127.0.0.1", "port": other.endpoint.port, "priority": 5}
        spare |= {"networks": ["127.0.0.99/32"]}
        second = (await owner.call("POST", "/trunks", {"trunk": spare}))["trunk"]
        try:
            yield one, other
        finally:
            await owner.call("DELETE", f"/trunks/{second['id']}")


async def dials(agent: Agent, phone: Phone, to: str, caller_id: str = "") -> tuple[PhoneCall, str]:
    """By a click: the own phone rings first. The call and its id."""
    body = {"request_id": str(uuid.uuid4()), "to": to, "caller_id": caller_id}
    given, mine = await asyncio.gather(agent.call("POST", "/calls", body), answers(phone, AGENTS_TONE))
    return mine, given["call"]["id"]


async def refused(agent: Agent, to: str, caller_id: str = "") -> str:
    """Why a click does not even ring the own phone."""
    body = {"request_id": str(uuid.uuid4()), "to": to, "caller_id": caller_id}
    with pytest.raises(Problem) as no:
        await agent.call("POST", "/calls", body)
    return no.value.reason


@pytest.mark.clause("A23")
async def test_a_colleague_by_his_extension(stack: Stack) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack) as one,
        signed_in(stack, number=1) as other,
        a_desk_phone(stack, one.me) as phone,
        a_desk_phone(stack, other.me) as colleagues_phone,
    ):
        call = await phone.call(f"sip:302@{DOMAIN}")
        ring = await answers(colleagues_phone, COLLEAGUES_TONE)
        await call.up(within=30)
        ring.line.sound, call.line.sound = Tone(COLLEAGUES_TONE), Tone(CUSTOMERS_TONE)
        await hear_each_other(call, ring, COLLEAGUES_TONE)
        told = await supervisor.event("CallBridged", lambda e: e["call"]["direction"] == "DIRECTION_INTERNAL")
        ring.hang_up()
        await call.over(within=30)
        record = await ended(supervisor, told["body"]["call"]["id"])
        assert (record["caller"], record["called"], record["outcome"]) == ("301", "302", "answered")
        busy = await phone.call(f"sip:302@{DOMAIN}")
        (await colleagues_phone.incoming(within=30)).reject(486)
        assert await busy.over(within=30) == 486
        nobody = await phone.call(f"sip:777@{DOMAIN}")
        assert await nobody.over(within=30) == 404
        await nothing_is_left(supervisor)


@pytest.mark.clause("A23")
@pytest.mark.parametrize("how", ["phone", "click"])
async def test_a_number_in_the_city(stack: Stack, how: str) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        operators(stack, owner) as (operator, _),
    ):
        if how == "phone":
            mine = await phone.call(f"sip:{CITY}@{DOMAIN}")
            outside = await operator.incoming(within=30)
        else:
            mine, _ = await dials(agent, phone, CITY)
            outside = await operator.incoming(within=30)
        assert CITY_E164.removeprefix("+") in outside.leg.invite.uri
        assert stack.tenant.number.removeprefix("+") in outside.leg.invite.sender.uri
        assert outside.answer()
        await mine.up(within=30)
        outside.line.sound, mine.line.sound = Tone(CUSTOMERS_TONE), Tone(AGENTS_TONE)
        await hear_each_other(outside, mine)
        told = await supervisor.event("CallBridged", lambda e: e["call"]["called"] == CITY_E164)
        outside.hang_up()
        await mine.over(within=30)
        record = await ended(supervisor, told["body"]["call"]["id"])
        assert (record["direction"], record["outcome"]) == ("DIRECTION_OUTBOUND", "answered")
        await nothing_is_left(supervisor)


async def test_another_operator_takes_what_the_first_cannot(stack: Stack) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        operators(stack, owner) as (operator, spare),
    ):
        mine = await phone.call(f"sip:{CITY}@{DOMAIN}")
        (await operator.incoming(within=30)).reject(503)
        outside = await answers(spare, CUSTOMERS_TONE)
        await mine.up(within=30)
        await hears(mine, CUSTOMERS_TONE)
        mine.hang_up()
        await outside.over(within=30)
        busy = await phone.call(f"sip:{CITY}@{DOMAIN}")  # busy is busy, whoever carries the call
        (await operator.incoming(within=30)).reject(486)
        assert await busy.over(within=30) == 486
        assert spare._incoming.empty()
        await nothing_is_left(supervisor)


@pytest.mark.clause("C07")
async def test_what_is_blocked_is_not_called_until_it_is_allowed(stack: Stack) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        operators(stack, owner) as (operator, spare),
    ):
        never = await phone.call(f"sip:0900123456@{DOMAIN}")
        assert await never.over(within=30) == 403
        assert await refused(agent, "0900123456") == "BLOCKED_DESTINATION"
        assert operator._incoming.empty()
        assert spare._incoming.empty()
        plan = (await owner.call("GET", "/dial-plan"))["plan"]
        kept = plan["blocked_prefixes"]
        plan = (await owner.call("PUT", "/dial-plan", {"plan": plan | {"blocked_prefixes": []}}))["plan"]
        try:
            mine = await phone.call(f"sip:0900123456@{DOMAIN}")
            outside = await answers(operator, CUSTOMERS_TONE)
            await mine.up(within=30)
            await hears(mine, CUSTOMERS_TONE)
            mine.hang_up()
            await outside.over(within=30)
        finally:
            await owner.call("PUT", "/dial-plan", {"plan": plan | {"blocked_prefixes": kept}})
        await nothing_is_left(supervisor)


async def test_an_emergency_number_passes_whatever_is_blocked(stack: Stack) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        operators(stack, owner) as (operator, _),
    ):
        plan = (await owner.call("GET", "/dial-plan"))["plan"]
        kept = plan["blocked_prefixes"]
        everything = {"blocked_prefixes": ["+38", "+112"]}
        plan = (await owner.call("PUT", "/dial-plan", {"plan": plan | everything}))["plan"]
        try:
            assert await (await phone.call(f"sip:{CITY}@{DOMAIN}")).over(within=30) == 403
            mine = await phone.call(f"sip:112@{DOMAIN}")
            outside = await answers(operator, CUSTOMERS_TONE)
            assert "112@" in outside.leg.invite.uri
            await mine.up(within=30)
            await hears(mine, CUSTOMERS_TONE)
            mine.hang_up()
            await outside.over(within=30)
        finally:
            await owner.call("PUT", "/dial-plan", {"plan": plan | {"blocked_prefixes": kept}})
        await nothing_is_left(supervisor)


@pytest.mark.clause("B02")
async def test_a_number_with_three_channels_takes_three_calls_of_both_directions(stack: Stack) -> None:
    number = "+380443902077"
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack) as telephone,
        operators(stack, owner) as (operator, _),
    ):
        await rents(owner, number, max_channels=3)
        inbound = [await calls_a_number(telephone, number) for _ in range(2)]
        mine, _ = await dials(agent, phone, CITY, caller_id=number)
        outside = await answers(operator, CUSTOMERS_TONE)
        await hears(mine, CUSTOMERS_TONE)
        with pytest.raises(NotUp) as busy:
            await calls_a_number(telephone, number)
        assert busy.value.code == 486
        assert await refused(agent, CITY, caller_id=number) == "BUSY"
        inbound[0].hang_up()
        await inbound[0].over(within=30)
        outside.hang_up()
        await mine.over(within=30)
        await nothing_is_left(supervisor, but=1)
        another = await calls_a_number(telephone, number)  # a channel is free again
        for call in (inbound[1], another):
            call.hang_up()
        await nothing_is_left(supervisor)


@pytest.mark.clause("B03")
async def test_a_number_that_is_only_called_never_calls(stack: Stack) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack, CITY_E164) as telephone,
        operators(stack, owner) as (operator, _),
    ):
        missed = [await calls_a_number(telephone, ONLY_CALLED) for _ in range(2)]
        for call in missed:
            call.hang_up()
        assert await refused(agent, CITY_E164, caller_id=ONLY_CALLED) == "INBOUND_ONLY"
        mine, _ = await dials(agent, phone, CITY_E164)  # the missed call is answered over another line
        outside = await answers(operator, CUSTOMERS_TONE)
        assert stack.tenant.number.removeprefix("+") in outside.leg.invite.sender.uri
        mine.hang_up()
        await outside.over(within=30)
        await nothing_is_left(supervisor)


async def rents(owner: Agent, e164: str, max_channels: int) -> None:
    """A new number, answered by the reception."""
    trunks = (await owner.call("GET", "/trunks"))["trunks"]
    trunk = next(trunk["id"] for trunk in trunks if trunk["name"] == OPERATOR)
    new = {"e164": e164, "title": "Three lines", "trunk_id": trunk, "max_channels": max_channels}
    await owner.call("POST", "/numbers", {"number": new})
    schemes = (await owner.call("GET", "/schemes"))["schemes"]
    scheme = next(scheme["id"] for scheme in schemes if scheme["name"] == SCHEME)
    await owner.call("PUT", "/bindings", {"binding": {"address": e164, "scheme_id": scheme}})
