"""The operator's GSM gateways, and tenants' SIM cards that come into their slots and leave them.

A SIM is written in its tenant's transaction together with the number it has, the facts that billing and telephony hear,
and an entry in the audit log of each company. The gateway is claimed in it, so that it cannot shrink meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.domain import limits, phones
from antiphon.directory.domain import slots as rules
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.directory_pb2 import Number
from antiphon.directory.v1.events_pb2 import NumberChanged, NumberDeleted, SimMoved
from antiphon.directory.v1.slots_pb2 import AssignSlotRequest, Company, Gateway, Rented, Sim, Slot, SlotUsage
from antiphon.directory.v1.telephony_pb2 import LINE_STATE_ACTIVE
from antiphon.kit import protos
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id

from . import renting, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller


class Slots:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def gateways(self, caller: Caller) -> list[Gateway]:
        """Each with all its slots."""
        found = await self._store.slots.gateways(caller.tenant)
        sims = await self._store.slots.in_gateways([gateway.id for gateway in found])
        return [filled(one, [sim for sim in sims if sim.gateway_id == one.id]) for one in found]

    async def put_gateway(self, caller: Caller, wanted: Gateway) -> Gateway:
        """Makes a trunk a gateway, or changes it. Raises NOT_FOUND, STALE, INVALID, IN_USE."""
        now = self._clock()
        after = Gateway(
            id=wanted.id, rev=wanted.rev + 1, capacity=rules.capacity(wanted.capacity),
            prefix=rules.prefix(wanted.prefix),
        )  # fmt: skip

        async def body(tx: TenantStore) -> Gateway:
            if not await tx.trunks.claim(after.id):
                raise DomainError(Common.NOT_FOUND, "no such trunk")
            await tx.slots.save_gateway(caller.tenant, after)
            sims = await tx.slots.in_gateways([after.id])
            if lost := next((sim for sim in sims if sim.slot > after.capacity), None):
                raise DomainError(Reason.IN_USE, "a SIM card sits in a slot that would be gone", slot=lost.slot)
            facts = {"capacity": after.capacity}
            await tx.audit.add(writing.entry(caller.subject, "gateway.put", f"gateway:{after.id}", now, **facts))
            await tx.edge_changes()
            stored = await tx.slots.gateway(after.id)
            assert stored is not None
            return filled(stored, sims)

        return await self._store.write(caller.tenant, body)

    async def delete_gateway(self, caller: Caller, gateway_id: str) -> None:
        """Raises IN_USE."""
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            if await tx.slots.gateway(gateway_id, caller.tenant) is None:
                return
            await tx.slots.claim(gateway_id, caller.tenant)
            if used := await tx.slots.in_gateways([gateway_id]):
                raise DomainError(Reason.IN_USE, "SIM cards sit in its slots", slots=len(used))
            await tx.slots.delete_gateway(caller.tenant, gateway_id)
            await tx.audit.add(writing.entry(caller.subject, "gateway.deleted", f"gateway:{gateway_id}", now))
            await tx.edge_changes()

        await self._store.write(caller.tenant, body)

    async def assign(self, caller: Caller, request: AssignSlotRequest) -> Sim:
        """Raises NOT_FOUND, INVALID, SLOT_OCCUPIED, SIM_PLACED, TAKEN."""
        now = self._clock()
        if request.usage not in SlotUsage.values() or not request.usage:
            raise invalid("usage", "a slot is used for a customer's own number or as a telephone line")
        wanted = Sim(
            id=new_id("sm", now), rev=1, gateway_id=request.gateway_id, slot=request.slot,
            iccid=rules.iccid(request.iccid), e164=phones.e164("e164", request.e164), usage=request.usage,
            tenant_id=request.company_id, since=protos.timestamp(now),
        )  # fmt: skip

        async def body(tx: TenantStore) -> Sim:
            wanted.company = (await tx.tenants.get(request.company_id)).name
            gateway = await tx.slots.claim(wanted.gateway_id, caller.tenant)
            if not 1 <= wanted.slot <= gateway.capacity:
                raise invalid("slot", f"the gateway has slots 1 to {gateway.capacity}")
            if (present := await _present(tx, wanted)) is not None:
                return present
            wanted.number_made = not await tx.numbers.claim(wanted.e164)
            if wanted.number_made:
                wanted.number_id = await _make_number(tx, wanted, now)
            else:
                (number,) = await tx.numbers.of([wanted.e164])
                wanted.number_id = number.id
            await tx.slots.place(wanted)
            await _write_down(tx, caller, (wanted, "sim.placed"), now)
            await renting.tell(tx, renting.rented_sim(wanted, gateway.name), now, began=True)
            return wanted

        return await self._store.write(request.company_id, body)

    async def release(self, caller: Caller, sim_id: str) -> None:
        """The SIM leaves. Repeating it changes nothing."""
        now = self._clock()
        known = await self._store.slots.sim(_id=sim_id)
        if known is None:
            return

        async def body(tx: TenantStore) -> None:
            gateway = await tx.slots.claim(known.gateway_id, caller.tenant)
            sim = await tx.slots.sim(_id=sim_id)
            if sim is None:
                return
            await tx.slots.remove(sim_id)
            sim.rev += 1
            if sim.number_made:
                await _drop_number(tx, sim, now)
            await _write_down(tx, caller, (sim, "sim.released"), now)
            await renting.tell(tx, renting.rented_sim(sim, gateway.name), now, began=False)

        await self._store.write(known.tenant_id, body)

    async def companies(self, caller: Caller) -> list[Company]:
        return await self._store.slots.companies()

    async def sims(self, caller: Caller) -> list[Sim]:
        """The tenant's own."""
        return await self._store.slots.of_tenant(caller.tenant)

    async def rented(self, caller: Caller) -> list[Rented]:
        """Everything of the tenant that is charged while it is in use."""
        tenant = self._store.of(caller.tenant)
        accounts = await tenant.sip_accounts.all(limits.SIP_ACCOUNTS, where={"line": LINE_STATE_ACTIVE})
        people = {person.id: person.extension for person in await tenant.people.all(limits.PEOPLE)}
        found = [renting.rented_line(one, people.get(one.person_id, "")) for one in accounts]
        for sim in await self._store.slots.of_tenant(caller.tenant):
            gateway = await self._store.slots.gateway(sim.gateway_id)
            found.append(renting.rented_sim(sim, gateway.name if gateway else ""))
        return found


async def require_no_sim(tx: TenantStore, e164: str) -> None:
    """Raises IN_USE for the number of a SIM card in a slot."""
    if await tx.slots.sim(e164=e164) is not None:
        raise DomainError(Reason.IN_USE, "the number's SIM card sits in a GSM gateway")


def filled(gateway: Gateway, sims: Iterable[Sim]) -> Gateway:
    """The gateway with each of its slots, free or used."""
    placed = {sim.slot: sim for sim in sims}
    shown = Gateway()
    shown.CopyFrom(gateway)
    for number in range(1, gateway.capacity + 1):
        slot = Slot(gateway_id=gateway.id, slot=number, prefix=rules.prefix_of(gateway.prefix, number))
        if number in placed:
            slot.sim.CopyFrom(placed[number])
        shown.slots.append(slot)
    shown.used = len(placed)
    shown.free = gateway.capacity - shown.used
    return shown


async def _present(tx: TenantStore, wanted: Sim) -> Sim | None:
    """The same, when it is there already. Raises SLOT_OCCUPIED, SIM_PLACED, TAKEN."""
    sitting = await tx.slots.sim(gateway_id=wanted.gateway_id, slot=wanted.slot)
    if sitting is not None:
        names = ("iccid", "e164", "tenant_id", "usage")
        if all(getattr(sitting, name) == getattr(wanted, name) for name in names):
            return sitting
        raise DomainError(Reason.SLOT_OCCUPIED, field="slot")
    if (placed := await tx.slots.sim(iccid=wanted.iccid)) is not None:
        raise DomainError(Reason.SIM_PLACED, field="iccid", gateway=placed.gateway_id, slot=placed.slot)
    if await tx.slots.sim(e164=wanted.e164) is not None:
        raise DomainError(Reason.TAKEN, field="e164")
    return None


async def _make_number(tx: TenantStore, sim: Sim, now: datetime) -> str:
    """The tenant's number with one channel: a SIM card carries one call. Raises FULL, TAKEN."""
    limits.room("numbers", await tx.numbers.size(), limits.NUMBERS)
    number = Number(id=new_id("nu", now), rev=1, e164=sim.e164, max_channels=1)
    await tx.numbers.save(number)
    event = NumberChanged(occurred_at=protos.timestamp(now), number=number)
    await tx.tell(event, key=number.id, version=number.rev)
    return number.id


async def _drop_number(tx: TenantStore, sim: Sim, now: datetime) -> None:
    """The number that was made for the card; one that somebody shows stays, so that nobody calls without number."""
    number = await tx.numbers.find(sim.number_id)
    if number is None or await tx.people.calling_from(number.e164) or await tx.plans.shows(number.e164):
        return
    await tx.numbers.delete(number.id)
    event = NumberDeleted(occurred_at=protos.timestamp(now), number_id=number.id)
    await tx.tell(event, key=number.id, version=number.rev + 1)


async def _write_down(tx: TenantStore, caller: Caller, what: tuple[Sim, str], now: datetime) -> None:
    """In the audit logs of both companies, and for telephony."""
    sim, action = what
    place = {"gateway": sim.gateway_id, "slot": sim.slot}
    await tx.audit.add(writing.entry(f"operator:{caller.subject}", action, f"sim:{sim.id}", now, **place))
    if tx.tenant != caller.tenant:
        facts = {**place, "on_behalf_of": sim.company}
        await tx.audit_of(caller.tenant).add(writing.entry(caller.subject, action, f"sim:{sim.id}", now, **facts))
    await tx.tell(SimMoved(occurred_at=protos.timestamp(now), sim=sim), key=sim.id, version=sim.rev)
