"""Telephones of a story: our own SIP phones against the running edge, and what they hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.up import telephones
from antiphon.up.client import Agent
from antiphon.up.telephones import Exchange
from e2e.stack import Stack

CUSTOMER = "+380671112233"
WITHIN = 30.0


def exchange_of(stack: Stack) -> Exchange:
    """Where the demo tenant's calls come in."""
    return Exchange(stack.tenant.sip, stack.tenant.number)


@asynccontextmanager
async def a_customers_phone(stack: Stack, number: str = CUSTOMER) -> AsyncIterator[Phone]:
    """A telephone somewhere in the world: its calls come in over the demo operator."""
    async with telephones.customers_phone(exchange_of(stack), number) as phone:
        yield phone


@asynccontextmanager
async def a_desk_phone(stack: Stack, person_id: str) -> AsyncIterator[Phone]:
    """A registered SIP phone of one of the demo tenant's agents."""
    known = next(each for each in stack.tenant.phones if each.person_id == person_id)
    async with telephones.desk_phone(exchange_of(stack), known.username, known.password) as phone:
        yield phone


async def calls_the_company(phone: Phone, stack: Stack) -> PhoneCall:
    """Dials the demo number; up when the reception has answered."""
    return await telephones.dial(phone, exchange_of(stack))


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


async def nothing_is_left(supervisor: Agent) -> None:
    """No live call on any replica, no session on any rtpengine."""

    async def idle() -> bool:
        health = await supervisor.call("GET", "/voice/health")
        return not any(each["calls"] for each in (*health["engines"], *health["replicas"]))

    await eventually(idle)
