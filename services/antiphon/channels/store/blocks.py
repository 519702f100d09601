"""Whose messages are not taken: a sender in a channel, or a customer whatever they write from."""

from __future__ import annotations

from datetime import datetime

from antiphon.channels.domain.conversation import Conversation
from antiphon.kit.ids import derived_id
from antiphon.kit.mongo import Database, Document


class BlockStore:
    def __init__(self, db: Database) -> None:
        self.db = db

    async def refuses(self, tenant: str, channel_id: str, identity: str, contact_id: str) -> bool:
        """Whether this sender is blocked; if so, it is counted."""
        keys = [_of_identity(tenant, channel_id, identity), _of_customer(tenant, contact_id)]
        query = {"_id": {"$in": keys}, "tenant": tenant}
        return await self.db.blocks.find_one_and_update(query, {"$inc": {"refused": 1}}) is not None

    async def add(self, it: Conversation, by: str, now: datetime, *, customer: bool) -> None:
        """Blocks who writes in a conversation. A repeat changes nothing."""
        key, place = _of_identity(it.tenant, it.channel_id, it.identity), (it.channel_id, it.channel)
        if customer:
            key, place = _of_customer(it.tenant, it.contact_id), ("", "")
        first = {
            "tenant": it.tenant, "channel_id": place[0], "channel": place[1],
            "contact_id": it.contact_id, "contact_name": it.contact_name, "by": by, "at": now, "refused": 0,
        }  # fmt: skip
        await self.db.blocks.update_one({"_id": key}, {"$setOnInsert": first}, upsert=True)

    async def all_of(self, tenant: str) -> list[Document]:
        """The newest first."""
        found: list[Document] = await self.db.blocks.find({"tenant": tenant}).sort("at", -1).to_list(1000)
        return found

    async def drop(self, tenant: str, block_id: str) -> None:
        """Lets them write again."""
        await self.db.blocks.delete_one({"_id": block_id, "tenant": tenant})


def _of_identity(tenant: str, channel_id: str, identity: str) -> str:
    return derived_id("bl", tenant, "identity", channel_id, identity)


def _of_customer(tenant: str, contact_id: str) -> str:
    return derived_id("bl", tenant, "customer", contact_id or "-")
