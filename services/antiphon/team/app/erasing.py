"""A customer is erased from what colleagues wrote to each other: lines keep their sense, the name and number go."""

from __future__ import annotations

from typing import Any, Protocol

from antiphon.kit.erasing import Traces, traces_of


class Kept(Protocol):
    """What this part needs of the store."""

    async def mask(self, tenant: str, traces: Traces) -> dict[str, int]: ...


class Erasing:
    """Team's part in erasures."""

    def __init__(self, store: Kept) -> None:
        self._store = store

    async def erase(self, wanted: Any) -> dict[str, int]:
        """Masks a customer in all rooms; how many lines."""
        return await self._store.mask(wanted.tenant_id, traces_of(wanted))
