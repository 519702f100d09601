"""Who was mentioned where, and whether they have seen it."""

from __future__ import annotations

from collections.abc import Sequence

from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Message
from antiphon.kit.mongo import Database, Document


def mention_documents(it: Conversation, added: Sequence[Message]) -> list[Document]:
    """One for each person that a new message names."""
    return [
        {
            "_id": f"{it.id}:{message.seq}:{person}", "tenant": it.tenant, "person_id": person, "conv": it.id,
            "seq": message.seq, "at": message.at, "seen": False,
        }
        for message in added
        for person in message.mentions
    ]  # fmt: skip


class MentionStore:
    def __init__(self, db: Database) -> None:
        self.db = db

    async def of(self, tenant: str, person_id: str, *, only_unseen: bool, limit: int) -> list[tuple[str, int, bool]]:
        """(conversation, seq, seen), the newest first."""
        query: Document = {"tenant": tenant, "person_id": person_id}
        if only_unseen:
            query["seen"] = False
        found = await self.db.mentions.find(query).sort("at", -1).limit(limit).to_list(limit)
        return [(document["conv"], document["seq"], document["seen"]) for document in found]

    async def see(self, tenant: str, person_id: str, conversation_id: str) -> None:
        """Marks them as seen: those of one conversation, or all."""
        query: Document = {"tenant": tenant, "person_id": person_id, "seen": False}
        if conversation_id:
            query["conv"] = conversation_id
        await self.db.mentions.update_many(query, {"$set": {"seen": True}})
