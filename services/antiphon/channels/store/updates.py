"""What providers sent, as they sent it. An update is acknowledged only after it is stored here, and stays until it was
processed; one that cannot be processed is kept for a person, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import Binary
from pymongo.errors import BulkWriteError, DuplicateKeyError

from antiphon.channels.contract import RawUpdate
from antiphon.kit.mongo import Database, Document

_DUPLICATE = 11000


class UpdateStore:
    def __init__(self, db: Database) -> None:
        self.db = db

    async def add(self, update: RawUpdate, now: datetime) -> bool:
        """Stores an update. False when it is there already."""
        try:
            await self.db.updates.insert_one(_document(update, now))
        except DuplicateKeyError:
            return False
        return True

    async def add_all(self, updates: Sequence[RawUpdate], now: datetime) -> None:
        """Stores several in one go; those that are there already change nothing."""
        try:
            await self.db.updates.insert_many([_document(update, now) for update in updates], ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            others = [e for e in details.get("writeErrors", ()) if e.get("code") != _DUPLICATE]
            if others or details.get("writeConcernErrors"):
                raise

    async def next_in(self, channel_id: str, lane: str) -> RawUpdate | None:
        """The oldest unprocessed update of a lane."""
        query = {"channel_id": channel_id, "lane": lane, "state": "new"}
        document = await self.db.updates.find_one(query, sort=[("order", 1), ("_id", 1)])
        return _update(document) if document else None

    async def done(self, update: RawUpdate, now: datetime) -> None:
        await self._set(update, {"$set": {"state": "done", "done_at": now}})

    async def failed_once(self, update: RawUpdate, error: str) -> None:
        await self._set(update, {"$inc": {"attempts": 1}, "$set": {"error": error[:500]}})

    async def put_aside(self, update: RawUpdate, error: str) -> None:
        """It cannot be processed: kept for ever, counted in the channel's health."""
        await self._set(update, {"$set": {"state": "failed", "error": error[:500]}})

    async def unfinished(self, until: datetime) -> list[tuple[str, str]]:
        """(channel, lane) that hold updates received before `until`."""
        query = {"state": "new", "received_at": {"$lt": until}}
        cursor = self.db.updates.find(query, {"channel_id": 1, "lane": 1}).sort("received_at", 1)
        found = await cursor.limit(1000).to_list(1000)
        return list(dict.fromkeys((document["channel_id"], document["lane"]) for document in found))

    async def _set(self, update: RawUpdate, change: Document) -> None:
        await self.db.updates.update_one({"channel_id": update.channel_id, "dedup": update.dedup}, change)


def _document(update: RawUpdate, now: datetime) -> Document:
    return {
        "tenant": update.tenant,
        "channel_id": update.channel_id,
        "dedup": update.dedup,
        "lane": update.lane,
        "order": update.order,
        "raw": Binary(update.raw),
        "received_at": now,
        "state": "new",
        "attempts": 0,
    }


def _update(document: Document) -> RawUpdate:
    names = ("tenant", "channel_id", "dedup", "lane", "order", "attempts")
    return RawUpdate(raw=bytes(document["raw"]), **{name: document[name] for name in names})
