"""Mongo: the ledger and everything it rests on. The only folder of billing that imports the driver.

One transaction writes a batch: documents, holds, balances, sessions, rated calls, facts, and for each partition its
epoch, which must still be the writer's, and its count of calls.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from antiphon.billing.app.memory import Found, Wanted
from antiphon.billing.app.notices import KIND as NOTICE
from antiphon.billing.app.writer import Fenced, Page
from antiphon.billing.domain.auditing import Books
from antiphon.billing.domain.records import AccountRecord, Rated
from antiphon.billing.store import carriers, codec, pages
from antiphon.billing.store.carriers import CARRIERS, CarrierStore
from antiphon.billing.store.contract import CONTRACTS, FILES, ContractStore
from antiphon.billing.store.customers import CUSTOMERS, CustomerStore
from antiphon.billing.store.erasing import ErasingStore
from antiphon.billing.store.plans import PLANS, PlanStore
from antiphon.billing.store.reading import Reading
from antiphon.billing.store.tallies import TALLIES, TallyStore
from antiphon.billing.store.tariffs import TARIFFS, TariffStore
from antiphon.billing.store.work import WORK, WorkStore
from antiphon.kit import logs, mongo, outbox
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index, Session
from antiphon.kit.outbox import Outbox, Told

INDEXES = (
    Index("accounts", "tenant", (("tenant", 1),), unique=True),
    Index("accounts", "days", (("accrued_on", 1),), where={"live": True}),
    Index("transfers", "account", (("account", 1), ("seq", -1)), unique=True),
    Index("holds", "open", (("account", 1),), where={"state": "open"}),
    Index("holds", "due", (("expires", 1),), where={"state": "open"}),
    Index("calls", "number", (("partition", 1), ("number", 1)), unique=True),
    Index("calls", "account", (("account", 1), ("number", -1))),
    Index("calls", "suspense", (("account", 1), ("number", -1)), where={"charge": "suspense"}),
    Index("papers", "kind", (("account", 1), ("kind", 1), ("at", -1), ("number", -1))),
    Index("papers", "state", (("kind", 1), ("state", 1))),
    Index("papers", "code", (("data.code", 1),), where={"kind": "document"}),
    Index("papers", "hash", (("data.hash", 1),), where={"kind": "document"}),
    Index("papers", "mail", (("data.sent", 1), ("at", 1)), where={"kind": "document"}),
    Index("accounts", "closed", (("closed", 1),), where={"live": True}),
    Index("accounts", "closing", (("closed", 1),), where={"closing": True}),
    Index("transfers", "time", (("account", 1), ("at", 1))),
    Index("trail", "number", (("account", 1), ("number", -1)), unique=True),
    *TALLIES,
    *TARIFFS,
    *WORK,
    *PLANS.indexes,
    *CARRIERS,
    *CONTRACTS,
    *CUSTOMERS,
    *outbox.INDEXES,
)
COLLECTIONS = ("partitions", "sessions", "files", "marks", "watched", *carriers.COLLECTIONS, *FILES)
_PAPERS: Document = {"kind": {"$ne": NOTICE}}
_UNPRINTED: Document = {"data.sheet": 0}
log = logs.get("billing")


class Store:
    """Billing's own database."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db
        self.outbox = Outbox(db, every=0.1)
        self.tariffs = TariffStore(db, self.outbox)
        self.plans = PlanStore(db, self.outbox)
        self.carriers = CarrierStore(db, self.outbox)
        self.reading = Reading(db)
        self.customers = CustomerStore(db)
        self.work = WorkStore(db)
        self.erasing = ErasingStore(db)
        self.tallies = TallyStore(db)
        self.contract = ContractStore(db)

    async def take(self, partitions: Sequence[int], holder: str) -> dict[int, int]:
        """Begins a new epoch of partitions; whoever wrote them before is fenced from now on. Raises UNAVAILABLE."""
        create = [
            UpdateOne({"_id": number}, {"$setOnInsert": {"epoch": 0, "calls": 0}}, upsert=True) for number in partitions
        ]
        where = {"_id": {"$in": list(partitions)}}
        try:
            await self._db.partitions.bulk_write(create, ordered=False)
            await self._db.partitions.update_many(where, {"$inc": {"epoch": 1}, "$set": {"holder": holder}})
            found = await self._db.partitions.find({**where, "holder": holder}).to_list(None)
        except PyMongoError as error:
            raise DomainError(Common.UNAVAILABLE, "the database is away") from error
        return {document["_id"]: document["epoch"] for document in found}

    async def again(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Does `work` again and again until cancelled. A database that is away for a moment ends nothing."""
        while True:
            try:
                await work()
            except (PyMongoError, DomainError) as error:
                log.warning("work interrupted", work=getattr(work, "__qualname__", repr(work)), error=str(error))
            await asyncio.sleep(seconds)

    async def numbers(self, partitions: Sequence[int]) -> dict[int, int]:
        """How many calls each partition has."""
        found = await self._db.partitions.find({"_id": {"$in": list(partitions)}}).to_list(None)
        return {document["_id"]: document["calls"] for document in found}

    async def read(self, wanted: Wanted) -> Found:
        """What is wanted, as it is stored."""
        return await mongo.in_thread(self._db, lambda db: pages.read(db, wanted))

    async def commit(self, touched: Sequence[Page], epochs: Mapping[int, int], numbers: Mapping[int, int]) -> None:
        """Writes everything or nothing. Raises Fenced when another process has taken one of the partitions, Repeated
        when something that should be new is stored already."""
        if not touched:
            await self._are_ours(epochs)
            return
        told = [Told(event, page.tenant, page.account_id, page.book.seq) for page in touched for event in page.told]
        writes = pages.Writes.of(touched, self.outbox.documents(told))
        writes.fence(epochs, numbers, touched)
        await mongo.transaction_in_thread(self._db, lambda db, session: self._write(writes, db, session))
        if told:
            self.outbox.wake()

    def _write(self, writes: pages.Writes, db: mongo.Blocking, session: mongo.BlockingSession) -> None:
        writes.write(db, session)

    async def _are_ours(self, epochs: Mapping[int, int]) -> None:
        found = await self._db.partitions.find({"_id": {"$in": list(epochs)}}).to_list(None)
        if {document["_id"]: document["epoch"] for document in found} != epochs:
            raise Fenced

    async def account(self, account_id: str) -> AccountRecord | None:
        """An account as it is now, for reading."""
        found = await self._db.accounts.find_one({"_id": account_id})
        return codec.account(found) if found is not None else None

    async def tenants(self) -> list[tuple[str, str]]:
        """(account, tenant) of every account that lives."""
        found = self._db.accounts.find({"live": True}, {"tenant": 1})
        return [(document["_id"], document["tenant"]) async for document in found]

    async def transfers(self, account_id: str, limit: int, before: int, *, moved: bool = False) -> list[Document]:
        """Documents, newest first; `moved`: only those that changed the balance."""
        where: Document = {"account": account_id} | ({"seq": {"$lt": before}} if before else {})
        where |= {"amount": {"$gt": 0}, "debit": {"$ne": ""}} if moved else {}
        return await self._db.transfers.find(where).sort("seq", -1).limit(limit).to_list(limit)

    async def calls(self, account_id: str, limit: int, before: int, *, suspense: bool) -> list[Rated]:
        """Rated calls, newest first."""
        where: Document = {"account": account_id} | ({"number": {"$lt": before}} if before else {})
        where |= {"charge": "suspense"} if suspense else {}
        found = await self._db.calls.find(where).sort("number", -1).limit(limit).to_list(limit)
        return [codec.call(document) for document in found]

    async def of_call(self, account_id: str, call_id: str) -> tuple[list[Rated], list[Document]]:
        """What became of a call of media: each of its lines, and what they moved."""
        mine, line = re.escape(account_id), f"media/{re.escape(call_id)}(:|$)"  # anchored: the index of ids is read
        calls = await self._db.calls.find({"_id": {"$regex": f"^{mine}/{line}"}}).to_list(100)
        moved = await self._db.transfers.find({"_id": {"$regex": f"^{mine}/call:{line}"}}).sort("seq", 1).to_list(100)
        return [codec.call(document) for document in calls], moved

    async def suspended(self, account_id: str, limit: int) -> list[Rated]:
        """Calls in suspense, newest first."""
        return await self.calls(account_id, limit, 0, suspense=True)

    async def with_overdue_holds(self, now: int, limit: int = 500) -> list[tuple[str, str]]:
        """(account, tenant) of open holds whose time is over."""
        found = await self._db.holds.find({"state": "open", "expires": {"$lte": now}}).limit(limit).to_list(limit)
        return sorted({(document["account"], document["tenant"]) for document in found})

    async def unaccrued(self, latest: str, limit: int = 500) -> list[AccountRecord]:
        """Accounts whose last accrued day is before `latest`, anywhere in the world."""
        where = {"live": True, "accrued_on": {"$lt": latest}}
        found = await self._db.accounts.find(where).limit(limit).to_list(limit)
        return [codec.account(document) for document in found]

    async def books(self) -> AsyncIterator[tuple[str, str, Books]]:
        """(account, tenant, its books), each account as it was at one moment."""
        owners = {document["_id"]: document["tenant"] async for document in self._db.accounts.find({}, {"tenant": 1})}
        async for document in self._db.calls.aggregate(
            [{"$group": {"_id": "$account", "tenant": {"$first": "$tenant"}}}]
        ):
            owners.setdefault(document["_id"], document["tenant"])
        for account_id, tenant in sorted(owners.items()):
            async with await self._db.client.start_session(snapshot=True) as session:
                yield account_id, tenant, await self._books(account_id, session)

    async def _books(self, account_id: str, session: Session) -> Books:
        mine, db = {"account": account_id}, self._db
        account = await db.accounts.find_one({"_id": account_id}, session=session)
        return Books(
            codec.account(account) if account is not None else None,
            [codec.entry(one) async for one in db.transfers.find(mine, session=session).sort("seq", 1)],
            [codec.hold(one) async for one in db.holds.find(mine, session=session)],
            [codec.call(one) async for one in db.calls.find(mine, session=session)],
            [codec.line(one) async for one in db.trail.find(mine, session=session).sort("number", 1)],
            [codec.paper(one) async for one in db.papers.find({**mine, **_PAPERS}, _UNPRINTED, session=session)],
            [
                codec.owed(one)
                async for one in db.carrier_entries.find({"_id": codec.all_of(account_id)}, session=session)
            ],
        )

    async def numbering(self) -> list[tuple[int, list[int], int]]:
        """(partition, numbers of its calls, how many were given)."""
        async with await self._db.client.start_session(snapshot=True) as session:
            given = await self._db.partitions.find({}, session=session).to_list(None)
            found: dict[int, list[int]] = {}
            async for call in self._db.calls.find({}, {"partition": 1, "number": 1}, session=session):
                found.setdefault(call["partition"], []).append(call["number"])
        return [(one["_id"], found.get(one["_id"], []), one["calls"]) for one in given]


@asynccontextmanager
async def opened(url: str, database: str) -> AsyncIterator[Store]:
    """A database by its address, for reading. Raises ConnectionError when it does not answer."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(url, tz_aware=True, serverSelectionTimeoutMS=5000)
    try:
        yield Store(client.get_database(database))
    except PyMongoError as error:
        raise ConnectionError(str(error)) from error
    finally:
        client.close()


__all__ = ["COLLECTIONS", "INDEXES", "Store", "opened"]
