"""Removing a customer: what was said goes, that something was said stays, under no name.

A conversation keeps its number, times, queue, agents and results; texts, files, addresses and ids at the provider are
gone. Whatever other collections hold of it is deleted with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from antiphon.channels import convert
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.store import documents, sealing
from antiphon.kit import mongo
from antiphon.kit.clock import Clock
from antiphon.kit.erasing import Traces
from antiphon.kit.mongo import Database, Document, Session
from antiphon.kit.outbox import Outbox
from antiphon.kit.texts import Texts

_OWN = frozenset(
    {
        "conversations", "messages", "channels", "updates", "outbox", "attachments", "counters", "files.files",
        "files.chunks", "data_keys", "sealing", "raws.files", "raws.chunks", "visitors", "tokens", "blocks",
        "lead_catchers", "lead_chats", "lead_codes", "lead_posts",
    }
)  # fmt: skip
"""Collections that are dealt with by name."""
_SEALED = {"drafts": sealing.of_draft, "leads": sealing.of_lead, "sms_parts": sealing.of_parts}
_BLANK_MESSAGE: Document = {
    "text": "", "author_name": "", "attachments": [], "options": [], "facts": {}, "tok": [], "failure": "",
    "reply_to": "", "group_id": "", "deleted": True,
}  # fmt: skip
_BLANK: Document = {
    "contact_name": "", "peer": "", "subject": "", "thread": "", "references": [], "interaction": b"", "last": None,
    "scheduled": [],
}  # fmt: skip


@dataclass
class Erased:
    """What was found and removed."""

    conversations: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class ErasingStore:
    def __init__(self, db: Database, texts: Texts, outbox: Outbox, clock: Clock) -> None:
        self.db = db
        self.texts = texts
        self.outbox = outbox
        self.clock = clock

    async def of_contacts(self, tenant: str, contact_ids: Sequence[str]) -> list[Conversation]:
        where = {"tenant": tenant, "contact_id": {"$in": list(contact_ids)}}
        return [await self._opened(one) async for one in self.db.conversations.find(where)]

    async def _opened(self, document: Document) -> Conversation:
        await self.texts.open(sealing.of_conversation(document))
        return documents.conversation_from(document)

    async def erase(self, tenant: str, contact_ids: Sequence[str], traces: Traces) -> Erased:
        """Removes everything. Again changes nothing more."""
        found = await self.of_contacts(tenant, contact_ids)
        erased = Erased([it.id for it in found])
        mine: Document = {"tenant": tenant, "conv": {"$in": erased.conversations}}
        files = [
            file["id"]
            async for message in self.db.messages.find({**mine, "attachments.id": {"$gt": ""}}, {"attachments": 1})
            for file in message["attachments"]
        ]
        files += [file.id for it in found for one in it.scheduled for file in one.attachments]
        erased.counts["attachments"] = await self.drop_files(tenant, files)
        erased.counts["messages"] = await self._blank_messages(mine)
        erased.counts["conversations"] = await self._blank_conversations(found)
        await self._drop_visitors(tenant, [it.identity for it in found])
        erased.counts["updates"] = await self._drop_updates(tenant, found, traces)
        erased.counts["blocks"] = await self._blank_blocks(tenant, contact_ids)
        erased.counts["other"] = await self._drop_others(tenant, contact_ids, erased.conversations, traces)
        return erased

    async def drop_files(self, tenant: str, ids: Sequence[str]) -> int:
        """Files with their bytes."""
        done = await self.db.attachments.delete_many({"_id": {"$in": list(ids)}, "tenant": tenant})
        await self.db["files.files"].delete_many({"_id": {"$in": list(ids)}})
        await self.db["files.chunks"].delete_many({"files_id": {"$in": list(ids)}})
        return done.deleted_count

    async def tell(self, tenant: str, ids: Sequence[str]) -> None:
        """That these conversations are nobody's now: desks drop what they still show."""
        for conversation_id in ids:

            async def body(session: Session, conversation_id: str = conversation_id) -> None:
                document = await self.db.conversations.find_one({"_id": conversation_id}, session=session)
                if document is not None:
                    it = await self._opened(document)
                    event = convert.conversation_changed(it, self.clock())
                    await self.outbox.add(session, event, tenant=tenant, key=it.id, version=it.rev * 1000 + 999)

            await mongo.transaction(self.db, body)
        self.outbox.wake()

    async def _blank_messages(self, where: Document) -> int:
        done = await self.db.messages.update_many(
            {**where, "erased": {"$ne": True}},
            [
                {"$set": {**{k: {"$literal": v} for k, v in _BLANK_MESSAGE.items()}, "erased": True}},
                {"$set": {"client_id": {"$concat": ["erased:", {"$toString": "$seq"}]}}},
                {"$set": {"cid": {"$concat": ["erased|", "$client_id"]}}},
                {"$unset": ["ext", "out_due", "out_tries", "out_claim", "template"]},
            ],
        )
        return done.modified_count

    async def _blank_conversations(self, found: Sequence[Conversation]) -> int:
        changed = 0
        for it in found:
            blank = {**_BLANK, "identity": f"erased:{it.id}"}
            if it.rating is not None:
                blank["rating.comment"] = ""

            async def body(session: Session, it: Conversation = it, blank: Document = blank) -> int:
                where = {"_id": it.id, "identity": {"$ne": blank["identity"]}}
                change = {"$set": blank, "$inc": {"rev": 1}}
                done = await self.db.conversations.update_one(where, change, session=session)
                await self.db.outbox.delete_many({"key": f"{it.tenant}.{it.id}"}, session=session)
                return done.modified_count

            changed += await mongo.transaction(self.db, body)
        return changed

    async def _drop_visitors(self, tenant: str, ids: Sequence[str]) -> None:
        await self.db.tokens.delete_many({"tenant": tenant, "visitor_id": {"$in": list(ids)}})
        await self.db.visitors.delete_many({"tenant": tenant, "_id": {"$in": list(ids)}})

    async def _drop_updates(self, tenant: str, found: Sequence[Conversation], traces: Traces) -> int:
        """Raw updates of these customers: in their lanes, or with their traces."""
        lanes = {name for it in found for name in (it.identity, it.peer) if name}
        gone = []
        async for one in self.db.updates.find({"tenant": tenant}, {"channel_id": 1, "raw": 1, "lane": 1, "dedup": 1}):
            await self.texts.open(sealing.of_update(one))
            if one["lane"] in lanes or traces.within(one["raw"]) or traces.within(one["lane"]):
                gone.append(one["_id"])
        return (await self.db.updates.delete_many({"_id": {"$in": gone}})).deleted_count

    async def _blank_blocks(self, tenant: str, contact_ids: Sequence[str]) -> int:
        """Whoever asked to be left alone, or had to be, is not let in by an erasure: a blocked address stays so, under
        a key that is a digest of it. A block of the customer's cards means nobody without them."""
        ids = {"$in": list(contact_ids)}
        mine = {"tenant": tenant, "contact_id": ids}
        customers = {"tenant": tenant, "channel_id": "", "$or": [{"contact_id": ids}, {"cards": ids}]}
        gone = await self.db.blocks.delete_many(customers)
        blank = {"$set": {"contact_id": "", "contact_name": ""}}
        return gone.deleted_count + (await self.db.blocks.update_many(mine, blank)).modified_count

    async def _drop_others(
        self, tenant: str, contact_ids: Sequence[str], conversations: Sequence[str], traces: Traces
    ) -> int:  # fmt: skip
        """Whatever belongs to the conversations or the contact elsewhere is deleted, and whatever holds a trace."""
        ids = [*contact_ids, *conversations]
        names = ("conv", "conversation_id", "conversation", "contact_id", "contact")
        theirs: Document = {"$or": [{name: {"$in": ids}} for name in names]}
        count = 0
        for name in sorted(set(await self.db.list_collection_names()) - _OWN):
            count += (await self.db[name].delete_many(theirs)).deleted_count
            async for document in self.db[name].find({"tenant": {"$in": [tenant, None]}}):
                if name in _SEALED:
                    await self.texts.open(_SEALED[name](document))
                if traces.within(document):
                    count += (await self.db[name].delete_one({"_id": document["_id"]})).deleted_count
        return count

    # --- retention

    async def outlived(self, tenant: str, days: int, now: datetime) -> AsyncIterator[list[str]]:
        """Closed conversations in which nothing happened for so long, a part at a time."""
        before = now - timedelta(days=days)
        where = {"tenant": tenant, "live": False, "active_at": {"$lt": before}, "forgotten": {"$ne": True}}
        while found := await self.db.conversations.find(where, {"_id": 1}).limit(200).to_list(200):
            ids = [one["_id"] for one in found]
            yield ids
            await self.db.conversations.update_many({"_id": {"$in": ids}}, {"$set": {"forgotten": True}})

    async def forget_texts(self, tenant: str, ids: Sequence[str]) -> int:
        """What was said in these conversations goes; who it was stays."""
        blank: Document = {"last": None, "subject": "", "references": []}
        await self.db.conversations.update_many({"_id": {"$in": list(ids)}, "tenant": tenant}, {"$set": blank})
        return await self._blank_messages({"tenant": tenant, "conv": {"$in": list(ids)}})

    async def old_files(self, tenant: str, days: int, now: datetime) -> list[str]:
        """Some files that are older than that."""
        where = {"tenant": tenant, "created_at": {"$lt": now - timedelta(days=days)}}
        return [one["_id"] for one in await self.db.attachments.find(where, {"_id": 1}).limit(500).to_list(500)]

    async def forget_file_names(self, tenant: str, ids: Sequence[str]) -> None:
        """Messages no longer offer files that are gone."""
        gone = {"attachments": {"id": {"$in": list(ids)}}}
        await self.db.messages.update_many({"tenant": tenant, "attachments.id": {"$in": list(ids)}}, {"$pull": gone})
