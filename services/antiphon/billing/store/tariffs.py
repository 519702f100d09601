"""Versions of tariffs: stored once, approved once, never changed."""

from __future__ import annotations

from google.protobuf.message import Message
from pymongo.errors import DuplicateKeyError

from antiphon.billing.store.plans import seller_of
from antiphon.kit import mongo
from antiphon.kit.mongo import Document, Index, Session
from antiphon.kit.outbox import Outbox

TARIFFS = (Index("tariffs", "tenant", (("tenant", 1), ("tariff", 1), ("version", -1)), unique=True),)


class TariffStore:
    """A collection of versions; `_id` is "<tenant>/<tariff>:<version>"."""

    def __init__(self, db: mongo.Database, outbox: Outbox) -> None:
        self._db = db
        self._outbox = outbox

    async def all(self, tenant: str) -> list[Document]:
        """Every version of a tenant, newest first."""
        return await self._db.tariffs.find({"tenant": tenant}).sort([("tariff", 1), ("version", -1)]).to_list(None)

    async def seller(self, tenant: str) -> str:
        """Whose tariffs count beside the tenant's own: the operator's whose customer it is; empty for none."""
        return await seller_of(self._db, tenant)

    async def sold_in(self, seller: str) -> set[str]:
        """The currencies of an operator's plans."""
        return set(await self._db.plans.distinct("body.monthly.currency", {"tenant": seller}))

    async def get(self, tenant: str, tariff: str, version: int) -> Document | None:
        return await self._db.tariffs.find_one({"tenant": tenant, "tariff": tariff, "version": version})

    async def add(self, draft: Document) -> Document:
        """Stores a draft as the next version of its tariff."""
        while True:
            where = {"tenant": draft["tenant"], "tariff": draft["tariff"]}
            last = await self._db.tariffs.find_one(where, sort=[("version", -1)])
            version = 1 if last is None else last["version"] + 1
            stored = draft | {"_id": f"{draft['tenant']}/{draft['tariff']}:{version}", "version": version}
            try:
                await self._db.tariffs.insert_one(stored)
            except DuplicateKeyError:
                continue  # somebody else stored this version meanwhile
            return stored

    async def approve(self, draft: Document, approver: str, effective_from: int, told: Message) -> bool:
        """Activates a draft and tells it; False when it is none any more."""

        async def body(session: Session) -> bool:
            where = {"_id": draft["_id"], "approver": ""}
            change = {"$set": {"approver": approver, "effective_from": effective_from}}
            done = await self._db.tariffs.update_one(where, change, session=session)
            if done.matched_count:
                key = str(draft["tariff"])
                await self._outbox.add(session, told, tenant=draft["tenant"], key=key, version=draft["version"])
            return bool(done.matched_count)

        done = await mongo.transaction(self._db, body)
        self._outbox.wake()
        return done
