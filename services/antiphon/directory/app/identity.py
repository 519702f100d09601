"""Signing up, in and out, and the access tokens that every other call carries.

A sign-in goes: count the attempt (lock-out) → check the password, of nobody when the e-mail is unknown → does the
company want its own sign-in only? → disabled? → second factor → use up the code, open the session and write the audit
entry in one transaction → forget the failures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.domain import limits, lockout, totp
from antiphon.directory.domain import person as person_rules
from antiphon.directory.domain.credentials import Credentials
from antiphon.directory.domain.passwords import About
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.domain.sessions import NOTED_EVERY, expiry, is_open
from antiphon.directory.v1.directory_pb2 import ROLE_OWNER, Person, Tenant
from antiphon.directory.v1.events_pb2 import TenantChanged
from antiphon.directory.v1.identity_pb2 import (
    IssueTokenResponse,
    SignInRequest,
    SignInResponse,
    SignUpRequest,
    SignUpResponse,
    WhoAmIResponse,
)
from antiphon.kit import protos
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import new_id
from antiphon.kit.tokens import LIFETIME, Caller, Signer

from . import sessions, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.directory.store.doors import Known
    from antiphon.kit.clock import Clock

    from .operator import Operator
    from .passwords import Passwords
    from .sealing import Sealer


@dataclass(frozen=True, slots=True)
class Factor:
    """The second factor that was shown: a code of a step, a recovery code, or nothing because it is off."""

    step: int | None = None
    recovery: bytes | None = None


class Identity:
    def __init__(
        self, store: Store, passwords: Passwords, sealer: Sealer, signer: Signer, operator: Operator, clock: Clock
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._sealer = sealer
        self._signer = signer
        self._operator = operator
        self._clock = clock

    async def sign_up(self, request: SignUpRequest) -> SignUpResponse:
        """A tenant, its owner and the owner's first session, all or nothing."""
        now = self._clock()
        tenant = Tenant(
            id=new_id("tn", now), rev=1, name=limits.line("company", request.company, required=True),
            language=limits.language(request.language, "en"), time_zone=writing.time_zone(request.time_zone),
            created_at=protos.timestamp(now),
        )  # fmt: skip
        owner = Person(
            id=new_id("pe", now), rev=1, name=limits.line("name", request.name, required=True),
            email=person_rules.email("email", request.email), roles=[ROLE_OWNER], language=tenant.language,
        )  # fmt: skip
        if await self._store.doors.person(owner.email):
            raise DomainError(Reason.TAKEN, field="email")
        hashed = await self._passwords.fresh(request.password, About(owner.email, owner.name))
        secret = sessions.new_secret()

        async def body(tx: TenantStore) -> None:
            await tx.tenants.save(tenant)
            await tx.people.save(owner)
            await tx.credentials.add(Credentials(owner.id, password_hash=hashed, old_hashes=(hashed,)))
            await sessions.open_one(tx, owner.id, secret, "", now)
            await tx.audit.add(writing.entry(f"person:{owner.id}", "signup", f"tenant:{tenant.id}", now))
            stamp = protos.timestamp(now)
            await tx.tell(TenantChanged(occurred_at=stamp, tenant=tenant), key=tenant.id, version=1)
            await tx.tell(writing.person_changed(owner, now), key=owner.id, version=1)

        await self._store.write(tenant.id, body)
        return SignUpResponse(tenant=tenant, person=owner, session=secret)

    async def sign_in(self, request: SignInRequest) -> SignInResponse:
        now = self._clock()
        agent = limits.line("agent", request.agent[:300], 300)
        login = person_rules.login(request.email)[:254]
        known = await self._store.doors.person(login)
        try:
            await self._store.lockouts.change(login, lambda state: lockout.attempted(state, now))
        except DomainError as refusal:
            await self._note(known, "signin.locked", now, retry_after=refusal.facts.get("retry_after"))
            raise
        right = await self._passwords.verify(known.credentials.password_hash if known else "", request.password)
        if known is None or not right:
            await self._note(known, "signin.failed", now, wrong="password")
            raise DomainError(Reason.BAD_CREDENTIALS)
        try:
            await self.require_own_door(known.tenant, known.person)
        except DomainError:
            await self._store.lockouts.change(login, lockout.given_back)
            await self._note(known, "signin.refused", now, why="provider")
            raise
        factor = await self._second_factor(known, login, request.code, now)
        secret = sessions.new_secret()
        if factor is None or not await self._open(known, factor, secret, agent, now):
            await self._note(known, "signin.failed", now, wrong="code")
            raise DomainError(Reason.BAD_CREDENTIALS, field="code")
        await self._store.lockouts.forget(login)
        return SignInResponse(person=known.person, session=secret)

    async def sign_out(self, secret: str) -> None:
        now = self._clock()
        session = await self._store.doors.session(sessions.digest_of(secret))
        if session is None:
            return
        ending = session
        actor = f"person:{ending.person_id}"

        async def body(tx: TenantStore) -> None:
            await sessions.end_one(tx, ending, now)
            await tx.audit.add(writing.entry(actor, "signout", f"session:{ending.id}", now))

        await self._store.write(ending.tenant, body)

    async def token_for_session(self, secret: str) -> IssueTokenResponse:
        """A token for whoever holds the secret of an open session. Raises SESSION_ENDED."""
        now = self._clock()
        session = await self._store.doors.session(sessions.digest_of(secret))
        if session is None or not is_open(session, now):
            raise DomainError(Reason.SESSION_ENDED)
        tenant = self._store.of(session.tenant)
        person = await tenant.people.get(session.person_id)
        if person.disabled:
            raise DomainError(Reason.SESSION_ENDED)
        if now - session.seen_at >= NOTED_EVERY:
            await tenant.sessions.note_use(session.id, now, expiry(session.created_at, now))
        may = await self._operator.permissions(session.tenant, person.roles)
        caller = Caller(session.tenant, f"person:{person.id}", may, tuple(person.project_ids), session.id)
        return self._token(caller, now)

    async def token_for_key(self, secret: str) -> IssueTokenResponse:
        """A token for whoever holds an API key. Raises BAD_CREDENTIALS, also when it is revoked."""
        now = self._clock()
        key = await self._store.doors.key(sessions.digest_of(secret))
        if key is None or key.card.revoked:
            raise DomainError(Reason.BAD_CREDENTIALS)
        if not key.card.HasField("last_used_at") or now - protos.moment(key.card.last_used_at) >= NOTED_EVERY:
            await self._store.of(key.tenant).keys.note_use(key.card.id, now)
        may = await self._operator.permissions(key.tenant, key.card.roles)
        return self._token(Caller(key.tenant, f"key:{key.card.id}", may, key.project_ids), now)

    async def who_am_i(self, caller: Caller) -> WhoAmIResponse:
        tenant = self._store.of(caller.tenant)
        answer = WhoAmIResponse(tenant=await tenant.tenants.get(caller.tenant), permissions=sorted(caller.permissions))
        if caller.person_id:
            person = await tenant.people.get(caller.person_id)
            answer.person.CopyFrom(person)
            answer.permissions[:] = sorted(await self._operator.permissions(caller.tenant, person.roles))
        return answer

    async def require_own_door(self, tenant: str, person: Person) -> None:
        """Raises SIGN_ON_ONLY where the company wants its own sign-in; its owners keep a way back in."""
        record, _ = await self._store.of(tenant).sign_on.get()
        if record.enforced and ROLE_OWNER not in person.roles:
            raise DomainError(Reason.SIGN_ON_ONLY, word=record.word)

    async def require_open(self, tenant: str, person: Person, now: datetime) -> None:
        """For who has proved everything at once, by a passkey. Raises DISABLED, SIGN_ON_ONLY."""
        subject, audit = f"person:{person.id}", self._store.of(tenant).audit
        if person.disabled:
            await audit.add(writing.entry("anyone", "signin.disabled", subject, now, by="passkey"))
            raise DomainError(Reason.DISABLED)
        try:
            await self.require_own_door(tenant, person)
        except DomainError:
            await audit.add(writing.entry("anyone", "signin.refused", subject, now, why="provider"))
            raise

    async def _second_factor(self, known: Known, login: str, code: str, now: datetime) -> Factor | None:
        """What was shown beside the right password, None for a wrong code. Raises DISABLED, TOTP_NEEDED."""
        if known.person.disabled or (known.credentials.totp and not code):
            await self._store.lockouts.change(login, lockout.given_back)
            await self._note(known, "signin.disabled" if known.person.disabled else "signin.code_needed", now)
            raise DomainError(Reason.DISABLED if known.person.disabled else Reason.TOTP_NEEDED)
        if not known.credentials.totp:
            return Factor()
        code = code.strip()
        if not totp.is_code(code):
            digest = sessions.digest_of(totp.recovery_plain(code))
            return Factor(recovery=digest) if digest in known.credentials.recovery else None
        secret = self._sealer.unseal(known.credentials.totp, known.person.id)
        step = totp.accepted_step(secret, code, now, known.credentials.totp_step)
        return Factor(step=step) if step is not None else None

    async def _open(self, known: Known, factor: Factor, secret: str, agent: str, now: datetime) -> bool:
        """Uses the code up and opens the session. False when password or code were changed or used meanwhile."""
        subject = f"person:{known.person.id}"

        async def body(tx: TenantStore) -> bool:
            if not await tx.credentials.use(known.credentials, factor.step, factor.recovery):
                return False
            await sessions.open_one(tx, known.person.id, secret, agent, now)
            left = len(known.credentials.recovery) - 1 if factor.recovery else ""
            await tx.audit.add(writing.entry(subject, "signin.ok", subject, now, recovery_codes_left=left))
            return True

        return await self._store.write(known.tenant, body)

    async def _note(self, known: Known | None, action: str, now: datetime, **facts: object) -> None:
        """Writes a refused sign-in into the log of the tenant whose person was named, if there is one."""
        if known is not None:
            subject = f"person:{known.person.id}"
            await self._store.of(known.tenant).audit.add(writing.entry("anyone", action, subject, now, **facts))

    def _token(self, caller: Caller, now: datetime) -> IssueTokenResponse:
        return IssueTokenResponse(token=self._signer.sign(caller), expires_at=protos.timestamp(now + LIFETIME))
