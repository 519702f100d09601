"""Passkeys by WebAuthn: adding one, and signing in by whichever the browser offers.

Keys are discoverable (nobody types a name) and the device verifies the person every time, so a passkey stands for both
factors. Attestation is not asked for: which maker's device it is decides nothing here. A challenge is stored by digest
and used up by its first answer. A count that falls behind means that the key was copied: it is refused and noted.
The protocol itself is in `ceremonies.py`.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from antiphon.directory.domain import limits, passkeys
from antiphon.directory.domain.passkeys import Challenge, Passkey
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1 import passkeys_pb2 as pb
from antiphon.kit import protos
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import new_id

from . import sessions, writing

if TYPE_CHECKING:
    from antiphon.directory.settings import Settings
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

    from .account import Account
    from .identity import Identity

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Answered:
    """What a browser answered: its words, their challenge, and who had begun."""

    credential: dict[str, Any]
    challenge: bytes
    begun: Challenge


class Passkeys:
    def __init__(self, store: Store, account: Account, identity: Identity, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._account = account
        self._identity = identity
        parts = urlsplit(settings.desk_url)
        self._site = passkeys.Site(f"{parts.scheme}://{parts.netloc}", parts.hostname or "")
        self._clock = clock

    async def list(self, caller: Caller) -> list[pb.Passkey]:
        found = await self._store.of(caller.tenant).passkeys.of_person(caller.person_id) if caller.person_id else []
        return [_shown(one) for one in found]

    async def begin(self, caller: Caller, password: str) -> str:
        """Options for the browser. Raises what the proto promises."""
        now = self._clock()
        person = await self._account.proven(caller, password, passkeys.FRESH)
        present = await self._store.of(caller.tenant).passkeys.of_person(person.id)
        limits.room("passkeys", len(present), passkeys.MOST)
        challenge = await self._challenge(person.id, now)
        names = (person.id.encode(), person.email, person.name)
        return str(_ceremonies().creation(self._site, names, challenge, [one.credential for one in present]))

    async def add(self, caller: Caller, request: pb.AddPasskeyRequest) -> pb.Passkey:
        now = self._clock()
        title = limits.line("title", request.title, limits.TITLE, required=True)
        answered = await self._answered(request.credential, now)
        if not caller.person_id or answered.begun.person_id != caller.person_id:
            raise DomainError(Reason.BAD_PASSKEY)
        made = _ceremonies().made(self._site, answered.credential, answered.challenge)
        if made is None:
            raise DomainError(Reason.BAD_PASSKEY)
        passkey = Passkey(
            made.credential, new_id("pk", now), caller.tenant, caller.person_id, made.public_key, made.sign_count,
            title, made.synced, now,
        )  # fmt: skip

        async def body(tx: TenantStore) -> None:
            limits.room("passkeys", len(await tx.passkeys.of_person(caller.person_id)), passkeys.MOST)
            await tx.passkeys.add(passkey)
            await tx.audit.add(writing.entry(caller.subject, "passkey.added", f"passkey:{passkey.id}", now))

        await self._store.write(caller.tenant, body)
        return _shown(passkey)

    async def remove(self, caller: Caller, passkey_id: str) -> None:
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            if await tx.passkeys.remove(caller.person_id, passkey_id):
                await tx.audit.add(writing.entry(caller.subject, "passkey.removed", f"passkey:{passkey_id}", now))

        await self._store.write(caller.tenant, body)

    async def begin_sign_in(self) -> str:
        return str(_ceremonies().request(self._site, await self._challenge("", self._clock())))

    async def finish_sign_in(self, request: pb.FinishPasskeySignInRequest) -> pb.FinishPasskeySignInResponse:
        now = self._clock()
        answered = await self._answered(request.credential, now)
        known = await self._store.passkey_door.find(_name(answered.credential))
        if known is None or answered.begun.person_id:
            raise DomainError(Reason.BAD_PASSKEY)
        count = await self._count(known, answered, now)
        person = await self._store.of(known.tenant).people.get(known.person_id)
        await self._identity.require_open(known.tenant, person, now)
        secret = sessions.new_secret()
        agent = limits.line("agent", request.agent[:300], 300)
        if not await self._store.write(known.tenant, lambda tx: _open(tx, known, count, (secret, agent), now)):
            raise DomainError(Reason.BAD_PASSKEY)
        return pb.FinishPasskeySignInResponse(person=person, session=secret)

    async def _count(self, known: Passkey, answered: Answered, now: datetime) -> int:
        """The device's count of uses, when its signature is good. Raises BAD_PASSKEY."""
        count: int | None = _ceremonies().counted(self._site, answered.credential, answered.challenge, known)
        if count is None:
            subject = f"person:{known.person_id}"
            entry = writing.entry("anyone", "signin.failed", subject, now, by="passkey", passkey=known.id)
            await self._store.of(known.tenant).audit.add(entry)
            raise DomainError(Reason.BAD_PASSKEY)
        return count

    async def _challenge(self, person_id: str, now: datetime) -> bytes:
        challenge = secrets.token_bytes(32)
        await self._store.passkey_door.challenge(_digest(challenge), Challenge(person_id, now + passkeys.ANSWER))
        return challenge

    async def _answered(self, text: str, now: datetime) -> Answered:
        """A browser's answer with the challenge that it belongs to, which is used up. Raises BAD_PASSKEY."""
        try:
            if len(text) > _LONGEST:
                raise ValueError("too long")
            credential = msgspec.json.decode(text, type=dict[str, Any])
            said = msgspec.json.decode(_bytes(credential["response"]["clientDataJSON"]), type=dict[str, Any])
            challenge = _bytes(said["challenge"])
        except (ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
            raise DomainError(Reason.BAD_PASSKEY) from error
        begun = await self._store.passkey_door.answered(_digest(challenge))
        if begun is None or now >= begun.expires_at:
            raise DomainError(Reason.BAD_PASSKEY)
        return Answered(credential, challenge, begun)


async def _open(tx: TenantStore, known: Passkey, count: int, opening: tuple[str, str], now: datetime) -> bool:
    """Notes the use and opens the session. False when the passkey is not what it was."""
    if not await tx.passkeys.used(known, count, now):
        return False
    secret, agent = opening
    subject = f"person:{known.person_id}"
    await sessions.open_one(tx, known.person_id, secret, agent, now)
    await tx.audit.add(writing.entry(subject, "signin.ok", subject, now, by="passkey"))
    return True


def _shown(one: Passkey) -> pb.Passkey:
    card = pb.Passkey(id=one.id, title=one.title, created_at=protos.timestamp(one.created_at), synced=one.synced)
    if one.last_used_at is not None:
        card.last_used_at.FromDatetime(one.last_used_at)
    return card


def _bytes(text: Any) -> bytes:
    """Of base64url; nothing for what is no text. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if isinstance(text, str) else b""


def _name(credential: dict[str, Any]) -> bytes:
    try:
        return _bytes(credential.get("rawId"))
    except ValueError:
        return b""


def _digest(challenge: bytes) -> bytes:
    return sessions.digest_of(challenge.hex())


def _ceremonies() -> Any:
    """The library comes with the first passkey: a quarter of a second that most starts never need."""
    from . import ceremonies

    return ceremonies
