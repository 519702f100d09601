"""The tenant's own card, client projects, groups and external numbers: small records, all kept in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.directory.domain import limits, lines, phones, scope
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.directory_pb2 import Group, Number, Project, Tenant
from antiphon.directory.v1.events_pb2 import (
    GroupChanged,
    GroupDeleted,
    NumberChanged,
    NumberDeleted,
    ProjectChanged,
    TenantChanged,
)
from antiphon.kit import protos
from antiphon.kit.errors import Common, DomainError

from . import writing
from .slots import require_no_sim

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller


class Catalogue:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def tenant(self, caller: Caller) -> Tenant:
        return await self._store.of(caller.tenant).tenants.get(caller.tenant)

    async def put_tenant(self, caller: Caller, wanted: Tenant) -> Tenant:
        scope.require_untied(caller)
        now = self._clock()
        before = await self._store.of(caller.tenant).tenants.get(wanted.id or caller.tenant)
        cleaned = Tenant(
            id=before.id, rev=wanted.rev, name=limits.line("name", wanted.name, required=True),
            language=limits.language(wanted.language, before.language),
            time_zone=writing.time_zone(wanted.time_zone or before.time_zone), created_at=before.created_at,
        )  # fmt: skip
        after = writing.revised(cleaned, before, "tn", now)

        async def body(tx: TenantStore) -> None:
            await tx.tenants.save(after)
            fields = writing.changed(before, after)
            await tx.audit.add(writing.entry(caller.subject, "tenant.put", f"tenant:{after.id}", now, fields=fields))
            event = TenantChanged(occurred_at=protos.timestamp(now), tenant=after)
            await tx.tell(event, key=after.id, version=after.rev)

        await self._store.write(caller.tenant, body)
        return after

    async def projects(self, caller: Caller) -> list[Project]:
        found = await self._store.of(caller.tenant).projects.all(limits.PROJECTS, "name_key")
        return [project for project in found if caller.sees_project(project.id)]

    async def put_project(self, caller: Caller, wanted: Project) -> Project:
        now = self._clock()
        scope.require_inside(caller, [wanted.id] if wanted.id else [])
        before = await self._store.of(caller.tenant).projects.get(wanted.id) if wanted.id else None
        name = limits.line("name", wanted.name, required=True)
        cleaned = Project(id=wanted.id, rev=wanted.rev, name=name, archived=wanted.archived)
        after = writing.revised(cleaned, before, "pj", now)

        async def body(tx: TenantStore) -> None:
            if before is None:
                limits.room("projects", await tx.projects.size(), limits.PROJECTS)
            await tx.projects.save(after)
            fields = writing.changed(before, after)
            await tx.audit.add(writing.entry(caller.subject, "project.put", f"project:{after.id}", now, fields=fields))
            event = ProjectChanged(occurred_at=protos.timestamp(now), project=after)
            await tx.tell(event, key=after.id, version=after.rev)

        await self._store.write(caller.tenant, body)
        return after

    async def groups(self, caller: Caller) -> list[Group]:
        found = await self._store.of(caller.tenant).groups.all(limits.GROUPS, "name_key")
        return [group for group in found if caller.sees_project(group.project_id)]

    async def put_group(self, caller: Caller, wanted: Group) -> Group:
        now = self._clock()
        before = await self._store.of(caller.tenant).groups.get(wanted.id) if wanted.id else None
        for group in filter(None, (before, wanted)):
            scope.require_inside(caller, [group.project_id] if group.project_id else [])
        cleaned = Group(
            id=wanted.id, rev=wanted.rev, name=limits.line("name", wanted.name, required=True),
            project_id=wanted.project_id,
            person_ids=limits.several("person_ids", wanted.person_ids, limits.GROUP_MEMBERS),
        )  # fmt: skip
        after = writing.revised(cleaned, before, "gr", now)

        async def body(tx: TenantStore) -> None:
            if before is None:
                limits.room("groups", await tx.groups.size(), limits.GROUPS)
            await _require_project(tx, after.project_id)
            if missing := await tx.people.missing(after.person_ids):
                raise DomainError(Common.NOT_FOUND, "no such person", person_id=missing)
            await tx.groups.save(after)
            fields = writing.changed(before, after)
            await tx.audit.add(writing.entry(caller.subject, "group.put", f"group:{after.id}", now, fields=fields))
            event = GroupChanged(occurred_at=protos.timestamp(now), group=after)
            await tx.tell(event, key=after.id, version=after.rev)

        await self._store.write(caller.tenant, body)
        return after

    async def delete_group(self, caller: Caller, group_id: str) -> None:
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            group = await tx.groups.find(group_id)
            if group is None:
                return
            scope.require_inside(caller, [group.project_id] if group.project_id else [])
            await tx.groups.delete(group_id)
            await tx.audit.add(writing.entry(caller.subject, "group.deleted", f"group:{group_id}", now))
            event = GroupDeleted(occurred_at=protos.timestamp(now), group_id=group_id)
            await tx.tell(event, key=group_id, version=group.rev + 1)

        await self._store.write(caller.tenant, body)

    async def numbers(self, caller: Caller) -> list[Number]:
        found = await self._store.of(caller.tenant).numbers.all(limits.NUMBERS, "e164")
        return [number for number in found if caller.sees_project(number.project_id)]

    async def put_number(self, caller: Caller, wanted: Number) -> Number:
        now = self._clock()
        before = await self._store.of(caller.tenant).numbers.get(wanted.id) if wanted.id else None
        for number in filter(None, (before, wanted)):
            scope.require_inside(caller, [number.project_id] if number.project_id else [])
        cleaned = Number(
            id=wanted.id, rev=wanted.rev, e164=phones.e164("e164", wanted.e164), rented=bool(before and before.rented),
            title=limits.line("title", wanted.title, limits.TITLE), project_id=wanted.project_id,
            trunk_id=wanted.trunk_id, inbound_only=wanted.inbound_only,
            max_channels=lines.between("max_channels", wanted.max_channels, lines.MOST_CHANNELS),
        )  # fmt: skip
        after = writing.revised(cleaned, before, "nu", now)
        if after.rented and before is not None and (before.e164, before.trunk_id) != (after.e164, after.trunk_id):
            raise DomainError(Reason.RENTED)

        async def body(tx: TenantStore) -> None:
            if before is None:
                limits.room("numbers", await tx.numbers.size(), limits.NUMBERS)
                await _require_free(tx, after.e164)
            elif before.e164 != after.e164 or after.inbound_only:
                await require_unused(tx, before.e164)
            if before is not None and before.e164 != after.e164:
                await require_no_sim(tx, before.e164)
            await _require_project(tx, after.project_id)
            if after.trunk_id and not await tx.trunks.claim(after.trunk_id):
                raise DomainError(Common.NOT_FOUND, "no such trunk", trunk_id=after.trunk_id)
            await tx.numbers.save(after)
            fields = writing.changed(before, after)
            await tx.audit.add(writing.entry(caller.subject, "number.put", f"number:{after.id}", now, fields=fields))
            event = NumberChanged(occurred_at=protos.timestamp(now), number=after)
            await tx.tell(event, key=after.id, version=after.rev)

        await self._store.write(caller.tenant, body)
        return after

    async def delete_number(self, caller: Caller, number_id: str) -> None:
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            number = await tx.numbers.find(number_id)
            if number is None:
                return
            scope.require_inside(caller, [number.project_id] if number.project_id else [])
            if number.rented:
                raise DomainError(Reason.RENTED)
            await require_unused(tx, number.e164)
            await require_no_sim(tx, number.e164)
            await tx.numbers.delete(number_id)
            await tx.audit.add(writing.entry(caller.subject, "number.deleted", f"number:{number_id}", now))
            event = NumberDeleted(occurred_at=protos.timestamp(now), number_id=number_id)
            await tx.tell(event, key=number_id, version=number.rev + 1)

        await self._store.write(caller.tenant, body)


async def _require_project(tx: TenantStore, project_id: str) -> None:
    if project_id and await tx.projects.missing([project_id]):
        raise DomainError(Common.NOT_FOUND, "no such project", project_id=project_id)


async def _require_free(tx: TenantStore, e164: str) -> None:
    """Raises TAKEN for a number of the operator's pool: the only way to it is an order."""
    if await tx.pool.at(e164) is not None:
        raise DomainError(Reason.TAKEN, field="e164")


async def require_unused(tx: TenantStore, e164: str) -> None:
    """Raises IN_USE for somebody's caller ID. Whoever chooses it now claims the number: see the store."""
    if people := await tx.people.calling_from(e164):
        raise DomainError(Reason.IN_USE, "the number is somebody's caller ID", people=people)
    if await tx.plans.shows(e164):
        raise DomainError(Reason.IN_USE, "the number is the caller ID of the dial plan")
