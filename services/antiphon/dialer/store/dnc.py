"""Do-not-call lists at three levels. A number's key is its level, its owner and itself; adding twice is adding once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import UpdateOne

from antiphon.dialer.domain.gate import Why
from antiphon.kit import mongo
from antiphon.kit.batch import Batch
from antiphon.kit.erasing import Traces
from antiphon.kit.ids import derived_id

GLOBAL = "global"


class DoNotCall:
    def __init__(self, db: mongo.Database, secrets: Sequence[str]) -> None:
        """`secrets` go into the digests that take the place of erased numbers: the first into new ones, and a number is
        recognised by any."""
        self._numbers = db["dnc"]
        self._secrets = tuple(secrets)
        self._looking = Batch(self._on_all, every=0.0)

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
        keys = [
            key for number in numbers for key in (f"{level}:{owner}:{number}", *self._digests(level, owner, number))
        ]
        await self._numbers.delete_many({"_id": {"$in": keys}})

    async def page(self, level: str, owner: str, where: tuple[str, str], limit: int) -> list[tuple[str, datetime, str]]:
        """(number, since when, by whom), by number. `where`: what the numbers begin with, the number to go on after."""
        prefix, after = where
        base = f"{level}:{owner}:"
        span = {"$gte": base + prefix, "$lt": base + prefix + "\uffff", **({"$gt": base + after} if after else {})}
        found = self._numbers.find({"_id": span}).sort("_id", 1).limit(limit)
        return [(one["_id"].removeprefix(base), one["at"], one["source"]) async for one in found]

    async def on(self, tenant: str, campaign: str, number: str) -> frozenset[Why]:
        """The lists that a number is on. Asked side by side, it is one question."""
        return await self._looking.do((tenant, campaign, number))

    async def _on_all(self, wanted: list[tuple[str, str, str]]) -> list[frozenset[Why]]:
        levels = [self._levels(*one) for one in wanted]
        keys = [key for one in levels for key in one]
        found = {one["_id"] async for one in self._numbers.find({"_id": {"$in": keys}}, {"_id": 1})}
        return [frozenset(why for key, why in one.items() if key in found) for one in levels]

    def _levels(self, tenant: str, campaign: str, number: str) -> dict[str, Why]:
        return {
            f"global::{number}": Why.DNC_GLOBAL,
            f"tenant:{tenant}:{number}": Why.DNC_TENANT,
            f"campaign:{campaign}:{number}": Why.DNC_CAMPAIGN,
            **dict.fromkeys(self._digests("tenant", tenant, number), Why.DNC_TENANT),
            **dict.fromkeys(self._digests("campaign", campaign, number), Why.DNC_CAMPAIGN),
        }

    async def digest(self, tenant: str, campaigns: Iterable[str], traces: Traces) -> int:
        """Erased customers stay on the tenant's lists without their numbers: a digest takes their place, by which a
        number is recognised and from which it cannot be read without the secret. How many."""
        count = 0
        for level, owner in (("tenant", tenant), *(("campaign", campaign) for campaign in campaigns)):
            base = f"{level}:{owner}:"
            async for one in self._numbers.find({"_id": {"$gte": base, "$lt": base + "\uffff"}}):
                number = one["_id"].removeprefix(base)
                if traces.are(number):
                    kept = {"at": one["at"], "source": one["source"]}
                    key = {"_id": self._digests(level, owner, number)[0]}
                    await self._numbers.update_one(key, {"$setOnInsert": kept}, upsert=True)
                    await self._numbers.delete_one({"_id": one["_id"]})
                    count += 1
        return count

    def _digests(self, level: str, owner: str, number: str) -> list[str]:
        return [f"erased:{derived_id('dn', secret, level, owner, number)}" for secret in self._secrets]
