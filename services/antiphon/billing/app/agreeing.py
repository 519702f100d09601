"""What is charged is compared with what is in use: everybody's now and then, one tenant's when it may have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from antiphon.billing.app.rentals import Rentals
from antiphon.billing.v1 import rentals_pb2 as pb
from antiphon.kit import logs
from antiphon.kit.errors import DomainError

Take: TypeAlias = Callable[[str, pb.TakeRentalRequest], Awaitable[pb.TakeRentalResponse]]
"""Brings a request of a tenant to the writer of its account."""
log = logs.get("billing")


class Agreeing:
    """Facts do the work; this finds what they could not: there was no account, no price, or no trust in them."""

    def __init__(self, rentals: Rentals, take: Take, tenants: Callable[[], Awaitable[list[str]]], every: float) -> None:
        """`tenants`: whose accounts are written by this process."""
        self._rentals = rentals
        self._take = take
        self._tenants = tenants
        self._every = every
        self._soon: asyncio.Queue[str] = asyncio.Queue()

    def soon(self, tenant: str) -> None:
        """The tenant has an account or a product that it did not have."""
        self._soon.put_nowait(tenant)

    async def run(self) -> None:
        """For ever."""
        clock = asyncio.get_running_loop().time
        next_round = clock()
        while True:
            if clock() >= next_round:
                for tenant in await self._tenants():
                    await self._agree(tenant)
                next_round = clock() + self._every
            try:
                async with asyncio.timeout_at(next_round):
                    await self._agree(await self._soon.get())
            except TimeoutError:
                continue

    async def _agree(self, tenant: str) -> None:
        try:
            for request in await self._rentals.differences(tenant):
                await self._take(tenant, request)
        except DomainError as error:
            log.warning("what is charged was not compared with what is in use", reason=error.reason.name)
