"""Mongo: queue records, agents' profiles, snapshots of brains. The journal is the truth of everything that moves.

Queues and profiles are kept as their public messages: the ACD adds nothing to them. Snapshots are compressed JSON.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Iterable
from typing import Any

from bson import Binary
from google.protobuf.json_format import MessageToDict, ParseDict
from pymongo.errors import DuplicateKeyError

from antiphon.acd.domain.reasons import Reason
from antiphon.acd.v1.acd_pb2 import AgentProfile, Policy, Queue
from antiphon.acd.v1.events_pb2 import QueueChanged, QueueDeleted
from antiphon.kit import logs, mongo, outbox
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import timestamp
from antiphon.kit.records import Kind, Records

QUEUES = Kind(
    "queues",
    Queue,
    Reason.TAKEN,
    changed=lambda queue: QueueChanged(occurred_at=timestamp(system_clock()), queue=queue),
    deleted=lambda queue_id: QueueDeleted(occurred_at=timestamp(system_clock()), queue_id=queue_id),
)
INDEXES = (
    *QUEUES.indexes,
    Index("profiles", "tenant", (("tenant", 1), ("_id", 1))),
    *outbox.INDEXES,
)
COLLECTIONS = ("snapshots", "policies")
MOST_SNAPSHOT = 15 << 20
log = logs.get("acd")


class Store:
    """The ACD's own database."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db
        self.stream = ""
        """Which journal positions count in, as `journal.open_stream` calls it."""
        self.outbox = Outbox(db)
        self.queues = Records(db, QUEUES, self.outbox)

    async def profiles(self, tenant: str) -> dict[str, AgentProfile]:
        """Agents' profiles by person id."""
        found = await self._db.profiles.find({"tenant": tenant}).to_list(None)
        return {document["_id"]: ParseDict(document["body"], AgentProfile()) for document in found}

    async def put_profile(self, tenant: str, profile: AgentProfile) -> None:
        """Replaces an agent's profile."""
        document = {"_id": profile.agent_id, "tenant": tenant, "body": _body(profile)}
        where = {"_id": profile.agent_id, "tenant": tenant}
        try:
            await self._db.profiles.replace_one(where, document, upsert=True)
        except DuplicateKeyError as error:
            raise DomainError(Common.NOT_FOUND, object=profile.agent_id) from error

    async def policy(self, tenant: str) -> Policy:
        """The tenant's rules; revision 0 and nothing set at first."""
        found = await self._db.policies.find_one({"_id": tenant})
        return Policy() if found is None else ParseDict(found["body"], Policy())

    async def put_policy(self, tenant: str, policy: Policy) -> Policy:
        """Replaces the rules that were read as `rev`; gives them with their new revision. Reasons: STALE."""
        stored = Policy()
        stored.CopyFrom(policy)
        stored.rev = policy.rev + 1
        document: Document = {"_id": tenant, "rev": stored.rev, "body": _body(stored)}
        try:
            where = {"_id": tenant, "rev": policy.rev}
            await self._db.policies.replace_one(where, document, upsert=policy.rev == 0)
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        found = await self._db.policies.find_one({"_id": tenant})
        if found != document:
            raise DomainError(Common.STALE)
        return stored

    async def load_snapshot(self, tenant: str) -> tuple[int, dict[str, Any]] | None:
        """(journal sequence, state) of the last snapshot. One of an earlier stream, out of a backup, stands before the
        journal's beginning."""
        found = await self._db.snapshots.find_one({"_id": tenant})
        if found is None:
            return None
        sequence = found["sequence"] if found.get("stream", self.stream) == self.stream else 0
        return sequence, json.loads(zlib.decompress(found["state"]))

    async def save_snapshot(self, tenant: str, sequence: int, state: Iterable[bytes]) -> None:
        """Keeps a snapshot, given as pieces of a JSON document (taken in a thread), unless a later one is kept already.
        One that is larger than a document of Mongo may be is left out: the journal's tail is longer then."""
        data = Binary(await asyncio.to_thread(_compressed, state))
        if len(data) > MOST_SNAPSHOT:
            log.error("snapshot too large", tenant=tenant, size=len(data))
            return
        document: Document = {"_id": tenant, "sequence": sequence, "stream": self.stream, "state": data}
        earlier: list[Document] = [
            {"sequence": {"$lt": sequence}}, {"stream": {"$exists": True, "$ne": self.stream}},
        ]  # fmt: skip
        try:
            where = {"_id": tenant, "$or": earlier}
            await self._db.snapshots.replace_one(where, document, upsert=True)
        except DuplicateKeyError:
            return

    async def restored(self) -> list[str]:
        """Tenants whose snapshot came with a backup: there is nothing of theirs in the journal yet."""
        where = {"stream": {"$exists": True, "$ne": self.stream}}
        return [document["_id"] async for document in self._db.snapshots.find(where, {"_id": 1})]


def _compressed(pieces: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(piece) for piece in pieces), packer.flush()])


def _body(message: AgentProfile | Policy) -> Document:
    return MessageToDict(message, preserving_proto_field_name=True)
