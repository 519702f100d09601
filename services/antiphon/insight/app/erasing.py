"""A customer is erased from the history: that there was a call or a conversation stays, and counts; with whom does not.

The facts lose number and name, so that history made of them again has neither; facts that are still on their way are
kept without them too, because the cards that are gone are remembered by their ids. Nobody calls back who is erased,
and what was written about his calls goes; the scores stay.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from antiphon.kit.erasing import Traces, traces_of

PERSONAL = ("party", "recording")
"""What a fact and an interaction say of the person; the recording is gone, so nothing leads to it."""


_SETTLES = 1.0
"""Seconds in which what was being folded of the old facts is stored: then it is blanked too."""


class Kept(Protocol):
    """What this part needs of the store."""

    async def gone(self, tenant: str, contact_ids: list[str]) -> None: ...
    async def of_customer(self, tenant: str, contact_ids: list[str], traces: Traces) -> list[str]: ...
    async def blank(self, tenant: str, abouts: list[str]) -> int: ...


class Said(Protocol):
    """What it needs of where evaluations are kept."""

    async def blank(self, tenant: str, abouts: list[str]) -> int: ...


class Erasing:
    """Insight's part in erasures."""

    def __init__(self, store: Kept, said: Said) -> None:
        self._store = store
        self._said = said

    async def erase(self, wanted: Any) -> dict[str, int]:
        """Blanks a customer; how many interactions and evaluations of them there were. Again finds them as they are."""
        contact_ids = list(wanted.contact_ids)
        await self._store.gone(wanted.tenant_id, contact_ids)
        abouts = await self._store.of_customer(wanted.tenant_id, contact_ids, traces_of(wanted))
        await self._store.blank(wanted.tenant_id, abouts)
        await asyncio.sleep(_SETTLES)
        return {
            "interactions": await self._store.blank(wanted.tenant_id, abouts),
            "evaluations": await self._said.blank(wanted.tenant_id, abouts),
        }
