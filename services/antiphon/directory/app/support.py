"""Support of the operator: sets the forwarding of one subscriber who rang up, and nothing else.

The tenant is never named by the asker: it is whoever has the external number that the subscriber told. Every step
stands in that tenant's audit log in the same transaction, so its owner reads who of the operator did what, and why.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.domain import limits, phones
from antiphon.directory.v1.directory_pb2 import AuditEntry, Person
from antiphon.directory.v1.support_pb2 import ForwardSubscriberRequest, Subscriber
from antiphon.kit.errors import Common, DomainError, invalid

from . import writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller


class Support:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, caller: Caller, number: str, extension: str, reason: str) -> Subscriber:
        """The one person that these two numbers name. Raises NOT_FOUND, INVALID, DENIED."""
        why = limits.line("reason", reason, limits.VALUE, required=True)
        staff = await self._staff(caller)
        tenant = await self._tenant(number)

        async def body(tx: TenantStore) -> Subscriber:
            person = await _at(tx, extension)
            company = (await tx.tenants.get(tenant)).name
            await tx.audit.add(_entry(staff, "support.looked_up", person, company, why, self._clock()))
            return _shown(person, company)

        return await self._store.write(tenant, body)

    async def forward(self, caller: Caller, request: ForwardSubscriberRequest) -> Subscriber:
        """Sets where this person's calls go when no phone is reachable. Raises NOT_FOUND, INVALID, STALE, DENIED."""
        why = limits.line("reason", request.reason, limits.VALUE, required=True)
        mobile = phones.e164("forward_to", request.forward_to) if request.forward_to.strip() else ""
        staff = await self._staff(caller)
        tenant = await self._tenant(request.number)
        now = self._clock()

        async def body(tx: TenantStore) -> Subscriber:
            before = await _at(tx, request.extension)
            if before.id != request.person_id:
                raise DomainError(Common.STALE, "the extension is another person's now")
            if mobile and await tx.numbers.of([mobile]):
                raise invalid("forward_to", "calls to a number of the company's own would come back")
            wanted = Person()
            wanted.CopyFrom(before)
            wanted.rev, wanted.forward_to = request.rev, mobile
            after = writing.revised(wanted, before, "pe", now)
            await tx.people.save(after)
            company = (await tx.tenants.get(tenant)).name
            entry = _entry(staff, "support.forwarded", after, company, why, now)
            entry.facts["forwarding"] = "set" if mobile else "taken back"
            await tx.audit.add(entry)
            if tenant != caller.tenant:
                await tx.audit_of(caller.tenant).add(_own(staff, entry, tenant, now))
            await tx.tell(writing.person_changed(after, now), key=after.id, version=after.rev)
            return _shown(after, company)

        return await self._store.write(tenant, body)

    async def _staff(self, caller: Caller) -> Person:
        """Who asks. A key is nobody whom a subscriber could name. Raises DENIED."""
        if not caller.person_id:
            raise DomainError(Common.DENIED, "support is a signed-in person")
        return await self._store.of(caller.tenant).people.get(caller.person_id)

    async def _tenant(self, number: str) -> str:
        found = await self._store.edge.number(phones.e164("number", number))
        if found is None:
            raise _nobody()
        return found[0]


async def _at(tx: TenantStore, extension: str) -> Person:
    wanted = phones.extension(extension)
    person = await tx.people.at_extension(wanted) if wanted else None
    if person is None:
        raise _nobody()
    return person


def _nobody() -> DomainError:
    return DomainError(Common.NOT_FOUND, "no subscriber has these numbers")


def _entry(staff: Person, action: str, person: Person, company: str, why: str, now: datetime) -> AuditEntry:
    facts = {"support": staff.name, "on_behalf_of": company, "reason": why}
    return writing.entry(f"support:{staff.id}", action, f"person:{person.id}", now, **facts)


def _own(staff: Person, entry: AuditEntry, tenant: str, now: datetime) -> AuditEntry:
    """The same for the operator's log, which names the company and not its people."""
    facts = {name: entry.facts[name] for name in ("on_behalf_of", "reason", "forwarding")}
    return writing.entry(f"person:{staff.id}", entry.action, f"tenant:{tenant}", now, **facts)


def _shown(person: Person, company: str) -> Subscriber:
    return Subscriber(
        person_id=person.id, rev=person.rev, company=company, name=person.name, extension=person.extension,
        forward_ending=person.forward_to[-4:],
    )  # fmt: skip
