"""Published changes, whose time has come, and signed copies: what contracts need beside papers.

A published change is one document that is never written again but for who was told. Signed copies are in GridFS under
their hash.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from gridfs.errors import FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket
from pymongo.errors import DuplicateKeyError

from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.store import codec
from antiphon.billing.store.plans import seller_of
from antiphon.kit.mongo import Database, Document, Index

CONTRACTS = (
    Index("changes", "tenant", (("tenant", 1), ("at", -1))),
    Index("changes", "untold", (("told", 1),), where={"told": False}),
    Index("papers", "wakes", (("data.wakes", 1),), where={"data.wakes": {"$gt": 0}}),
    Index("papers", "consents", (("data.sent", 1), ("at", 1)), where={"kind": "change"}),
)
FILES = ("scans.files", "scans.chunks")
CHUNK = 256_000
MOST = 500


class ContractStore:
    """Questions and files of contracts."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._scans = AsyncIOMotorGridFSBucket(db, bucket_name="scans")

    async def seller(self, tenant: str) -> str:
        """Whose customer a tenant is; empty where nobody sells to it."""
        return await seller_of(self._db, tenant)

    async def customers(self, tenant: str, tariff: str = "") -> list[AccountRecord]:
        """Whose contract is with this company, and lives: of an operator everybody else, otherwise itself. `tariff`:
        only those who pay by it."""
        sells = await self._db.plans.find_one({"tenant": tenant}, {"_id": 1}) is not None
        where: Document = {"live": True, "tenant": {"$ne": tenant} if sells else tenant}
        where |= {"tariff_id": tariff} if tariff else {}
        return [codec.account(document) async for document in self._db.accounts.find(where).sort("_id", 1)]

    async def sells(self, tenant: str) -> bool:
        """Has this company customers beside itself?"""
        return await self._db.plans.find_one({"tenant": tenant}, {"_id": 1}) is not None

    async def publish(self, tenant: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keeps a change; of one that is there already, the one that is there."""
        document = {"_id": f"{tenant}/{change['id']}", "tenant": tenant, "told": False, **change}
        try:
            await self._db.changes.insert_one(document)
        except DuplicateKeyError:
            document = await self._db.changes.find_one({"_id": document["_id"]}) or document
        return document

    async def changes(self, tenant: str) -> list[Mapping[str, Any]]:
        """What a company published, newest first."""
        found = self._db.changes.find({"tenant": tenant}).sort("at", -1).limit(MOST)
        return [document async for document in found]

    async def untold(self) -> list[Mapping[str, Any]]:
        """Of anybody, what not everybody was told of."""
        return [document async for document in self._db.changes.find({"told": False}).limit(MOST)]

    async def told(self, change: Mapping[str, Any]) -> None:
        await self._db.changes.update_one({"_id": change["_id"]}, {"$set": {"told": True}})

    async def answers(self, tenant: str) -> dict[tuple[str, str], int]:
        """(change, state) → how many customers."""
        steps: list[Document] = [
            {"$match": {"kind": "change", "data.seller": tenant}},
            {"$group": {"_id": {"change": "$data.change.id", "state": "$state"}, "count": {"$sum": 1}}},
        ]
        found = await self._db.papers.aggregate(steps).to_list(None)
        return {(one["_id"]["change"], one["_id"]["state"]): one["count"] for one in found}

    async def due(self, now: int) -> list[tuple[str, str, Paper]]:
        """(account, tenant, paper) whose time has come, the longest overdue first."""
        where = {"data.wakes": {"$gt": 0, "$lte": now}}
        found = await self._db.papers.find(where).sort("data.wakes", 1).limit(MOST).to_list(MOST)
        return [(document["account"], document["tenant"], codec.paper(document)) for document in found]

    async def unmailed(self) -> list[tuple[str, str, Paper]]:
        """Customers' papers about changes that were not mailed yet."""
        where = {"kind": "change", "data.sent": "", "data.mail": {"$ne": ""}}
        found = await self._db.papers.find(where).sort("at", 1).limit(MOST).to_list(MOST)
        return [(document["account"], document["tenant"], codec.paper(document)) for document in found]

    async def of_accounts(
        self, account_ids: Sequence[str], kinds: Mapping[str, Sequence[str]]
    ) -> list[tuple[str, Paper]]:
        """(account, paper) of many accounts: of each kind those in these states."""
        wanted = [{"kind": kind, "state": {"$in": list(states)}} for kind, states in kinds.items()]
        found = self._db.papers.find({"$or": wanted, "account": {"$in": list(account_ids)}}).sort("at", 1)
        return [(document["account"], codec.paper(document)) async for document in found]

    async def keep_scan(self, hashed: str, content: bytes) -> None:
        """Keeps a signed copy under its hash; once is enough. What died half-way goes first."""
        if await self._db["scans.files"].find_one({"_id": hashed}, {"_id": 1}) is not None:
            return
        with suppress(NoFile):
            await self._scans.delete(hashed)
        with suppress(FileExists):  # somebody keeps the same at this moment
            await self._scans.upload_from_stream_with_id(hashed, hashed, content)

    async def scan(self, hashed: str) -> AsyncIterator[bytes]:
        """A kept copy, piece by piece."""
        stream: Any = await self._scans.open_download_stream(hashed)
        left = int(stream.length)
        while left > 0:
            piece: bytes = await stream.read(CHUNK)
            left -= len(piece)
            yield piece
