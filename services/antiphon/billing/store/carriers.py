"""Carriers, the policy of choice, versions of prices, and what was compared with carriers' own lists."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from pymongo.errors import DuplicateKeyError

from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import Rated
from antiphon.billing.store import codec
from antiphon.billing.store.plans import seller_of
from antiphon.billing.v1.carriers_pb2 import Carrier, CarrierPolicy, CarrierStatement
from antiphon.kit import mongo
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index
from antiphon.kit.outbox import Outbox
from antiphon.kit.records import Kind, Records

KIND = Kind("carriers", Carrier, Reason.CARRIER_TAKEN)
CARRIERS = (
    *KIND.indexes,
    Index("carrier_prices", "version", (("tenant", 1), ("carrier", 1), ("version", -1)), unique=True),
    Index("carrier_entries", "carrier", (("tenant", 1), ("carrier", 1), ("at", 1))),
    Index("carrier_statements", "made", (("tenant", 1), ("at", -1))),
    Index("calls", "carrier", (("carrier_owner", 1), ("answered", 1)), where={"carrier_owner": {"$exists": True}}),
)
COLLECTIONS = ("carrier_policies",)
MOST_STATEMENTS = 100


class CarrierStore:
    """Everything of carriers but the money, which is written with the calls it rests on."""

    def __init__(self, db: mongo.Database, outbox: Outbox) -> None:
        self._db = db
        self._carriers = Records(db, KIND, outbox)

    async def seller(self, tenant: str) -> str:
        """Whose carriers count for a company: its operator's; empty: its own."""
        return await seller_of(self._db, tenant)

    async def all(self, tenant: str) -> list[Carrier]:
        """A company's own carriers, by name."""
        return await self._carriers.all(tenant)

    async def get(self, tenant: str, carrier_id: str) -> Carrier | None:
        return await self._carriers.get(tenant, carrier_id)

    async def put(self, tenant: str, carrier: Carrier) -> Carrier:
        """Raises STALE, NOT_FOUND, CARRIER_TAKEN."""
        return await self._carriers.put(tenant, carrier)

    async def policy(self, tenant: str) -> CarrierPolicy | None:
        found = await self._db.carrier_policies.find_one({"_id": tenant})
        return ParseDict(found["body"], CarrierPolicy()) if found is not None else None

    async def put_policy(self, tenant: str, policy: CarrierPolicy) -> CarrierPolicy:
        """Stores the revision after the given one. Raises STALE."""
        stored = CarrierPolicy()
        stored.CopyFrom(policy)
        stored.rev += 1
        document = {"rev": stored.rev, "body": MessageToDict(stored, preserving_proto_field_name=True)}
        try:
            if policy.rev == 0:
                await self._db.carrier_policies.insert_one({"_id": tenant, **document})
                return stored
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        where = {"_id": tenant, "rev": policy.rev}
        if not (await self._db.carrier_policies.replace_one(where, document)).matched_count:
            raise DomainError(Common.STALE)
        return stored

    # --- prices

    async def add_prices(self, draft: Document) -> Document:
        """Stores a draft as the next version of its carrier."""
        where = {"tenant": draft["tenant"], "carrier": draft["carrier"]}
        while True:
            last = await self._db.carrier_prices.find_one(where, {"version": 1}, sort=[("version", -1)])
            version = 1 if last is None else last["version"] + 1
            stored = draft | {"_id": f"{draft['tenant']}/{draft['carrier']}:{version}", "version": version}
            try:
                await self._db.carrier_prices.insert_one(stored)
            except DuplicateKeyError:
                continue  # somebody else stored this version meanwhile
            return stored

    async def prices(self, tenant: str, carrier_id: str, version: int) -> Document | None:
        where = {"tenant": tenant, "carrier": carrier_id, "version": version}
        return await self._db.carrier_prices.find_one(where)

    async def versions(self, tenant: str, carrier_id: str) -> list[Document]:
        """Of one carrier with their documents, newest first."""
        where = {"tenant": tenant, "carrier": carrier_id}
        return await self._db.carrier_prices.find(where).sort("version", -1).to_list(50)

    async def in_force(self, tenant: str) -> list[Document]:
        """Approved versions without their documents, of all carriers, those that begin latest first."""
        found = self._db.carrier_prices.find({"tenant": tenant, "approver": {"$ne": ""}}, {"document": 0})
        return await found.sort([("effective_from", -1), ("version", -1)]).to_list(None)

    async def document(self, prices_id: str) -> str:
        found = await self._db.carrier_prices.find_one({"_id": prices_id}, {"document": 1})
        return str(found["document"]) if found is not None else ""

    async def approve(self, prices_id: str, approver: str, effective_from: int) -> bool:
        """False when it is no draft any more."""
        change = {"$set": {"approver": approver, "effective_from": effective_from}}
        done = await self._db.carrier_prices.update_one({"_id": prices_id, "approver": ""}, change)
        return bool(done.matched_count)

    # --- what was carried

    async def carried(self, tenant: str, carrier_id: str, between: tuple[int, int]) -> AsyncIterator[tuple[Rated, str]]:
        """Calls that a carrier took in [first, last), with the currency of what is owed, by their beginning."""
        where = {"carrier_owner": tenant, "carrier_id": carrier_id, "answered": _in(between)}
        async for document in self._db.calls.find(where).sort("answered", 1):
            yield codec.call(document), str(document["owed_currency"])

    async def totals(self, tenant: str, between: tuple[int, int]) -> list[Document]:
        """Calls, seconds, what was sold and what is owed, by carrier and currencies."""
        sums = {
            "calls": {"$sum": 1},
            "seconds": {"$sum": "$seconds"},
            "sold": {"$sum": "$cost"},
            "owed": {"$sum": {"$subtract": ["$carrier_cost", "$agent_fee"]}},
        }
        names = {"carrier": "$carrier_id", "name": "$carrier", "sold": "$sold_currency", "owed": "$owed_currency"}
        group = {"_id": names, **sums}
        steps: list[dict[str, Any]] = [
            {"$match": {"carrier_owner": tenant, "answered": _in(between)}}, {"$group": group}, {"$sort": {"_id": 1}}
        ]  # fmt: skip
        return await self._db.calls.aggregate(steps).to_list(None)

    async def statement(self, tenant: str, statement_id: str) -> tuple[CarrierStatement, str] | None:
        """(what came of it, the hash of what was compared)."""
        found = await self._db.carrier_statements.find_one({"_id": f"{tenant}/{statement_id}"})
        return (ParseDict(found["body"], CarrierStatement()), str(found["hash"])) if found is not None else None

    async def keep_statement(self, tenant: str, made: CarrierStatement, hashed: str, at: int) -> None:
        """Whoever was first has made it."""
        body = MessageToDict(made, preserving_proto_field_name=True)
        document = {"tenant": tenant, "carrier": made.carrier_id, "at": at, "hash": hashed, "body": body}
        where = {"_id": f"{tenant}/{made.id}"}
        await self._db.carrier_statements.update_one(where, {"$setOnInsert": document}, upsert=True)

    async def statements(self, tenant: str, carrier_id: str) -> list[CarrierStatement]:
        """Newest first."""
        where = {"tenant": tenant} | ({"carrier": carrier_id} if carrier_id else {})
        found = self._db.carrier_statements.find(where).sort("at", -1).limit(MOST_STATEMENTS)
        return [ParseDict(document["body"], CarrierStatement()) async for document in found]


def _in(between: tuple[int, int]) -> Document:
    return {"$gte": between[0], "$lt": between[1]}
