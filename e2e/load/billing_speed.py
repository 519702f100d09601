"""How fast records become charges, and how soon a call is authorised, with real servers.

    python -m e2e.load.billing_speed

One billing in this process, real mongod and nats-server beside it. Records of calls are taken by as many at once as a
busy switch has; each is rated, numbered, charged and stored with its document before it is acknowledged. Authorise and
extend go the same way. Figures are wall clock, with the CPU time of this process beside them: mongod has its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.charging import Charging
from antiphon.billing.app.leading import Leading
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.domain.records import Recorded
from antiphon.billing.settings import Settings
from antiphon.billing.store import COLLECTIONS, INDEXES, Store
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit import dev, logs, mongo, show
from antiphon.kit.bus import Bus
from antiphon.kit.clock import system_clock
from antiphon.kit.tokens import Caller

TARIFF = {"rates": [{"prefix": "4", "groups": [{"start": 0, "rate": "0.01", "per": 1, "inc": 1}]}]}


@dataclass(frozen=True, slots=True)
class Billing:
    """The use cases of a running billing, without the way over gRPC."""

    calls: Calls
    charging: Charging
    accounts: Accounts
    tariffs: Tariffs


async def measure(folder: Path, servers: dev.Servers, options: argparse.Namespace) -> list[dict[str, Any]]:
    platform = dev.platforms(folder, ("billing",), servers, log_level="WARNING")["billing"]
    logs.setup(platform.log_level)
    settings, database = Settings(linger_ms=options.linger), mongo.database(platform, "billing")
    await mongo.migrate(database, INDEXES, COLLECTIONS)
    bus, store = await Bus.connect(platform, "billing"), Store(database)
    leading = Leading(store, bus, system_clock, settings)
    tariffs = Tariffs(store.tariffs, system_clock)
    billing = Billing(
        Calls(leading, tariffs, store.suspended),
        Charging(leading, tariffs, settings),
        Accounts(leading, store.account, tariffs, system_clock),
        tariffs,
    )
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(leading.run("speed")), group.create_task(store.outbox.relay(bus))]
        await leading.settled()
        tenants = [f"tn{number}" for number in range(options.tenants)]
        for tenant in tenants:
            await _open(billing, tenant)
        await asyncio.sleep(2.5)  # tariffs are in force two seconds after their approval
        rows = [await _ingest(billing.calls, tenants, options), *await _authorise(billing.charging, tenants, options)]
        for task in running:
            task.cancel()
    await bus.close()
    mongo.close_clients()
    return rows


async def _open(billing: Billing, tenant: str) -> None:
    olena, petro = Caller(tenant, "person:olena"), Caller(tenant, "person:petro")
    asked = pb.Tariff(id="home", currency="UAH", document=json.dumps(TARIFF))
    draft = (await billing.tariffs.put(olena, pb.PutTariffRequest(tariff=asked))).tariff
    await billing.tariffs.approve(petro, pb.ApproveTariffRequest(id="home", version=draft.version))
    account = pb.Account(currency="UAH", tariff_id="home", floor=Money(currency="UAH", micros=-(10**15)))
    await billing.accounts.put(olena, pb.PutAccountRequest(account=account))


async def _ingest(calls: Calls, tenants: list[str], options: argparse.Namespace) -> dict[str, Any]:
    now = time.time_ns()
    records = [
        (tenants[number % len(tenants)], Recorded("sbc", f"c{number}", "", "4930", now, now + 60 * 10**9, free=False))
        for number in range(options.calls)
    ]

    async def worker(share: list[tuple[str, Recorded]]) -> None:
        for tenant, record in share:
            await calls.take(tenant, record)

    wall, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for number in range(options.at_once):
            group.create_task(worker(records[number :: options.at_once]))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"what": "record → ledger", "a second": int(len(records) / wall), "of CPU": int(len(records) / cpu)}


async def _authorise(charging: Charging, tenants: list[str], options: argparse.Namespace) -> list[dict[str, Any]]:
    times: dict[str, list[float]] = {"authorise": [], "extend": []}

    async def worker(number: int) -> None:
        caller = Caller(tenants[number % len(tenants)], "service:media")
        for count in range(options.sessions // options.callers):
            name = f"s{number}x{count}"
            start = time.perf_counter()
            await charging.authorize(caller, pb.AuthorizeRequest(session_id=name, called="4930"))
            middle = time.perf_counter()
            await charging.extend(caller, pb.ExtendRequest(session_id=name, used_seconds=45))
            times["authorise"].append(middle - start)
            times["extend"].append(time.perf_counter() - middle)

    wall = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(options.callers):
            group.create_task(worker(number))
    wall = time.perf_counter() - wall
    rows = []
    for what, found in times.items():
        found.sort()
        figures = {"p50 ms": found[len(found) // 2] * 1000, "p99 ms": found[len(found) * 99 // 100] * 1000}
        rows.append({"what": what, "a second": int(len(found) / wall), **figures})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=30_000)
    parser.add_argument("--tenants", type=int, default=50)
    parser.add_argument("--at-once", type=int, default=2_000)
    parser.add_argument("--sessions", type=int, default=4_000)
    parser.add_argument("--callers", type=int, default=40)
    parser.add_argument("--linger", type=float, default=3.0, help="milliseconds that a commit waits for company")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="billing-speed-") as name:
        folder = Path(name)
        with dev.servers(folder) as servers:
            show.rows(uvloop.run(measure(folder, servers, options)), as_json=False, title="Billing")


if __name__ == "__main__":
    main()
