"""The dialler's part in erasures. Nobody is erased while being called: it is tried again when the call is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from antiphon.kit.erasing import Traces
from antiphon.kit.errors import Common, DomainError

if TYPE_CHECKING:
    from antiphon.dialer.store.erasing import ErasingStore


class Erasing:
    def __init__(self, store: ErasingStore) -> None:
        self._store = store

    async def erase(self, wanted: Any) -> dict[str, int]:
        """Removes a customer; how much it was, by kind. By numbers and addresses: in a list a name alone may be that of
        somebody else. Raises UNAVAILABLE during a call."""
        accounts = [one.value for one in wanted.identities]
        traces = Traces.of((), [*wanted.phones, *accounts], [*wanted.emails, *accounts])
        if await self._store.in_the_air(wanted.tenant_id, traces):
            raise DomainError(Common.UNAVAILABLE, "the customer is being called")
        return await self._store.erase(wanted.tenant_id, traces)
