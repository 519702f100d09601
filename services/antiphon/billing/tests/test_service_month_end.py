"""The end of a month of many accounts, with real servers: stopped in the middle it goes on where it was, and whoever
cannot be closed keeps nobody else waiting."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pymongo
import pytest

from antiphon.billing.__main__ import serve
from antiphon.billing.app.messages import account_of
from antiphon.billing.audit import audit
from antiphon.billing.domain.accounting import month_of
from antiphon.billing.settings import Settings
from antiphon.billing.store import opened
from antiphon.billing.tests.stage import Stage
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running

pytestmark = pytest.mark.service
ACCOUNTS = 16


@asynccontextmanager
async def billing(platforms: dict[str, Platform], clock: SettableClock) -> AsyncIterator[Stage]:
    settings = Settings(sweep_seconds=0.1)
    async with running({"billing": functools.partial(serve, settings=settings)}, platforms, clock) as runtimes:
        yield Stage(runtimes["billing"], platforms, clock, [])


@pytest.fixture
def papers(platforms: dict[str, Platform]) -> Iterator[Any]:
    platform = platforms["billing"]
    with pymongo.MongoClient[dict[str, Any]](platform.mongo_url) as client:
        yield client[f"{platform.mongo_prefix}_billing"].papers


async def opened_account(stage: Stage) -> str:
    await stage.open("10", customer=pb.Customer(kind=pb.CUSTOMER_KIND_COMPANY, name="Клієнт"))
    await stage.settle("c1", "38044", 61)
    return account_of(stage.tenant)


@pytest.mark.clause("J03")
@pytest.mark.clause("K01")
@pytest.mark.clause("K02")
async def test_a_month_end_that_is_stopped_goes_on_without_gap_or_double(
    platforms: dict[str, Platform], papers: Any
) -> None:
    clock = SettableClock(system_clock())
    documents = {"kind": "document"}
    async with billing(platforms, clock) as stage:
        clock.forward(days=(month_of(clock().date())[1] - clock().date()).days + 2)  # a whole month lies ahead
        accounts = [await opened_account(stage.of_another_tenant()) for _ in range(ACCOUNTS)]
        unclosable = {"account": accounts[0], "op": "topup"}
        papers.database.transfers.update_one(unclosable, {"$set": {"ref": ""}})
        clock.forward(days=(month_of(clock().date())[1] - clock().date()).days + 2)
        mine = {**documents, "account": {"$in": accounts}}
        await eventually(lambda: papers.count_documents(mine) >= ACCOUNTS, within=60)
    stopped = papers.count_documents(mine)
    async with billing(platforms, clock):
        whole = {**mine, "data.hash": {"$ne": ""}}
        await eventually(lambda: papers.count_documents(whole) == 3 * (ACCOUNTS - 1), within=120)
        closed = {"kind": "closing", "account": {"$in": accounts}}
        await eventually(lambda: papers.count_documents(closed) == ACCOUNTS - 1, within=60)
    made = list(papers.find(mine))
    assert stopped < len(made) == 3 * (ACCOUNTS - 1), "it was stopped in the middle"
    assert len({(one["account"], one["data"]["kind"]) for one in made}) == len(made)
    assert {one["data"]["text"].partition("-")[2] for one in made} == {"1"}
    assert accounts[0] not in {one["account"] for one in made}
    platform = platforms["billing"]
    async with opened(platform.mongo_url, f"{platform.mongo_prefix}_billing") as store:
        faults = (await audit(store)).faults
    assert {one.where for one in faults} == {accounts[0]}
