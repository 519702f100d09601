"""Looking for messages by their tokens, and giving tokens to those that have none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo import UpdateOne

from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Message
from antiphon.channels.store import documents, sealing
from antiphon.kit.mongo import Database, Document
from antiphon.kit.texts import Texts
from antiphon.kit.words import VERSION, Analyser


class SearchStore:
    def __init__(self, db: Database, texts: Texts, analyser: Analyser) -> None:
        self.db = db
        self.texts = texts
        self.analyser = analyser

    async def page(
        self, tenant: str, wanted: Sequence[Sequence[str]], span: Document, after: tuple[datetime, str, int] | None,
        limit: int,
    ) -> list[Message]:  # fmt: skip
        """The newest messages of a tenant that have a token of every group, from just after a position."""
        groups = await self.texts.wanted(tenant, wanted)
        conditions: list[Document] = [{"tenant": tenant}, *({"tok": {"$in": group}} for group in groups)]
        if span:
            conditions.append({"at": span})
        if after:
            at, conv, seq = after
            earlier: Document = {"at": at, "$or": [{"conv": {"$lt": conv}}, {"conv": conv, "seq": {"$lt": seq}}]}
            conditions.append({"$or": [{"at": {"$lt": at}}, earlier]})
        order = [("at", -1), ("conv", -1), ("seq", -1)]
        found = await self.db.messages.find({"$and": conditions}).sort(order).limit(limit).to_list(limit)
        await self.texts.open(place for document in found for place in sealing.of_message(document))
        return [documents.message_from(document) for document in found]

    async def conversations(self, tenant: str, ids: Sequence[str]) -> dict[str, Conversation]:
        found = await self.db.conversations.find({"tenant": tenant, "_id": {"$in": list(ids)}}).to_list(len(ids))
        await self.texts.open(place for document in found for place in sealing.of_conversation(document))
        return {document["_id"]: documents.conversation_from(document) for document in found}

    async def analyse(self, most: int = 500) -> int:
        """Gives tokens to messages that were stored before they had any, or with others. Returns how many."""
        without: Document = {"$or": [{"tokv": None}, {"tokv": {"$lt": VERSION}}]}
        found = await self.db.messages.find(without).limit(most).to_list(most)
        await self.texts.open(place for document in found for place in sealing.of_message(document))
        changes = [
            UpdateOne({"_id": document["_id"], "rev": document["rev"]}, {"$set": await self._words(document)})
            for document in found
        ]
        if changes:
            await self.db.messages.bulk_write(changes, ordered=False)
        return len(changes)

    async def _words(self, document: Document) -> Document:
        message = documents.message_from(document)
        return await documents.hidden(document["tenant"], message, self.analyser, self.texts)
