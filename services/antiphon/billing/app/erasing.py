"""Billing's part in erasures: the books stay true, and name nobody."""

from __future__ import annotations

from typing import Any, Protocol

from antiphon.billing.app.messages import account_of
from antiphon.kit.erasing import Traces, traces_of


class Kept(Protocol):
    """What this part needs of the store."""

    async def mask(self, account_id: str, traces: Traces) -> dict[str, int]: ...


class Erasing:
    def __init__(self, store: Kept) -> None:
        self._store = store

    async def erase(self, wanted: Any) -> dict[str, int]:
        """Masks a customer's numbers; how much it was, by kind."""
        return await self._store.mask(account_of(wanted.tenant_id), traces_of(wanted))
