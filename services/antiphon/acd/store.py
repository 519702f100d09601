"""Mongo: queue records, agents' profiles, snapshots of brains. The journal is the truth of everything that moves.

Queues and profiles are kept as their public messages: the ACD adds nothing to them. Snapshots are compressed JSON.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from bson import Binary
from google.protobuf.json_format import MessageToDict, ParseDict
from pymongo.errors import DuplicateKeyError

from antiphon.acd.domain.reasons import Reason
from antiphon.acd.v1.acd_pb2 import AgentProfile, Queue
from antiphon.acd.v1.events_pb2 import QueueChanged, QueueDeleted
from antiphon.kit import mongo, outbox
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index, Session
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import timestamp

INDEXES = (
    Index("queues", "tenant", (("tenant", 1), ("_id", 1))),
    Index("queues", "name", (("tenant", 1), ("name", 1)), unique=True),
    Index("profiles", "tenant", (("tenant", 1), ("_id", 1))),
    *outbox.INDEXES,
)
COLLECTIONS = ("snapshots",)


class Store:
    """The ACD's own database."""

    def __init__(self, db: mongo.Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self.outbox = Outbox(db)

    async def queues(self, tenant: str) -> list[Queue]:
        """All queues of a tenant, by name."""
        found = await self._db.queues.find({"tenant": tenant}).sort("name", 1).to_list(None)
        return [_queue(document) for document in found]

    async def tenants(self) -> list[str]:
        """Tenants that have queues."""
        return sorted(await self._db.queues.distinct("tenant"))

    async def put_queue(self, tenant: str, queue: Queue) -> Queue:
        """Creates (rev 0) or replaces (rev as stored) a queue. Raises STALE, TAKEN, NOT_FOUND."""
        stored = Queue()
        stored.CopyFrom(queue)
        stored.rev += 1
        document = {"_id": queue.id, "tenant": tenant, "name": queue.name, "rev": stored.rev, "body": _body(stored)}

        async def body(session: Session) -> None:
            if queue.rev == 0:
                await self._db.queues.insert_one(document, session=session)
            else:
                where = {"_id": queue.id, "tenant": tenant, "rev": queue.rev}
                result = await self._db.queues.replace_one(where, document, session=session)
                if not result.matched_count:
                    known = await self._db.queues.find_one({"_id": queue.id, "tenant": tenant}, session=session)
                    raise DomainError(Common.STALE if known else Common.NOT_FOUND, object=queue.id)
            event = QueueChanged(occurred_at=timestamp(self._clock()), queue=stored)
            await self.outbox.add(session, event, tenant=tenant, key=queue.id, version=stored.rev)

        try:
            await mongo.transaction(self._db, body)
        except DuplicateKeyError as error:
            raise DomainError(Reason.TAKEN, f"a queue is called {queue.name!r} already", field="name") from error
        self.outbox.wake()
        return stored

    async def delete_queue(self, tenant: str, queue_id: str) -> None:
        """Deletes a queue record; repeating it is a success."""

        async def body(session: Session) -> None:
            gone = await self._db.queues.find_one_and_delete({"_id": queue_id, "tenant": tenant}, session=session)
            if gone is not None:
                event = QueueDeleted(occurred_at=timestamp(self._clock()), queue_id=queue_id)
                await self.outbox.add(session, event, tenant=tenant, key=queue_id, version=gone["rev"] + 1)

        await mongo.transaction(self._db, body)
        self.outbox.wake()

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

    async def load_snapshot(self, tenant: str) -> tuple[int, dict[str, Any]] | None:
        """(journal sequence, state) of the last snapshot."""
        found = await self._db.snapshots.find_one({"_id": tenant})
        if found is None:
            return None
        return found["sequence"], json.loads(zlib.decompress(found["state"]))

    async def save_snapshot(self, tenant: str, sequence: int, state: dict[str, Any]) -> None:
        """Keeps a snapshot, unless a later one is kept already."""
        data = Binary(zlib.compress(json.dumps(state, separators=(",", ":")).encode(), 1))
        document: Document = {"_id": tenant, "sequence": sequence, "state": data}
        try:
            where = {"_id": tenant, "sequence": {"$lt": sequence}}
            await self._db.snapshots.replace_one(where, document, upsert=True)
        except DuplicateKeyError:
            return


def _queue(document: Document) -> Queue:
    return ParseDict(document["body"], Queue(), ignore_unknown_fields=True)


def _body(message: Queue | AgentProfile) -> Document:
    return MessageToDict(message, preserving_proto_field_name=True)
