"""SIP accounts: made with a password that is shown once, changed, listed, deleted.

The clear text of a password lives in one answer. What is kept is HA1, sealed, and the traces of former ones, so that an
old password is recognised when it comes back.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.domain import limits, passwords, scope, sip
from antiphon.directory.domain.passwords import About
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.domain.sip import SipSecret
from antiphon.directory.v1.events_pb2 import SipAccountChanged, SipAccountDeleted
from antiphon.directory.v1.telephony_pb2 import SipAccount
from antiphon.kit import protos
from antiphon.kit.errors import Common, DomainError, invalid

from . import personal_lines, writing
from .account import about as about_person
from .passwords import common_passwords

if TYPE_CHECKING:
    from antiphon.directory.settings import Settings
    from antiphon.directory.store import Store, TenantStore
    from antiphon.directory.v1.directory_pb2 import Person
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

    from .sealing import Sealer

_TRIES = 5
COMPUTED = ("password_changed_at", "password_expires_at", "password_expired", "warnings")
"""Fields of the card that come from the secret and the policy, and are not stored with it."""


class SipAccounts:
    def __init__(self, store: Store, sealer: Sealer, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._domain = settings.sip_domain
        self._clock = clock
        self._common = common_passwords()

    async def list(self, caller: Caller, person_id: str) -> list[SipAccount]:
        """All with "people.write", else one's own."""
        tenant = self._store.of(caller.tenant)
        if not caller.may("people.write"):
            if not caller.person_id or person_id not in ("", caller.person_id):
                return []
            person_id = caller.person_id
        accounts = await tenant.sip_accounts.listed(limits.SIP_ACCOUNTS, person_id)
        if caller.projects and caller.may("people.write"):
            people = {person.id: person for person in await tenant.people.all(limits.PEOPLE)}
            accounts = [one for one in accounts if one.person_id in people and _inside(caller, people[one.person_id])]
        return await filled(tenant, accounts, self._clock())

    async def get(self, caller: Caller, account_id: str) -> SipAccount:
        """One that the caller may see. Raises NOT_FOUND."""
        tenant = self._store.of(caller.tenant)
        account = await tenant.sip_accounts.get(account_id)
        if not caller.may("people.write") and (not caller.person_id or account.person_id != caller.person_id):
            raise DomainError(Common.NOT_FOUND, "no such sipaccount")
        return (await filled(tenant, [account], self._clock()))[0]

    async def put(self, caller: Caller, wanted: SipAccount) -> tuple[SipAccount, str]:
        """The account, and the password of a new one."""
        cleaned = _cleaned(wanted)
        if wanted.id:
            return await self._replace(caller, cleaned), ""
        for _ in range(_TRIES):  # somebody else may take a made user name at the same moment
            try:
                return await self._create(caller, cleaned)
            except DomainError as error:
                if error.reason is not Reason.TAKEN or cleaned.username:
                    raise
        raise DomainError(Reason.TAKEN, field="username")

    async def _create(self, caller: Caller, cleaned: SipAccount) -> tuple[SipAccount, str]:
        now = self._clock()
        tenant = self._store.of(caller.tenant)
        person = await self._person(tenant, caller, cleaned.person_id)
        after = writing.revised(cleaned, None, "sa", now)
        if not after.username:
            after.username = await self._made_username(tenant, person)
        password = sip.generated(secrets.choice, _about(after, person), self._common)
        digest = sip.ha1(after.username, self._domain, password)

        async def body(tx: TenantStore) -> None:
            limits.room("SIP accounts", await tx.sip_accounts.size(), limits.SIP_ACCOUNTS)
            await tx.sip_secrets.add(self._secret(after.id, digest, now))
            after.line = await personal_lines.state_of(tx, None, after)
            await save(tx, caller, (None, after), now)

        await self._store.write(caller.tenant, body)
        return (await filled(tenant, [after], now))[0], password

    async def _replace(self, caller: Caller, cleaned: SipAccount) -> SipAccount:
        now = self._clock()
        tenant = self._store.of(caller.tenant)
        before = await tenant.sip_accounts.get(cleaned.id)
        await self._person(tenant, caller, before.person_id)
        if cleaned.person_id != before.person_id:
            await self._person(tenant, caller, cleaned.person_id)
        cleaned.username = cleaned.username or before.username
        if cleaned.username != before.username:
            raise invalid("username", "an account keeps its user name: make another account")
        after = writing.revised(cleaned, before, "sa", now)

        async def body(tx: TenantStore) -> None:
            after.line = await personal_lines.state_of(tx, before, after)
            await save(tx, caller, (before, after), now)

        await self._store.write(caller.tenant, body)
        return (await filled(tenant, [after], now))[0]

    async def change_password(self, caller: Caller, account_id: str, password: str) -> tuple[SipAccount, str]:
        """Another password, generated when none is given; only a generated one is answered."""
        now = self._clock()
        tenant = self._store.of(caller.tenant)
        before = await tenant.sip_accounts.get(account_id)
        person = await self._person(tenant, caller, before.person_id)
        of_whom = _about(before, person)
        fresh = sip.given(password) or sip.generated(secrets.choice, of_whom, self._common)
        if rule := passwords.weakness(fresh, of_whom, self._common):
            raise passwords.refuse(rule)
        digest = sip.ha1(before.username, self._domain, fresh)

        async def body(tx: TenantStore) -> SipAccount:
            secret = await tx.sip_secrets.get(account_id)
            if sip.trace(digest) in secret.old:
                raise DomainError(Reason.REUSED_PASSWORD)
            present = await tx.sip_accounts.get(account_id)
            after = writing.revised(present, present, "sa", now)
            sealed = self._sealer.seal(digest.encode(), account_id)
            await tx.sip_secrets.change(account_id, sealed, sip.trace(digest), now)
            await save(tx, caller, (present, after), now, action="sip.password")
            return after

        after = await self._store.write(caller.tenant, body)
        return (await filled(tenant, [after], now))[0], "" if password else fresh

    async def delete(self, caller: Caller, account_id: str) -> None:
        now = self._clock()
        tenant = self._store.of(caller.tenant)

        async def body(tx: TenantStore) -> None:
            account = await tx.sip_accounts.find(account_id)
            if account is None:
                return
            await self._person(tenant, caller, account.person_id)
            await tx.sip_accounts.delete(account_id)
            await tx.sip_secrets.delete(account_id)
            await tx.edge_changes()
            gone = SipAccount(id=account.id, rev=account.rev + 1, person_id=account.person_id)
            await personal_lines.tell(tx, account, gone, now)
            await tx.audit.add(writing.entry(caller.subject, "sip.deleted", f"sip:{account_id}", now))
            event = SipAccountDeleted(occurred_at=protos.timestamp(now), account_id=account_id)
            await tx.tell(event, key=account_id, version=account.rev + 1)

        await self._store.write(caller.tenant, body)

    async def note_device(self, caller: Caller, account_id: str, address: str, port: int) -> None:
        if not await self._store.of(caller.tenant).sip_secrets.note_device(account_id, address[:64], port):
            raise DomainError(Common.NOT_FOUND, "no such sipaccount")

    async def require(self, caller: Caller, account_id: str) -> None:
        """Raises NOT_FOUND, and DENIED when it belongs to somebody of other client projects."""
        tenant = self._store.of(caller.tenant)
        await self._person(tenant, caller, (await tenant.sip_accounts.get(account_id)).person_id)

    async def _person(self, tenant: TenantStore, caller: Caller, person_id: str) -> Person | None:
        """Whose account it is. Raises NOT_FOUND; DENIED when it belongs to other client projects."""
        if not person_id:
            scope.require_untied(caller)
            return None
        person = await tenant.people.get(person_id)
        scope.require_inside(caller, person.project_ids)
        return person

    async def _made_username(self, tenant: TenantStore, person: Person | None) -> str:
        card = await tenant.tenants.get(tenant.tenant)
        taken = await tenant.sip_accounts.taken(sip.slug(card.name))
        return sip.made_username(card.name, (person.extension or person.caller_id) if person else "", taken)

    def _secret(self, account_id: str, digest: str, now: datetime) -> SipSecret:
        return SipSecret(account_id, self._sealer.seal(digest.encode(), account_id), (sip.trace(digest),), now)


async def filled(tenant: TenantStore, accounts: list[SipAccount], now: datetime) -> list[SipAccount]:
    """The cards with what is computed: the age of the password by today's policy, and warnings."""
    plan = await tenant.plans.get()
    kept = await tenant.sip_secrets.of([account.id for account in accounts])
    for account in accounts:
        if account.id in kept:
            fill(account, kept[account.id], plan.password_days, now)
    return accounts


def fill(account: SipAccount, secret: SipSecret, days: int, now: datetime) -> SipAccount:
    """One card with what is computed."""
    expires = sip.expires_at(secret.changed_at, days)
    account.password_changed_at.FromDatetime(secret.changed_at)
    account.password_expires_at.FromDatetime(expires)
    account.password_expired = now >= expires
    account.warnings[:] = sip.device_warnings(secret.seen_address, secret.seen_port)
    return account


async def save(
    tx: TenantStore, caller: Caller, change: tuple[SipAccount | None, SipAccount], now: datetime,
    *, action: str = "sip.put",
) -> None:  # fmt: skip
    """Writes an account with its audit entry and events: `change` is what it was and what it is."""
    before, after = change
    bare = SipAccount()
    bare.CopyFrom(after)
    for field in COMPUTED:
        bare.ClearField(field)  # type: ignore[arg-type]
    await tx.sip_accounts.save(bare)
    await tx.edge_changes()
    fields = writing.changed(before, bare)
    await tx.audit.add(writing.entry(caller.subject, action, f"sip:{bare.id}", now, fields=fields))
    (told,) = await filled(tx, [bare], now)
    event = SipAccountChanged(occurred_at=protos.timestamp(now), account=told)
    await tx.tell(event, key=bare.id, version=bare.rev)
    await personal_lines.tell(tx, before, bare, now)


def _about(account: SipAccount, person: Person | None) -> About:
    """What the password may not be derived from: the user name, and whatever is known of its owner."""
    if person is None:
        return About(account.username, account.title)
    known = about_person(person)
    numbers = (*known.numbers, person.forward_to)
    return About(account.username, f"{account.title} {known.name}", known.extension, numbers)


def _inside(caller: Caller, person: Person) -> bool:
    return bool(person.project_ids) and set(person.project_ids) <= set(caller.projects)


def _cleaned(account: SipAccount) -> SipAccount:
    return SipAccount(
        id=account.id,
        rev=account.rev,
        username=sip.username(account.username) if account.username.strip() else "",
        title=limits.line("title", account.title, limits.TITLE),
        person_id=account.person_id,
        allowed_networks=sip.networks("allowed_networks", account.allowed_networks),
        encrypted_only=account.encrypted_only,
        blocked=account.blocked,
    )
