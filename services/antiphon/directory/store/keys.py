"""API keys: the digest of each secret, never the secret."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection

from antiphon.directory.app.keyring import Key
from antiphon.directory.v1.directory_pb2 import ApiKey
from antiphon.kit.mongo import Document, Session

from . import codec


class KeyStore:
    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def all(self) -> list[Key]:
        """Every key, revoked ones too, the oldest first."""
        found = self._collection.find({"tenant": self._tenant}, session=self._session)
        return [to_key(document) for document in await found.sort("_id", 1).to_list(None)]

    async def count_open(self) -> int:
        return await self._collection.count_documents({"tenant": self._tenant, "revoked": False}, session=self._session)

    async def add(self, key: Key, digest: bytes) -> None:
        document = {**codec.to_document(key.card), "tenant": self._tenant, "digest": digest}
        await self._collection.insert_one({**document, "project_ids": list(key.project_ids)}, session=self._session)

    async def get(self, key_id: str) -> Key | None:
        where = {"_id": key_id, "tenant": self._tenant}
        document = await self._collection.find_one(where, session=self._session)
        return None if document is None else to_key(document)

    async def revoke(self, key_id: str) -> None:
        where = {"_id": key_id, "tenant": self._tenant}
        await self._collection.update_one(where, {"$set": {"revoked": True}}, session=self._session)

    async def note_use(self, key_id: str, at: datetime) -> None:
        where = {"_id": key_id, "tenant": self._tenant}
        await self._collection.update_one(where, {"$max": {"last_used_at": at}}, session=self._session)


def to_key(document: Document) -> Key:
    """The key of a document."""
    return Key(document["tenant"], codec.to_record(ApiKey, document), tuple(document["project_ids"]))
