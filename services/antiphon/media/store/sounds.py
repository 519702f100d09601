"""Recordings and voicemail: a record each, the sound in GridFS under the same id.

The sound comes first, the record and its fact after it in one transaction: what is listed can be listened to. A sound
without a record (a crash in between) is written again under the same id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from bson import Binary
from google.protobuf.message import Message
from gridfs.errors import NoFile

from antiphon.kit import mongo
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Database, Document, Session
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.vault import Files
from antiphon.media.store.calls import page
from antiphon.media.v1 import events_pb2
from antiphon.media.v1 import media_pb2 as pb

RECORDING, VOICEMAIL = "recording", "voicemail"


class SoundStore:
    def __init__(self, db: Database, outbox: Outbox, files: Files) -> None:
        self.db = db
        self.outbox = outbox
        self._files = files

    async def add_recording(self, tenant: str, it: pb.Recording, file: Path, people: list[str], now: datetime) -> None:
        """Keeps a recording and tells RecordingReady. Twice is once."""
        document: Document = {
            "_id": it.id, "tenant": tenant, "kind": RECORDING, "call_id": it.call_id, "at": moment(it.started_at),
            "people": people, "agent_id": it.agent_id, "data": Binary(it.SerializeToString()),
        }  # fmt: skip
        if it.HasField("kept_until"):
            document["kept_until"] = moment(it.kept_until)
        event = events_pb2.RecordingReady(occurred_at=timestamp(now), recording=it)
        await self._add(document, file, event)

    async def add_voicemail(self, tenant: str, it: pb.Voicemail, file: Path, now: datetime) -> None:
        """Keeps a message and tells VoicemailLeft. Twice is once."""
        document: Document = {
            "_id": it.id, "tenant": tenant, "kind": VOICEMAIL, "call_id": it.call_id, "at": moment(it.left_at),
            "person_id": it.person_id, "group_id": it.group_id, "contact_id": it.contact_id,
            "data": Binary(it.SerializeToString()),
        }  # fmt: skip
        await self._add(document, file, events_pb2.VoicemailLeft(occurred_at=timestamp(now), voicemail=it))

    async def _add(self, document: Document, file: Path, event: Message) -> None:
        if await self.db.sounds.find_one({"_id": document["_id"]}, {"_id": 1}) is not None:
            return
        await self._drop_bytes(document["_id"])
        with file.open("rb") as sound:
            await self._files.put(document["tenant"], document["_id"], sound)

        async def write(session: Session) -> None:
            if await self.db.sounds.find_one({"_id": document["_id"]}, {"_id": 1}, session=session) is not None:
                return
            await self.db.sounds.insert_one(document, session=session)
            await self.outbox.add(session, event, tenant=document["tenant"], key=document["call_id"], version=1 << 40)

        await mongo.transaction(self.db, write)
        self.outbox.wake()

    async def find(self, tenant: str, kind: str, sound_id: str) -> Document:
        """The record. Raises NOT_FOUND."""
        document = await self.db.sounds.find_one({"_id": sound_id, "tenant": tenant, "kind": kind})
        if document is None:
            raise DomainError(Common.NOT_FOUND)
        return document

    async def page(self, tenant: str, kind: str, query: Document, limit: int, after: str) -> tuple[list[Document], str]:
        """Newest first."""
        return await page(self.db.sounds, tenant, {"kind": kind, **query}, "at", (limit, after))

    async def parts(self, sound_id: str) -> AsyncIterator[bytes]:
        """The bytes in order. Raises NOT_FOUND."""
        try:
            async for part in self._files.parts(sound_id):
                yield part
        except NoFile as error:
            raise DomainError(Common.NOT_FOUND) from error

    async def hear(self, voicemail_id: str) -> None:
        """Marks a message heard."""
        document = await self.db.sounds.find_one({"_id": voicemail_id})
        if document is not None:
            it = voicemail(document)
            it.heard = True
            await self.db.sounds.update_one({"_id": voicemail_id}, {"$set": {"data": Binary(it.SerializeToString())}})

    async def delete(self, document: Document, now: datetime) -> None:
        """Deletes a sound; of a recording it is told."""

        async def write(session: Session) -> None:
            gone = await self.db.sounds.delete_one({"_id": document["_id"]}, session=session)
            if gone.deleted_count and document["kind"] == RECORDING:
                event = events_pb2.RecordingDeleted(
                    occurred_at=timestamp(now), recording_id=document["_id"], call_id=document["call_id"]
                )
                await self.outbox.add(
                    session, event, tenant=document["tenant"], key=document["call_id"], version=(1 << 40) + 1
                )

        await mongo.transaction(self.db, write)
        await self._drop_bytes(document["_id"])
        self.outbox.wake()

    async def of_calls(self, tenant: str, call_ids: list[str]) -> list[Document]:
        """Records of all sounds of these calls."""
        return await self.db.sounds.find({"tenant": tenant, "call_id": {"$in": call_ids}}).to_list(None)

    async def older(self, tenant: str, kind: str, before: datetime) -> list[Document]:
        """Some sounds of a kind that are older."""
        return (
            await self.db.sounds.find({"tenant": tenant, "kind": kind, "at": {"$lt": before}}).limit(200).to_list(200)
        )

    async def sweep(self, now: datetime) -> int:
        """Deletes recordings whose time is over. Returns how many."""
        found = await self.db.sounds.find({"kept_until": {"$lte": now}}).limit(200).to_list(200)
        for document in found:
            await self.delete(document, now)
        return len(found)

    async def _drop_bytes(self, file_id: str) -> None:
        await self.db["files.files"].delete_one({"_id": file_id})
        await self.db["files.chunks"].delete_many({"files_id": file_id})


def recording(document: Document) -> pb.Recording:
    return pb.Recording.FromString(bytes(document["data"]))


def voicemail(document: Document) -> pb.Voicemail:
    return pb.Voicemail.FromString(bytes(document["data"]))
