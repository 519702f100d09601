"""Mongo: remembered answers of repeated commands, and when agents were last seen at a desk.

An answer is stored encrypted under a key that needs both the caller's Idempotency-Key and this service's secret: it may
hold what is shown only once (a new API key's secret), and the database alone must not give it away.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import Binary
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError

from antiphon.inbox.domain.reasons import Reason
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Database, Document, Index

INDEXES: tuple[Index, ...] = (
    Index("answers", "forget", (("forget_at", 1),), expires_after=0),
    Index("seats", "seen", (("seen", 1),)),
)
_CLAIM = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claim:
    """One command under its Idempotency-Key."""

    tenant: str
    subject: str
    key: str
    fingerprint: bytes
    """Digest of what was asked: the same key for something else is a mistake of the caller."""

    @property
    def name(self) -> bytes:
        return "\x1f".join((self.tenant, self.subject, self.key)).encode()


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent that had a desk open; `seen` is when last."""

    tenant: str
    person: str
    seen: datetime


@contextmanager
def _reachable() -> Iterator[None]:
    """A database that does not answer is a refusal like any other."""
    try:
        yield
    except ConnectionFailure as error:
        raise DomainError(Common.UNAVAILABLE, "the database does not answer") from error


class Store:
    """The database antiphon_inbox."""

    def __init__(self, db: Database, secret: str) -> None:
        self._answers = db["answers"]
        self._seats = db["seats"]
        self._secret = secret.encode()

    async def begin(self, claim: Claim, now: datetime) -> bytes | None:
        """The remembered answer; or None, and the command is the caller's to do. Raises KEY_REUSED, IN_PROGRESS."""
        with _reachable():
            return await self._begin(claim, now)

    async def _begin(self, claim: Claim, now: datetime) -> bytes | None:
        record_id = self._id(claim)
        document: Document = {
            "_id": record_id, "tenant": claim.tenant, "asked": Binary(claim.fingerprint), "begun": now,
            "forget_at": now + _CLAIM,
        }  # fmt: skip
        try:
            await self._answers.insert_one(document)
            return None
        except DuplicateKeyError:
            kept = await self._answers.find_one({"_id": record_id, "tenant": claim.tenant})
        if kept is None:  # forgotten this very moment
            return await self._begin(claim, now)
        if bytes(kept["asked"]) != claim.fingerprint:
            raise DomainError(Reason.KEY_REUSED)
        if "answer" in kept:
            return self._open(claim, bytes(kept["answer"]))
        if kept["begun"] > now - _CLAIM:
            raise DomainError(Reason.IN_PROGRESS, retry=True)
        again = {"_id": record_id, "tenant": claim.tenant, "begun": kept["begun"]}
        taken = await self._answers.update_one(again, {"$set": {"begun": now, "forget_at": now + _CLAIM}})
        if not taken.modified_count:
            raise DomainError(Reason.IN_PROGRESS, retry=True)
        return None

    async def finish(self, claim: Claim, answer: bytes, forget_at: datetime) -> None:
        """Remembers the answer."""
        change = {"$set": {"answer": Binary(self._seal(claim, answer)), "forget_at": forget_at}}
        with _reachable():
            await self._answers.update_one({"_id": self._id(claim), "tenant": claim.tenant}, change)

    async def abandon(self, claim: Claim) -> None:
        """Nothing was changed: a repeat begins anew."""
        await self._answers.delete_one({"_id": self._id(claim), "tenant": claim.tenant, "answer": {"$exists": False}})

    async def forget(self, tenant: str) -> int:
        """All remembered answers of a tenant; how many. Commands under way go on."""
        done = await self._answers.delete_many({"tenant": tenant, "answer": {"$exists": True}})
        return done.deleted_count

    async def seat(self, people: Sequence[tuple[str, str]], now: datetime) -> None:
        """These (tenant, person) have a desk open now."""
        writes = [
            UpdateOne(
                {"_id": f"{tenant}:{person}"},
                {"$max": {"seen": now}, "$setOnInsert": {"tenant": tenant, "person": person}},
                upsert=True,
            )
            for tenant, person in people
        ]
        if writes:
            try:
                with _reachable():
                    await self._seats.bulk_write(writes, ordered=False)
            except BulkWriteError:  # two replicas inserted the same seat at once: both say "now"
                return

    async def deserted(self, before: datetime) -> list[Seat]:
        """Seats that nobody has been seen at since `before`, of all tenants; at most 500."""
        with _reachable():
            found = await self._seats.find({"seen": {"$lt": before}}).sort("seen", 1).limit(500).to_list(500)
        return [Seat(one["tenant"], one["person"], one["seen"]) for one in found]

    async def clear_seat(self, seat: Seat) -> bool:
        """Takes a deserted seat away; False when the person came back or another replica was faster."""
        same = {"_id": f"{seat.tenant}:{seat.person}", "tenant": seat.tenant, "seen": seat.seen}
        with _reachable():
            return bool((await self._seats.delete_one(same)).deleted_count)

    def _id(self, claim: Claim) -> str:
        return hashlib.blake2b(claim.name, digest_size=20, key=self._secret[:64]).hexdigest()

    def _cipher(self, claim: Claim) -> AESGCM:
        return AESGCM(hmac.new(self._secret, b"answer\x1f" + claim.name, hashlib.sha256).digest())

    def _seal(self, claim: Claim, answer: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher(claim).encrypt(nonce, answer, claim.fingerprint)

    def _open(self, claim: Claim, sealed: bytes) -> bytes | None:
        try:
            return self._cipher(claim).decrypt(sealed[:12], sealed[12:], claim.fingerprint)
        except InvalidTag:  # the service's secret was changed since
            raise DomainError(Reason.KEY_REUSED) from None
