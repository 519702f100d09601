"""Open sessions. An ended one is deleted; the audit log remembers it."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection

from antiphon.directory.domain.sessions import Session
from antiphon.kit import mongo
from antiphon.kit.mongo import Document


class Sessions:
    def __init__(
        self, collection: AsyncIOMotorCollection[Document], tenant: str, session: mongo.Session | None
    ) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def add(self, opened: Session) -> None:
        document = asdict(opened)
        document["_id"] = document.pop("id")
        document["tenant"] = self._tenant
        await self._collection.insert_one(document, session=self._session)

    async def of_person(self, person_id: str) -> list[Session]:
        """The sessions of a person, the oldest first."""
        found = self._collection.find({"tenant": self._tenant, "person_id": person_id}, session=self._session)
        return [to_session(document) for document in await found.sort("_id", 1).to_list(None)]

    async def note_use(self, session_id: str, seen_at: datetime, expires_at: datetime) -> None:
        """Lengthens a session; one that has just been ended stays ended."""
        await self._collection.update_one(
            {"_id": session_id, "tenant": self._tenant},
            {"$max": {"seen_at": seen_at, "expires_at": expires_at}},
            session=self._session,
        )

    async def end(self, session_id: str) -> bool:
        """True when it was open until now."""
        done = await self._collection.delete_one({"_id": session_id, "tenant": self._tenant}, session=self._session)
        return bool(done.deleted_count)


def to_session(document: Document) -> Session:
    """The domain's form of a document."""
    return Session(
        document["_id"], **{each.name: document[each.name] for each in fields(Session)[1:] if each.name in document}
    )
