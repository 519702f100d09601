"""What tests of the links to the engines have shown, for a year."""

from __future__ import annotations

from datetime import datetime, timedelta

from bson import Binary

from antiphon.kit.mongo import Database
from antiphon.kit.protos import moment
from antiphon.media.v1 import media_pb2 as pb

KEPT = timedelta(days=366)


class LinkStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, it: pb.LinkTest, now: datetime) -> None:
        """Keeps a test and forgets the oldest."""
        row = {"_id": it.id, "at": moment(it.at), "engine": it.engine, "data": Binary(it.SerializeToString())}
        await self._db.links.insert_one(row)
        await self._db.links.delete_many({"at": {"$lt": now - KEPT}})

    async def latest(self, limit: int) -> list[pb.LinkTest]:
        """Newest first."""
        rows = await self._db.links.find().sort("at", -1).limit(limit).to_list(limit)
        return [pb.LinkTest.FromString(bytes(row["data"])) for row in rows]
