"""Pieces of work as they were told: each fact adds what it knows, in whatever order facts come, however often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.billing.domain.clients import Piece, Step, busy_seconds
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.store import codec
from antiphon.kit import mongo
from antiphon.kit.mongo import Document, Index

WORK = (
    Index("work", "time", (("tenant", 1), ("at", 1))),
    Index("work", "campaign", (("tenant", 1), ("campaign", 1), ("at", 1))),
)


class WorkStore:
    """A collection of pieces; `_id` is "<tenant>/call:<id>" or "<tenant>/conversation:<id>"."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    async def learn(self, tenant: str, piece_id: str, known: Mapping[str, Any]) -> None:
        """A fact about a piece that does not change any more."""
        await self._update(tenant, piece_id, {"$set": dict(known)})

    async def step(self, tenant: str, piece_id: str, step: Step) -> None:
        """An agent took the piece, or it left him."""
        kept = {"at": step.at, "item": step.item, "takes": step.takes}
        await self._update(tenant, piece_id, {"$addToSet": {"steps": kept}})

    async def result(self, tenant: str, piece_id: str, attempt: str, said: tuple[int, int, str]) -> None:
        """(instant, micro-units, currency): the last word about an attempt holds."""
        order, amount, currency = said
        await self._update(tenant, piece_id, {})
        where = {
            "_id": codec.key(tenant, piece_id),
            "$or": [{f"sales.{attempt}.order": {"$lt": order}}, _none(attempt)],
        }
        kept = {"order": order, "amount": amount, "currency": currency}
        await self._db.work.update_one(where, {"$set": {f"sales.{attempt}": kept}})

    async def pieces(
        self, tenant: str, account_id: str, between: tuple[int, int], place: tuple[str, str], **where: str
    ) -> list[Piece]:
        """Those that began in [first, last), by time, each with what it cost; `place` is (zone, currency)."""
        wanted = {"tenant": tenant, "at": {"$gte": between[0], "$lt": between[1]}, **where}
        found = await self._db.work.find(wanted).sort("at", 1).to_list(None)
        costs = await self._costs(account_id, (name for one in found for name in one.get("records", ())))
        return [_piece(document, costs, place) for document in found]

    async def _costs(self, account_id: str, records: Iterable[str]) -> dict[str, int]:
        names = sorted({codec.key(account_id, name) for name in records})
        found = self._db.calls.find({"_id": {"$in": names}, "cost": {"$gt": 0}}, {"cost": 1})
        return {document["_id"].partition("/")[2]: document["cost"] async for document in found}

    async def _update(self, tenant: str, piece_id: str, change: Document) -> None:
        once = {"$setOnInsert": {"tenant": tenant}}
        await self._db.work.update_one({"_id": codec.key(tenant, piece_id)}, {**change, **once}, upsert=True)


def _none(attempt: str) -> Document:
    return {f"sales.{attempt}": {"$exists": False}}


def _piece(document: Document, costs: Mapping[str, int], place: tuple[str, str]) -> Piece:
    zone, currency = place
    name = document["_id"].partition("/")[2]
    sold = [one for one in document.get("sales", {}).values() if one["amount"]]
    day: date = at(document["at"] // SECOND, ZoneInfo(zone)).date()
    return Piece(
        id=name,
        project=document.get("project", ""),
        campaign=document.get("campaign", ""),
        day=day,
        is_call=name.startswith("call:"),
        contact=document.get("contact", False),
        talk_s=document.get("talk", 0),
        agent_s=busy_seconds(Step(**one) for one in document.get("steps", ())),
        sales=len(sold),
        sold=sum(one["amount"] for one in sold if one["currency"] == currency),
        cost=sum(costs.get(record, 0) for record in document.get("records", ())),
    )
