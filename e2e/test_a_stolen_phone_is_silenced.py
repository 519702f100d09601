"""A phone is suspected to be in wrong hands, by a person or by a detector: its calls end, its registration too, and it
stays out."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import NotRegistered, NotUp, Phone, PhoneAccount
from antiphon.up.client import Agent
from antiphon.up.demo_phones import OPERATOR
from e2e.people import ready, signed_in
from e2e.phones import (
    AGENTS_TONE,
    DOMAIN,
    a_customers_phone,
    a_desk_phone,
    a_phone,
    an_operator,
    answers,
    conversation,
    ended,
    nothing_is_left,
)
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


DEAR = "+1900555010"
"""Premium numbers, but for the last digit."""
ENOUGH, QUOTA = 6, 60.0
"""Dear attempts within an hour that are a hacked telephone's (detectors.json: high_cost); seconds paid ahead."""


@asynccontextmanager
async def a_second_phone(
    stack: Stack, owner: Agent, person_id: str, name: str = "second-phone"
) -> AsyncIterator[tuple[Phone, str]]:
    """Another registered phone of the same agent, and its account's id; the account is deleted afterwards."""
    wanted = {"username": name, "title": "Second phone", "person_id": person_id}
    made = await owner.call("POST", "/sip-accounts", {"account": wanted})
    account_id = made["account"]["id"]
    try:
        async with a_phone(stack, PhoneAccount(name, DOMAIN, made["password"])) as phone:

            async def registered() -> bool:  # as soon as the edge knows of it
                try:
                    await phone.register(within=30)
                except NotRegistered:
                    return False
                return True

            await eventually(registered)
            yield phone, account_id
    finally:
        await owner.call("DELETE", f"/sip-accounts/{account_id}")


async def is_kept_out(phone: Phone) -> bool:
    try:
        await phone.register(within=30)
    except NotRegistered as refused:
        return refused.code == 403
    return False


@pytest.mark.clause("L07")
async def test_blocking_an_account_ends_its_calls_and_keeps_it_out(stack: Stack) -> None:
    async with (
        signed_in(stack, "owner") as owner,
        ready(stack, "supervisor") as supervisor,
        ready(stack) as agent,
        a_second_phone(stack, owner, agent.me) as (stolen, account_id),
        a_customers_phone(stack, "+380671112291") as telephone,
    ):
        talk = await conversation(stack, telephone, stolen, agent)
        body = {"account_ids": [account_id], "reason": "It was left in a taxi."}
        ticket = (await owner.call("POST", "/sip-accounts/block", body))["ticket"]
        await talk.agent.over(within=30)
        await talk.customer.over(within=30)
        assert (await ended(supervisor, talk.id))["outcome"] == "answered"
        assert ticket["account_ids"] == [account_id]

        await eventually(lambda: is_kept_out(stolen), 30)
        with pytest.raises(NotUp):  # as the operator's, whose address it shares, and he has no extension 302
            await (await stolen.call(f"sip:302@{DOMAIN}")).up(within=30)
        await nothing_is_left(supervisor)


async def test_the_other_calls_of_the_same_person_go_on(stack: Stack) -> None:
    async with (
        signed_in(stack, "owner") as owner,
        ready(stack, "supervisor") as supervisor,
        ready(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack, "+380671112292") as telephone,
    ):
        talk = await conversation(stack, telephone, phone, agent)
        async with a_second_phone(stack, owner, agent.me) as (_, account_id):
            body = {"account_ids": [account_id], "reason": "It was left in a taxi."}
            await owner.call("POST", "/sip-accounts/block", body)
            await agent.call("POST", f"/calls/{talk.id}/hold", {"on": True})
            await agent.call("POST", f"/calls/{talk.id}/hold", {"on": False})
        talk.customer.hang_up()
        await talk.agent.over(within=30)
        await nothing_is_left(supervisor)


@asynccontextmanager
async def the_carrier(stack: Stack, owner: Agent) -> AsyncIterator[Phone]:
    """Where calls leave by the demo's trunk."""
    known = (await owner.call("GET", "/trunks"))["trunks"]
    trunk = next(each for each in known if each["name"] == OPERATOR)
    async with an_operator(stack) as phone:
        await owner.call("PUT", f"/trunks/{trunk['id']}", {"trunk": trunk | {"port": phone.endpoint.port}})
        yield phone


@pytest.mark.clause("C06")
async def test_a_hacked_account_that_dials_premium_numbers_is_stopped(
    stack: Stack, record_property: Callable[[str, object], None]
) -> None:
    """Nobody does anything: the detector's verdict ends its calls and its registration within one quota."""
    clock = asyncio.get_running_loop().time
    async with (
        signed_in(stack, "owner") as owner,
        ready(stack, "supervisor") as supervisor,
        ready(stack) as agent,
        a_second_phone(stack, owner, agent.me, f"hacked-{uuid.uuid4().hex[:8]}") as (hacked, account_id),
        the_carrier(stack, owner) as carrier,
    ):
        talking = await hacked.call(f"sip:{DEAR}0@{DOMAIN}")
        far = await answers(carrier, AGENTS_TONE)
        await talking.up(within=30)
        for digit in range(1, ENOUGH):
            began = clock()
            attempt = await hacked.call(f"sip:{DEAR}{digit}@{DOMAIN}")
            if digit < ENOUGH - 1:
                await carrier.incoming(within=30)
                attempt.hang_up()
                await attempt.over(within=30)
        await talking.over(within=60)  # nobody hung up
        await far.over(within=30)
        stopped = clock() - began
        await eventually(lambda: is_kept_out(hacked), 30)
        silenced = clock() - began
        print(f"after the attempt that was too much: calls ended in {stopped:.2f} s, kept out in {silenced:.2f} s")
        record_property("stopped_s", round(stopped, 2))
        assert stopped < QUOTA
        cases = (await owner.call("GET", "/billing/cases"))["cases"]
        (case,) = [each for each in cases if each["subject"] == f"sip_account:{account_id}"]
        assert (case["detector"], case["state"]) == ("high_cost", "open")
        lifted = {"state": "no_measures", "note": "a story", "unblock": True}
        await owner.call("POST", f"/billing/cases/{case['id']}/edit", lifted)
        await nothing_is_left(supervisor)
