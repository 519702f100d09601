"""Faxes: a record each, the PDF in GridFS under the same id. The document comes first, as with sounds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bson import Binary
from gridfs.errors import NoFile

from antiphon.kit import mongo
from antiphon.kit.erasing import Traces
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Database, Document, Session
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.vault import Files
from antiphon.media.store.calls import page
from antiphon.media.v1 import events_pb2
from antiphon.media.v1 import media_pb2 as pb

MAIL_AGAIN = timedelta(minutes=10)
_SWEPT = 200


class FaxStore:
    def __init__(self, db: Database, outbox: Outbox, files: Files) -> None:
        self.db = db
        self.outbox = outbox
        self._files = files

    async def add(self, tenant: str, it: pb.Fax, document: bytes, now: datetime, mail_until: datetime | None) -> None:
        """Keeps a fax and tells FaxChanged. Twice is once."""
        if await self.db.faxes.find_one({"_id": it.id}, {"_id": 1}) is not None:
            return
        await self._drop_bytes(it.id)
        await self._files.put(tenant, it.id, document)
        row: Document = {
            "_id": it.id, "tenant": tenant, "at": moment(it.at), "person_id": it.person_id, "group_id": it.group_id,
            "status": it.status, "rev": 1, "data": Binary(it.SerializeToString()),
        }  # fmt: skip
        if it.HasField("kept_until"):
            row["kept_until"] = moment(it.kept_until)
        if mail_until is not None:
            row |= {"mail_at": now, "mail_until": mail_until}

        async def write(session: Session) -> None:
            if await self.db.faxes.find_one({"_id": it.id}, {"_id": 1}, session=session) is None:
                await self.db.faxes.insert_one(row, session=session)
                await self._tell(session, tenant, it, 1, now)

        await mongo.transaction(self.db, write)
        self.outbox.wake()

    async def change(self, fax_id: str, changes: pb.Fax, now: datetime, *, of: int | None = None) -> pb.Fax | None:
        """Sets what `changes` says, and tells it. With `of` only where that is the status now: None where it is not."""

        async def write(session: Session) -> pb.Fax | None:
            row = await self.db.faxes.find_one({"_id": fax_id}, session=session)
            if row is None or of not in (None, row["status"]):
                return None
            it = fax(row)
            it.MergeFrom(changes)
            rev = row["rev"] + 1
            new = {"data": Binary(it.SerializeToString()), "status": it.status, "rev": rev}
            gone = {"$unset": {"mail_at": "", "mail_until": ""}} if it.mailed else {}
            await self.db.faxes.update_one({"_id": fax_id}, {"$set": new, **gone}, session=session)
            await self._tell(session, row["tenant"], it, rev, now)
            return it

        changed = await mongo.transaction(self.db, write)
        self.outbox.wake()
        return changed

    async def _tell(self, session: Session, tenant: str, it: pb.Fax, rev: int, now: datetime) -> None:
        event = events_pb2.FaxChanged(occurred_at=timestamp(now), fax=it)
        await self.outbox.add(session, event, tenant=tenant, key=it.id, version=rev)

    async def find(self, tenant: str, fax_id: str) -> pb.Fax:
        """Raises NOT_FOUND."""
        row = await self.db.faxes.find_one({"_id": fax_id, "tenant": tenant})
        if row is None:
            raise DomainError(Common.NOT_FOUND)
        return fax(row)

    async def page(self, tenant: str, query: Document, limit: int, after: str) -> tuple[list[pb.Fax], str]:
        """Newest first."""
        rows, mark = await page(self.db.faxes, tenant, query, "at", (limit, after))
        return [fax(row) for row in rows], mark

    async def parts(self, fax_id: str) -> AsyncIterator[bytes]:
        """The bytes in order. Raises NOT_FOUND."""
        try:
            async for part in self._files.parts(fax_id):
                yield part
        except NoFile as error:
            raise DomainError(Common.NOT_FOUND) from error

    async def of_customer(self, tenant: str, call_ids: list[str], traces: Traces) -> list[str]:
        """Faxes of these calls, or with a trace of the customer in their records."""
        rows = [row async for row in self.db.faxes.find({"tenant": tenant})]
        return [row["_id"] for row in rows if fax(row).call_id in call_ids or traces.within(row["data"])]

    async def delete(self, fax_id: str) -> None:
        """Twice is harmless."""
        await self.db.faxes.delete_one({"_id": fax_id})
        await self._drop_bytes(fax_id)

    async def sweep(self, now: datetime) -> int:
        """Deletes faxes whose time is over. Returns how many."""
        rows = await self.db.faxes.find({"kept_until": {"$lte": now}}, {"_id": 1}).limit(_SWEPT).to_list(_SWEPT)
        for row in rows:
            await self.delete(row["_id"])
        return len(rows)

    async def sending(self, before: datetime) -> list[tuple[str, str]]:
        """Faxes and their calls that have been on their way since then."""
        query = {"status": pb.FAX_STATUS_SENDING, "at": {"$lte": before}}
        rows = await self.db.faxes.find(query).limit(_SWEPT).to_list(_SWEPT)
        return [(row["_id"], fax(row).call_id) for row in rows]

    async def to_mail(self, now: datetime) -> tuple[str, pb.Fax] | None:
        """One that is to be mailed now, and its tenant; it is this replica's for ten minutes."""
        query = {"mail_at": {"$lte": now}, "mail_until": {"$gt": now}}
        row = await self.db.faxes.find_one_and_update(query, {"$set": {"mail_at": now + MAIL_AGAIN}})
        return None if row is None else (row["tenant"], fax(row))

    async def _drop_bytes(self, file_id: str) -> None:
        await self.db["files.files"].delete_one({"_id": file_id})
        await self.db["files.chunks"].delete_many({"files_id": file_id})


def fax(row: Document) -> pb.Fax:
    return pb.Fax.FromString(bytes(row["data"]))
