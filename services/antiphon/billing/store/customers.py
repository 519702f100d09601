"""Customers of the operator: rows over all their accounts, what waits on them, how a month is closed. An account is one
document, with its company's name in it, so a list reads accounts and nothing else; the rest is looked up for a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from antiphon.billing.domain.customers import Total, Waiting, Wanted
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.store import codec
from antiphon.kit import mongo
from antiphon.kit.mongo import Document, Index

CUSTOMERS = (
    Index("accounts", "fold", (("fold", 1), ("_id", 1))),
    Index("calls", "unrated", (("ended", 1),), where={"charge": "suspense"}),
    Index("companies", "untold", (("told", 1),), where={"told": False}),
)
COUNTED = {"request": "waiting", "case": "open", "alarm": "open"}
"""What stands in a row, and the state in which it waits."""
_DEBT = {"$max": [0, {"$multiply": ["$balance", -1]}]}
_FEE = {"$add": ["$monthly", {"$ifNull": ["$rented", 0]}]}
_LEFT = {
    "$cond": [
        {"$and": [{"$eq": ["$state", "active"]}, {"$gt": [_FEE, 0]}]},
        {"$divide": [{"$subtract": ["$balance", "$threshold"]}, _FEE]},
        1e300,
    ]
}
ORDERS = {"name": "fold", "balance": "balance", "days": "left"}


class CustomerStore:
    """Reads over all accounts, except for the names of companies, which are told to us."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    async def operator(self) -> str:
        """Whose customers the other companies are: who published the first plan; empty without one."""
        found = await self._db.plans.find_one({}, {"tenant": 1}, sort=[("_id", 1)])
        return str(found["tenant"]) if found is not None else ""

    async def page(self, wanted: Wanted, skip: int, limit: int) -> list[AccountRecord]:
        """Accounts in order."""
        way = -1 if wanted.descending else 1
        steps: list[dict[str, Any]] = [{"$match": _where(wanted)}]
        if wanted.order == "days":
            steps.append({"$addFields": {"left": _LEFT}})
        steps += [{"$sort": {ORDERS[wanted.order]: way, "_id": way}}, {"$skip": skip}, {"$limit": limit}]
        return [codec.account(one) async for one in self._db.accounts.aggregate(steps)]

    async def totals(self, wanted: Wanted) -> list[Total]:
        """Over everybody who is wanted, whichever state."""
        sums = {
            "customers": {"$sum": 1}, "balance": {"$sum": "$balance"}, "arrears": {"$sum": _DEBT},
            "monthly": {"$sum": _FEE},
        }  # fmt: skip
        steps: list[dict[str, Any]] = [
            {"$match": _where(wanted, any_state=True)},
            {"$group": {"_id": {"state": "$state", "currency": "$currency"}, **sums}},
            {"$sort": {"_id.currency": 1, "_id.state": 1}},
        ]
        found = await self._db.accounts.aggregate(steps).to_list(None)
        names = ("customers", "balance", "arrears", "monthly")
        return [Total(one["_id"]["state"], one["_id"]["currency"], *(one[name] for name in names)) for one in found]

    async def counts(self, accounts: Sequence[str]) -> dict[tuple[str, str], int]:
        """(account, "request" | "case" | "alarm" | "late" | "suspense") → how many, of these accounts."""
        of = {"$in": list(accounts)}
        kinds = [{"kind": kind, "state": state} for kind, state in COUNTED.items()]
        found: dict[tuple[str, str], int] = {}
        group = {"$group": {"_id": {"account": "$account", "kind": "$kind"}, "count": {"$sum": 1}}}
        async for one in self._db.papers.aggregate([{"$match": {"account": of, "$or": kinds}}, group]):
            found[one["_id"]["account"], one["_id"]["kind"]] = one["count"]
        late = {"$elemMatch": {"$elemMatch": {"$eq": "previous_debt"}}}
        matches = (
            ("late", self._db.papers, {"account": of, "kind": "payment", "state": "paid", "data.parts": late}),
            ("suspense", self._db.calls, {"account": of, "charge": "suspense"}),
        )
        for name, collection, where in matches:
            steps: list[dict[str, Any]] = [{"$match": where}, {"$group": {"_id": "$account", "count": {"$sum": 1}}}]
            async for one in collection.aggregate(steps):
                found[one["_id"], name] = one["count"]
        return found

    async def plans(self, operator: str) -> dict[str, str]:
        """Names of an operator's plans."""
        return {one["_id"]: one["name"] async for one in self._db.plans.find({"tenant": operator}, {"name": 1})}

    async def waiting(self, operator: str, kind: str, reason: str, window: tuple[int, int]) -> list[Waiting]:
        """What waits, oldest first. `kind` as in COUNTED, or "suspense"; `window`: how many to skip, and how many."""
        skip, limit = window
        others: Document = {"tenant": {"$ne": operator}}
        if kind == "suspense":
            where = {**others, "charge": "suspense", **({"reason": reason} if reason else {})}
            calls = self._db.calls.find(where).sort([("ended", 1), ("_id", 1)]).skip(skip).limit(limit)
            rated = [codec.call(one) async for one in calls]
            return [Waiting(one.account, one.id, one.reason, one.record.ended or 0) for one in rated]
        where = {**others, "kind": kind, "state": COUNTED[kind]}
        if reason:
            where[_REASONS[kind]] = {"$in": ["", None]} if reason == "complaint" else reason
        papers = self._db.papers.find(where).sort([("at", 1), ("_id", 1)]).skip(skip).limit(limit)
        return [_waiting(one["account"], codec.paper(one)) async for one in papers]

    async def reasons(self, operator: str, kind: str) -> dict[str, int]:
        """How much of a kind waits, by reason."""
        match: Document = {"tenant": {"$ne": operator}}
        match |= {"charge": "suspense"} if kind == "suspense" else {"kind": kind, "state": COUNTED[kind]}
        collection, name = (self._db.calls, "reason") if kind == "suspense" else (self._db.papers, _REASONS[kind])
        steps: list[dict[str, Any]] = [{"$match": match}, {"$group": {"_id": f"${name}", "count": {"$sum": 1}}}]
        found = await collection.aggregate(steps).to_list(None)
        return {one["_id"] or "complaint": one["count"] for one in found}

    async def names(self, accounts: Sequence[str]) -> dict[str, str]:
        """What the companies of accounts are called."""
        fields = {"company": 1, "customer.name": 1}
        found = self._db.accounts.find({"_id": {"$in": list(accounts)}}, fields)
        return {one["_id"]: one.get("company") or one.get("customer", {}).get("name", "") async for one in found}

    async def after(self, operator: str, account: str, limit: int, *, suspended: bool = False) -> list[AccountRecord]:
        """The customers after one, by account: what is done to many of them goes in this order. `suspended`: those who
        have calls without a price."""
        where: Document = {"tenant": {"$ne": operator}, "live": True, "_id": {"$gt": account}}
        if suspended:
            steps: list[dict[str, Any]] = [
                {"$match": {"tenant": {"$ne": operator}, "charge": "suspense", "account": {"$gt": account}}},
                {"$group": {"_id": "$account"}},
                {"$sort": {"_id": 1}},
                {"$limit": limit},
            ]
            where = {"_id": {"$in": [one["_id"] async for one in self._db.calls.aggregate(steps)]}}
        return [codec.account(one) async for one in self._db.accounts.find(where).sort("_id", 1).limit(limit)]

    async def how_many(self, operator: str, *, suspended: bool = False) -> int:
        """Customers whose account lives, or who have calls without a price."""
        mine = {"tenant": {"$ne": operator}}
        if suspended:
            return len(await self._db.calls.distinct("account", {**mine, "charge": "suspense"}))
        return await self._db.accounts.count_documents({**mine, "live": True})

    async def closed(self, operator: str, month: int) -> tuple[int, int]:
        """(customers, how many of them have their documents of a month)."""
        mine: Document = {"tenant": {"$ne": operator}}
        done = await self._db.accounts.count_documents({**mine, "closed": {"$gte": month}})
        return done + await self._db.accounts.count_documents({**mine, **codec.open_months(month)}), done

    async def unclosed(self, operator: str, month: int, limit: int) -> list[AccountRecord]:
        """Customers whose month is not closed, by name."""
        where = {"tenant": {"$ne": operator}, **codec.open_months(month)}
        return [codec.account(one) async for one in self._db.accounts.find(where).sort("fold", 1).limit(limit)]

    async def alarms(self, accounts: Sequence[str]) -> list[tuple[str, str, int]]:
        """(account, kind, how many) of open alarms."""
        group = {"_id": {"account": "$account", "kind": "$data.kind"}, "count": {"$sum": 1}}
        match = {"account": {"$in": list(accounts)}, "kind": "alarm", "state": "open"}
        found = self._db.papers.aggregate([{"$match": match}, {"$group": group}])
        return [(one["_id"]["account"], one["_id"]["kind"], one["count"]) async for one in found]

    async def mailed(self, operator: str, last: str) -> tuple[int, dict[str, int]]:
        """(documents of a month that went out, account → how many wait); `last` is the month's last day."""
        mine: Document = {"tenant": {"$ne": operator}, "kind": "document", "data.last": last, "data.mail": {"$ne": ""}}
        steps: list[dict[str, Any]] = [
            {"$match": {**mine, "data.sent": ""}},
            {"$group": {"_id": "$account", "count": {"$sum": 1}}},
        ]
        waiting = {one["_id"]: one["count"] async for one in self._db.papers.aggregate(steps)}
        return await self._db.papers.count_documents({**mine, "data.sent": {"$ne": ""}}), waiting

    async def heard(self, tenant: str, name: str, rev: int) -> None:
        """Keeps what a company is called; an older fact changes nothing."""
        known = await self._db.companies.find_one({"_id": tenant})
        if known is None or known["rev"] < rev:
            change = {"$set": {"name": name, "rev": rev, "told": False}}
            await self._db.companies.update_one({"_id": tenant}, change, upsert=True)

    async def renamed(self, limit: int = 500) -> list[tuple[str, str, int]]:
        """(tenant, name, revision) of companies whose account was not told yet."""
        found = await self._db.companies.find({"told": False}).limit(limit).to_list(limit)
        return [(one["_id"], one["name"], one["rev"]) for one in found]

    async def told(self, tenant: str, rev: int) -> None:
        """The account knows this name."""
        await self._db.companies.update_one({"_id": tenant, "rev": rev}, {"$set": {"told": True}})

    async def nameless(self, limit: int = 500) -> list[tuple[str, str]]:
        """(tenant, name) of accounts that were opened after their company was heard of."""
        steps: list[dict[str, Any]] = [
            {"$match": {"fold": ""}},
            {"$limit": limit},
            {"$lookup": {"from": "companies", "localField": "tenant", "foreignField": "_id", "as": "known"}},
            {"$match": {"known.name": {"$gt": ""}}},
        ]
        return [(one["tenant"], one["known"][0]["name"]) async for one in self._db.accounts.aggregate(steps)]


_REASONS: Mapping[str, str] = {"request": "data.kind", "case": "data.detector", "alarm": "data.kind"}


def _where(wanted: Wanted, *, any_state: bool = False) -> Document:
    where: Document = {"tenant": {"$ne": wanted.operator}}
    if wanted.state and not any_state:
        where["state"] = wanted.state
    if wanted.in_arrears:
        where["balance"] = {"$lt": 0}
    if wanted.search:
        part = {"$regex": re.escape(wanted.search.casefold())}
        legal = {"$regex": re.escape(wanted.search), "$options": "i"}
        whole = [{"customer.tax_id": wanted.search}, {"_id": wanted.search}]
        where["$or"] = [{"fold": part}, {"customer.name": legal}, *whole]
    return where


def _waiting(account: str, paper: Paper) -> Waiting:
    data = paper.data
    reason = data.get("detector", "") or "complaint" if paper.kind == "case" else data["kind"]
    return Waiting(account, paper.id, reason, paper.at, paper.by, data.get("amount", 0), data.get("currency", ""))
