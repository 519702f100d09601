"""Promises to call back: whom, from which number, in which language. Kept until the ACD has done with the item."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from antiphon.kit.mongo import Database


@dataclass(frozen=True, slots=True)
class Promise:
    """Somebody who is to be called back. `shown`: the tenant's number that he had called."""

    item_id: str
    tenant: str
    number: str
    shown: str = ""
    contact_id: str = ""
    name: str = ""
    language: str = ""


class CallbackStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep(self, promise: Promise, now: datetime) -> None:
        """Repeating it changes nothing."""
        document = {"_id": promise.item_id, "at": now, **asdict(promise)}
        await self._db.callbacks.replace_one({"_id": promise.item_id}, document, upsert=True)

    async def find(self, tenant: str, item_id: str) -> Promise | None:
        document = await self._db.callbacks.find_one({"_id": item_id, "tenant": tenant})
        if document is None:
            return None
        return Promise(**{name: document[name] for name in Promise.__slots__})

    async def drop(self, tenant: str, item_id: str) -> None:
        """Twice is harmless."""
        await self._db.callbacks.delete_one({"_id": item_id, "tenant": tenant})
