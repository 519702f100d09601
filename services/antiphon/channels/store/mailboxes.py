"""How far a mailbox was read, and who got an automatic answer when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import ReturnDocument

from antiphon.kit.mongo import Database


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to `last` of the numbering `validity` was stored (RFC 9051, 2.3.1.1)."""

    validity: int
    last: int


class MailboxStore:
    def __init__(self, db: Database) -> None:
        self.db = db

    async def place(self, channel_id: str) -> Place | None:
        found = await self.db.mailboxes.find_one({"_id": channel_id})
        return Place(found["validity"], found["last"]) if found else None

    async def read_to(self, channel_id: str, place: Place) -> None:
        fields = {"validity": place.validity, "last": place.last}
        await self.db.mailboxes.update_one({"_id": channel_id}, {"$set": fields}, upsert=True)

    async def may_answer(self, channel_id: str, address: str, now: datetime, pause: timedelta, message_id: str) -> bool:
        """Notes an automatic answer. False when the last one is not `pause` ago; the same message may try again."""
        key = {"_id": f"{channel_id}:{address}"}
        found = await self.db.auto_replies.find_one(key)
        if found and found["message_id"] != message_id and now - found["at"] < pause:
            return False
        fields = {"at": now, "message_id": message_id}
        await self.db.auto_replies.find_one_and_update(
            key, {"$set": fields}, upsert=True, return_document=ReturnDocument.AFTER
        )
        return True
