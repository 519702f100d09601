"""Employees: their cards, passwords set by others, and what must hold whatever happens at once.

Always: one person per e-mail (all tenants), one per extension (the tenant), a caller ID is the tenant's own number, and
somebody who can sign in owns the tenant. A person that left keeps its card and e-mail, but no extension or caller ID is
held by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from antiphon.directory.domain import limits, permissions, phones, scope
from antiphon.directory.domain import person as rules
from antiphon.directory.domain.credentials import Credentials, remembered
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.directory_pb2 import Person, PutPersonRequest, Reach
from antiphon.directory.v1.telephony_pb2 import LINE_STATE_INACTIVE
from antiphon.kit.errors import Common, DomainError, invalid

from . import personal_lines, sessions, sip_accounts, writing
from .account import about
from .lines import require_outbound

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

    from .passwords import Passwords


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a person, checked as far as possible before the transaction."""

    caller: Caller
    before: Person | None
    after: Person
    credentials: Credentials | None
    password_hash: str
    reset_totp: bool
    now: datetime

    @property
    def disables(self) -> bool:
        return self.after.disabled and not (self.before and self.before.disabled)


class People:
    def __init__(self, store: Store, passwords: Passwords, clock: Clock) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock

    async def list(self, caller: Caller, include_disabled: bool) -> list[Person]:
        people = await self._store.of(caller.tenant).people.by_name(limits.PEOPLE, disabled=include_disabled)
        return [_shown(caller, person) for person in people if scope.sees_person(caller, person.id, person.project_ids)]

    async def get(self, caller: Caller, person_id: str) -> Person:
        person = await self._store.of(caller.tenant).people.get(person_id)
        if not scope.sees_person(caller, person.id, person.project_ids):
            raise DomainError(Common.NOT_FOUND, "no such person")
        return _shown(caller, person)

    async def put(self, caller: Caller, request: PutPersonRequest) -> Person:
        """Creates or replaces. Raises what the proto promises."""
        now = self._clock()
        wanted = _cleaned(request.person)
        store = self._store.of(caller.tenant)
        before = await store.people.get(wanted.id) if wanted.id else None
        credentials = await store.credentials.get(wanted.id) if wanted.id else None
        _authorise(caller, before, wanted)
        if before and before.id == caller.person_id and (request.password or request.reset_totp):
            raise invalid("password", "one's own password and second factor need the old password: see IdentityService")
        wanted.totp = bool(before and before.totp and not request.reset_totp)
        after = writing.revised(wanted, before, "pe", now)
        hashed = ""
        if request.password:
            old = credentials.old_hashes if credentials else ()
            hashed = await self._passwords.fresh(request.password, about(after), old)
        change = Change(caller, before, after, credentials, hashed, bool(before) and request.reset_totp, now)
        await self._store.write(caller.tenant, lambda tx: self._write(tx, change))
        if hashed:
            await self._store.lockouts.forget(after.email)
        return after

    async def _write(self, tx: TenantStore, change: Change) -> None:
        before, after, now = change.before, change.after, change.now
        await self._check_around(tx, before, after)
        await tx.people.save(after)
        await self._write_credentials(tx, change)
        for line in await personal_lines.person_changes(tx, after) if before else ():
            closed = writing.revised(line, line, "sa", now)
            closed.line = LINE_STATE_INACTIVE
            await sip_accounts.save(tx, change.caller, (line, closed), now, action="line.closed")
        ended = 0
        if before and (change.password_hash or change.disables):
            ended = await sessions.end_all(tx, after.id, now)
        facts = {
            "fields": writing.changed(before, after),
            "roles": ",".join(permissions.Role(role).name.lower() for role in after.roles),
            "password": "set" if change.password_hash else "",
            "totp": "reset" if change.reset_totp else "",
            "sessions_ended": ended or "",
        }
        await tx.audit.add(writing.entry(change.caller.subject, "person.put", f"person:{after.id}", now, **facts))
        event = writing.person_changed(after, now)
        await tx.tell(event, key=after.id, version=after.rev)

    async def _write_credentials(self, tx: TenantStore, change: Change) -> None:
        old, hashed = change.credentials, change.password_hash
        if old is None:
            fresh = Credentials(change.after.id, password_hash=hashed, old_hashes=(hashed,) if hashed else ())
            await tx.credentials.add(fresh)
            return
        changes: dict[str, object] = {}
        if hashed:
            changes |= {"password_hash": hashed, "old_hashes": remembered(old, hashed)}
        if change.reset_totp:
            changes |= {"totp": b"", "totp_pending": b"", "recovery": ()}
        if changes or change.disables:  # the next epoch also stops a sign-in that is under way
            await tx.credentials.change(old, **changes)

    async def _check_around(self, tx: TenantStore, before: Person | None, after: Person) -> None:
        """Checks what the card leans on, so that it stays true until the commit."""
        if before is None:
            limits.room("people", await tx.people.size(), limits.PEOPLE)
        if after.caller_id and not after.disabled:
            await require_outbound(tx, after.caller_id)
        if after.forward_to and await tx.numbers.of([after.forward_to]):
            raise invalid("forward_to", "calls to a number of one's own would come back: name a number outside")
        missing = await tx.projects.missing(after.project_ids)
        if missing:
            raise DomainError(Common.NOT_FOUND, "no such project", project_id=missing)
        owned = before is not None and rules.is_active_owner(before.roles, before.disabled)
        if owned and not rules.is_active_owner(after.roles, after.disabled):
            await tx.tenants.claim()
            if not await tx.people.other_owners(after.id):
                raise DomainError(Reason.LAST_OWNER)


def _authorise(caller: Caller, before: Person | None, after: Person) -> None:
    """Raises DENIED for roles that may more than the caller, before or after, and for other client projects."""
    if before is not None:
        permissions.require_over(caller, before.roles)
        scope.require_inside(caller, before.project_ids)
    permissions.require_grant(caller, after.roles)
    scope.require_inside(caller, after.project_ids)


def _cleaned(person: Person) -> Person:
    projects = limits.several("project_ids", person.project_ids, limits.PROJECTS)
    return Person(
        id=person.id,
        rev=person.rev,
        name=limits.line("name", person.name, required=True),
        email=rules.email("email", person.email),
        roles=cast(Any, rules.roles(person.roles, projects)),
        extension=phones.extension(person.extension),
        caller_id=phones.e164("caller_id", person.caller_id) if person.caller_id.strip() else "",
        reaches=[_cleaned_reach(reach) for reach in limits.at_most("reaches", person.reaches, limits.REACHES)],
        project_ids=projects,
        language=limits.language(person.language),
        disabled=person.disabled,
        forward_to=phones.e164("forward_to", person.forward_to) if person.forward_to.strip() else "",
    )


def _cleaned_reach(reach: Reach) -> Reach:
    kind = limits.line("reaches.kind", reach.kind.lower(), 32, required=True)
    value = limits.line("reaches.value", reach.value, 300, required=True)
    return Reach(kind=kind, value=phones.normal(value) if kind == "phone" else value)


def _shown(caller: Caller, person: Person) -> Person:
    """The card as this caller may see it."""
    if not rules.sees_private(caller, person.id):
        writing.hide_private(person)
    return person
