"""The operator's numbers for rent, and what became of each order of one. Both cross tenants.

A number is one document, so that of two orders one wins; an order's fate is another, so that a message that comes late
or twice gets the answer of the first.
"""

from __future__ import annotations

from dataclasses import asdict

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from antiphon.directory.domain.pool import TAKEN, Fate
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.pool_pb2 import POOL_STATE_OFFERED, POOL_STATE_TAKEN, PoolNumber
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session

from . import codec

MOST = 5_000


class Pool:
    def __init__(
        self,
        numbers: AsyncIOMotorCollection[Document],
        orders: AsyncIOMotorCollection[Document],
        session: Session | None = None,
    ) -> None:
        self._numbers = numbers
        self._orders = orders
        self._session = session

    async def all(self, tenant: str) -> list[PoolNumber]:
        """An operator's numbers, by number."""
        found = self._numbers.find({"tenant": tenant}, session=self._session).sort("e164", 1)
        return [codec.to_record(PoolNumber, document) for document in await found.to_list(MOST)]

    async def offered(self, most: int, **where: str) -> list[PoolNumber]:
        """What can be taken, by number."""
        asked = {"state": int(POOL_STATE_OFFERED), **{name: value for name, value in where.items() if value}}
        found = await self._numbers.find(asked).sort("e164", 1).limit(most).to_list(most)
        return [codec.to_record(PoolNumber, document) for document in found]

    async def get(self, tenant: str, number_id: str) -> PoolNumber | None:
        """One of an operator's numbers."""
        found = await self._numbers.find_one({"_id": number_id, "tenant": tenant}, session=self._session)
        return codec.to_record(PoolNumber, found) if found else None

    async def at(self, e164: str) -> tuple[str, PoolNumber] | None:
        """A number by what is dialled, with its operator."""
        found = await self._numbers.find_one({"e164": e164}, session=self._session)
        return (found["tenant"], codec.to_record(PoolNumber, found)) if found else None

    async def operator_of(self, tenant: str) -> str:
        """Whom a company rents a number from; empty: it rents none."""
        found = await self._numbers.find_one({"company_id": tenant}, {"tenant": 1}, session=self._session)
        return str(found["tenant"]) if found else ""

    async def save(self, tenant: str, number: PoolNumber) -> None:
        """Inserts revision 1, or replaces the revision before. Raises STALE, TAKEN."""
        document = {**codec.to_document(number), "tenant": tenant}
        try:
            if number.rev == 1:
                await self._numbers.insert_one(document, session=self._session)
                return
        except DuplicateKeyError as error:
            raise DomainError(Reason.TAKEN, field="e164") from error
        where = {"_id": number.id, "tenant": tenant, "rev": number.rev - 1}
        if not (await self._numbers.replace_one(where, document, session=self._session)).matched_count:
            raise DomainError(Common.STALE)

    async def delete(self, tenant: str, number_id: str) -> bool:
        """False when a company has it."""
        where = {"_id": number_id, "tenant": tenant}
        gone = await self._numbers.delete_one({**where, "state": {"$ne": int(POOL_STATE_TAKEN)}}, session=self._session)
        return bool(gone.deleted_count) or await self._numbers.find_one(where, session=self._session) is None

    async def fate(self, tenant: str, order_id: str) -> Fate | None:
        """What became of an order; None: it was never asked for."""
        found = await self._orders.find_one({"_id": f"{tenant}/{order_id}"}, session=self._session)
        return Fate(found["state"], found["e164"], found["number_id"], found["reason"]) if found else None

    async def taken(self, tenant: str) -> dict[str, str]:
        """The orders by which a tenant has numbers, each with its number."""
        found = self._orders.find({"tenant": tenant, "state": TAKEN}, session=self._session)
        return {document["_id"].partition("/")[2]: document["e164"] async for document in found}

    async def decide(self, tenant: str, order_id: str, fate: Fate) -> None:
        """Writes down what became of an order; of two who write at once one is run again and reads it."""
        kept = {"tenant": tenant, **asdict(fate)}
        await self._orders.replace_one({"_id": f"{tenant}/{order_id}"}, kept, upsert=True, session=self._session)
