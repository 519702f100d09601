"""The audit log: `add` and `page`, and nothing else. No code changes or removes an entry."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from antiphon.directory.v1.directory_pb2 import AuditEntry
from antiphon.kit.mongo import Document, Session

from . import codec


def entry_document(tenant: str, entry: AuditEntry) -> Document:
    """An entry as it is stored."""
    return {**codec.to_document(entry), "_id": f"{tenant}/{entry.id}", "tenant": tenant}


class AuditLog:
    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def add(self, entry: AuditEntry) -> None:
        """Appends an entry. One with an id that the tenant has already is the same entry again."""
        try:
            await self._collection.insert_one(entry_document(self._tenant, entry), session=self._session)
        except DuplicateKeyError:
            if self._session is not None:  # the transaction is lost: fresh ids never meet
                raise

    async def page(
        self, subject: str, after: tuple[datetime, str] | None, most: int
    ) -> tuple[list[AuditEntry], tuple[datetime, str] | None]:
        """The next `most` entries, the newest first, and where they end unless that is all."""
        where: Document = {"tenant": self._tenant}
        if subject:
            where["object"] = subject
        if after:
            at, entry_id = after
            key = f"{self._tenant}/{entry_id}"
            where["at"] = {"$lte": at}
            where["$or"] = [{"at": {"$lt": at}}, {"_id": {"$lt": key}}]
        found = self._collection.find(where).sort([("at", -1), ("_id", -1)]).limit(most + 1)
        documents = await found.to_list(most + 1)
        entries = [self._entry(document) for document in documents[:most]]
        last = documents[most - 1] if len(documents) > most else None
        return entries, (last["at"], entries[-1].id) if last else None

    def _entry(self, document: Document) -> AuditEntry:
        entry = codec.to_record(AuditEntry, document)
        entry.id = entry.id.removeprefix(f"{self._tenant}/")
        return entry
