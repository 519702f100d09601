"""The age of SIP passwords: their owners are reminded beforehand, and a password past its age is flagged.

Both are facts with an entry in the audit log, each told once for a password. A strict dial plan then keeps the account
from the SIP edge; because time passes without anybody writing, this sweep also moves the edge's revision.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from antiphon.directory.domain import sip
from antiphon.directory.v1.events_pb2 import SipAccountChanged, SipPasswordExpiring
from antiphon.kit import protos

from . import writing
from .sip_accounts import fill

if TYPE_CHECKING:
    from antiphon.directory.domain.sip import SipSecret
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock

_EVERY = 600.0
_ACTOR = "service:directory"


class SipAges:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Looks every ten minutes until cancelled."""
        await self._store.again(_EVERY, self.sweep)

    async def sweep(self) -> None:
        """Tells what is due now."""
        now = self._clock()
        for tenant in await self._store.edge.tenants():
            reading = self._store.of(tenant)
            age = timedelta(days=(await reading.plans.get()).password_days or sip.USUAL_DAYS)
            for secret in await reading.sip_secrets.aged(now - age, ("", "reminded")):
                await self._tell(tenant, secret, "expired", now)
            for secret in await reading.sip_secrets.aged(now - age + sip.REMINDED_BEFORE, ("",)):
                await self._tell(tenant, secret, "reminded", now)

    async def _tell(self, tenant: str, secret: SipSecret, age: str, now: datetime) -> None:
        async def body(tx: TenantStore) -> None:
            account = await tx.sip_accounts.find(secret.account_id)
            if account is None or not await tx.sip_secrets.note_age(secret.account_id, secret.changed_at, age):
                return
            after = writing.revised(account, account, "sa", now)
            await tx.sip_accounts.save(after)
            await tx.edge_changes()
            action = "sip.password.expired" if age == "expired" else "sip.password.expiring"
            await tx.audit.add(writing.entry(_ACTOR, action, f"sip:{after.id}", now))
            fill(after, secret, (await tx.plans.get()).password_days, now)
            kind = SipAccountChanged if age == "expired" else SipPasswordExpiring
            await tx.tell(kind(occurred_at=protos.timestamp(now), account=after), key=after.id, version=after.rev)

        await self._store.write(tenant, body)
