"""Sites' forms, leads, the chats that get them, and each lead's way to each chat.

A way is one document under (lead, chat), so nobody gets a lead twice; it holds no word of the visitor's: what is said
is read from the conversation when it is sent.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from antiphon.channels.domain.leads import Catcher, State, Theme
from antiphon.channels.store import sealing
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Database, Document, Index
from antiphon.kit.texts import Texts

KEPT_FOR = 400 * 86400
"""Seconds that leads and their deliveries are kept."""
INDEXES = (
    Index("leads", "channel", (("tenant", 1), ("channel_id", 1), ("at", -1))),
    Index("leads", "forgotten", (("at", 1),), expires_after=KEPT_FOR),
    Index("lead_posts", "due", (("due", 1),), where={"state": "waiting"}),
    Index("lead_posts", "lead", (("lead", 1),)),
    Index("lead_posts", "forgotten", (("at", 1),), expires_after=KEPT_FOR),
    Index("lead_chats", "tenant", (("tenant", 1), ("channel_id", 1))),
    Index("lead_codes", "forgotten", (("until", 1),), expires_after=0),
)
COLLECTIONS = ("lead_catchers",)


class LeadStore:
    def __init__(self, db: Database, texts: Texts) -> None:
        self.db = db
        self.texts = texts

    async def catcher(self, channel_id: str) -> Catcher:
        """As it was set; one that is switched off before anybody did."""
        found = await self.db.lead_catchers.find_one({"_id": channel_id})
        if found is None:
            return Catcher(channel_id)
        kept = {name: value for name, value in found.items() if name not in ("_id", "tenant")}
        theme = Theme(**kept["theme"]) if kept["theme"] else None
        return Catcher(**{**kept, "channel_id": channel_id, "theme": theme, "messengers": tuple(kept["messengers"])})

    async def put_catcher(self, tenant: str, wish: Catcher) -> None:
        """Replaces revision `wish.rev`. Raises STALE."""
        kept = {name: value for name, value in asdict(wish).items() if name != "channel_id"}
        document = {**kept, "_id": wish.channel_id, "tenant": tenant, "rev": wish.rev + 1}
        try:
            if wish.rev == 0:
                await self.db.lead_catchers.insert_one(document)
                return
            done = await self.db.lead_catchers.replace_one({"_id": wish.channel_id, "rev": wish.rev}, document)
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        if not done.matched_count:
            raise DomainError(Common.STALE)

    # --- chats

    async def add_code(self, digest: str, tenant: str, until: datetime) -> None:
        await self.db.lead_codes.insert_one({"_id": digest, "tenant": tenant, "until": until, "chat": ""})

    async def spend_code(self, digest: str, tenant: str, chat: str, now: datetime) -> bool:
        """True when the code is this chat's: spent now, or by it before."""
        where = {"_id": digest, "tenant": tenant, "until": {"$gt": now}, "chat": {"$in": ["", chat]}}
        return await self.db.lead_codes.find_one_and_update(where, {"$set": {"chat": chat}}) is not None

    async def put_chat(self, chat: Document) -> None:
        """Once; a chat that subscribes again stays as it is."""
        kept = {name: value for name, value in chat.items() if name != "_id"}
        await self.db.lead_chats.update_one({"_id": chat["_id"]}, {"$setOnInsert": kept}, upsert=True)

    async def chats(self, tenant: str, channel_ids: tuple[str, ...] | None = None) -> list[Document]:
        where: Document = {"tenant": tenant}
        if channel_ids is not None:
            where["channel_id"] = {"$in": list(channel_ids)}
        found: list[Document] = await self.db.lead_chats.find(where).sort("since", 1).to_list(1000)
        return found

    async def delete_chat(self, tenant: str, chat_id: str) -> None:
        await self.db.lead_chats.delete_one({"_id": chat_id, "tenant": tenant})

    # --- leads

    async def keep(self, lead: Document, posts: list[Document]) -> None:
        """A lead and its ways, once however often it is told. What it says of the visitor is sealed where texts are."""
        lead = {**lead, "utm": dict(lead["utm"])} if "utm" in lead else lead
        await self.texts.seal(lead["tenant"], sealing.of_lead(lead))
        for table, documents in (("leads", [lead]), ("lead_posts", posts)):
            for document in documents:
                kept = {name: value for name, value in document.items() if name != "_id"}
                await self.db[table].update_one({"_id": document["_id"]}, {"$setOnInsert": kept}, upsert=True)

    async def consented(self, lead_id: str) -> bool:
        found = await self.db.leads.find_one({"_id": lead_id}, {"consented": 1})
        return bool(found and found.get("consented"))

    async def mark_consented(self, lead_id: str) -> None:
        await self.db.leads.update_one({"_id": lead_id}, {"$set": {"consented": True}})

    async def newest(self, tenant: str, channel_id: str, limit: int) -> list[tuple[Document, list[Document]]]:
        """Leads with their ways."""
        where = {"tenant": tenant, "channel_id": channel_id}
        leads = await self.db.leads.find(where).sort("at", -1).to_list(limit)
        await self.texts.open(place for lead in leads for place in sealing.of_lead(lead))
        posts: dict[str, list[Document]] = {}
        async for post in self.db.lead_posts.find({"lead": {"$in": [lead["_id"] for lead in leads]}}).sort("_id", 1):
            posts.setdefault(post["lead"], []).append(post)
        return [(lead, posts.get(lead["_id"], [])) for lead in leads]

    async def lead(self, lead_id: str) -> Document | None:
        found: Document | None = await self.db.leads.find_one({"_id": lead_id})
        if found is not None:
            await self.texts.open(sealing.of_lead(found))
        return found

    # --- ways

    async def claim(self, now: datetime, until: datetime) -> Document | None:
        """The next way that is due, ours until then. One whose holder died comes back as `claimed`."""
        where = {"state": State.WAITING.value, "due": {"$lte": now}}
        before: Document | None = await self.db.lead_posts.find_one_and_update(
            where, {"$set": {"due": until, "claimed": True}, "$inc": {"tries": 1}}, sort=[("due", 1)],
            return_document=ReturnDocument.BEFORE,
        )  # fmt: skip
        return before

    async def settle(self, post_id: str, **fields: Any) -> None:
        """What became of a try; the claim is over."""
        await self.db.lead_posts.update_one({"_id": post_id}, {"$set": {**fields, "claimed": False}})
