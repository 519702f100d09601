"""What each tenant stores, told once a day.

Whoever of the replicas comes first on a day (of UTC) sums up what lies in GridFS at that moment, and writes in one
transaction that the day is measured and a fact for each tenant that has anything. So a day is told once, however often
it is begun; who dies before that transaction has begun nothing. A day on which no replica ran is nobody's: what lay
there then is not known any more, and nothing is told of it. A clock that jumps back finds its days told already; one
that jumps ahead tells a day early, and not again when it comes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from google.protobuf.message import Message
from pymongo.errors import PyMongoError

from antiphon.kit import logs, mongo
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.mongo import Database, Document, Session
from antiphon.kit.outbox import Outbox, Told
from antiphon.kit.protos import timestamp

COLLECTION = "measured"
_EVERY = 600.0
log = logs.get("measuring")


class Measuring:
    """The measuring of one service's store. `fact` has the fields `occurred_at`, `day` and `bytes`; a document of
    `collections` has a tenant and the id of its file."""

    def __init__(
        self, db: Database, outbox: Outbox, clock: Clock, fact: type[Message], collections: Sequence[str]
    ) -> None:
        self._db = db
        self._outbox = outbox
        self._clock = clock
        self._fact: Any = fact
        self._collections = collections

    async def run(self) -> None:
        """Every ten minutes looks whether a day began. Until cancelled."""
        while True:
            try:
                await self.measure()
            except (PyMongoError, DomainError) as error:
                log.warning("measuring has to wait", error=str(error))
            await asyncio.sleep(_EVERY)

    async def measure(self) -> bool:
        """Measures the day that it is, if nobody did. True when this was the one."""
        now = self._clock()
        day = now.date().isoformat()
        if await self._db[COLLECTION].find_one({"_id": day}) is not None:
            return False
        stored = await self._stored()

        async def write(session: Session) -> bool:
            if await self._db[COLLECTION].find_one({"_id": day}, session=session) is not None:
                return False
            await self._db[COLLECTION].insert_one({"_id": day, "at": now}, session=session)
            await self._outbox.add_all(session, self._told(stored, day, now))
            return True

        first = await mongo.transaction(self._db, write)
        self._outbox.wake()
        return first

    def _told(self, stored: Mapping[str, int], day: str, now: datetime) -> list[Told]:
        return [
            Told(self._fact(occurred_at=timestamp(now), day=day, bytes=size), tenant, f"storage-{day}", 1)
            for tenant, size in stored.items()
            if size
        ]

    async def _stored(self) -> Mapping[str, int]:
        """Bytes by tenant, as they lie there."""
        size = {"$project": {"length": 1}}
        file = {"from": "files.files", "localField": "_id", "foreignField": "_id", "pipeline": [size], "as": "file"}
        steps: list[Document] = [
            {"$project": {"tenant": 1}},
            {"$lookup": file},
            {"$unwind": "$file"},
            {"$group": {"_id": "$tenant", "bytes": {"$sum": "$file.length"}}},
        ]
        sums: Counter[str] = Counter()
        for name in self._collections:
            async for row in self._db[name].aggregate(steps):
                sums[row["_id"]] += row["bytes"]
        return sums
