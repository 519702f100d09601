"""Trunks with their secrets apart, and the one dial plan of a tenant."""

from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from antiphon.directory.v1.telephony_pb2 import TRUNK_DIRECTION_INBOUND, DialPlan, Trunk
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session

from . import codec
from .records import Records


class Trunks(Records[Trunk]):
    def __init__(
        self,
        collection: AsyncIOMotorCollection[Document],
        secrets: AsyncIOMotorCollection[Document],
        tenant: str,
        session: Session | None,
    ) -> None:
        super().__init__(collection, Trunk, tenant, session)
        self._secrets = secrets

    async def claim(self, trunk_id: str) -> bool:
        """True when the trunk is the tenant's own, and stays until the transaction ends."""
        return await self._claim({"_id": trunk_id})

    async def carrying_out(self, most: int) -> list[Trunk]:
        """Those that calls may leave over, in their order."""
        return await self.all(most, "priority", {"disabled": False, "direction": {"$ne": TRUNK_DIRECTION_INBOUND}})

    async def keep_secret(self, trunk_id: str, sealed: bytes) -> None:
        where = {"_id": trunk_id, "tenant": self._tenant}
        await self._secrets.replace_one(where, {**where, "sealed": sealed}, upsert=True, session=self._session)

    async def secret(self, trunk_id: str) -> bytes:
        """The sealed password; empty when there is none."""
        document = await self._secrets.find_one({"_id": trunk_id, "tenant": self._tenant}, session=self._session)
        return bytes(document["sealed"]) if document else b""

    async def drop_secret(self, trunk_id: str) -> None:
        await self._secrets.delete_one({"_id": trunk_id, "tenant": self._tenant}, session=self._session)


class Plans:
    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def get(self) -> DialPlan:
        """The tenant's plan; revision 0 while it has none."""
        document = await self._collection.find_one({"_id": self._tenant}, session=self._session)
        return DialPlan() if document is None else codec.to_record(DialPlan, document)

    async def save(self, plan: DialPlan) -> None:
        """Inserts revision 1, or replaces the revision before. Raises STALE."""
        document = {**codec.to_document(plan), "_id": self._tenant, "tenant": self._tenant}
        try:
            if plan.rev == 1:
                await self._collection.insert_one(document, session=self._session)
                return
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        where = {"_id": self._tenant, "rev": plan.rev - 1}
        if not (await self._collection.replace_one(where, document, session=self._session)).matched_count:
            raise DomainError(Common.STALE)

    async def shows(self, e164: str) -> bool:
        """True when the plan shows this number to whoever is called."""
        where = {"_id": self._tenant, "caller_id": e164}
        return await self._collection.find_one(where, {"_id": 1}, session=self._session) is not None
