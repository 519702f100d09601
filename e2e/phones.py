"""Telephones of a story: our own SIP phones against the running edge, and what they hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneAccount, PhoneCall
from antiphon.media.phone.sound import joined, purity
from antiphon.media.sip.uri import Hop
from antiphon.up.client import Agent
from e2e.stack import Stack

DOMAIN = "antiphon.local"
CUSTOMER = "+380671112233"


@asynccontextmanager
async def a_customers_phone(stack: Stack, number: str = CUSTOMER) -> AsyncIterator[Phone]:
    """A telephone somewhere in the world: its calls come in over the demo operator."""
    async with _phone(stack, PhoneAccount(number, "operator.example")) as phone:
        yield phone


@asynccontextmanager
async def a_desk_phone(stack: Stack, person_id: str) -> AsyncIterator[Phone]:
    """A registered SIP phone of one of the demo tenant's agents."""
    known = next(each for each in stack.tenant.phones if each.person_id == person_id)
    async with _phone(stack, PhoneAccount(known.username, DOMAIN, known.password)) as phone:
        await phone.register(within=30)
        yield phone


@asynccontextmanager
async def _phone(stack: Stack, account: PhoneAccount) -> AsyncIterator[Phone]:
    phone = Phone(account, edge=Hop("127.0.0.1", stack.sip_port))
    await phone.start()
    try:
        yield phone
    finally:
        await phone.close()


async def calls_the_company(phone: Phone, stack: Stack) -> PhoneCall:
    """Dials the demo number; up when the reception has answered."""
    call = await phone.call(f"sip:{stack.tenant.number}@{DOMAIN}")
    return await call.up(within=30)


async def hears(call: PhoneCall, *hertz: float) -> None:
    """Until the last half second is these tones and nothing else."""

    def pure() -> bool:
        heard = call.line.recording[-25:]
        return len(heard) == 25 and purity(joined(heard), *hertz) >= 0.9

    call.line.recording.clear()
    await eventually(pure)


async def hears_something(call: PhoneCall) -> None:
    """Until there was sound in a second: speech, music, a beep."""

    def loud() -> bool:
        heard = joined(call.line.recording[-50:])
        return len(heard) >= 4000 and int((abs(heard) > 300).sum()) > 500

    call.line.recording.clear()
    await eventually(loud)


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
