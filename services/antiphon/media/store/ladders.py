"""The SIP of calls that are over, until their time is over too (an index of Mongo sees to that)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import Binary
from pymongo import ReplaceOne

from antiphon.kit.mongo import Database
from antiphon.media.v1 import media_pb2 as pb


class LadderStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, ladders: Sequence[tuple[str, pb.GetCallLadderResponse, datetime, datetime]]) -> None:
        """(tenant, ladder, when the call ended, kept until) of several, in one write. Twice is once."""
        rows = [
            {"_id": it.call.id, "tenant": tenant, "at": at, "kept_until": until, "data": Binary(it.SerializeToString())}
            for tenant, it, at, until in ladders
        ]
        await self._db.ladders.bulk_write(
            [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows], ordered=False
        )

    async def find(self, tenant: str, call_id: str) -> pb.GetCallLadderResponse | None:
        row = await self._db.ladders.find_one({"_id": call_id, "tenant": tenant})
        return pb.GetCallLadderResponse.FromString(bytes(row["data"])) if row else None

    async def delete(self, call_ids: Sequence[str]) -> None:
        """Somebody's data is erased."""
        await self._db.ladders.delete_many({"_id": {"$in": list(call_ids)}})
