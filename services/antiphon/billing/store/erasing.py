"""A customer's numbers in the books: masked where they stand, the rest stays.

Kept, and marked `kept_for: accounting`: time, length, destination (country and network), price and tariff of each call,
because charges rest on them (K04, K07) and the law wants primary documents for years. Masked: the person's part of the
number, in records of calls and in printed details; a detail is printed anew from what is left, under its old number and
code. Sessions are over and lose the number altogether.
"""

from __future__ import annotations

from antiphon.billing.domain.records import masked
from antiphon.billing.store import codec
from antiphon.kit.erasing import Traces
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Database, Document


class ErasingStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def mask(self, account_id: str, traces: Traces) -> dict[str, int]:
        """How much it was, by kind. Again finds nothing more. Raises UNAVAILABLE during a call with the customer."""
        if not traces.numbers:
            return {"calls": 0, "details": 0}
        theirs: Document = {"account": account_id, "$or": [{"called": {"$regex": f"{one}$"}} for one in traces.numbers]}
        calls = 0
        async for document in self._db.calls.find(theirs):
            marked = {"erased": codec.call(document).id, "kept_for": "accounting", "called": masked(document["called"])}
            await self._db.calls.update_one({"_id": document["_id"]}, {"$set": marked})
            calls += 1
        if await self._talks(account_id, theirs):
            raise DomainError(Common.UNAVAILABLE, "the customer is being called")
        await self._db.sessions.update_many(theirs, {"$set": {"called": ""}})
        return {"calls": calls, "details": await self._mask_details(account_id, traces)}

    async def _talks(self, account_id: str, theirs: Document) -> bool:
        ids = [one["_id"] async for one in self._db.sessions.find(theirs, {"_id": 1})]
        where = {"_id": {"$in": ids}, "account": account_id, "state": "open"}
        return await self._db.holds.find_one(where, {"_id": 1}) is not None

    async def _mask_details(self, account_id: str, traces: Traces) -> int:
        count = 0
        async for paper in self._db.papers.find({"account": account_id, "kind": "document", "data.kind": "detail"}):
            rows = paper["data"]["sheet"]["rows"]
            clean = [[masked(cell) if traces.are(cell) else cell for cell in row] for row in rows]
            if clean == rows:
                continue
            await self._db.files.delete_one({"_id": paper["data"]["hash"]})
            change = {"data.sheet.rows": clean, "data.hash": "", "data.kept_for": "accounting"}
            await self._db.papers.update_one({"_id": paper["_id"]}, {"$set": change})
            count += 1
        return count
