"""The secrets of people, each change guarded by the epoch of the one before."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from antiphon.directory.domain.credentials import Credentials
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session


class CredentialStore:
    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def get(self, person_id: str) -> Credentials:
        """The secrets of a person. Raises NOT_FOUND."""
        where = {"_id": person_id, "tenant": self._tenant}
        document = await self._collection.find_one(where, session=self._session)
        if document is None:
            raise DomainError(Common.NOT_FOUND, "no such person")
        return to_credentials(document)

    async def add(self, credentials: Credentials) -> None:
        """The secrets of a new person."""
        document = {name: _plain(value) for name, value in asdict(credentials).items() if name != "person_id"}
        await self._collection.insert_one(
            {"_id": credentials.person_id, "tenant": self._tenant, **document}, session=self._session
        )

    async def change(self, credentials: Credentials, **changes: Any) -> None:
        """Sets fields and begins the next epoch. Raises STALE when another change was faster."""
        if not await self._update(
            {"_id": credentials.person_id, "epoch": credentials.epoch},
            {"$set": _all_plain(changes), "$inc": {"epoch": 1}},
        ):
            raise DomainError(Common.STALE)

    async def use(self, credentials: Credentials, step: int | None, recovery: bytes | None) -> bool:
        """Uses up a code of the second factor (or none). False when the secrets changed meanwhile or the code was
        used by another."""
        where: Document = {"_id": credentials.person_id, "epoch": credentials.epoch}
        update: Document = {"$inc": {"uses": 1}}
        if step is not None:
            where["totp_step"] = {"$lt": step}
            update["$set"] = {"totp_step": step}
        if recovery is not None:
            where["recovery"] = recovery
            update["$pull"] = {"recovery": recovery}
        return await self._update(where, update)

    async def _update(self, where: Document, update: Document) -> bool:
        done = await self._collection.update_one({**where, "tenant": self._tenant}, update, session=self._session)
        return bool(done.matched_count)


def to_credentials(document: Document) -> Credentials:
    """The domain's form of a document."""
    values = {field.name: document[field.name] for field in fields(Credentials) if field.name != "person_id"}
    values["old_hashes"], values["recovery"] = tuple(values["old_hashes"]), tuple(values["recovery"])
    return Credentials(document["_id"], **values)


def _all_plain(values: Document) -> Document:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
