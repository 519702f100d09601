"""What providers sent, as they sent it. An update is acknowledged only after it is stored here, and stays until it was
processed; one that cannot be processed is kept for a person, never dropped.

Under load what many customers do at the same moment is stored, looked for and marked in one operation each."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime

from bson import Binary
from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket
from pymongo import UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError

from antiphon.channels.contract import RawUpdate
from antiphon.channels.store import sealing
from antiphon.kit import mongo
from antiphon.kit.batch import Batch
from antiphon.kit.mongo import Database, Document
from antiphon.kit.texts import SEALED, Texts, is_sealed

_IN_DOCUMENT = 256 * 1024
_ROUND = 0.02
"""Seconds between the beginnings of two operations of a kind."""
_LOOKED_FOR = 100
"""Updates that one look brings: with what a document holds, at most 25 MB. Lanes that it leaves out are found later, as
what another process left behind."""


class UpdateStore:
    def __init__(self, db: Database, texts: Texts) -> None:
        self.db = db
        self.texts = texts
        self._large = AsyncIOMotorGridFSBucket(db, "raws")
        self._adding: Batch[Document, bool] = Batch(self._add_all, every=_ROUND)
        self._looking: Batch[tuple[str, str], list[Document]] = Batch(self._look, every=_ROUND)
        self._marking: Batch[UpdateOne, None] = Batch(self._mark_all, every=_ROUND)

    async def add(self, update: RawUpdate, now: datetime) -> bool:
        """Stores an update. False when it is there already."""
        return await self._adding.do(await self._lightened(update, now))

    async def _add_all(self, documents: list[Document]) -> list[bool]:
        known: set[int] = set()
        try:
            await self.db.updates.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if not mongo.only_duplicates(error):
                raise
            known = {failed["index"] for failed in error.details["writeErrors"]}
        return [place not in known for place in range(len(documents))]

    async def waiting_in(self, channel_id: str, lane: str) -> list[RawUpdate]:
        """The oldest unprocessed updates of a lane, in order."""
        documents = await self._looking.do((channel_id, lane))
        for document in documents:
            if document.get("large"):
                raw = await self._read(document["large"])
                document["raw"] = Binary(raw, SEALED) if document.get("large_sealed") else raw
        await self.texts.open(place for document in documents for place in sealing.of_update(document))
        return [_update(document) for document in documents]

    async def _look(self, lanes: list[tuple[str, str]]) -> list[list[Document]]:
        channels, names = (list(set(parts)) for parts in zip(*lanes, strict=True))
        query = {"channel_id": {"$in": channels}, "lane": {"$in": names}, "state": "new"}
        cursor = self.db.updates.find(query).sort([("order", 1), ("_id", 1)]).limit(_LOOKED_FOR)
        found: defaultdict[tuple[str, str], list[Document]] = defaultdict(list)
        for document in await cursor.to_list(_LOOKED_FOR):
            found[document["channel_id"], document["lane"]].append(document)
        return [found[lane] for lane in lanes]

    async def named(self, channel_id: str, beginning: str, since: datetime) -> list[str]:
        """The dedup words of a channel that begin so, of updates received since then, the oldest first."""
        query = {
            "channel_id": channel_id,
            "dedup": {"$regex": f"^{re.escape(beginning)}"},
            "received_at": {"$gte": since},
        }
        found = await self.db.updates.find(query, {"dedup": 1}).sort("received_at", 1).to_list(100)
        return [str(document["dedup"]) for document in found]

    async def done(self, update: RawUpdate, now: datetime) -> None:
        await self._set(update, {"$set": {"state": "done", "done_at": now}, "$unset": {"large": ""}})
        if len(update.raw) > _IN_DOCUMENT:
            await self._forget(_large_id(update))

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

    async def _lightened(self, update: RawUpdate, now: datetime) -> Document:
        """The document; the bytes of a large update beside it, because a document holds 16 MB."""
        document = _document(update, now)
        await self.texts.seal(update.tenant, sealing.of_update(document))
        if len(update.raw) <= _IN_DOCUMENT:
            return document
        large, raw = _large_id(update), document["raw"]
        lightened = {**document, "raw": b"", "large": large, "large_sealed": is_sealed(raw)}
        if await self.db.updates.find_one({"channel_id": update.channel_id, "dedup": update.dedup}, {"_id": 1}):
            return lightened  # it came before, and its bytes may be read at this moment
        await self._forget(large)  # what a process left that was killed before it stored the document
        await self._large.upload_from_stream_with_id(large, large, bytes(raw))
        return lightened

    async def _read(self, large: str) -> bytes:
        stream = await self._large.open_download_stream(large)
        return bytes(await stream.read())

    async def _forget(self, large: str) -> None:
        try:
            await self._large.delete(large)
        except NoFile:
            return

    async def _set(self, update: RawUpdate, change: Document) -> None:
        await self._marking.do(UpdateOne({"channel_id": update.channel_id, "dedup": update.dedup}, change))

    async def _mark_all(self, marks: list[UpdateOne]) -> list[None]:
        unflushed = self.db.updates.with_options(write_concern=WriteConcern(1, j=False))
        await unflushed.bulk_write(marks, ordered=False)  # a lost mark costs one more look at an update that was taken
        return [None] * len(marks)


def _large_id(update: RawUpdate) -> str:
    return f"{update.channel_id}:{update.dedup}"


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
