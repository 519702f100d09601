"""A caller whose number nobody has yet: a contact is made of it while he hears the greeting already."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from antiphon.media.app.world import Ongoing

_PATIENCE = 1.0
"""Seconds that the call waits for his card before it goes on to people."""


class Stranger:
    """Who calls for the first time."""

    def __init__(self, live: Ongoing, number: str) -> None:
        self._live = live
        self._contact_id: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        live.world.spawn(self._meet(number))

    async def _meet(self, number: str) -> None:
        asks, contact = self._live.world.asks, None
        try:
            contact = await asks.quietly(asks.contact(self._live.call.tenant, number))
        finally:
            self._contact_id.set_result(contact.id if contact is not None else "")
        self._live.post(self.known)

    async def known(self) -> None:
        """Returns when the call knows its contact, after a moment even if it does not: nobody waits for a card."""
        await asyncio.wait({self._contact_id}, timeout=_PATIENCE)
        if self._contact_id.done() and not self._live.call.contact_id:
            self._live.change(contact_id=self._contact_id.result())
