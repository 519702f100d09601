"""kill -9 in a conversation: of the SIP edge, of the media engine, of Antiphon itself; and a stop in good order."""

from __future__ import annotations

import pytest

from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import NotUp, Phone, PhoneCall
from antiphon.up.client import Agent
from e2e.people import ready, signed_in
from e2e.phones import (
    a_customers_phone,
    a_desk_phone,
    calls_the_company,
    conversation,
    ended,
    hear_each_other,
    hears_something,
    nothing_is_left,
)
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


async def gets_through(phone: Phone, stack: Stack) -> PhoneCall:
    """A new call, tried again while what was killed comes back."""

    async def tried() -> PhoneCall | None:
        try:
            return await calls_the_company(phone, stack)
        except (NotUp, TimeoutError):
            return None

    call: PhoneCall = await eventually(tried)
    return call


async def test_the_edge_is_killed_and_the_conversation_goes_on(stack: Stack) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        ready(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack, "+380671112271") as telephone,
    ):
        talk = await conversation(stack, telephone, phone, agent)
        stack.kill_server("kamailio")
        await hear_each_other(talk.customer, talk.agent)
        another = await gets_through(telephone, stack)
        await hears_something(another)
        another.hang_up()
        talk.customer.hang_up()  # BYE, through the new process
        await talk.agent.over(within=30)
        record = await ended(supervisor, talk.id)
        assert (record["outcome"], record["legs"][0]["ended_by"]) == ("answered", "caller")
        await nothing_is_left(supervisor)


async def test_the_engine_is_killed_and_nobody_is_left_hanging(stack: Stack) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        ready(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack, "+380671112272") as telephone,
    ):
        talk = await conversation(stack, telephone, phone, agent)
        stack.kill_server("rtpengine")
        try:
            await hear_each_other(talk.customer, talk.agent)  # on the engine that was started again
            talk.hang_up()
        except TimeoutError:  # away for so long that it counted as dead, and there is no other to go on with
            await talk.customer.over(within=30)
            await talk.agent.over(within=30)
        assert (await ended(supervisor, talk.id))["ended_at"]
        another = await gets_through(telephone, stack)
        await hears_something(another)
        another.hang_up()
        await nothing_is_left(supervisor)


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_antiphon_itself_ends_and_comes_back(stack: Stack, how: str) -> None:
    queue = stack.tenant.queues["Сервіс"]
    async with (
        signed_in(stack, "supervisor") as supervisor,
        a_customers_phone(stack, "+380671112273") as telephone,
        a_customers_phone(stack, "+380671112274") as patient,
    ):
        waits = await calls_the_company(patient, stack)
        await waits.press("2")
        await supervisor.event("WorkQueued", lambda e: e["item"]["queue_id"] == queue)
        talked = await calls_the_company(telephone, stack)
        before = {each["id"] for each in await live(supervisor)}
        assert len(before) == 2
        if how == "killed":
            stack.kill()
        else:
            stack.stop()
            await waits.over(within=30)  # who stops in order says good-bye
            await talked.over(within=30)
        stack.start()
        for call_id in before:
            record = await ended(supervisor, call_id)
            assert record["outcome"] in ({"lost"} if how == "killed" else {"shutdown", "abandoned"})

        async def nobody_waits() -> bool:
            return not (await supervisor.call("GET", f"/queues/{queue}/waiting"))["items"]

        await eventually(nobody_waits)
        await nothing_is_left(supervisor)
        waits.hang_up()
        talked.hang_up()
        again = await calls_the_company(telephone, stack)
        await hears_something(again)
        again.hang_up()
        await nothing_is_left(supervisor)


async def live(supervisor: Agent) -> list[dict[str, str]]:
    """The calls that are going on."""
    found: list[dict[str, str]] = (await supervisor.call("GET", "/calls/live"))["calls"]
    return found
