"""The end of a company's contract: what it had from the operator goes back, whoever still used it.

Each thing goes in a transaction of its own, so that a death in between leaves a smaller rest for whoever asks again. A
caller ID that goes is taken from who showed it first: the next company that has the number is never called by this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.domain import limits
from antiphon.directory.v1.events_pb2 import DialPlanChanged
from antiphon.directory.v1.telephony_pb2 import LINE_STATE_ACTIVE, LINE_STATE_INACTIVE, SipAccount
from antiphon.kit import protos
from antiphon.kit.tokens import Caller

from . import sip_accounts, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock

    from .pool import NumberPool
    from .slots import Slots

MACHINE = "service:billing"


@dataclass(frozen=True, slots=True)
class Ended:
    """How much went."""

    numbers: int
    slots: int
    lines: int


class Ending:
    def __init__(self, store: Store, pool: NumberPool, slots: Slots, clock: Clock) -> None:
        self._store = store
        self._pool = pool
        self._slots = slots
        self._clock = clock

    async def end(self, caller: Caller, order_ids: Sequence[str]) -> Ended:
        """Gives everything back. Again, what is left."""
        tenant = caller.tenant
        taken = await self._store.pool.taken(tenant)
        for order_id in sorted({*taken, *order_ids}):
            if order_id in taken:
                await self._unshown(tenant, taken[order_id])
            await self._pool.give_back(caller, order_id)
        sims = await self._store.slots.of_tenant(tenant)
        for sim in sims:
            if sim.number_made:
                await self._unshown(tenant, sim.e164)
            owner = await self._store.slots.landlord(sim.gateway_id, tenant)
            await self._slots.release(Caller(owner, MACHINE), sim.id)
        where = {"line": LINE_STATE_ACTIVE}
        lines = await self._store.of(tenant).sip_accounts.all(limits.SIP_ACCOUNTS, where=where)
        for line in lines:
            await self._close(caller, line)
        return Ended(len(taken), len(sims), len(lines))

    async def _unshown(self, tenant: str, e164: str) -> None:
        """Nobody shows this number any more."""
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            for person in await tx.people.all(limits.PEOPLE, where={"caller_id": e164}):
                after = writing.revised(person, person, "pe", now)
                after.caller_id = ""
                await tx.people.save(after)
                entry = writing.entry(MACHINE, "person.put", f"person:{after.id}", now, fields="caller_id")
                await tx.audit.add(entry)
                await tx.tell(writing.person_changed(after, now), key=after.id, version=after.rev)
            await _unplanned(tx, e164, now)

        await self._store.write(tenant, body)

    async def _close(self, caller: Caller, line: SipAccount) -> None:
        now = self._clock()
        closed = writing.revised(line, line, "sa", now)
        closed.line = LINE_STATE_INACTIVE

        async def body(tx: TenantStore) -> None:
            await sip_accounts.save(tx, caller, (line, closed), now, action="line.closed")

        await self._store.write(caller.tenant, body)


async def _unplanned(tx: TenantStore, e164: str, now: datetime) -> None:
    plan = await tx.plans.get()
    if plan.caller_id != e164:
        return
    plan.caller_id, plan.rev = "", plan.rev + 1
    await tx.plans.save(plan)
    await tx.edge_changes()
    await tx.audit.add(writing.entry(MACHINE, "dial_plan.put", "dial_plan", now, fields="caller_id"))
    event = DialPlanChanged(occurred_at=protos.timestamp(now), plan=plan)
    await tx.tell(event, key=tx.tenant, version=plan.rev)
