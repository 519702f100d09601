"""The audit of a live database: silent about honest books, and every tampering is named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pymongo
import pytest

from antiphon.billing.app.messages import account_of
from antiphon.billing.audit import Report, audit
from antiphon.billing.store import opened
from antiphon.billing.tests.stage import TARIFF, Stage
from antiphon.billing.v1 import billing_pb2 as pb

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def sweep_seconds() -> float:
    """What was tampered with is not written anew meanwhile."""
    return 3600.0


@pytest.fixture
def books(stage: Stage) -> Iterator[Any]:
    platform = stage.platforms["billing"]
    with pymongo.MongoClient[dict[str, Any]](platform.mongo_url) as client:
        yield client[f"{platform.mongo_prefix}_billing"]


async def examined(stage: Stage) -> Report:
    platform = stage.platforms["billing"]
    async with opened(platform.mongo_url, f"{platform.mongo_prefix}_billing") as store:
        return await audit(store)


async def a_day(stage: Stage) -> str:
    """A tenant with all that can happen; returns its account."""
    await stage.open("100", {**TARIFF, "usage": {"sms": "0.45"}})
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id="s1", called="38044"))
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id="s2", called="38044"))
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id="s3", called="38044"))
    await stage.ask("Release", pb.ReleaseRequest(session_id="s2"))
    calls = [("c1", "38044", 61, "s1"), ("c2", "4930", 30, ""), ("c3", "7495", 5, ""), ("c4", "38044", None, "")]
    await asyncio.gather(*(stage.settle(key, to, length, session_id=name) for key, to, length, name in calls))
    await stage.settle("m1", "", None, service="sms", quantity=3)
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


MORE = {"$inc": {"amount": 1}}
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
}


@pytest.mark.clause("K03")
@pytest.mark.clause("K04")
@pytest.mark.clause("K06")
@pytest.mark.clause("K07")
@pytest.mark.parametrize(("tamper", "named"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
async def test_tampering_is_named(stage: Stage, books: Any, tamper: Callable[[Any, str], Any], named: str) -> None:
    account = await a_day(stage)
    before = await examined(stage)
    assert not [fault for fault in before.faults if fault.where == account]
    assert before.waiting["no_rate"] >= 1
    tamper(books, account)
    partition = books.accounts.find_one({"_id": account})["partition"]
    after = await examined(stage)
    found = [fault.what for fault in after.faults if fault.where in {account, f"partition {partition}"}]
    assert any(named in what for what in found), found
