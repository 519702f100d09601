"""The end of a month of many accounts: how long it takes, how much memory, how many documents, how many bytes.

    python -m e2e.load.billing_month --accounts 10000

One billing in this process, real mongod and nats-server beside it. Every account has calls of its month; then the
month ends, and each gets its act, tax invoice and detail: control totals compared, numbered, printed, kept and sealed.
Figures are wall clock, with CPU time of this process and of mongod beside them: on a busy machine only those compare.
Exit 1 when a document is missing, doubled or without its file, or an act does not ask what was charged.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import pstats
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from antiphon.billing import press
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.alarms import Alarms
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.closing import Closing
from antiphon.billing.app.document_ways import Ways
from antiphon.billing.app.documents import Documents
from antiphon.billing.app.leading import Leading
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.monthly import Monthly
from antiphon.billing.app.sheets import Seller
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.domain.records import Recorded
from antiphon.billing.settings import Settings
from antiphon.billing.store import COLLECTIONS, INDEXES, Store
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit import dev, logs, mongo, show
from antiphon.kit.bus import Bus
from antiphon.kit.clock import SettableClock
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import Caller
from e2e.load.billing_speed import _cpu

RATES = [{"prefix": "4", "groups": [{"start": 0, "rate": "0.0123", "per": 1, "inc": 1}]}]
TARIFF = {"rates": RATES, "scale": 4}
LAST_DAY = datetime(2026, 6, 30, 9, tzinfo=UTC)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Billing:
    """The use cases of a running billing."""

    leading: Leading
    accounts: Accounts
    calls: Calls
    tariffs: Tariffs
    documents: Documents
    monthly: Monthly
    store: Store
    clock: SettableClock


async def _unmailed(to: str, subject: str, attached: object) -> bool:
    """Nobody is written to here."""
    return False


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[Billing]:
    database = mongo.database(platform, "billing")
    await mongo.migrate(database, INDEXES, COLLECTIONS)
    clock, settings = SettableClock(LAST_DAY), Settings()
    bus, store = await Bus.connect(platform, "billing"), Store(database)
    leading = Leading(store, bus, clock, settings)
    tariffs = Tariffs(store.tariffs, clock)
    accounts = Accounts(leading, store.account, tariffs, clock)
    ways = Ways(press.pdf, _unmailed, Seller("ТОВ «Антифон»"), Closing(store.reading, Alarms(leading, store.reading)))
    documents = Documents(leading, accounts, store.reading, ways, clock)
    calls, monthly = Calls(leading, tariffs, store.suspended), Monthly(leading, store.reading)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(leading.run(platform.mongo_prefix)), group.create_task(store.outbox.relay(bus))]
        await leading.settled()
        yield Billing(leading, accounts, calls, tariffs, documents, monthly, store, clock)
        for task in tasks:
            task.cancel()
    await bus.close()


async def fill(billing: Billing, count: int, calls: int) -> None:
    """Accounts with their month's calls."""

    async def one(number: int) -> None:
        tenant = f"tn{number}"
        olena, petro = Caller(tenant, "person:olena"), Caller(tenant, "person:petro")
        tariff = pb.Tariff(id="home", currency="UAH", document=json.dumps(TARIFF))
        draft = (await billing.tariffs.put(olena, pb.PutTariffRequest(tariff=tariff))).tariff
        await billing.tariffs.approve(petro, pb.ApproveTariffRequest(id="home", version=draft.version))
        customer = pb.Customer(kind=pb.CUSTOMER_KIND_COMPANY, name=f"Клієнт {number}", language="uk", country="UA")
        account = pb.Account(currency="UAH", tariff_id="home", customer=customer, time_zone="Europe/Kyiv")
        account.floor.CopyFrom(Money(currency="UAH", micros=-(10**12)))
        await billing.accounts.put(olena, pb.PutAccountRequest(account=account))

    async def talk(number: int) -> None:
        ended = int((LAST_DAY + timedelta(hours=2)).timestamp()) * 10**9
        records = [
            Recorded("sbc", f"c{place}", "", f"4930{place:06}", ended - (61 + place) * 10**9, ended, free=False)
            for place in range(calls)
        ]
        await billing.calls.take_all(f"tn{number}", records)

    for work in (one, talk):
        for first in range(0, count, AT_ONCE):
            await asyncio.gather(*(work(number) for number in range(first, min(first + AT_ONCE, count))))
        billing.clock.forward(hours=1)


async def close(billing: Billing) -> None:
    """As the service does it, until nothing is left."""
    billing.clock.forward(seconds=(datetime(2026, 7, 1, 9, tzinfo=UTC) - billing.clock()).total_seconds())
    while await billing.store.reading.unclosed(202606):
        await billing.leading.close(billing.documents, billing.monthly, billing.store.reading)


def _memory(what: str) -> float:
    """Megabytes of this process: VmRSS now, VmHWM at its highest."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def _from_now_on() -> None:
    """VmHWM is the highest from now on."""
    Path("/proc/self/clear_refs").write_text("5")


async def wrong(store: Store, database: Any, count: int) -> tuple[list[str], int, int]:
    """(what is wrong, documents, bytes of their files)."""
    kinds: Counter[str] = Counter()
    faults, size, places = [], 0, set()
    async for paper in database.papers.find({"kind": "document"}, {"data.sheet": 0}):
        data = paper["data"]
        kinds[data["kind"]] += 1
        places.add((paper["account"], data["kind"], data["text"]))
        content = await store.reading.file(data["hash"]) if data["hash"] else None
        size += len(content or b"")
        if not content:
            faults.append(f"{paper['_id']} has no file")
        if data["text"] != "2026-1":
            faults.append(f"{paper['_id']} has the number {data['text']}")
    if kinds != Counter(act=count, tax_invoice=count, detail=count) or len(places) != 3 * count:
        faults.append(f"documents: {dict(kinds)}")
    for number in (0, count - 1):
        account = account_of(f"tn{number}")
        act = await database.papers.find_one({"account": account, "data.kind": "act"})
        record = await store.reading.account(account)
        if act is None or record is None or act["data"]["total"] + act["data"]["carry"] != -record.balance:
            faults.append(f"the act of {account} does not ask what was charged")
    return faults, sum(kinds.values()), size


async def measure(folder: Path, servers: dev.Servers, options: argparse.Namespace) -> tuple[list[str], dict[str, Any]]:
    platform = dev.platforms(folder, ("billing",), servers, mongo_prefix="month", log_level="WARNING")["billing"]
    logs.setup(platform.log_level)
    async with running(platform) as billing:
        await fill(billing, options.accounts, options.calls)
        gc.collect()
        before, cpu, theirs = _memory("VmRSS"), time.process_time(), _cpu(servers.mongo.pid)
        _from_now_on()
        profile = cProfile.Profile() if options.profile else None
        if profile is not None:
            profile.enable()
        began = time.perf_counter()
        await close(billing)
        seconds = time.perf_counter() - began
        if profile is not None:
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
        used, served = time.process_time() - cpu, _cpu(servers.mongo.pid) - theirs
        peak = _memory("VmHWM")
        faults, documents, size = await wrong(billing.store, mongo.database(platform, "billing"), options.accounts)
    mongo.close_clients()
    return faults, {
        "accounts": options.accounts, "calls each": options.calls, "seconds": round(seconds, 1),
        "CPU s": round(used, 1), "mongod CPU s": round(served, 1), "documents": documents,
        "documents/s": round(documents / seconds), "MB before": round(before), "peak MB": round(peak),
        "bytes": size,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--profile", action="store_true", help="shows where the time goes; slower")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="billing-month-") as name:
        folder = Path(name)
        with dev.servers(folder) as servers:
            gc.set_threshold(20_000, 20, 20)  # as services do
            faults, row = uvloop.run(measure(folder, servers, options))
    show.rows([row], as_json=False, title="The end of a month")
    for fault in faults[:20]:
        print(fault)
    if faults:
        sys.exit(1)


if __name__ == "__main__":
    main()
