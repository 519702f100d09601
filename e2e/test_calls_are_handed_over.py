"""A call goes from hand to hand: transferred blind and attended, by the desk and by the phone's own button; a third one
is asked to join; a supervisor listens, whispers, and joins in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from antiphon.media.phone.phone import Phone
from antiphon.up.client import Agent
from e2e.people import ready, signed_in
from e2e.phones import (
    AGENTS_TONE,
    COLLEAGUES_TONE,
    CUSTOMERS_TONE,
    DOMAIN,
    SUPERVISORS_TONE,
    Conversation,
    a_customers_phone,
    a_desk_phone,
    answers,
    conversation,
    ended,
    hear_each_other,
    hears,
    hears_something,
    nothing_is_left,
)
from e2e.stack import Stack

pytestmark = pytest.mark.e2e
COLLEAGUE = "302"


@dataclass(frozen=True, slots=True)
class Office:
    """An agent in conversation with a customer, and a colleague at his phone who takes no calls of queues."""

    supervisor: Agent
    agent: Agent
    agents_phone: Phone
    colleague: Agent
    colleagues_phone: Phone
    talk: Conversation


@asynccontextmanager
async def office(stack: Stack, customer: str) -> AsyncIterator[Office]:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, number=1) as colleague,
        ready(stack) as agent,
        a_desk_phone(stack, colleague.me) as colleagues_phone,
        a_desk_phone(stack, agent.me) as agents_phone,
        a_customers_phone(stack, customer) as telephone,
    ):
        talk = await conversation(stack, telephone, agents_phone, agent)
        yield Office(supervisor, agent, agents_phone, colleague, colleagues_phone, talk)
        talk.hang_up()
        await nothing_is_left(supervisor)


async def test_to_a_colleague_without_asking_him(stack: Stack) -> None:
    async with office(stack, "+380671112240") as it:
        await it.agent.call("POST", f"/calls/{it.talk.id}/transfer", {"person_id": it.colleague.me})
        await it.talk.agent.over(within=30)
        await hears_something(it.talk.customer)  # music, while the colleague's phone rings
        ring = await answers(it.colleagues_phone, COLLEAGUES_TONE)
        await hear_each_other(it.talk.customer, ring, COLLEAGUES_TONE)
        ring.hang_up()
        await it.talk.customer.over(within=30)
        record = await ended(it.supervisor, it.talk.id)
        assert record["outcome"] == "answered"
        assert record["agent_id"] == it.colleague.me
        assert {leg["person_id"] for leg in record["legs"] if leg["code"] == 200} >= {it.agent.me, it.colleague.me}


@pytest.mark.parametrize("why", ["busy", "declined"])
async def test_it_comes_back_when_the_colleague_does_not_take_it(stack: Stack, why: str) -> None:
    async with office(stack, "+380671112241") as it:
        await it.agent.call("POST", f"/calls/{it.talk.id}/transfer", {"number": COLLEAGUE})
        await it.talk.agent.over(within=30)
        (await it.colleagues_phone.incoming(within=30)).reject(486 if why == "busy" else 603)
        again = await answers(it.agents_phone, AGENTS_TONE)
        await hear_each_other(it.talk.customer, again)


async def test_it_comes_back_when_the_colleague_has_no_phone(stack: Stack) -> None:
    async with office(stack, "+380671112242") as it:
        supervisor = stack.person("supervisor").id
        await it.agent.call("POST", f"/calls/{it.talk.id}/transfer", {"person_id": supervisor})
        await it.talk.agent.over(within=30)
        again = await answers(it.agents_phone, AGENTS_TONE)
        await hear_each_other(it.talk.customer, again)


async def test_back_into_a_queue(stack: Stack) -> None:
    async with office(stack, "+380671112243") as it:
        queue = stack.tenant.queues["Сервіс"]
        body = {"queue_id": queue, "note": "Питає про гарантію"}
        await it.agent.call("POST", f"/calls/{it.talk.id}/transfer", body)
        await it.talk.agent.over(within=30)
        await hears_something(it.talk.customer)  # music
        await it.colleague.be("READY")
        ring = await answers(it.colleagues_phone, COLLEAGUES_TONE)
        await hear_each_other(it.talk.customer, ring, COLLEAGUES_TONE)
        it.talk.customer.hang_up()
        await ring.over(within=30)
        record = await ended(it.supervisor, it.talk.id)
        assert (record["queue_id"], record["agent_id"]) == (queue, it.colleague.me)


@pytest.mark.parametrize("how", ["complete", "cancel"])
async def test_to_a_colleague_who_was_asked_first(stack: Stack, how: str) -> None:
    async with office(stack, "+380671112244") as it:
        body = {"number": COLLEAGUE, "attended": True}
        await it.agent.call("POST", f"/calls/{it.talk.id}/transfer", body)
        ring = await answers(it.colleagues_phone, COLLEAGUES_TONE)
        await hears(ring, AGENTS_TONE)
        await hears(it.talk.agent, COLLEAGUES_TONE)
        await hears_something(it.talk.customer)  # music: not a word of what they say
        await it.agent.call("POST", f"/calls/{it.talk.id}/transfer/{how}", {})
        gone, stays, tone = (
            (it.talk.agent, ring, COLLEAGUES_TONE) if how == "complete" else (ring, it.talk.agent, AGENTS_TONE)
        )
        await gone.over(within=30)
        await hear_each_other(it.talk.customer, stays, tone)


async def test_by_the_transfer_button_of_a_phone(stack: Stack) -> None:
    async with office(stack, "+380671112245") as it:
        code = await it.talk.agent.transfer(f"sip:{COLLEAGUE}@{DOMAIN}")
        assert code == 200
        await it.talk.agent.over(within=30)
        ring = await answers(it.colleagues_phone, COLLEAGUES_TONE)
        await hear_each_other(it.talk.customer, ring, COLLEAGUES_TONE)


async def test_by_the_transfer_button_after_asking(stack: Stack) -> None:
    async with office(stack, "+380671112246") as it:
        await it.talk.agent.hold()
        await hears_something(it.talk.customer)  # music
        asks = await it.agents_phone.call(f"sip:{COLLEAGUE}@{DOMAIN}")
        ring = await answers(it.colleagues_phone, COLLEAGUES_TONE)
        await asks.up(within=30)
        await hears(asks, COLLEAGUES_TONE)
        assert await it.talk.agent.transfer_to(asks) == 200
        await it.talk.agent.over(within=30)
        await hear_each_other(it.talk.customer, ring, COLLEAGUES_TONE)


@pytest.mark.clause("A11")
async def test_a_third_one_joins_and_each_hears_the_other_two(stack: Stack) -> None:
    async with office(stack, "+380671112247") as it:
        await it.agent.call("POST", f"/calls/{it.talk.id}/parties", {"to": COLLEAGUE})
        third = await answers(it.colleagues_phone, COLLEAGUES_TONE)
        await hears(it.talk.customer, AGENTS_TONE, COLLEAGUES_TONE)
        await hears(it.talk.agent, CUSTOMERS_TONE, COLLEAGUES_TONE)
        await hears(third, CUSTOMERS_TONE, AGENTS_TONE)
        third.hang_up()
        await third.over(within=30)
        await hear_each_other(it.talk.customer, it.talk.agent)


@pytest.mark.clause("D06")
async def test_a_supervisor_listens_whispers_and_joins_in(stack: Stack) -> None:
    async with office(stack, "+380671112248") as it, a_desk_phone(stack, it.supervisor.me) as phone:

        async def monitor(mode: str) -> None:
            body = {"mode": f"MONITOR_MODE_{mode}", "reason": "training"}
            await it.supervisor.call("POST", f"/calls/{it.talk.id}/monitor", body)

        await monitor("LISTEN")
        third = await answers(phone, SUPERVISORS_TONE)
        await hears(third, CUSTOMERS_TONE, AGENTS_TONE)
        await hear_each_other(it.talk.customer, it.talk.agent)
        await monitor("WHISPER")
        await hears(it.talk.agent, CUSTOMERS_TONE, SUPERVISORS_TONE)
        await hears(it.talk.customer, AGENTS_TONE)  # and nothing of the supervisor
        await monitor("BARGE")
        await hears(it.talk.customer, AGENTS_TONE, SUPERVISORS_TONE)
        third.hang_up()
        await third.over(within=30)
        await hear_each_other(it.talk.customer, it.talk.agent)
