"""Failed sign-ins by sign-in name, of names that exist and of names that do not. Only a digest of the name is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict

from antiphon.directory.domain.lockout import Lockout
from antiphon.kit import mongo


class Lockouts:
    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    async def change(self, login: str, change: Callable[[Lockout], Lockout]) -> None:
        """Replaces the state of a name by `change(state)`, one after the other; what it raises changes nothing."""
        name = hashlib.sha256(login.encode()).digest()

        async def body(session: mongo.Session) -> None:
            document = await self._db["lockouts"].find_one({"_id": name}, {"_id": 0}, session=session)
            state = change(Lockout(**document) if document else Lockout())
            await self._db["lockouts"].replace_one(
                {"_id": name}, {"_id": name, **asdict(state)}, upsert=True, session=session
            )

        await mongo.transaction(self._db, body)

    async def forget(self, login: str) -> None:
        """A success: the row of failures is over."""
        await self._db["lockouts"].delete_one({"_id": hashlib.sha256(login.encode()).digest()})
