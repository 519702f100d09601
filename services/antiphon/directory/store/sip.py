"""SIP accounts, apart from them their secrets, and the tickets about suspected compromise."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection

from antiphon.directory.domain.sip import SipSecret
from antiphon.directory.v1.telephony_pb2 import LINE_STATE_ACTIVE, SecurityTicket, SipAccount
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session

from . import codec
from .records import Records


class SipAccounts(Records[SipAccount]):
    async def listed(self, most: int, person_id: str = "") -> list[SipAccount]:
        """By user name: all of the tenant, or one person's."""
        return await self.all(most, "username", {"person_id": person_id} if person_id else None)

    async def lines_of(self, person_id: str) -> list[SipAccount]:
        """A person's active lines."""
        return await self.all(1_000, where={"person_id": person_id, "line": LINE_STATE_ACTIVE})

    async def taken(self, beginning: str) -> frozenset[str]:
        """The user names, of any tenant, that begin so."""
        where = {"username": {"$gte": beginning, "$lt": beginning + "~"}}
        found = self._collection.find(where, {"username": 1}, session=self._session)
        return frozenset([document["username"] async for document in found])

    async def block(self, account_ids: list[str]) -> list[SipAccount]:
        """Blocks those that are not blocked yet; returns them as they are now."""
        where: Document = {"_id": {"$in": account_ids}, "tenant": self._tenant, "blocked": False}
        fresh = await self.all(len(account_ids), where={"_id": {"$in": account_ids}, "blocked": False})
        await self._collection.update_many(
            where, {"$set": {"blocked": True}, "$inc": {"rev": 1}}, session=self._session
        )
        for account in fresh:
            account.blocked = True
            account.rev += 1
        return fresh


class SipSecrets:
    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def get(self, account_id: str) -> SipSecret:
        """Raises NOT_FOUND."""
        where = {"_id": account_id, "tenant": self._tenant}
        document = await self._collection.find_one(where, session=self._session)
        if document is None:
            raise DomainError(Common.NOT_FOUND, "no such sipaccount")
        return to_secret(document)

    async def of(self, account_ids: list[str]) -> dict[str, SipSecret]:
        """The secrets of these accounts."""
        where = {"_id": {"$in": account_ids}, "tenant": self._tenant}
        found = self._collection.find(where, session=self._session)
        return {document["_id"]: to_secret(document) async for document in found}

    async def aged(self, before: datetime, ages: tuple[str, ...]) -> list[SipSecret]:
        """Those set at or before a moment of whose age no more was told than this."""
        where = {"tenant": self._tenant, "changed_at": {"$lte": before}, "age": {"$in": list(ages)}}
        return [to_secret(document) async for document in self._collection.find(where, session=self._session)]

    async def add(self, secret: SipSecret) -> None:
        document = {
            "_id": secret.account_id, "tenant": self._tenant, "ha1": secret.sealed_ha1, "old": list(secret.old),
            "changed_at": secret.changed_at, "age": "", "seen_address": "", "seen_port": 0,
        }  # fmt: skip
        await self._collection.insert_one(document, session=self._session)

    async def change(self, account_id: str, sealed_ha1: bytes, trace: bytes, now: datetime) -> None:
        """Another password; the former one stays recognisable."""
        update: Document = {
            "$set": {"ha1": sealed_ha1, "changed_at": now, "age": ""},
            "$push": {"old": trace},
        }
        await self._update({"_id": account_id}, update)

    async def note_age(self, account_id: str, changed_at: datetime, age: str) -> bool:
        """Notes what was told of a password's age; False when it was changed meanwhile or that was told already."""
        where: Document = {"_id": account_id, "changed_at": changed_at, "age": {"$ne": age}}
        return await self._update(where, {"$set": {"age": age}})

    async def forget_ages(self) -> None:
        """The policy changed: ages are told anew."""
        where = {"tenant": self._tenant}
        await self._collection.update_many(where, {"$set": {"age": ""}}, session=self._session)

    async def note_device(self, account_id: str, address: str, port: int) -> bool:
        """How the device was last seen; False when there is no such account."""
        return await self._update({"_id": account_id}, {"$set": {"seen_address": address, "seen_port": port}})

    async def delete(self, account_id: str) -> None:
        await self._collection.delete_one({"_id": account_id, "tenant": self._tenant}, session=self._session)

    async def _update(self, where: Document, update: Document) -> bool:
        done = await self._collection.update_one({**where, "tenant": self._tenant}, update, session=self._session)
        return bool(done.matched_count)


class Tickets:
    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def newest(self, most: int) -> list[SecurityTicket]:
        found = self._collection.find({"tenant": self._tenant}, session=self._session)
        documents = await found.sort([("opened_at", -1), ("_id", -1)]).limit(most).to_list(most)
        return [codec.to_record(SecurityTicket, document) for document in documents]

    async def get(self, ticket_id: str) -> SecurityTicket:
        """Raises NOT_FOUND."""
        where = {"_id": ticket_id, "tenant": self._tenant}
        document = await self._collection.find_one(where, session=self._session)
        if document is None:
            raise DomainError(Common.NOT_FOUND, "no such ticket")
        return codec.to_record(SecurityTicket, document)

    async def save(self, ticket: SecurityTicket) -> None:
        """Inserts or replaces it; call `get` in the same transaction before."""
        document = {**codec.to_document(ticket), "tenant": self._tenant}
        where = {"_id": ticket.id, "tenant": self._tenant}
        await self._collection.replace_one(where, document, upsert=True, session=self._session)


def to_secret(document: Document) -> SipSecret:
    """The secret of a document."""
    return SipSecret(
        document["_id"], document["ha1"], tuple(document["old"]), document["changed_at"], document["age"],
        document["seen_address"], document["seen_port"],
    )  # fmt: skip
