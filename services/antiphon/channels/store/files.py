"""Attachments: a record per file, its bytes in GridFS under the same id. The record comes first and says `ready` after
the bytes are complete, so an upload that died half-way is found and swept away like any other unused file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from gridfs.errors import NoFile
from pymongo import ReturnDocument

from antiphon.channels.domain.message import Attachment
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.store import documents, sealing
from antiphon.kit.errors import DomainError
from antiphon.kit.mongo import Database
from antiphon.kit.texts import Texts
from antiphon.kit.vault import Files


class FileStore:
    def __init__(self, db: Database, texts: Texts, files: Files) -> None:
        self.db = db
        self.texts = texts
        self._files = files

    async def add(self, tenant: str, owner: str, attachment: Attachment, data: bytes, now: datetime) -> None:
        """Stores a file that no message names yet. `owner` is who may name it: "visitor:…", "person:…"."""
        record = {
            "tenant": tenant, "owner": owner, "file": documents.attachment_to(attachment), "created_at": now,
            "used": False, "ready": False,
        }  # fmt: skip
        await self.texts.seal(tenant, sealing.of_attachment(record))
        kept = await self.db.attachments.find_one_and_update(
            {"_id": attachment.id}, {"$setOnInsert": record}, upsert=True, return_document=ReturnDocument.AFTER
        )
        if kept["ready"]:
            return
        await self._drop_bytes(attachment.id)
        await self._files.put(tenant, attachment.id, data)
        await self.db.attachments.update_one({"_id": attachment.id}, {"$set": {"ready": True}})

    async def get(self, tenant: str, attachment_id: str) -> Attachment:
        """Raises UNKNOWN_ATTACHMENT."""
        found = await self.owned(tenant, [attachment_id], None)
        return found[0]

    async def any_tenant(self, attachment_id: str) -> Attachment:
        """For an address that was signed for just this file. Raises UNKNOWN_ATTACHMENT."""
        document = await self.db.attachments.find_one({"_id": attachment_id, "ready": True})
        if document is None:
            raise DomainError(Reason.UNKNOWN_ATTACHMENT)
        await self.texts.open(sealing.of_attachment(document))
        return documents.attachment_from(document["file"])

    async def owned(self, tenant: str, ids: Sequence[str], owner: str | None) -> tuple[Attachment, ...]:
        """The files in the given order. Raises UNKNOWN_ATTACHMENT when one is missing or another's."""
        if not ids:
            return ()
        query: dict[str, object] = {"_id": {"$in": list(ids)}, "tenant": tenant, "ready": True}
        if owner is not None:
            query["owner"] = owner
        found = {document["_id"]: document async for document in self.db.attachments.find(query)}
        if any(file_id not in found for file_id in ids):
            raise DomainError(Reason.UNKNOWN_ATTACHMENT)
        await self.texts.open(place for document in found.values() for place in sealing.of_attachment(document))
        return tuple(documents.attachment_from(found[file_id]["file"]) for file_id in ids)

    async def owner_of(self, tenant: str, attachment_id: str) -> str:
        document = await self.db.attachments.find_one({"_id": attachment_id, "tenant": tenant}, {"owner": 1})
        return str(document["owner"]) if document else ""

    async def use(self, tenant: str, ids: Sequence[str]) -> None:
        """Keeps files for ever, because a message is about to name them. Raises UNKNOWN_ATTACHMENT when one is gone."""
        if not ids:
            return
        query = {"_id": {"$in": list(ids)}, "tenant": tenant}
        kept = await self.db.attachments.update_many(query, {"$set": {"used": True}})
        if kept.matched_count < len(set(ids)):
            raise DomainError(Reason.UNKNOWN_ATTACHMENT)

    async def release(self, tenant: str, attachment_id: str) -> None:
        """Nothing names it any more."""
        await self.db.attachments.update_one({"_id": attachment_id, "tenant": tenant}, {"$set": {"used": False}})

    async def parts(self, attachment_id: str) -> AsyncIterator[bytes]:
        """The bytes in order. Raises UNKNOWN_ATTACHMENT."""
        try:
            async for part in self._files.parts(attachment_id):
                yield part
        except NoFile as error:
            raise DomainError(Reason.UNKNOWN_ATTACHMENT) from error

    async def data(self, attachment_id: str) -> bytes:
        return b"".join([part async for part in self.parts(attachment_id)])

    async def sweep(self, older_than: datetime) -> int:
        """Deletes what no message has named. Returns how many files."""
        query = {"used": False, "created_at": {"$lt": older_than}}
        found = await self.db.attachments.find(query, {"_id": 1}).limit(1000).to_list(1000)
        for document in found:
            gone = await self.db.attachments.delete_one({"_id": document["_id"], "used": False})
            if gone.deleted_count:
                await self._drop_bytes(document["_id"])
        return len(found)

    async def _drop_bytes(self, file_id: str) -> None:
        await self.db["files.files"].delete_one({"_id": file_id})
        await self.db["files.chunks"].delete_many({"files_id": file_id})
