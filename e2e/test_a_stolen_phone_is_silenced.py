"""A phone is suspected to be in wrong hands: one action ends its calls and its registration, and keeps it out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import NotRegistered, NotUp, Phone, PhoneAccount
from antiphon.up.client import Agent
from e2e.people import ready, signed_in
from e2e.phones import DOMAIN, a_customers_phone, a_desk_phone, a_phone, conversation, ended, nothing_is_left
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


@asynccontextmanager
async def a_second_phone(stack: Stack, owner: Agent, person_id: str) -> AsyncIterator[tuple[Phone, str]]:
    """Another registered phone of the same agent, and its account's id; the account is deleted afterwards."""
    wanted = {"username": "second-phone", "title": "Second phone", "person_id": person_id}
    made = await owner.call("POST", "/sip-accounts", {"account": wanted})
    account_id = made["account"]["id"]
    try:
        async with a_phone(stack, PhoneAccount("second-phone", DOMAIN, made["password"])) as phone:

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

        async def is_refused() -> bool:
            try:
                await stolen.register(within=30)
            except NotRegistered as refused:
                return refused.code == 403
            return False

        await eventually(is_refused)
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
