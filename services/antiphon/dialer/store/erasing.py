"""Removing a customer: contacts of lists and what they answered go; that a number was called stays, without the number,
because evidence counts it (`kept_for` says so); whoever asked not to be called stays on the list as a digest.
"""

from __future__ import annotations

import re

from antiphon.dialer.store.dnc import DoNotCall
from antiphon.kit import mongo
from antiphon.kit.erasing import Traces
from antiphon.kit.mongo import Document

_BLANK: Document = {
    "number": "", "person": "", "contact": "", "kept_for": "evidence", "note": "", "answers": {}, "caller_id": "",
}  # fmt: skip


class ErasingStore:
    def __init__(self, db: mongo.Database, dnc: DoNotCall) -> None:
        self._db = db
        self._dnc = dnc

    async def in_the_air(self, tenant: str, traces: Traces) -> bool:
        """Whether the customer is being called."""
        live = self._db.attempts.find({"tenant": tenant, "live": True}, {"number": 1})
        return any([traces.are(one["number"]) async for one in live])

    async def erase(self, tenant: str, traces: Traces) -> dict[str, int]:
        """How much it was, by kind. Again finds nothing more."""
        gone = [one async for one in self._db.contacts.find({"tenant": tenant}) if traces.within(one)]
        ids = [one["_id"] for one in gone]
        counts = {"contacts": len(ids), "attempts": await self._blank_attempts(tenant, traces, gone)}
        await self._db.contacts.delete_many({"_id": {"$in": ids}})
        lists = [one["_id"] async for one in self._db.lists.find({"tenant": tenant}, {"_id": 1})]
        rows = self._db.bad_rows.find({"list": {"$in": lists}}, {"cell": 1})
        bad = [one["_id"] async for one in rows if traces.within(one["cell"])]
        await self._db.bad_rows.delete_many({"_id": {"$in": bad}})
        untold = self._db.outbox.find({"key": {"$regex": f"^{re.escape(tenant)}\\."}}, {"data": 1})
        told = [one["_id"] async for one in untold if traces.within(one["data"])]
        await self._db.outbox.delete_many({"_id": {"$in": told}})
        campaigns = [one["_id"] async for one in self._db.campaigns.find({"tenant": tenant}, {"_id": 1})]
        counts["do_not_call"] = await self._dnc.digest(tenant, campaigns, traces)
        return counts

    async def _blank_attempts(self, tenant: str, traces: Traces, contacts: list[Document]) -> int:
        people = sorted({one["person"] for one in contacts if one["person"]})
        numbers: list[Document] = [{"number": {"$regex": f"{number}$"}} for number in traces.numbers]
        theirs = [*numbers, {"contact": {"$in": [one["_id"] for one in contacts]}}, {"person": {"$in": people}}]
        where: Document = {"tenant": tenant, "live": False, "$or": theirs}
        return int((await self._db.attempts.update_many(where, {"$set": _BLANK})).modified_count)
