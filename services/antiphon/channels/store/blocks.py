"""Blocks: of an address in a channel, or of a customer with the cards that were theirs when they were blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from antiphon.channels.domain.conversation import Conversation
from antiphon.kit import mongo
from antiphon.kit.batch import Batch
from antiphon.kit.ids import derived_id
from antiphon.kit.mongo import Blocking, Database, Document

_CUSTOMER: Document = {"channel_id": ""}
_ROUND = 0.02
"""Seconds between the beginnings of two looks, which all who write meanwhile share."""


class BlockStore:
    def __init__(self, db: Database) -> None:
        self.db = db
        self._looking: Batch[tuple[str, str], tuple[bool, bool]] = Batch(self._look, every=_ROUND)

    async def refuses_address(self, tenant: str, channel_id: str, identity: str) -> tuple[bool, bool]:
        """Whether an address is blocked, which is counted; and whether any customer of the tenant is. Looks before it
        writes: every message comes this way."""
        mine = _of_identity(tenant, channel_id, identity)
        address, customer = await self._looking.do((tenant, mine))
        return address and await self._counted({"_id": mine, "tenant": tenant}), customer

    async def _look(self, asked: list[tuple[str, str]]) -> list[tuple[bool, bool]]:
        addresses, tenants = {mine for _, mine in asked}, {tenant for tenant, _ in asked}

        def work(db: Blocking) -> tuple[list[str], list[str]]:
            customers = {"tenant": {"$in": list(tenants)}, **_CUSTOMER}
            return db.blocks.distinct("_id", {"_id": {"$in": list(addresses)}}), db.blocks.distinct("tenant", customers)

        blocked, with_customers = await mongo.in_thread(self.db, work)
        return [(mine in blocked, tenant in with_customers) for tenant, mine in asked]

    async def refuses_customer(self, tenant: str, cards: Sequence[str]) -> bool:
        """Whether a customer with one of these cards is blocked; if so, it is counted."""
        mine = {"$in": list(cards)}
        return await self._counted({"tenant": tenant, **_CUSTOMER, "$or": [{"cards": mine}, {"contact_id": mine}]})

    async def add_address(self, it: Conversation, by: str, now: datetime) -> None:
        key = _of_identity(it.tenant, it.channel_id, it.identity)
        await self._add(key, it, {"channel_id": it.channel_id, "channel": it.channel, "by": by, "at": now})

    async def add_customer(self, it: Conversation, cards: Sequence[str], by: str, now: datetime) -> None:
        key = derived_id("bl", it.tenant, "customer", it.contact_id or "-")
        more = {"$addToSet": {"cards": {"$each": list(cards)}}}
        await self._add(key, it, {**_CUSTOMER, "channel": "", "by": by, "at": now}, more)

    async def _add(self, key: str, it: Conversation, first: Document, more: Document | None = None) -> None:
        person = {"tenant": it.tenant, "contact_id": it.contact_id, "contact_name": it.contact_name, "refused": 0}
        await self.db.blocks.update_one(
            {"_id": key}, {"$setOnInsert": {**person, **first}, **(more or {})}, upsert=True
        )

    async def _counted(self, where: Document) -> bool:
        return await self.db.blocks.find_one_and_update(where, {"$inc": {"refused": 1}}) is not None

    async def all_of(self, tenant: str) -> list[Document]:
        """The newest first."""
        found: list[Document] = await self.db.blocks.find({"tenant": tenant}).sort("at", -1).to_list(1000)
        return found

    async def drop(self, tenant: str, block_id: str) -> None:
        """Lets them write again."""
        await self.db.blocks.delete_one({"_id": block_id, "tenant": tenant})


def _of_identity(tenant: str, channel_id: str, identity: str) -> str:
    return derived_id("bl", tenant, "identity", channel_id, identity)
