"""What people read: papers, the log of decisions, sums by day. Nothing here writes."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from antiphon.billing.domain.ledger import Entry, Hold
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord, Rated
from antiphon.billing.domain.trail import Line
from antiphon.billing.store import codec
from antiphon.kit import mongo
from antiphon.kit.mongo import Document

MOST = 500
ASKED_AT_ONCE = 20_000
"""Ids in a question, which is a document and has its limit, too."""


class Reading:
    """Questions about accounts."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None:
        """One paper as it is now."""
        found = await self._db.papers.find_one({"_id": codec.key(account_id, f"{kind}/{paper_id}")})
        return codec.paper(found) if found is not None else None

    async def papers(self, account_id: str, kind: str, limit: int = MOST, state: str = "") -> list[Paper]:
        """Papers of a kind, newest first."""
        where: Document = {"account": account_id, "kind": kind} | ({"state": state} if state else {})
        order = [("at", -1), ("number", -1)]
        found = await self._db.papers.find(where).sort(order).limit(limit).to_list(limit)
        return [codec.paper(document) for document in found]

    async def in_states(self, account_id: str, kind: str, states: Sequence[str]) -> list[Paper]:
        """All papers of a kind in these states, however many."""
        where = {"account": account_id, "kind": kind, "state": {"$in": list(states)}}
        return [codec.paper(document) async for document in self._db.papers.find(where)]

    async def made(self, account_id: str, kinds: Sequence[str], between: tuple[int, int]) -> list[Paper]:
        """Papers that were made in [first, last), by kind and number."""
        where = {"account": account_id, "kind": {"$in": list(kinds)}, "at": {"$gte": between[0], "$lt": between[1]}}
        found = self._db.papers.find(where).sort([("kind", 1), ("number", 1)])
        return [codec.paper(document) async for document in found]

    async def everywhere(self, kind: str, state: str, limit: int = MOST) -> list[tuple[str, str, Paper]]:
        """(account, tenant, paper) of all accounts, oldest first."""
        found = await self._db.papers.find({"kind": kind, "state": state}).sort("at", 1).limit(limit).to_list(limit)
        return [(document["account"], document["tenant"], codec.paper(document)) for document in found]

    async def trail(self, account_id: str, limit: int = 0) -> list[Line]:
        """Lines of the log, newest first; all of them when no limit is given."""
        found = self._db.trail.find({"account": account_id}).sort("number", -1).limit(limit)
        return [codec.line(document) async for document in found]

    async def open_holds(self, account_id: str) -> list[Hold]:
        """What live calls have reserved."""
        found = self._db.holds.find({"account": account_id, "state": "open"})
        return [codec.hold(document) async for document in found]

    async def spending(self, account_id: str, zone: str, between: tuple[int, int]) -> list[tuple[str, str, int]]:
        """(local day, account on the other side, micro-units) of what was charged in [first, last) instants."""
        millis = {
            "$toDate": {"$toLong": {"$divide": [{"$subtract": ["$at", {"$mod": ["$at", 1_000_000]}]}, 1_000_000]}}
        }
        day = {"$dateToString": {"date": millis, "format": "%Y-%m-%d", "timezone": zone}}
        steps: list[dict[str, Any]] = [
            {"$match": {"account": account_id, "at": {"$gte": between[0], "$lt": between[1]}, "op": {"$ne": "topup"}}},
            {"$match": {"amount": {"$gt": 0}, "debit": f"liab.customer:{account_id}"}},
            {"$group": {"_id": {"day": day, "other": "$credit"}, "amount": {"$sum": "$amount"}}},
            {"$sort": {"_id.day": 1, "_id.other": 1}},
        ]
        found = await self._db.transfers.aggregate(steps).to_list(None)
        return [(one["_id"]["day"], one["_id"]["other"], one["amount"]) for one in found]

    async def entries(self, account_id: str, between: tuple[int, int]) -> list[Entry]:
        """Documents of the ledger in [first, last), oldest first."""
        where = {"account": account_id, "at": {"$gte": between[0], "$lt": between[1]}}
        return [codec.entry(one) async for one in self._db.transfers.find(where).sort("seq", 1)]

    async def calls(self, account_id: str, between: tuple[int, int]) -> AsyncIterator[Rated]:
        """Answered calls in [first, last), by their beginning."""
        where = {"account": account_id, "answered": {"$gte": between[0], "$lt": between[1]}}
        async for one in self._db.calls.find(where).sort([("answered", 1), ("number", 1)]):
            yield codec.call(one)

    async def talked(self, account_id: str, between: tuple[int, int]) -> tuple[dict[str, int], int]:
        """(seconds of calls answered in [first, last) that each package paid, by its name; those that none did)."""
        inside, beyond = dict[str, int](), 0
        async for call in self.calls(account_id, between):
            for one in call.drawn:
                inside[one.name] = inside.get(one.name, 0) + one.seconds
            if not call.carrier:
                beyond += max(0, call.billed_s - sum(one.seconds for one in call.drawn))
        return inside, beyond

    async def named_calls(self, account_id: str, ids: Sequence[str]) -> dict[str, Rated]:
        """Calls by their ids."""
        names, found = sorted({codec.key(account_id, name) for name in ids}), dict[str, Rated]()
        for first in range(0, len(names), ASKED_AT_ONCE):
            where = {"_id": {"$in": names[first : first + ASKED_AT_ONCE]}}
            found |= {call.id: call for call in [codec.call(one) async for one in self._db.calls.find(where)]}
        return found

    async def recorded(self, account_id: str, refs: Sequence[str], ended: tuple[int, int]) -> list[Rated]:
        """Calls by their ids, and all that ended in [first, last), from the first of the named ones on."""
        named = list((await self.named_calls(account_id, refs)).values())
        since = min((call.number for call in named), default=0)
        where = {"account": account_id, "number": {"$gte": since}, "ended": {"$gte": ended[0], "$lt": ended[1]}}
        known = {call.id for call in named}
        more = [codec.call(one) async for one in self._db.calls.find(where)]
        return named + [call for call in more if call.id not in known]

    async def balance_before(self, account_id: str, instant: int) -> int:
        """What an account had at an instant."""
        mine = f"liab.customer:{account_id}"
        signed = {"$cond": [{"$eq": ["$credit", mine]}, "$amount", {"$multiply": ["$amount", -1]}]}
        steps: list[dict[str, Any]] = [
            {"$match": {"account": account_id, "at": {"$lt": instant}, "amount": {"$gt": 0}, "debit": {"$ne": ""}}},
            {"$group": {"_id": None, "sum": {"$sum": signed}}},
        ]
        found = await self._db.transfers.aggregate(steps).to_list(1)
        return int(found[0]["sum"]) if found else 0

    async def by_code(self, code: str, hashed: str) -> Paper | None:
        """A document of anybody by its code, or by the hash of its file."""
        where = {"data.code": code} if code else {"data.hash": hashed}
        found = await self._db.papers.find_one({"kind": "document", **where})
        return codec.paper(found) if found is not None else None

    async def keep_file(self, hashed: str, content: bytes) -> None:
        """Keeps a file under its hash; once is enough."""
        await self._db.files.update_one({"_id": hashed}, {"$setOnInsert": {"content": content}}, upsert=True)

    async def file(self, hashed: str) -> bytes | None:
        """A kept file."""
        found = await self._db.files.find_one({"_id": hashed})
        return bytes(found["content"]) if found is not None else None

    async def is_whole(self, account_id: str, paper_id: str) -> bool:
        """Is the file of a sealed document there, and what its hash says? One that was masked meanwhile is whole."""
        paper = await self.paper(account_id, "document", paper_id)
        hashed = paper.data["hash"] if paper is not None else ""
        content = await self.file(hashed) if hashed else b""
        if content is not None and (not hashed or hashlib.sha256(content).hexdigest() == hashed):
            return True
        again = await self.paper(account_id, "document", paper_id)
        return again is not None and again.data["hash"] != hashed

    async def unclosed(self, month: int, after: str = "", limit: int = 100) -> list[AccountRecord]:
        """Accounts whose documents of a month (202605) were not made, by their ids, those after one of them."""
        where = {**codec.open_months(month), "_id": {"$gt": after}}
        return [codec.account(one) async for one in self._db.accounts.find(where).sort("_id", 1).limit(limit)]

    async def unmailed(self, limit: int = 50) -> list[tuple[str, str, Paper]]:
        """(account, tenant, document) of sealed documents that were not mailed yet."""
        where = {"kind": "document", "data.mail": {"$ne": ""}, "data.sent": "", "data.hash": {"$ne": ""}}
        found = await self._db.papers.find(where).sort("at", 1).limit(limit).to_list(limit)
        return [(document["account"], document["tenant"], codec.paper(document)) for document in found]

    async def account(self, account_id: str) -> AccountRecord | None:
        """An account as it is now."""
        found = await self._db.accounts.find_one({"_id": account_id})
        return codec.account(found) if found is not None else None

    async def accounts(self) -> Sequence[AccountRecord]:
        """Every account there is."""
        return [codec.account(document) async for document in self._db.accounts.find({})]
