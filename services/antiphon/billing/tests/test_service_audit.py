"""The audit of a live database: silent about honest books, and every tampering is named."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pymongo
import pytest

from antiphon.billing.app.messages import account_of
from antiphon.billing.audit import Report, audit
from antiphon.billing.domain.accounting import month_of
from antiphon.billing.domain.auditing import Fault
from antiphon.billing.domain.records import partition_of
from antiphon.billing.store import opened
from antiphon.billing.tests.stage import TARIFF, Stage
from antiphon.billing.tests.test_service_carriers import carrier
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def sweep_seconds() -> float:
    """Months end soon; what is tampered with belongs to accounts that have nothing left to do."""
    return 0.5


@dataclass
class Month:
    """A month that was closed, and all that was stored of it."""

    stage: Stage
    account: str
    stored: dict[str, list[dict[str, Any]]]

    async def examined(self, tamper: Callable[[Any, str], Any] | None = None) -> Report:
        """The audit of a copy: nobody writes there, so nothing that was tampered with is written anew."""
        platform, name = self.stage.platforms["billing"], f"copy_{uuid.uuid4().hex[:12]}"
        with client_of(self.stage) as client:
            for collection, documents in self.stored.items():
                client[name][collection].insert_many(documents)
            if tamper is not None:
                tamper(client[name], self.account)
            try:
                async with opened(platform.mongo_url, name) as store:
                    return await audit(store)
            finally:
                client.drop_database(name)


def client_of(stage: Stage) -> pymongo.MongoClient[dict[str, Any]]:
    return pymongo.MongoClient[dict[str, Any]](stage.platforms["billing"].mongo_url)


async def examined(stage: Stage) -> Report:
    platform = stage.platforms["billing"]
    async with opened(platform.mongo_url, f"{platform.mongo_prefix}_billing") as store:
        return await audit(store)


@pytest.fixture(scope="module")
async def month(theatre: Stage) -> Month:
    stage = theatre.of_another_tenant()
    with client_of(stage) as client:
        books = client[f"{stage.platforms['billing'].mongo_prefix}_billing"]
        account = await a_month(stage, books)
        names = (
            "accounts", "calls", "carrier_entries", "carrier_prices", "files", "holds", "papers", "partitions",
            "tariffs", "trail", "transfers",
        )  # fmt: skip
        return Month(stage, account, {name: list(books[name].find({})) for name in names})


async def a_month(stage: Stage, books: Any) -> str:
    """A tenant with all that can happen, and its month closed; returns its account."""
    await stage.open("100", {**TARIFF, "usage": {"sms": "0.4567"}})
    await stage.settle("c0", "38044", 61)
    await stage.settle("m0", "", None, service="sms", quantity=1)
    await carrier(stage, "whole", "0.30")
    last = month_of(stage.clock().date())[1]
    stage.clock.forward(days=(last - stage.clock().date()).days + 2)

    async def closed() -> bool:
        made = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
        kept = books.papers.find_one({"account": account_of(stage.tenant), "kind": "closing"})
        return len(made) == 3 and all(one.hash for one in made) and kept is not None

    await eventually(closed, within=60)
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id="s1", called="38044"))
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id="s2", called="38044"))
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id="s3", called="38044"))
    await stage.ask("Release", pb.ReleaseRequest(session_id="s2"))
    calls = [("c1", "38044", 61, "s1"), ("c2", "4930", 30, ""), ("c3", "7495", 5, ""), ("c4", "38044", None, "")]
    await asyncio.gather(*(stage.settle(key, to, length, session_id=name) for key, to, length, name in calls))
    await stage.settle("m1", "", None, service="sms", quantity=3)
    await stage.settle("c5", "380441234567", 61, trunk_id="tr_whole")
    opened = ob.OpenCaseRequest(request_id="k1", complaint="Дзвонять на преміум", subscriber=True)
    await stage.ask("OpenCase", opened, "olena")
    return account_of(stage.tenant)


def forge(collection: str, where: dict[str, Any], change: dict[str, Any]) -> Callable[[Any, str], None]:
    """Changes one document of an account; `change` empty deletes it."""

    def tamper(database: Any, account: str) -> None:
        mine = {name: value.replace("ACCOUNT", account) for name, value in where.items()}
        mine |= {"_id": account} if collection == "accounts" else {"account": account}
        if change:
            database[collection].update_one(mine, change)
        else:
            database[collection].delete_one(mine)

    return tamper


def move(collection: str, where: dict[str, Any]) -> Callable[[Any, str], None]:
    """Moves one document to the account of somebody else."""

    def tamper(database: Any, account: str) -> None:
        database[collection].update_one({**where, "account": account}, {"$set": {"account": "ac_of_another"}})

    return tamper


def double(collection: str, where: dict[str, Any], **change: Any) -> Callable[[Any, str], None]:
    """Writes one document twice, under another id and number."""

    def tamper(database: Any, account: str) -> None:
        known = database[collection].find_one({**where, "account": account})
        database[collection].insert_one({**known, "_id": f"{known['_id']}-again", **change})

    return tamper


def of_a_file(change: dict[str, Any]) -> Callable[[Any, str], None]:
    """Changes or deletes the print of an act."""

    def tamper(database: Any, account: str) -> None:
        act = database.papers.find_one({"account": account, "data.kind": "act"})
        where = {"_id": act["data"]["hash"]}
        database.files.update_one(where, change) if change else database.files.delete_one(where)

    return tamper


def of_a_tariff(database: Any, account: str) -> None:
    tenant = database.accounts.find_one({"_id": account})["tenant"]
    stored = database.tariffs.find_one({"tenant": tenant})
    document = stored["document"].replace("0.60", "0.66")
    database.tariffs.update_one({"_id": stored["_id"]}, {"$set": {"document": document}})


MORE = {"$inc": {"amount": 1}}
EARLY = {"op": "charge", "ref": "sbc/c0"}
ACT = {"kind": "document", "data.kind": "act"}
TAMPERINGS = {
    "a posting vanishes": (forge("transfers", {"op": "settle"}, {}), "add up to"),
    "an amount is altered": (forge("transfers", {"op": "charge"}, MORE), "was charged"),
    "a price is altered": (forge("calls", {"key": "c1"}, {"$inc": {"cost": 1}}), "by tf_"),
    "a balance is altered": (forge("accounts", {}, {"$inc": {"balance": 1}}), "the balance is"),
    "a reservation is altered": (forge("holds", {"state": "open"}, MORE), "open reservations"),
    "a reservation ends again": (forge("holds", {"state": "voided"}, {"$set": {"state": "expired"}}), "ended 1 times"),
    "a call vanishes": (forge("calls", {"key": "c2"}, {}), "is there 0 times"),
    "a call is invented": (forge("transfers", {"op": "charge"}, {"$set": {"ref": "media/none"}}), "rests on no call"),
    "a posting rests on nothing": (forge("transfers", {"op": "topup"}, {"$set": {"ref": ""}}), "rests on nothing"),
    "a decision is altered": (forge("trail", {"what": "terms"}, {"$set": {"by": "person:x"}}), "was altered"),
    "a posting is misplaced": (
        forge("transfers", {"op": "topup"}, {"$set": {"credit": "liab.customer:other"}}),
        "moves",
    ),
    "a posting is moved": (move("transfers", {"op": "topup"}), "add up to"),
    "a posting is doubled": (double("transfers", {"op": "charge"}, seq=9_999), "not numbered"),
    "a posting has another id": (double("transfers", {"op": "topup"}, seq=9_999), "add up to"),
    "a number is altered": (forge("transfers", {"op": "topup"}, {"$set": {"seq": 9_999}}), "not numbered"),
    "a call is moved": (move("calls", {"key": "c2"}), "rests on no call"),
    "a call is doubled": (double("calls", {"key": "c2"}, number=9_999), "was never given"),
    "a seconds' price is altered": (forge("calls", {"key": "c1"}, {"$inc": {"billed_s": 60}}), "by tf_"),
    "a tariff in force is altered": (of_a_tariff, "by tf_"),
    "a reservation vanishes": (forge("holds", {"state": "open"}, {}), "open reservations"),
    "what is held is altered": (forge("accounts", {}, {"$inc": {"held": 1}}), "is held"),
    "a decision vanishes": (forge("trail", {"what": "terms"}, {}), "is missing"),
    "the last decision vanishes": (forge("trail", {"what": "case"}, {}), "the account says"),
    "a closed month is altered": (forge("transfers", EARLY, MORE), "is not as it was closed"),
    "a posting is dated back": (forge("transfers", {"ref": "sbc/c1"}, {"$set": {"at": 1}}), "dated before"),
    "a posting leaves a closed month": (forge("transfers", EARLY, {"$inc": {"at": 40 * 86_400 * 10**9}}), "was closed"),
    "the ledger of an act is altered": (forge("transfers", EARLY, {"$inc": {"amount": 10_000}}), "the ledger says"),
    "an act asks more": (forge("papers", ACT, {"$inc": {"data.total": 10_000}}), "is not as it was issued"),
    "an act carries less": (forge("papers", ACT, {"$inc": {"data.carry": -100}}), "the ledger says"),
    "a tax is altered": (
        forge("papers", {**ACT, "data.kind": "tax_invoice"}, {"$inc": {"data.vat": 1}}),
        "as it was issued",
    ),
    "an act is dated otherwise": (forge("papers", ACT, {"$set": {"data.dated": "2020-01-01"}}), "as it was issued"),
    "an act vanishes": (forge("papers", ACT, {}), "act:"),
    "an act is renumbered": (forge("papers", ACT, {"$set": {"data.text": "2020-7"}}), "act:"),
    "the hash of an act is altered": (forge("papers", ACT, {"$set": {"data.hash": "0" * 64}}), "as it was sealed"),
    "a print is altered": (of_a_file({"$set": {"content": b"%PDF"}}), "as it was sealed"),
    "a print vanishes": (of_a_file({}), "as it was sealed"),
    "a print of a month vanishes": (forge("papers", {"kind": "closing"}, {}), "closing number 1"),
    "a case vanishes": (forge("papers", {"kind": "case"}, {}), "case number 1"),
    "a carrier's entry vanishes": (forge("carrier_entries", {}, {}), "its entries say nothing"),
    "a carrier's entry is altered": (forge("carrier_entries", {}, MORE), "305001 to"),
    "a carrier's entry is doubled": (double("carrier_entries", {}), "owed, its entries say"),
    "a carrier's entry is of no call": (
        forge("carrier_entries", {}, {"$set": {"call": "sbc/none"}}),
        "a carrier for sbc/none rests on no call",
    ),
    "what a carrier asks is altered": (forge("calls", {"key": "c5"}, {"$inc": {"carrier_cost": 1}}), "it is 305000"),
    "a payment vanishes": (forge("papers", {"kind": "payment"}, {}), "payment number 1"),
}


@pytest.mark.clause("K03")
@pytest.mark.clause("K04")
@pytest.mark.clause("K06")
@pytest.mark.clause("K07")
@pytest.mark.parametrize(("tamper", "named"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
async def test_tampering_is_named(month: Month, tamper: Callable[[Any, str], Any], named: str) -> None:
    mine = {month.account, f"partition {partition_of(month.account)}"}
    found = [fault.what for fault in (await month.examined(tamper)).faults if fault.where in mine]
    assert any(named in what for what in found), found


async def test_honest_books_have_no_faults(month: Month) -> None:
    report = await month.examined()
    assert report.faults == []
    assert report.waiting["no_rate"] >= 1


async def test_an_audit_beside_writes_raises_no_alarm(stage: Stage) -> None:
    """Each account is looked at as it was at one moment, also while it is written five hundred times."""
    await stage.open("10000")
    done, rounds = asyncio.Event(), 0

    async def examine() -> list[Fault]:
        nonlocal rounds
        found: list[Fault] = []
        while not done.is_set():
            found += (await examined(stage)).faults
            rounds += 1
        return found

    async with asyncio.TaskGroup() as group:
        examining = group.create_task(examine())
        names = [f"w{number}" for number in range(500)]
        for place in range(0, len(names), 25):
            await asyncio.gather(*(stage.settle(name, "38044", 61) for name in names[place : place + 25]))
        done.set()
    assert examining.result() == []
    assert rounds >= 1
    assert (await stage.account()).balance.micros == (10_000 - 600) * 1_000_000
