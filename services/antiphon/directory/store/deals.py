"""Deals and the pipelines they stand in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from antiphon.directory.domain.deals import Cell, Pipeline, Stage, State
from antiphon.directory.v1.deals_pb2 import Deal
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session

from . import codec
from .records import Records

_DAY = 86_400_000
_ORDER = [("changed_at", -1), ("_id", -1)]
_SLOWEST_MS = 10_000


class Deals(Records[Deal]):
    async def page(
        self, where: Document, after: tuple[datetime, str] | None, most: int
    ) -> tuple[list[Deal], tuple[datetime, str] | None]:
        """The ones that changed last first, and where they end unless that is all."""
        query: Document = {"$and": [{"tenant": self._tenant}, where]}
        if after:
            at, deal_id = after
            earlier: Document = {"$or": [{"changed_at": {"$lt": at}}, {"changed_at": at, "_id": {"$lt": deal_id}}]}
            query["$and"].append(earlier)
        documents = await self._collection.find(query).sort(_ORDER).limit(most + 1).to_list(most + 1)
        deals = [codec.to_record(Deal, document) for document in documents[:most]]
        last = documents[most - 1] if len(documents) > most else None
        return deals, (last["changed_at"], last["_id"]) if last else None

    async def each(self, where: Document) -> AsyncIterator[Deal]:
        """All of them, as they are read."""
        async for document in self._collection.find({"$and": [{"tenant": self._tenant}, where]}).sort(_ORDER):
            yield codec.to_record(Deal, document)

    async def of_origin(self, origin: str) -> Deal | None:
        where = {"tenant": self._tenant, "origin": origin}
        document = await self._collection.find_one(where, session=self._session)
        return None if document is None else codec.to_record(Deal, document)

    async def stands_in(self, places: set[tuple[str, str]]) -> str:
        """One of these stages that has a deal; empty when none has."""
        for pipeline_id, stage in sorted(places):
            if await self._count({"pipeline_id": pipeline_id, "stage": stage}):
                return f"{pipeline_id}/{stage}"
        return ""

    async def tally(self, since: datetime, until: datetime, pipeline_id: str) -> list[Cell]:
        """What there is, summed up over all that a report may ask for."""
        key = {
            "pipeline": "$pipeline_id", "stage": "$stage", "owner": "$owner_id", "source": "$source", "state": "$state",
            "currency": {"$ifNull": ["$amount.currency", ""]}, "opened": _within("$created_at", since, until),
            "closed": _within("$closed_at", since, until),
        }  # fmt: skip
        took = {"$cond": [{"$eq": ["$closed_at", None]}, 0, {"$subtract": ["$closed_at", "$created_at"]}]}
        steps: list[Document] = [
            {"$match": {"tenant": self._tenant, **({"pipeline_id": pipeline_id} if pipeline_id else {})}},
            {"$group": {"_id": key, "n": {"$sum": 1}, "micros": {"$sum": "$amount.micros"}, "took": {"$sum": took}}},
        ]
        found = await self._collection.aggregate(steps, maxTimeMS=_SLOWEST_MS).to_list(None)
        return [
            Cell(
                place=f"{one['_id']['pipeline']}/{one['_id']['stage']}", owner=one["_id"]["owner"],
                source=one["_id"]["source"], state=State(one["_id"]["state"]), currency=one["_id"]["currency"],
                opened=one["_id"]["opened"], closed=one["_id"]["closed"], count=one["n"], micros=int(one["micros"]),
                days=one["took"] / _DAY,
            )
            for one in found
        ]  # fmt: skip


class Pipelines:
    """One document a tenant."""

    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def get(self) -> tuple[tuple[Pipeline, ...], int]:
        """The pipelines and their revision; none and 0 before anybody has changed them."""
        found = await self._collection.find_one({"_id": self._tenant}, session=self._session)
        if found is None:
            return (), 0
        listed = tuple(
            Pipeline(
                one["id"], one["name"], tuple(Stage(it["key"], it["name"], State(it["state"])) for it in one["stages"])
            )
            for one in found["pipelines"]
        )
        return listed, int(found["rev"])

    async def put(self, pipelines: tuple[Pipeline, ...], rev: int) -> None:
        """Replaces revision `rev`. Raises STALE."""
        listed = [
            {
                "id": one.id,
                "name": one.name,
                "stages": [{"key": it.key, "name": it.name, "state": int(it.state)} for it in one.stages],
            }
            for one in pipelines
        ]
        document: Document = {"_id": self._tenant, "rev": rev + 1, "pipelines": listed}
        try:
            if rev == 0:
                await self._collection.insert_one(document, session=self._session)
                return
            where = {"_id": self._tenant, "rev": rev}
            done = await self._collection.replace_one(where, document, session=self._session)
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        if not done.matched_count:
            raise DomainError(Common.STALE)


def _within(field: str, since: datetime, until: datetime) -> Document:
    return {"$and": [{"$gte": [field, since]}, {"$lt": [field, until]}]}
