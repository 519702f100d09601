"""Evidence for the controls of records: tallies as switches told them, and what they are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from antiphon.billing.app.evidence import Counted, Posting, Told
from antiphon.billing.app.times import EPOCH
from antiphon.billing.domain.records import Rated, Session, partition_of
from antiphon.billing.domain.tallies import Numbers, Watched
from antiphon.billing.store import codec
from antiphon.kit import mongo
from antiphon.kit.mongo import Document, Index

DAY = 86_400
TALLIES = (
    Index("tallies", "open", (("partition", 1), ("at", 1)), where={"open": True}),
    Index("tallies", "old", (("heard", 1),), expires_after=DAY),
    Index("sources", "gaps", (("account", 1),), where={"gaps": True}),
    Index("sources", "old", (("heard", 1),), expires_after=400 * DAY),
    # What was charged lately, of all accounts.
    Index("transfers", "settled", (("at", 1),), where={"op": "settle"}),
    Index("transfers", "charged", (("at", 1),), where={"op": "charge"}),
)
MOST = 2_000
NEAR = 10_000
"""Calls of a partition before and after one, among which its twin is looked for."""
POSTING = ("account", "tenant", "ref", "amount", "debit", "op", "result")
NAMES = ("tenant", "account", "switch", "source")


class TallyStore:
    """`app.evidence.Evidence` in Mongo."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    async def hear(self, told: Told) -> None:
        """Keeps a tally; told again, it is the same."""
        document = {
            "account": told.account,
            "partition": partition_of(told.account),
            "tenant": told.tenant,
            "switch": told.switch,
            "source": told.source,
            "first": told.first,
            "at": told.at,
            "heard": _date(told.at),
            "open": True,
            "records": [{"key": key, "digest": digest} for key, digest in told.records],
        }
        await self._db.tallies.update_one({"_id": told.id}, {"$setOnInsert": document}, upsert=True)

    async def watch(self, tenant: str, switch: str, until: int) -> None:
        """Everything of a switch before `until` was told."""
        change = {"$max": {"until": until}, "$setOnInsert": {"tenant": tenant, "switch": switch, "since": until}}
        await self._db.watched.update_one({"_id": f"{tenant}/{switch}"}, change, upsert=True)

    async def watched(self) -> dict[tuple[str, str], Watched]:
        """(tenant, switch) → what it has told."""
        found = await self._db.watched.find({}).to_list(None)
        return {(one["tenant"], one["switch"]): Watched(one["since"], one["until"]) for one in found}

    async def open_tallies(self, partitions: Sequence[int]) -> list[Told]:
        """Those of accounts of these partitions that are not compared yet, oldest first."""
        where = {"open": True, "partition": {"$in": list(partitions)}}
        found = await self._db.tallies.find(where).sort("at", 1).limit(MOST).to_list(MOST)
        return [_told(document) for document in found]

    async def close_tallies(self, ids: Sequence[str]) -> None:
        await self._db.tallies.update_many({"_id": {"$in": list(ids)}}, {"$set": {"open": False}})

    async def counted(self, ids: Iterable[str]) -> list[Counted]:
        """Sources by their ids, and those with gaps."""
        where = {"$or": [{"_id": {"$in": sorted(ids)}}, {"gaps": True}]}
        return [_counted(document) for document in await self._db.sources.find(where).to_list(None)]

    async def keep_counted(self, source: Counted, now: int) -> bool:
        """False when somebody else has counted meanwhile."""
        document = {
            "_id": source.id,
            "rev": source.rev + 1,
            "account": source.account,
            "tenant": source.tenant,
            "switch": source.switch,
            "source": source.source,
            "announced": source.numbers.announced,
            "runs": source.numbers.runs,
            "gaps": bool(source.numbers.gaps),
            "heard": _date(now),
        }
        known = {"_id": source.id, "rev": source.rev}
        try:
            kept = await self._db.sources.replace_one(known, document, upsert=not source.rev)
        except DuplicateKeyError:
            return False
        return bool(kept.matched_count or kept.upserted_id)

    async def billed(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Rated]:
        """Calls by (account, id)."""
        ids = sorted(codec.key(account, name) for account, name in names)
        found = await mongo.in_thread(self._db, lambda db: _read(db, "calls", ids))
        calls = [codec.call(document) for document in found]
        return {(call.account, call.id): call for call in calls}

    async def costs(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """What calls cost, by (account, id)."""
        by_id = {codec.key(account, name): (account, name) for account, name in names}
        found = await mongo.in_thread(self._db, lambda db: _read(db, "calls", sorted(by_id), ("cost",)))
        return {by_id[document["_id"]]: document["cost"] for document in found}

    async def sessions(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Session]:
        """Sessions by (account, id)."""
        ids = sorted(codec.key(account, name) for account, name in names)
        found = await mongo.in_thread(self._db, lambda db: _read(db, "sessions", ids))
        return {(document["account"], (one := codec.session(document)).id): one for document in found}

    async def numbered(self, partition: int, numbers: Sequence[int]) -> list[Rated]:
        """Calls by their numbers."""
        where = {"partition": partition, "number": {"$in": list(numbers)}}
        return [codec.call(document) for document in await self._db.calls.find(where).to_list(None)]

    async def alike(self, call: Rated) -> list[Rated]:
        """Calls of the same account that were answered at the same instant, of those that came lately."""
        near = {"$gt": call.number - NEAR, "$lt": call.number + NEAR}
        where = {"account": call.account, "number": near, "answered": call.record.answered}
        return [codec.call(document) for document in await self._db.calls.find(where).to_list(None)]

    async def told(self, switch: str, keys: Sequence[str], since: Sequence[int]) -> dict[str, list[tuple[str, bytes]]]:
        """Who was told to have recorded these: key → (account, digest). Tallies since the first of these instants are
        read, for what is not found there those since the next."""
        found: dict[str, list[tuple[str, bytes]]] = {}
        for instant in since:
            missing = [key for key in keys if key not in found]
            where = {"heard": {"$gte": _date(instant)}, "switch": switch, "records.key": {"$in": missing}}
            if not missing:
                break
            async for document in self._db.tallies.find(where):
                for key, digest in _told(document).records:
                    if key in missing:
                        found.setdefault(key, []).append((document["account"], digest))
        return found

    async def numbers(self, partitions: Sequence[int]) -> dict[int, int]:
        """How many calls each partition has."""
        found = await self._db.partitions.find({"_id": {"$in": list(partitions)}}).to_list(None)
        return {document["_id"]: document["calls"] for document in found}

    async def marks(self, partitions: Sequence[int]) -> dict[int, int]:
        """How far calls were looked at; partitions nobody has begun with are absent."""
        found = await self._db.marks.find({"_id": {"$in": list(partitions)}}).to_list(None)
        return {document["_id"]: document["done"] for document in found}

    async def keep_marks(self, marks: Mapping[int, int]) -> None:
        changes = [UpdateOne({"_id": number}, {"$max": {"done": done}}, upsert=True) for number, done in marks.items()]
        if changes:
            await self._db.marks.bulk_write(changes, ordered=False)

    async def charged(self, between: tuple[int, int]) -> list[Posting]:
        """Postings of records in [first, last)."""
        found: list[Document] = []
        for op in ("settle", "charge"):
            where = {"op": op, "at": {"$gte": between[0], "$lt": between[1]}, "tariff": {"$ne": ""}}
            found += await self._db.transfers.find(where, POSTING).to_list(None)
        return [_posting(document) for document in found if op_of_record(document)]

    async def posting(self, ids: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Posting]:
        """Postings by (account, id)."""
        found = await mongo.in_thread(
            self._db, lambda db: _read(db, "transfers", sorted(codec.key(account, name) for account, name in ids))
        )
        return {(one.account, one.id): one for one in map(_posting, found)}


def op_of_record(document: Document) -> bool:
    """Is it the charge of a record, and not of something that was ordered?"""
    moved = document["amount"] > 0 and document["result"].startswith("ok")
    return moved and (document["op"] == "settle" or "/call:" in document["_id"])


def _read(db: mongo.Blocking, collection: str, ids: Sequence[str], fields: Sequence[str] = ()) -> list[Document]:
    return list(db[collection].find({"_id": {"$in": ids}}, list(fields) or None)) if ids else []


def _date(instant: int) -> datetime:
    return EPOCH + timedelta(microseconds=instant // 1_000)


def _told(document: Document) -> Told:
    records = tuple((one["key"], bytes(one["digest"])) for one in document["records"])
    tenant, account, switch, source = (document[name] for name in NAMES)
    return Told(tenant, account, switch, source, document["first"], document["at"], records)


def _counted(document: Document) -> Counted:
    numbers = Numbers([(first, last) for first, last in document["runs"]], document["announced"])
    tenant, account, switch, source = (document[name] for name in NAMES)
    return Counted(tenant, account, switch, source, numbers, document["rev"])


def _posting(document: Document) -> Posting:
    account = document["account"]
    name = document["_id"].removeprefix(f"{account}/")
    return Posting(account, document["tenant"], name, document["ref"], document["amount"], document["debit"])
