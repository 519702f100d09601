"""Opening and ending sessions inside a transaction. Whoever ends one tells it, so that its sockets close."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.domain import limits
from antiphon.directory.domain.sessions import Session, expiry
from antiphon.directory.v1.events_pb2 import SessionEnded
from antiphon.kit import protos
from antiphon.kit.ids import new_id

if TYPE_CHECKING:
    from antiphon.directory.store import TenantStore


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """What is stored of a secret. A plain digest is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()


async def open_one(
    tx: TenantStore, person_id: str, secret: str, agent: str, now: datetime, by: tuple[str, str] = ("", "")
) -> None:
    """Signs a person in; the oldest session ends when there are too many. `by`: a provider and its name for it."""
    present = await tx.sessions.of_person(person_id)
    for oldest in present[: max(len(present) - limits.SESSIONS + 1, 0)]:
        await end_one(tx, oldest, now)
    await tx.sessions.add(
        Session(
            id=new_id("se", now), tenant=tx.tenant, person_id=person_id, digest=digest_of(secret), agent=agent,
            created_at=now, seen_at=now, expires_at=expiry(now, now), issuer=by[0], provider_session=by[1],
        )
    )  # fmt: skip


async def end_one(tx: TenantStore, session: Session, now: datetime) -> None:
    """Ends a session and tells it once."""
    if await tx.sessions.end(session.id):
        event = SessionEnded(occurred_at=protos.timestamp(now), session_id=session.id, person_id=session.person_id)
        await tx.tell(event, key=session.id, version=1)


async def end_all(tx: TenantStore, person_id: str, now: datetime, *, keep: str = "") -> int:
    """Ends the sessions of a person but `keep`; returns how many."""
    ending = [session for session in await tx.sessions.of_person(person_id) if session.id != keep]
    for session in ending:
        await end_one(tx, session, now)
    return len(ending)
