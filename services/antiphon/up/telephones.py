"""Telephones of `smoke`, `demo` and the stories under e2e/: our own SIP phones, and what they hear.

A customer's phone needs no account: its calls come in over the demo operator. A desk phone registers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from antiphon.media.phone.phone import Phone, PhoneAccount, PhoneCall
from antiphon.media.phone.sound import Samples, joined, purity
from antiphon.media.sip.uri import Hop

DOMAIN = "antiphon.local"
WORLD = "operator.example"
"""Where customers' numbers come from; the edge believes the operator's address, not this name."""
PURE = 0.9
GREETED_WITHIN = 20.0
_LOOK = 0.05
_HALF_SECOND, _SECOND = 25, 50
"""In frames."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Where calls come in, and the number that customers dial."""

    address: str
    number: str
    domain: str = DOMAIN

    @property
    def hop(self) -> Hop:
        host, _, port = self.address.rpartition(":")
        return Hop(host, int(port))


@asynccontextmanager
async def customers_phone(exchange: Exchange, number: str) -> AsyncIterator[Phone]:
    """A telephone somewhere in the world."""
    async with _phone(exchange, PhoneAccount(number, WORLD)) as phone:
        yield phone


@asynccontextmanager
async def desk_phone(exchange: Exchange, username: str, password: str, within: float = 30.0) -> AsyncIterator[Phone]:
    """A registered phone of an agent. Raises NotRegistered, TimeoutError."""
    async with _phone(exchange, PhoneAccount(username, exchange.domain, password)) as phone:
        await phone.register(within=within)
        yield phone


@asynccontextmanager
async def _phone(exchange: Exchange, account: PhoneAccount) -> AsyncIterator[Phone]:
    phone = Phone(account, edge=exchange.hop)
    await phone.start()
    try:
        yield phone
    finally:
        await phone.close()


async def dial(phone: Phone, exchange: Exchange, within: float = 30.0) -> PhoneCall:
    """Calls the company; up when its reception has answered. Raises NotUp, TimeoutError."""
    call = await phone.call(f"sip:{exchange.number}@{exchange.domain}")
    return await call.up(within=within)


async def hears(call: PhoneCall, *hertz: float) -> None:
    """Until the last half second is these tones and nothing else."""
    await _listen(call, _HALF_SECOND, lambda heard: purity(heard, *hertz) >= PURE)


async def hears_something(call: PhoneCall) -> None:
    """Until there was sound in the last second: speech, music, a beep."""
    await _listen(call, _SECOND, lambda heard: int((abs(heard) > 300).sum()) > 500)


async def _listen(call: PhoneCall, frames: int, judge: Callable[[Samples], bool]) -> None:
    """Forgets what was heard before, so that only what comes from now on is judged."""
    call.line.recording.clear()
    while True:
        heard = call.line.recording[-frames:]
        if len(heard) == frames and judge(joined(heard)):
            return
        await asyncio.sleep(_LOOK)
