"""Reservations that are open, with their calls. Nothing here writes."""

from __future__ import annotations

import re

from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.ledger import HoldState
from antiphon.billing.domain.records import Session
from antiphon.billing.store import codec
from antiphon.kit import mongo


class Holding:
    """`app.live.Holding` in MongoDB."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    async def running(self, account_id: str, limit: int) -> tuple[list[tuple[Session, int]], int]:
        """(session, micro-units reserved) of calls that go on, oldest first; and how many there are."""
        where = {"account": account_id, "state": HoldState.OPEN.value}
        held = {one["_id"]: codec.hold(one).amount async for one in self._db.holds.find(where)}
        sessions = self._db.sessions.find({"_id": {"$in": list(held)}})
        found = [(codec.session(one), held[one["_id"]]) async for one in sessions]
        found.sort(key=lambda each: (each[0].at, each[0].id))
        return found[:limit], len(found)

    async def talked_since(self, account_id: str, session_id: str) -> int | None:
        """When it was answered, by the last extension; None before the first."""
        prefix = codec.key(account_id, f"{session_id}:")
        where = {"_id": {"$regex": "^" + re.escape(prefix) + r"\d+$"}, "op": "extend"}
        found = await self._db.transfers.find(where).sort("seq", -1).limit(1).to_list(1)
        return found[0]["at"] - int(found[0]["_id"].removeprefix(prefix)) * SECOND if found else None
