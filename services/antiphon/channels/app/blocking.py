"""Whose messages are not taken. A blocked address stays so whatever card it belongs to; a blocked customer with all
cards that were theirs then, and with every card that is merged with one of them, as long as it is.

Merging must free nobody, and taking a merge back neither: the cards are noted when somebody is blocked, and each
message asks for the cards that are one customer now. One card in both is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from antiphon.channels.domain.conversation import Conversation


class Kept(Protocol):
    """What this part needs of the store."""

    async def refuses_address(self, tenant: str, channel_id: str, identity: str) -> bool: ...
    async def has_customers(self, tenant: str) -> bool: ...
    async def refuses_customer(self, tenant: str, cards: Sequence[str]) -> bool: ...
    async def add_address(self, it: Conversation, by: str, now: datetime) -> None: ...
    async def add_customer(self, it: Conversation, cards: Sequence[str], by: str, now: datetime) -> None: ...


class Families(Protocol):
    """Directory's part."""

    async def family(self, tenant: str, contact_id: str) -> list[str]: ...


class Blocking:
    def __init__(self, store: Kept, asks: Families) -> None:
        self._store = store
        self._asks = asks

    async def refuses(self, tenant: str, channel_id: str, identity: str, contact_id: str) -> bool:
        """Whether this sender is blocked; if so, it is counted."""
        if await self._store.refuses_address(tenant, channel_id, identity):
            return True
        if not contact_id or not await self._store.has_customers(tenant):
            return False
        return await self._store.refuses_customer(tenant, await self._asks.family(tenant, contact_id))

    async def block(self, it: Conversation, by: str, now: datetime, *, customer: bool) -> None:
        """Blocks who writes in a conversation. A repeat changes nothing."""
        if not customer:
            await self._store.add_address(it, by, now)
            return
        cards = await self._asks.family(it.tenant, it.contact_id) if it.contact_id else []
        await self._store.add_customer(it, cards, by, now)
