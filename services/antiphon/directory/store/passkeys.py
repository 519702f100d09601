"""Passkeys, found by the id that their device has given them, and the challenges that wait for an answer."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from antiphon.directory.domain.passkeys import Challenge, Passkey
from antiphon.directory.domain.reasons import Reason
from antiphon.kit import mongo
from antiphon.kit.errors import DomainError
from antiphon.kit.mongo import Document, Session


class Passkeys:
    """Of one tenant."""

    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def of_person(self, person_id: str) -> list[Passkey]:
        """A person's passkeys, the oldest first."""
        where = {"tenant": self._tenant, "person_id": person_id}
        found = self._collection.find(where, session=self._session).sort([("created_at", 1), ("_id", 1)])
        return [_to_passkey(document) for document in await found.to_list(None)]

    async def add(self, passkey: Passkey) -> None:
        """Raises TAKEN."""
        document = asdict(passkey)
        document["_id"] = document.pop("credential")
        try:
            await self._collection.insert_one(document, session=self._session)
        except DuplicateKeyError as error:
            raise DomainError(Reason.TAKEN, field="credential") from error

    async def used(self, passkey: Passkey, sign_count: int, now: datetime) -> bool:
        """Notes a use. False when the passkey was removed, or used with a later count, meanwhile."""
        where = {"_id": passkey.credential, "tenant": self._tenant, "sign_count": passkey.sign_count}
        update = {"$set": {"sign_count": sign_count, "last_used_at": now}}
        return bool((await self._collection.update_one(where, update, session=self._session)).matched_count)

    async def remove(self, person_id: str, passkey_id: str) -> bool:
        """True when it was there until now."""
        where = {"tenant": self._tenant, "person_id": person_id, "id": passkey_id}
        return bool((await self._collection.delete_one(where, session=self._session)).deleted_count)


class PasskeyDoor:
    """Before a tenant is known."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    async def find(self, credential: bytes) -> Passkey | None:
        document = await self._db["passkeys"].find_one({"_id": credential})
        return None if document is None else _to_passkey(document)

    async def challenge(self, digest: bytes, challenge: Challenge) -> None:
        await self._db["passkey_challenges"].insert_one({"_id": digest, **asdict(challenge)})

    async def answered(self, digest: bytes) -> Challenge | None:
        """The challenge with this digest, which is used up by that."""
        document: Document | None = await self._db["passkey_challenges"].find_one_and_delete({"_id": digest})
        return None if document is None else Challenge(document["person_id"], document["expires_at"])


def _to_passkey(document: Document) -> Passkey:
    values = {field.name: document[field.name] for field in fields(Passkey) if field.name != "credential"}
    return Passkey(bytes(document["_id"]), **{**values, "public_key": bytes(document["public_key"])})
