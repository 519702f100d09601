"""The tenant's identity provider with its sealed secret, browsers on their way, and who is whom at the provider."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from antiphon.directory.domain.reasons import Reason
from antiphon.directory.domain.signon import Try
from antiphon.directory.v1.signon_pb2 import SignOn
from antiphon.kit import mongo
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session

from . import codec


class SignOns:
    """Of one tenant. The secret is a field of the document that no record shows."""

    def __init__(
        self,
        collection: AsyncIOMotorCollection[Document],
        links: AsyncIOMotorCollection[Document],
        tenant: str,
        session: Session | None,
    ) -> None:
        self._collection = collection
        self._links = links
        self._tenant = tenant
        self._session = session

    async def get(self) -> tuple[SignOn, bytes]:
        """The provider and its sealed secret; revision 0 and nothing while there is none."""
        document = await self._collection.find_one({"_id": self._tenant}, session=self._session)
        return (SignOn(), b"") if document is None else (to_sign_on(document), bytes(document["sealed"]))

    async def save(self, record: SignOn, sealed: bytes) -> None:
        """Inserts revision 1, or replaces the revision before. Raises STALE, TAKEN."""
        document = {**codec.to_document(record), "_id": self._tenant, "tenant": self._tenant, "sealed": sealed}
        where = {"_id": self._tenant, "rev": record.rev - 1}
        try:
            if record.rev == 1:
                await self._collection.insert_one(document, session=self._session)
            elif not (await self._collection.replace_one(where, document, session=self._session)).matched_count:
                raise DomainError(Common.STALE)
        except DuplicateKeyError as error:
            if "word" not in (error.details or {}).get("keyPattern", {}):
                raise DomainError(Common.STALE) from error
            raise DomainError(Reason.TAKEN, field="word") from error

    async def person_of(self, issuer: str, subject: str) -> str:
        """Who this subject is here; empty when nobody yet."""
        found = await self._links.find_one({"_id": self._link(issuer, subject)}, session=self._session)
        return str(found["person_id"]) if found else ""

    async def is_linked(self, issuer: str, person_id: str) -> bool:
        """True when the person is somebody at this issuer already."""
        where = {"tenant": self._tenant, "issuer": issuer, "person_id": person_id}
        return await self._links.find_one(where, {"_id": 1}, session=self._session) is not None

    async def link(self, issuer: str, subject: str, person_id: str) -> None:
        """From now on this subject is this person, whatever becomes of the e-mail address."""
        document = {
            "_id": self._link(issuer, subject), "tenant": self._tenant, "issuer": issuer, "person_id": person_id,
        }  # fmt: skip
        await self._links.insert_one(document, session=self._session)

    def _link(self, issuer: str, subject: str) -> bytes:
        return hashlib.sha256("\n".join((self._tenant, issuer, subject)).encode()).digest()


class SignOnTries:
    """Before a tenant is known."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    async def tenant_of(self, word: str) -> str:
        """Whose word this is, where the provider is on; empty for nobody's."""
        found = await self._db["sign_ons"].find_one({"word": word, "enabled": True}, {"tenant": 1})
        return str(found["tenant"]) if found else ""

    async def of_client(self, issuer: str, client_id: str) -> list[str]:
        """The tenants whose provider this is, as this client of it."""
        where = {"issuer": issuer, "client_id": client_id, "enabled": True}
        return [str(found["tenant"]) async for found in self._db["sign_ons"].find(where, {"tenant": 1}).limit(100)]

    async def add(self, state: bytes, tried: Try) -> None:
        await self._db["sign_on_tries"].insert_one({"_id": state, **asdict(tried)})

    async def take(self, state: bytes) -> Try | None:
        """The try with this state, which is used up by that."""
        document: Document | None = await self._db["sign_on_tries"].find_one_and_delete({"_id": state})
        if document is None:
            return None
        del document["_id"]
        return Try(**document)


def to_sign_on(document: Document) -> SignOn:
    return codec.to_record(SignOn, document)
