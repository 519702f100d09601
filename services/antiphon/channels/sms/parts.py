"""Parts of long messages until all are here. A part is stored before the SMSC hears "yes"; a part that comes twice is
one part, also when its message was said already. Their octets are sealed where texts are (`store/sealing.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from pymongo import ReturnDocument

from antiphon.channels.sms.segments import Place
from antiphon.channels.store.sealing import of_parts
from antiphon.kit.mongo import Database, Document
from antiphon.kit.texts import Texts

Lane: TypeAlias = tuple[str, str]
"""channel, and who writes to whom in it."""

AGAIN = timedelta(minutes=10)
"""How long after a message the same octets may be what the SMSC did not hear our "yes" about."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Group:
    """What came of one long message, by number."""

    key: str
    since: datetime
    total: int
    bodies: dict[int, bytes]

    @property
    def is_whole(self) -> bool:
        return len(self.bodies) == self.total


class PartStore:
    def __init__(self, db: Database, texts: Texts) -> None:
        self.db = db
        self.texts = texts

    async def add(self, tenant: str, lane: Lane, place: Place, body: bytes, now: datetime) -> Group | None:
        """Stores a part; the group with it, or None when this part was said already. References are used again: another
        part of this number begins another message."""
        channel_id, name = lane
        key = f"{channel_id}:{name}:{place.ref}:{place.total}"
        ended = await self.db.sms_parts.find_one({"_id": key, "said_at": {"$gt": _NEVER}})
        if ended is not None:
            if ended["said_at"] > now - AGAIN and (await self._group(ended)).bodies.get(place.number) == body:
                return None
            await self.db.sms_parts.delete_one({"_id": key, "since": ended["since"]})
        kept: Document = {"_id": key, "bodies": {str(place.number): body}}
        await self.texts.seal(tenant, of_parts(kept))
        fresh = {"tenant": tenant, "channel_id": channel_id, "total": place.total, "since": now}
        change = {"$set": {f"bodies.{place.number}": kept["bodies"][str(place.number)]}, "$setOnInsert": fresh}
        document = await self.db.sms_parts.find_one_and_update(
            {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        return await self._group(document)

    async def overdue(self, channel_id: str, before: datetime) -> list[Group]:
        query = {"channel_id": channel_id, "since": {"$lt": before}, "said_at": None}
        return [await self._group(document) for document in await self.db.sms_parts.find(query).to_list(1000)]

    async def said(self, group: Group, now: datetime) -> None:
        """Kept a day longer (an index forgets it), because the SMSC may bring a part again."""
        key = {"_id": group.key, "since": group.since}
        await self.db.sms_parts.update_one(key, {"$set": {"said_at": now}})

    async def _group(self, document: Document) -> Group:
        await self.texts.open(of_parts(document))
        bodies = {int(number): bytes(body) for number, body in document["bodies"].items()}
        return Group(document["_id"], document["since"], document["total"], bodies)
