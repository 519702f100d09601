"""Telephones of a story: our own SIP phones against the running edge, and what they hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneAccount, PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.media.sip.uri import Hop
from antiphon.up import telephones
from antiphon.up.client import Agent
from antiphon.up.telephones import DOMAIN as DOMAIN
from antiphon.up.telephones import Exchange
from e2e.stack import Stack

CUSTOMER = "+380671112233"
WITHIN = 30.0
CUSTOMERS_TONE, AGENTS_TONE, COLLEAGUES_TONE, SUPERVISORS_TONE = 440, 620, 880, 1200
"""Hertz: whom one hears."""


def exchange_of(stack: Stack) -> Exchange:
    """Where the demo tenant's calls come in."""
    return Exchange(stack.tenant.sip, stack.tenant.number)


@asynccontextmanager
async def a_customers_phone(stack: Stack, number: str = CUSTOMER, node: int = 1) -> AsyncIterator[Phone]:
    """A telephone somewhere in the world: its calls come in over the demo operator, at a node of the edge."""
    async with a_phone(stack, PhoneAccount(number, "operator.example"), node=node) as phone:
        yield phone


@asynccontextmanager
async def a_desk_phone(stack: Stack, person_id: str, node: int = 1) -> AsyncIterator[Phone]:
    """A registered SIP phone of an agent or the supervisor of the demo tenant."""
    known = next(each for each in stack.tenant.phones if each.person_id == person_id)
    async with a_phone(stack, PhoneAccount(known.username, DOMAIN, known.password), node=node) as phone:
        await phone.register(within=30)
        yield phone


@asynccontextmanager
async def a_phone(stack: Stack, account: PhoneAccount, host: str = "127.0.0.1", node: int = 1) -> AsyncIterator[Phone]:
    """Any phone, at any address of this machine."""
    port = stack.sip_port if node == 1 else stack.sip_port_of(node)
    phone = Phone(account, edge=Hop("127.0.0.1", port), host=host)
    await phone.start()
    try:
        yield phone
    finally:
        await phone.close()


@asynccontextmanager
async def an_operator(stack: Stack) -> AsyncIterator[Phone]:
    """The far end of a trunk: rings for every call that leaves over it."""
    async with a_phone(stack, PhoneAccount("operator", "operator.example")) as phone:
        yield phone


async def calls_the_company(phone: Phone, stack: Stack) -> PhoneCall:
    """Dials the demo number; up when the reception has answered."""
    return await calls_a_number(phone, stack.tenant.number)


async def calls_a_number(phone: Phone, number: str) -> PhoneCall:
    """Dials one of the company's numbers; up when the reception has answered. Raises NotUp."""
    call = await phone.call(f"sip:{number}@{DOMAIN}")
    return await call.up(within=30)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A customer and an agent who hear each other: the customer's call, the agent's, and its id."""

    customer: PhoneCall
    agent: PhoneCall
    id: str

    def hang_up(self) -> None:
        self.customer.hang_up()
        self.agent.hang_up()


async def conversation(stack: Stack, telephone: Phone, desk_phone: Phone, agent: Agent) -> Conversation:
    """The customer calls, chooses sales, and the agent answers on his SIP phone."""
    call = await calls_the_company(telephone, stack)
    await call.press("1")
    ring = await answers(desk_phone, AGENTS_TONE)
    call.line.sound = Tone(CUSTOMERS_TONE)
    await hear_each_other(call, ring)
    number = telephone.account.user
    bridged = await agent.event("CallBridged", lambda e: e["call"]["caller"] == number)
    return Conversation(call, ring, bridged["body"]["call"]["id"])


async def answers(phone: Phone, hertz: float) -> PhoneCall:
    """The phone rings and is picked up; a tone says who it is."""
    ring = await phone.incoming(within=30)
    assert ring.answer()
    await ring.up(within=30)
    ring.line.sound = Tone(hertz)
    return ring


async def hear_each_other(customer: PhoneCall, other: PhoneCall, hertz: float = AGENTS_TONE) -> None:
    """Both ways, and nobody else."""
    await hears(customer, hertz)
    await hears(other, CUSTOMERS_TONE)


async def hears(call: PhoneCall, *hertz: float) -> None:
    """Until the last half second is these tones and nothing else."""
    async with asyncio.timeout(WITHIN):
        await telephones.hears(call, *hertz)


async def hears_something(call: PhoneCall) -> None:
    """Until there was sound in a second: speech, music, a beep."""
    async with asyncio.timeout(WITHIN):
        await telephones.hears_something(call)


async def ended(agent: Agent, call_id: str) -> dict[str, Any]:
    """The call's record, as soon as it is written."""
    while True:
        call: dict[str, Any] = (await agent.call("GET", f"/calls/{call_id}"))["call"]
        if call["state"] == "CALL_STATE_ENDED":
            return call
        await asyncio.sleep(0.1)


async def nothing_is_left(supervisor: Agent, but: int = 0) -> None:
    """No live call on any replica, no session on any rtpengine, `but` those that go on."""

    async def idle() -> bool:
        health = await supervisor.call("GET", "/voice/health")
        return all(sum(each["calls"] for each in health[kind]) == but for kind in ("engines", "replicas"))

    await eventually(idle)
