"""Drafts, one document a person and conversation; forgotten by themselves after a month."""

from __future__ import annotations

from antiphon.channels.domain.draft import Draft
from antiphon.channels.store import sealing
from antiphon.kit.mongo import Database, Document
from antiphon.kit.texts import Texts


class DraftStore:
    def __init__(self, db: Database, texts: Texts) -> None:
        self.db = db
        self.texts = texts

    async def get(self, tenant: str, conversation_id: str, person_id: str) -> Draft | None:
        found = await self.db.drafts.find_one({"_id": _key(tenant, conversation_id, person_id)})
        if found is None:
            return None
        await self.texts.open(sealing.of_draft(found))
        return Draft(found["reply"], found["note"], found["typed_at"], found["device"])

    async def put(self, tenant: str, conversation_id: str, person_id: str, draft: Draft) -> bool:
        """Keeps it unless something newer is there: `domain/draft.py: newest`. False when there is."""
        key = _key(tenant, conversation_id, person_id)
        fields: Document = {
            "tenant": tenant, "conv": conversation_id, "person_id": person_id, "reply": draft.reply,
            "note": draft.note, "typed_at": draft.typed_at, "device": draft.device,
        }  # fmt: skip
        await self.texts.seal(tenant, sealing.of_draft(fields))
        await self.db.drafts.update_one({"_id": key}, {"$setOnInsert": fields}, upsert=True)
        newer: Document = {"_id": key, "typed_at": {"$lte": draft.typed_at}}
        return bool((await self.db.drafts.update_one(newer, {"$set": fields})).matched_count)


def _key(tenant: str, conversation_id: str, person_id: str) -> str:
    return f"{tenant}|{conversation_id}|{person_id}"
