"""Do-not-call lists at three levels. A number's key is its level, its owner and itself; adding twice is adding once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pymongo import UpdateOne

from antiphon.dialer.domain.gate import Why
from antiphon.kit import mongo

GLOBAL = "global"


class DoNotCall:
    def __init__(self, db: mongo.Database) -> None:
        self._numbers = db["dnc"]

    async def add(self, level: str, owner: str, numbers: Iterable[str], source: str, now: datetime) -> int:
        """How many were new."""
        writes = [
            UpdateOne(
                {"_id": f"{level}:{owner}:{number}"}, {"$setOnInsert": {"at": now, "source": source}}, upsert=True
            )
            for number in numbers
        ]
        if not writes:
            return 0
        return (await self._numbers.bulk_write(writes, ordered=False)).upserted_count

    async def remove(self, level: str, owner: str, numbers: Iterable[str]) -> None:
        keys = [f"{level}:{owner}:{number}" for number in numbers]
        await self._numbers.delete_many({"_id": {"$in": keys}})

    async def page(self, level: str, owner: str, where: tuple[str, str], limit: int) -> list[tuple[str, datetime, str]]:
        """(number, since when, by whom), by number. `where`: what the numbers begin with, the number to go on after."""
        prefix, after = where
        base = f"{level}:{owner}:"
        span = {"$gte": base + prefix, "$lt": base + prefix + "\uffff", **({"$gt": base + after} if after else {})}
        found = self._numbers.find({"_id": span}).sort("_id", 1).limit(limit)
        return [(one["_id"].removeprefix(base), one["at"], one["source"]) async for one in found]

    async def on(self, tenant: str, campaign: str, number: str) -> frozenset[Why]:
        """The lists that a number is on."""
        levels = {
            f"global::{number}": Why.DNC_GLOBAL,
            f"tenant:{tenant}:{number}": Why.DNC_TENANT,
            f"campaign:{campaign}:{number}": Why.DNC_CAMPAIGN,
        }
        found = self._numbers.find({"_id": {"$in": list(levels)}}, {"_id": 1})
        return frozenset([levels[document["_id"]] async for document in found])
