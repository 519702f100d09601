"""Attempts and decisions: the journal of a campaign. What is stored here is the truth that evidence is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from antiphon.dialer.domain.gate import Past
from antiphon.dialer.domain.recycling import Result
from antiphon.kit import mongo
from antiphon.kit.batch import Batch
from antiphon.kit.mongo import Document, Session
from antiphon.kit.outbox import Outbox

_DUPLICATE_KEY = 11000
_MEMORY = 200
"""Earlier dials of one number or person that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose earlier dials are wanted."""

    tenant: str
    number: str
    person: str
    since: datetime


class Attempts:
    def __init__(self, db: mongo.Database, outbox: Outbox) -> None:
        self._db = db
        self._outbox = outbox
        self._journalling = Batch(self._journal_all, every=0.0)
        self._remembering = Batch(self._past_all, every=0.0)

    async def journal(self, attempt: Document) -> bool:
        """Stores an attempt, or a refusal, before anything happens. False when the number is in the air already."""
        return await self._journalling.do(attempt)

    async def _journal_all(self, attempts: list[Document]) -> list[bool]:
        try:
            await self._db.attempts.insert_many(attempts, ordered=False)
        except BulkWriteError as error:
            failed = error.details["writeErrors"]
            if any(one["code"] != _DUPLICATE_KEY for one in failed):
                raise
            refused = {one["index"] for one in failed}
            return [at not in refused for at in range(len(attempts))]
        return [True] * len(attempts)

    async def decide(self, decision: Document) -> None:
        await self._db.decisions.insert_one(decision)

    async def past(self, tenant: str, number: str, person: str, since: datetime) -> tuple[tuple[Past, ...], bool]:
        """Earlier dials to a number or person, and whether one is still in the air."""
        return await self._remembering.do(_Whose(tenant, number, person, since))

    async def _past_all(self, wanted: list[_Whose]) -> list[tuple[tuple[Past, ...], bool]]:
        """Those of a tenant in one question; who has too many of them is asked about alone."""
        answers: dict[_Whose, tuple[tuple[Past, ...], bool]] = {}
        for tenant in {one.tenant for one in wanted}:
            theirs = list({one for one in wanted if one.tenant == tenant})
            found = await self._of(theirs, _MEMORY * len(theirs))
            full = len(found) == _MEMORY * len(theirs)
            for one in theirs:
                alone = await self._of([one], _MEMORY) if full and len(theirs) > 1 else _belonging(one, found)
                past = tuple(Past(it["at"], it["number"], it["contact_made"], it["abandoned"]) for it in alone)
                answers[one] = past, any(it["live"] for it in alone)
        return [answers[one] for one in wanted]

    async def _of(self, wanted: list[_Whose], limit: int) -> list[Document]:
        query: Document = {
            "tenant": wanted[0].tenant,
            "dialled": True,
            "at": {"$gte": min(one.since for one in wanted)},
            "$or": [
                {"number": {"$in": [one.number for one in wanted]}},
                {"person": {"$in": [one.person for one in wanted]}},
            ],
        }
        fields = {"at": 1, "number": 1, "person": 1, "contact_made": 1, "abandoned": 1, "live": 1}
        return await self._db.attempts.find(query, fields).sort("at", -1).limit(limit).to_list(limit)

    async def live(self, campaign: str) -> list[Document]:
        """Everything that is in the air."""
        return await self._db.attempts.find({"campaign": campaign, "live": True}).to_list(None)

    async def some(self, ids: list[str]) -> list[Document]:
        return await self._db.attempts.find({"_id": {"$in": ids}}).to_list(None)

    async def get(self, tenant: str, attempt_id: str, call_id: str = "") -> Document | None:
        query = {"_id": attempt_id} if attempt_id else {"call": call_id}
        return await self._db.attempts.find_one({**query, "tenant": tenant})

    async def progress(self, tenant: str, call_id: str, changes: Document) -> None:
        """Something happened to a call that is still going on; what is known already stays."""
        known = {name: {"$in": [{"$ifNull": [f"${name}", ""]}, [None, ""]]} for name in changes}
        change = {name: {"$cond": [known[name], {"$literal": value}, f"${name}"]} for name, value in changes.items()}
        where = {"tenant": tenant, "call": call_id, "live": True}
        await self._db.attempts.update_one(where, [{"$set": change}])

    async def change(self, attempt_id: str, changes: Document, session: Session | None = None) -> None:
        await self._db.attempts.update_one({"_id": attempt_id}, {"$set": changes}, session=session)

    async def alive(self, ids: Iterable[str], session: Session) -> dict[str, Document]:
        """Those of them whose end is not known."""
        found = self._db.attempts.find({"_id": {"$in": list(ids)}, "live": True}, session=session)
        return {one["_id"]: one async for one in found}

    async def end(self, changes: Mapping[str, Document], session: Session) -> None:
        """The ends of these attempts, which are alive in this transaction."""
        writes = [UpdateOne({"_id": one}, {"$set": {**known, "live": False}}) for one, known in changes.items()]
        await self._db.attempts.bulk_write(writes, ordered=False, session=session)

    async def together(self, body: Any) -> None:
        """Runs `body(session)` in one transaction; it may run several times."""
        await mongo.transaction(self._db, body)
        self._outbox.wake()

    async def totals(self, campaign: str, since: datetime) -> tuple[int, int]:
        """Live answers and abandoned ones."""
        made = [{"contact_made": True}, {"bridged_at": {"$ne": None}}]
        query = {"campaign": campaign, "at": {"$gte": since}, "result": {"$ne": Result.MACHINE.value}, "$or": made}
        answered = await self._db.attempts.count_documents(query)
        return answered, await self._db.attempts.count_documents({**query, "abandoned": True})

    # --- figures

    async def by_end(self, campaign: str, day: str) -> AsyncIterator[Document]:
        """How many ended how: dialled, reason, result, disposition, n."""
        key = {name: f"${name}" for name in ("dialled", "reason", "result", "disposition")}
        match = {"$match": {"campaign": campaign, "day": day}}
        async for found in self._db.attempts.aggregate([match, {"$group": {"_id": key, "n": {"$sum": 1}}}]):
            yield {**found["_id"], "n": found["n"]}

    async def by_time(self, campaign: str, day: str) -> AsyncIterator[Document]:
        """Each quarter of an hour in which something was dialled: dialled, answered, abandoned, talked (ms)."""
        talked = {"$and": [{"$ne": ["$bridged_at", None]}, {"$ne": ["$result", Result.MACHINE.value]}]}
        human = {"$or": ["$contact_made", talked]}
        ended = {"$ifNull": ["$ended_at", "$bridged_at"]}
        group: Document = {
            "_id": {"$dateTrunc": {"date": "$at", "unit": "minute", "binSize": 15}},
            "dialled": {"$sum": 1},
            "answered": {"$sum": {"$cond": [human, 1, 0]}},
            "abandoned": {"$sum": {"$cond": ["$abandoned", 1, 0]}},
            "talked": {"$sum": {"$ifNull": [{"$subtract": [ended, "$bridged_at"]}, 0]}},
        }
        stages = [
            {"$match": {"campaign": campaign, "day": day, "dialled": True}}, {"$group": group}, {"$sort": {"_id": 1}},
        ]  # fmt: skip
        async for found in self._db.attempts.aggregate(stages):
            yield found

    async def machines(self, campaign: str, day: str) -> tuple[int, int, int]:
        """Calls that sounded like a machine; those that were left to an agent and are over; with whom he talked to a
        person: he says so by his disposition."""
        query = {"campaign": campaign, "day": day, "answered_by": "machine"}
        checked = {**query, "live": False, "result": {"$ne": Result.MACHINE.value}}
        count = self._db.attempts.count_documents
        people = {**checked, "disposition": {"$nin": ["", None]}}
        return await count(query), await count(checked), await count(people)

    async def sold(self, campaign: str, day: str) -> int:
        """The sum of a day's sales, in micro-units."""
        stages: list[Mapping[str, Any]] = [
            {"$match": {"campaign": campaign, "day": day, "amount": {"$gt": 0}}},
            {"$group": {"_id": None, "sum": {"$sum": "$amount"}}},
        ]
        async for found in self._db.attempts.aggregate(stages):
            return int(found["sum"])
        return 0

    # --- the journal itself

    async def newest(self, campaign: str, limit: int, after: str) -> list[Document]:
        query: Document = {"campaign": campaign, **({"_id": {"$lt": after}} if after else {})}
        return await self._db.attempts.find(query).sort("_id", -1).limit(limit).to_list(limit)

    async def of_day(self, campaign: str, day: str) -> AsyncIterator[Document]:
        """Decisions and attempts of a day, as they happened."""
        query = {"campaign": campaign, "day": day}
        async for decision in self._db.decisions.find(query).sort("_id", 1):
            yield {**decision, "kind": "decision"}
        async for attempt in self._db.attempts.find(query).sort("_id", 1):
            yield {**attempt, "kind": "attempt"}


def _belonging(one: _Whose, found: list[Document]) -> list[Document]:
    mine = [it for it in found if one.number == it["number"] or one.person == it["person"]]
    return [it for it in mine if it["at"] >= one.since][:_MEMORY]
