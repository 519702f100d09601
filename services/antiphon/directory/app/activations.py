"""Making an account somebody's personal line, and ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.telephony_pb2 import LINE_STATE_ACTIVE, LINE_STATE_INACTIVE, LineState, SipAccount
from antiphon.kit.errors import DomainError

from . import sip_accounts, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller


class Activations:
    def __init__(self, store: Store, accounts: sip_accounts.SipAccounts, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock

    async def activate(self, caller: Caller, account_id: str) -> SipAccount:
        """Raises NOT_FOUND, NO_OWNER, NO_FULL_NAME, NO_EXTENSION, DISABLED."""
        return await self._turn(caller, account_id, LINE_STATE_ACTIVE)

    async def close(self, caller: Caller, account_id: str) -> SipAccount:
        """Raises NOT_FOUND, NO_OWNER."""
        return await self._turn(caller, account_id, LINE_STATE_INACTIVE)

    async def _turn(self, caller: Caller, account_id: str, state: LineState.ValueType) -> SipAccount:
        now = self._clock()
        await self._accounts.require(caller, account_id)

        async def body(tx: TenantStore) -> SipAccount:
            before = await tx.sip_accounts.get(account_id)
            if not before.person_id:
                raise DomainError(Reason.NO_OWNER)
            if before.line == state:
                return before
            after = writing.revised(before, before, "sa", now)
            after.line = state
            action = "line.activated" if state == LINE_STATE_ACTIVE else "line.closed"
            await sip_accounts.save(tx, caller, (before, after), now, action=action)
            return after

        await self._store.write(caller.tenant, body)
        return await self._accounts.get(caller, account_id)
