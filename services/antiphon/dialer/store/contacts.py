"""Lists, their contacts and the rows that became none.

`touched` moves with every change, so that whoever dials learns of new lists, callbacks and retries by asking for what
changed since; `seq` numbers a campaign's contacts in the order of their import.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError

from antiphon.dialer.domain.contact import DIALLING, DONE, PREVIEW, READY
from antiphon.dialer.domain.importing import DUPLICATE, BadRow, Row
from antiphon.kit import mongo
from antiphon.kit.batch import Batch
from antiphon.kit.clock import EPOCH
from antiphon.kit.ids import derived_id, new_id
from antiphon.kit.mongo import Document, Session


class Contacts:
    def __init__(self, db: mongo.Database) -> None:
        self._db = db
        self._getting = Batch(self._get_all, every=0.0)
        self._taking = Batch(self._take_all, every=0.0)

    # --- lists

    async def list_of(self, tenant: str, list_id: str) -> Document | None:
        return await self._db.lists.find_one({"_id": list_id, "tenant": tenant})

    async def lists(self, tenant: str, campaign: str) -> list[Document]:
        return await self._db.lists.find({"tenant": tenant, "campaign": campaign}).sort("imported_at", 1).to_list(None)

    async def put_list(self, document: Document) -> None:
        await self._db.lists.replace_one({"_id": document["_id"]}, document, upsert=True)

    async def change_list(self, list_id: str, changes: Document) -> None:
        await self._db.lists.update_one({"_id": list_id}, {"$set": changes})

    async def forget(self, list_id: str) -> None:
        """An import that was interrupted begins anew."""
        await self._db.contacts.delete_many({"list": list_id, "attempts": 0, "state": READY})
        await self._db.bad_rows.delete_many({"list": list_id})

    async def by_state(self, list_id: str) -> dict[str, int]:
        stages: list[Mapping[str, Any]] = [
            {"$match": {"list": list_id}},
            {"$group": {"_id": "$state", "n": {"$sum": 1}}},
        ]
        return {found["_id"]: found["n"] async for found in self._db.contacts.aggregate(stages)}

    async def bad_rows(self, list_id: str, after_line: int, limit: int) -> list[Document]:
        query = {"list": list_id, "line": {"$gt": after_line}}
        return await self._db.bad_rows.find(query).sort("line", 1).limit(limit).to_list(limit)

    # --- importing

    async def numbers_of(self, campaign: str, count: int) -> int:
        """Reserves `count` places in the order of a campaign; returns the first."""
        found = await self._db.counters.find_one_and_update(
            {"_id": campaign}, {"$inc": {"next": count}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        return int(found["next"]) - count

    async def add(self, where: Document, rows: Sequence[Row], first: int, now: datetime) -> list[BadRow]:
        """Stores rows as contacts; those whose number the campaign has already come back as duplicates.
        `where`: tenant, campaign, list."""
        documents = [_document(where, row, first + at, now) for at, row in enumerate(rows)]
        if not documents:
            return []
        try:
            await self._db.contacts.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if not mongo.only_duplicates(error):
                raise
            failed = error.details["writeErrors"]
            return [BadRow(rows[one["index"]].line, DUPLICATE, rows[one["index"]].number) for one in failed]
        return []

    async def refuse(self, list_id: str, rows: Iterable[BadRow]) -> None:
        found = [{"_id": f"{list_id}:{row.line}", "list": list_id, "line": row.line, "reason": row.reason,
                  "cell": row.cell[:200]} for row in rows]  # fmt: skip
        if found:
            await self._db.bad_rows.insert_many(found, ordered=False)

    # --- dialling

    async def get(self, campaign: str, seq: int) -> Document | None:
        """Asked side by side, it is one question."""
        return await self._getting.do((campaign, seq))

    async def _get_all(self, wanted: list[tuple[str, int]]) -> list[Document | None]:
        each = [{"campaign": campaign, "seq": seq} for campaign, seq in wanted]
        found = await self._db.contacts.find({"$or": each} if len(each) > 1 else each[0]).to_list(None)
        known = {(one["campaign"], one["seq"]): one for one in found}
        return [known.get(one) for one in wanted]

    async def by_id(self, contact_id: str) -> Document | None:
        return await self._db.contacts.find_one({"_id": contact_id})

    async def some(self, ids: Sequence[str], session: Session) -> dict[str, Document]:
        found = self._db.contacts.find({"_id": {"$in": list(ids)}}, session=session)
        return {one["_id"]: one async for one in found}

    async def changed(self, campaign: str, since: datetime | None) -> AsyncIterator[Document]:
        """Contacts that may be dialled now or later; all, or those touched since."""
        query: Document = {"campaign": campaign, "state": READY}
        if since is not None:
            query["touched"] = {"$gte": since}
        fields = {"seq": 1, "list": 1, "priority": 1, "attempts": 1, "due": 1, "callback": 1, "rev": 1,
                  "touched": 1}  # fmt: skip
        async for document in self._db.contacts.find(query, fields):
            yield document

    async def change(self, contact_id: str, changes: Document, now: datetime, session: Session | None = None) -> None:
        await self._db.contacts.update_one(
            {"_id": contact_id}, {"$set": {**changes, "touched": now}, "$inc": {"rev": 1}}, session=session
        )

    async def change_all(self, changes: Mapping[str, Document], now: datetime, session: Session) -> None:
        writes = [
            UpdateOne({"_id": contact_id}, {"$set": {**known, "touched": now}, "$inc": {"rev": 1}})
            for contact_id, known in changes.items()
        ]
        if writes:
            await self._db.contacts.bulk_write(writes, ordered=False, session=session)

    async def take(self, contact_id: str, rev: int, now: datetime, was: str = READY) -> bool:
        """Marks a contact as being dialled; False when it changed meanwhile."""
        return await self._taking.do((contact_id, rev, now, was))

    async def _take_all(self, wanted: list[tuple[str, int, datetime, str]]) -> list[bool]:
        """In one write. Who got which is read only where somebody was faster."""
        mark = new_id("tk", wanted[0][2])
        writes = [
            UpdateOne(
                {"_id": contact_id, "rev": rev, "state": was},
                {"$set": {"state": DIALLING, "touched": now, "preview": None, "taken": mark}, "$inc": {"rev": 1}},
            )
            for contact_id, rev, now, was in wanted
        ]
        if (await self._db.contacts.bulk_write(writes, ordered=False)).modified_count == len(wanted):
            return [True] * len(wanted)
        ids = [one[0] for one in wanted]
        ours = {one["_id"] async for one in self._db.contacts.find({"_id": {"$in": ids}, "taken": mark}, {"_id": 1})}
        return [one[0] in ours for one in wanted]

    # --- looking before dialling

    async def preview_of(self, tenant: str, agent_id: str, campaign: str = "") -> Document | None:
        """The contact that an agent looks at."""
        query: Document = {"tenant": tenant, "preview.agent": agent_id, "state": PREVIEW}
        return await self._db.contacts.find_one({**query, **({"campaign": campaign} if campaign else {})})

    async def previewed(self, tenant: str, preview_id: str) -> Document | None:
        return await self._db.contacts.find_one({"tenant": tenant, "preview.id": preview_id, "state": PREVIEW})

    async def show(self, campaign: str, resting: Sequence[str], preview: Document, now: datetime) -> Document | None:
        """The next contact becomes this preview; None when nobody may be dialled now. Promised callbacks are shown to
        whoever promised them first."""
        due = (now - EPOCH).total_seconds()
        mine = {"$or": [{"callback_agent": {"$in": [None, "", preview["agent"]]}}, {"callback_until": {"$lte": due}}]}
        query = {"campaign": campaign, "state": READY, "due": {"$lte": due}, "list": {"$nin": list(resting)}, **mine}
        found: Document | None = await self._db.contacts.find_one_and_update(
            query,
            {"$set": {"state": PREVIEW, "preview": preview, "touched": now}, "$inc": {"rev": 1}},
            sort=[("callback", -1), ("priority", -1), ("attempts", 1), ("seq", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return found

    async def put_back(self, campaign: str, present: Sequence[str], now: datetime) -> None:
        """Contacts at which somebody has looked for too long, or who is not there any more."""
        over = [{"preview.until": {"$lte": now}}, {"preview.agent": {"$nin": list(present)}}]
        query = {"campaign": campaign, "state": PREVIEW, "$or": over}
        change = {"$set": {"state": READY, "preview": None, "touched": now}, "$inc": {"rev": 1}}
        await self._db.contacts.update_many(query, change)

    async def skips(self, campaign: str, agent_id: str, change: int = 0) -> int:
        """How many contacts an agent skipped one after the other, after this one; 0 begins anew."""
        key = {"_id": f"skips:{campaign}:{agent_id}"}
        if change:
            found = await self._db.counters.find_one_and_update(
                key, {"$inc": {"next": change}}, upsert=True, return_document=ReturnDocument.AFTER
            )
            return int(found["next"])
        known = await self._db.counters.find_one(key)
        return int(known["next"]) if known else 0

    async def skips_no_more(self, campaign: str, agent_id: str) -> None:
        await self._db.counters.delete_one({"_id": f"skips:{campaign}:{agent_id}"})

    # --- again

    async def recycle(self, list_id: str, results: Sequence[str], codes: Sequence[str], now: datetime) -> int:
        """Contacts that are done, by their last result or disposition, are ready again."""
        last = [{"last.result": {"$in": list(results)}, "last.disposition": {"$in": [None, ""]}}]
        query = {"list": list_id, "state": DONE, "$or": [*last, {"last.disposition": {"$in": list(codes)}}]}
        anew = {"state": READY, "attempts": 0, "results": {}, "due": 0.0, "callback": False, "touched": now}
        found = await self._db.contacts.update_many(query, {"$set": anew, "$inc": {"rev": 1}})
        return int(found.modified_count)

    async def interviews(self, campaign: str) -> int:
        """Contacts with a completed interview."""
        return await self._db.contacts.count_documents({"campaign": campaign, "answers": {"$gt": {}}})

    async def again(self, campaign: str, number: str, call: str, now: datetime) -> None:
        """Somebody who is known called in vain once more; the same call twice is once."""
        query = {"_id": contact_id(campaign, number), "state": DONE, "calls": {"$ne": call}}
        anew = {"state": READY, "attempts": 0, "results": {}, "due": 0.0, "callback": False, "touched": now}
        change = {"$set": anew, "$inc": {"rev": 1}, "$addToSet": {"calls": call}}
        await self._db.contacts.update_one(query, change)

    async def mark(self, campaign: str, number: str, call: str) -> None:
        """The call that made the contact."""
        await self._db.contacts.update_one({"_id": contact_id(campaign, number)}, {"$addToSet": {"calls": call}})

    async def count(self, list_id: str) -> None:
        """One contact more in a list that grows by itself."""
        await self._db.lists.update_one({"_id": list_id}, {"$inc": {"rows": 1, "contacts": 1}})

    async def settle(self, tenant: str, campaign: str, number: str, why: str, now: datetime) -> None:
        """A contact that nobody has to call any more; one that is being called is left alone."""
        query = {"_id": contact_id(campaign, number), "tenant": tenant, "state": READY}
        change = {"state": DONE, "last": {"result": why}, "callback": False, "touched": now}
        await self._db.contacts.update_one(query, {"$set": change, "$inc": {"rev": 1}})

    async def stranded(self, campaign: str) -> list[Document]:
        """Contacts that are marked as being dialled."""
        return await self._db.contacts.find({"campaign": campaign, "state": DIALLING}).to_list(None)

    async def all(self, campaign: str, list_id: str = "") -> AsyncIterator[Document]:
        query = {"campaign": campaign, **({"list": list_id} if list_id else {})}
        async for document in self._db.contacts.find(query).sort("seq", 1):
            yield document


def contact_id(campaign: str, number: str) -> str:
    """One contact for each number of a campaign, whatever it is imported from."""
    return derived_id("ct", campaign, number)


def _document(where: Document, row: Row, seq: int, now: datetime) -> Document:
    return {
        "_id": contact_id(where["campaign"], row.number),
        **where,
        "seq": seq,
        "number": row.number,
        "person": row.person or row.number,
        "name": row.name,
        "zone": row.zone,
        "priority": row.priority,
        "consent": row.consent,
        "fields": row.fields,
        "state": READY,
        "attempts": 0,
        "results": {},
        "due": 0.0,
        "callback": False,
        "touched": now,
        "rev": 1,
    }
