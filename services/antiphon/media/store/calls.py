"""Records of calls: written once, when the call is over, together with the fact that it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from bson import Binary
from pymongo.errors import BulkWriteError

from antiphon.kit import mongo, tracing
from antiphon.kit.batch import Batch
from antiphon.kit.erasing import Traces
from antiphon.kit.mongo import Database, Document, Session
from antiphon.kit.outbox import Outbox, Told
from antiphon.kit.protos import moment, timestamp
from antiphon.media.store.tallies import TallyStore
from antiphon.media.v1 import events_pb2
from antiphon.media.v1 import media_pb2 as pb

_ROUND = 0.2
"""Seconds between two writes of records: of calls that end one after the other, several are written together."""
_ATTEMPTS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Closed:
    """A record that is to be written."""

    tenant: str
    call: pb.Call
    rev: int
    now: datetime


class CallStore:
    def __init__(self, db: Database, outbox: Outbox, replica: str) -> None:
        self.db = db
        self.outbox = outbox
        self.tallies = TallyStore(db, replica)
        self._closing: Batch[_Closed, bool] = Batch(self._close_all, every=_ROUND)

    async def close(self, tenant: str, call: pb.Call, rev: int, now: datetime) -> bool:
        """Writes the record and tells CallEnded. False when it was written before: by us, or by who thought us dead."""
        return await self._closing.do(_Closed(tenant, call, rev, now))

    async def _close_all(self, over: list[_Closed]) -> list[bool]:
        """In one transaction, those of them that are not yet written."""

        async def write(session: Session) -> tuple[set[str], Mapping[str, int] | None]:
            ids = [one.call.id for one in over]
            found = await self.db.calls.find({"_id": {"$in": ids}}, {"_id": 1}, session=session).to_list(None)
            known = {document["_id"] for document in found}
            fresh = {one.call.id: one for one in over if one.call.id not in known}.values()
            if fresh:
                await self.db.calls.insert_many([_document(one.tenant, one.call) for one in fresh], session=session)
                ended = [(one, events_pb2.CallEnded(occurred_at=timestamp(one.now), call=one.call)) for one in fresh]
                told = [
                    Told(event, one.tenant, one.call.id, one.rev, tracing.traceparent_of(f"call:{one.call.id}"))
                    for one, event in ended
                ]
                await self.outbox.add_all(session, told)
                return known, await self.tallies.count(session, [(one.tenant, one.call) for one in fresh])
            return known, None

        for _ in range(_ATTEMPTS):
            with suppress(BulkWriteError):  # another replica has just written one of them: now it is seen
                known, counted = await self._surely_counted(write)
                self.outbox.wake()
                if counted is not None:
                    self.tallies.counted(counted)
                return [one.call.id not in known for one in over]
        raise BulkWriteError({"writeErrors": []})

    async def _surely_counted(self, write: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
        try:
            return await mongo.transaction(self.db, write)
        except BulkWriteError:
            raise
        except BaseException:
            self.tallies.doubted()
            raise

    async def find(self, tenant: str, call_id: str) -> pb.Call | None:
        document = await self.db.calls.find_one({"_id": call_id, "tenant": tenant})
        return _call(document) if document else None

    async def of_customer(self, tenant: str, contact_ids: list[str], traces: Traces) -> AsyncIterator[pb.Call]:
        """Records of a customer's calls: by the contact, or by a number in the record."""
        async for document in self.db.calls.find({"tenant": tenant}):
            if document["contact_id"] in contact_ids or traces.within(document["data"]):
                yield _call(document)

    async def replace(self, tenant: str, call: pb.Call) -> None:
        """Writes a record anew."""
        change = {"$set": {"data": Binary(call.SerializeToString())}}
        await self.db.calls.update_one({"_id": call.id, "tenant": tenant}, change)
        await self.db.outbox.delete_many({"key": f"{tenant}.{call.id}"})

    async def drop_promises(self, tenant: str, traces: Traces) -> None:
        """Promised callbacks with these traces."""
        async for document in self.db.callbacks.find({"tenant": tenant}):
            if traces.within(document):
                await self.db.callbacks.delete_one({"_id": document["_id"]})

    async def page(self, tenant: str, query: Document, limit: int, after: str) -> tuple[list[pb.Call], str]:
        """Newest first, from just after the mark `after`."""
        documents, mark = await page(self.db.calls, tenant, query, "started_at", (limit, after))
        return [_call(document) for document in documents], mark


def _document(tenant: str, call: pb.Call) -> Document:
    people = sorted({leg.person_id for leg in call.legs if leg.person_id} | ({call.agent_id} - {""}))
    return {
        "_id": call.id, "tenant": tenant, "started_at": moment(call.started_at), "people": people,
        "agent_id": call.agent_id, "contact_id": call.contact_id, "data": Binary(call.SerializeToString()),
    }  # fmt: skip


def _call(document: Document) -> pb.Call:
    return pb.Call.FromString(bytes(document["data"]))


async def page(
    collection: Any, tenant: str, query: Document, field: str, cut: tuple[int, str]
) -> tuple[list[Document], str]:
    """One page of a collection by a moment and the id, newest first, and the mark of the next."""
    limit, after = cut
    conditions: list[Document] = [{"tenant": tenant}, query]
    if after:
        at, _, last_id = after.partition("~")
        try:
            mark = datetime.fromisoformat(at)
        except ValueError:
            return [], ""
        conditions.append({"$or": [{field: {"$lt": mark}}, {field: mark, "_id": {"$lt": last_id}}]})
    cursor = collection.find({"$and": conditions}).sort([(field, -1), ("_id", -1)])
    found: list[Document] = await cursor.limit(limit + 1).to_list(limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], f"{last[field].isoformat()}~{last['_id']}" if last else ""
