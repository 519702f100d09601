"""What people do with their own account: password, second factor, open sessions."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from antiphon.directory.domain import lockout, totp
from antiphon.directory.domain.credentials import Credentials, remembered
from antiphon.directory.domain.passwords import About
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.domain.sessions import is_open
from antiphon.directory.v1.identity_pb2 import BeginTotpResponse, Session
from antiphon.kit import protos
from antiphon.kit.errors import Common, DomainError

from . import sessions, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.directory.v1.directory_pb2 import Person
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

    from .passwords import Passwords
    from .sealing import Sealer


def about(person: Person) -> About:
    """What a person's password may not be derived from."""
    phones = [reach.value for reach in person.reaches if reach.kind == "phone"]
    return About(person.email, person.name, person.extension, (person.caller_id, *phones))


class Account:
    def __init__(self, store: Store, passwords: Passwords, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._passwords = passwords
        self._sealer = sealer
        self._clock = clock

    async def change_password(self, caller: Caller, old: str, new: str) -> None:
        """Raises BAD_CREDENTIALS, LOCKED, WEAK_PASSWORD."""
        now = self._clock()
        person, credentials = await self._own(caller)
        await self._prove(caller, person, credentials, old, now)
        hashed = await self._passwords.fresh(new, about(person), credentials.old_hashes)

        async def body(tx: TenantStore) -> None:
            await tx.credentials.change(credentials, password_hash=hashed, old_hashes=remembered(credentials, hashed))
            ended = await sessions.end_all(tx, person.id, now, keep=caller.session)
            subject = f"person:{person.id}"
            await tx.audit.add(writing.entry(caller.subject, "password.changed", subject, now, sessions_ended=ended))

        await self._store.write(caller.tenant, body)

    async def proven(self, caller: Caller, password: str, fresh: timedelta) -> Person:
        """The caller, who has shown the password again, or having none, has just signed in. Raises BAD_CREDENTIALS,
        LOCKED, FRESH_SIGN_IN_NEEDED."""
        now = self._clock()
        person, credentials = await self._own(caller)
        if credentials.password_hash:
            await self._prove(caller, person, credentials, password, now)
            return person
        mine = await self._store.of(caller.tenant).sessions.of_person(person.id)
        if not any(one.id == caller.session and now - one.created_at < fresh for one in mine):
            raise DomainError(Reason.FRESH_SIGN_IN_NEEDED)
        return person

    async def begin_totp(self, caller: Caller) -> BeginTotpResponse:
        """A fresh secret, which waits for its first code. Raises TOTP_ON."""
        person, credentials = await self._own(caller)
        if credentials.totp:
            raise DomainError(Reason.TOTP_ON)
        secret = secrets.token_bytes(20)
        sealed = self._sealer.seal(secret, person.id)

        async def body(tx: TenantStore) -> None:
            await tx.credentials.change(credentials, totp_pending=sealed)

        await self._store.write(caller.tenant, body)
        return BeginTotpResponse(secret=totp.base32(secret), uri=totp.uri(secret, person.email))

    async def confirm_totp(self, caller: Caller, code: str) -> list[str]:
        """Turns the second factor on; returns the recovery codes, which are shown once. Raises BAD_CODE."""
        now = self._clock()
        person, credentials = await self._own(caller)
        if not credentials.totp_pending:
            raise DomainError(Reason.BAD_CODE, "begin first")
        secret = self._sealer.unseal(credentials.totp_pending, person.id)
        step = totp.accepted_step(secret, code.strip(), now, last=0)
        if step is None:
            raise DomainError(Reason.BAD_CODE)
        codes = [totp.recovery_code(secrets.token_bytes(10)) for _ in range(totp.RECOVERY_CODES)]
        digests = tuple(sessions.digest_of(totp.recovery_plain(plain)) for plain in codes)

        async def body(tx: TenantStore) -> None:
            await tx.credentials.change(
                credentials, totp=credentials.totp_pending, totp_pending=b"", totp_step=step, recovery=digests
            )
            await self._set_totp(tx, caller, person, now, on=True)

        await self._store.write(caller.tenant, body)
        return codes

    async def disable_totp(self, caller: Caller, password: str) -> None:
        """Repeating it is a success. Raises BAD_CREDENTIALS, LOCKED."""
        now = self._clock()
        person, credentials = await self._own(caller)
        await self._prove(caller, person, credentials, password, now)
        if not credentials.totp:
            return

        async def body(tx: TenantStore) -> None:
            await tx.credentials.change(credentials, totp=b"", totp_pending=b"", recovery=())
            await self._set_totp(tx, caller, person, now, on=False)

        await self._store.write(caller.tenant, body)

    async def list_sessions(self, caller: Caller) -> list[Session]:
        now = self._clock()
        person, _ = await self._own(caller)
        found = await self._store.of(caller.tenant).sessions.of_person(person.id)
        return [
            Session(
                id=session.id, created_at=protos.timestamp(session.created_at),
                seen_at=protos.timestamp(session.seen_at), expires_at=protos.timestamp(session.expires_at),
                agent=session.agent, current=session.id == caller.session,
            )
            for session in found
            if is_open(session, now)
        ]  # fmt: skip

    async def end_session(self, caller: Caller, session_id: str) -> None:
        now = self._clock()
        person, _ = await self._own(caller)

        async def body(tx: TenantStore) -> None:
            for session in await tx.sessions.of_person(person.id):
                if session.id == session_id:
                    await sessions.end_one(tx, session, now)
                    entry = writing.entry(caller.subject, "session.ended", f"session:{session.id}", now)
                    await tx.audit.add(entry)

        await self._store.write(caller.tenant, body)

    async def _own(self, caller: Caller) -> tuple[Person, Credentials]:
        if not caller.person_id:
            raise DomainError(Common.DENIED, "only a signed-in person has an account")
        tenant = self._store.of(caller.tenant)
        return await tenant.people.get(caller.person_id), await tenant.credentials.get(caller.person_id)

    async def _prove(
        self, caller: Caller, person: Person, credentials: Credentials, password: str, now: datetime
    ) -> None:
        """Asks for the password again, under the same lock-out as a sign-in."""
        await self._store.lockouts.change(person.email, lambda state: lockout.attempted(state, now))
        if not await self._passwords.verify(credentials.password_hash, password):
            entry = writing.entry(caller.subject, "password.refused", f"person:{person.id}", now)
            await self._store.of(caller.tenant).audit.add(entry)
            raise DomainError(Reason.BAD_CREDENTIALS)
        await self._store.lockouts.forget(person.email)

    async def _set_totp(self, tx: TenantStore, caller: Caller, person: Person, now: datetime, *, on: bool) -> None:
        present = await tx.people.get(person.id)
        present.totp = on
        present.rev += 1
        await tx.people.save(present)
        action = "totp.on" if on else "totp.off"
        await tx.audit.add(writing.entry(caller.subject, action, f"person:{person.id}", now))
        event = writing.person_changed(present, now)
        await tx.tell(event, key=present.id, version=present.rev)
