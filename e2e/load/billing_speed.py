"""How fast records become charges, and how soon a call is authorised, with real servers.

    python -m e2e.load.billing_speed

One billing in this process, real mongod and nats-server beside it. Records of calls are taken one by one, by as many at
once as a busy switch has, and in batches; each is rated, numbered, charged and stored with its document before it is
acknowledged. Authorise and extend go the same way. The same is done by a billing that stores each work by itself and
remembers nothing, for the ratio. Figures are wall clock, with CPU time of this process and of mongod beside them: on a
busy machine only those compare.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import tempfile
import time
from dataclasses import dataclass, field
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
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import Caller

TARIFF = {"rates": [{"prefix": "4", "groups": [{"start": 0, "rate": "0.01", "per": 1, "inc": 1}]}]}
BATCH, SWITCHES = 500, 4
FEWER = {"calls": 1_000, "at_once": 200, "sessions": 200}
"""Whoever is slow is measured by less."""


@dataclass(frozen=True, slots=True)
class Billing:
    """The use cases of a running billing, without the way over gRPC."""

    calls: Calls
    charging: Charging
    accounts: Accounts
    tariffs: Tariffs


@dataclass(slots=True)
class Meter:
    """Wall clock and CPU since it was made."""

    mongod: int
    wall: float = field(default_factory=time.perf_counter)
    own: float = field(default_factory=time.process_time)
    theirs: float = 0

    def __post_init__(self) -> None:
        self.theirs = _cpu(self.mongod)

    def row(self, what: str, count: int) -> dict[str, Any]:
        wall, own = time.perf_counter() - self.wall, time.process_time() - self.own
        micros = {
            "µs of CPU": int(own / count * 1e6),
            "of mongod": int((_cpu(self.mongod) - self.theirs) / count * 1e6),
        }
        return {"what": what, "a second": int(count / wall), **micros, "a second of CPU": int(count / own)}


def _cpu(pid: int) -> float:
    """Seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ways(options: argparse.Namespace) -> dict[str, Settings]:
    """Billings that are compared."""
    chosen = Settings(linger_ms=options.linger)
    return {"": chosen, "alone: ": chosen.model_copy(update={"batch": 1, "remembered": 0, "linger_ms": 0.0})}


async def measure(folder: Path, servers: dev.Servers, options: argparse.Namespace) -> list[dict[str, Any]]:
    rows = []
    for number, (name, settings) in enumerate(ways(options).items()):
        prefix = f"speed{number}"
        platform = dev.platforms(folder, ("billing",), servers, mongo_prefix=prefix, log_level="WARNING")["billing"]
        logs.setup(platform.log_level)
        share = options if not name else argparse.Namespace(**{**vars(options), **FEWER})
        found = await _measure(platform, settings, servers.mongo.pid, share)
        rows += [{**row, "what": f"{name}{row['what']}"} for row in found]
    mongo.close_clients()
    return rows


async def _measure(
    platform: Platform, settings: Settings, mongod: int, options: argparse.Namespace
) -> list[dict[str, Any]]:
    database = mongo.database(platform, "billing")
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
        running = [group.create_task(leading.run(platform.mongo_prefix)), group.create_task(store.outbox.relay(bus))]
        await leading.settled()
        tenants = [f"tn{number}" for number in range(options.tenants)]
        for tenant in tenants:
            await _open(billing, tenant)
        await asyncio.sleep(2.5)  # tariffs are in force two seconds after their approval
        rows = [
            await _ingest(billing.calls, tenants, mongod, options),
            await _ingest_batches(billing.calls, tenants, mongod, options),
            *await _authorise(billing.charging, tenants, mongod, options),
        ]
        for task in running:
            task.cancel()
    await bus.close()
    return rows


async def _open(billing: Billing, tenant: str) -> None:
    olena, petro = Caller(tenant, "person:olena"), Caller(tenant, "person:petro")
    asked = pb.Tariff(id="home", currency="UAH", document=json.dumps(TARIFF))
    draft = (await billing.tariffs.put(olena, pb.PutTariffRequest(tariff=asked))).tariff
    await billing.tariffs.approve(petro, pb.ApproveTariffRequest(id="home", version=draft.version))
    account = pb.Account(currency="UAH", tariff_id="home", floor=Money(currency="UAH", micros=-(10**15)))
    await billing.accounts.put(olena, pb.PutAccountRequest(account=account))


def _records(switch: str, count: int) -> list[Recorded]:
    now = time.time_ns()
    return [Recorded(switch, f"c{number}", "", "4930", now, now + 60 * 10**9, free=False) for number in range(count)]


async def _ingest(calls: Calls, tenants: list[str], mongod: int, options: argparse.Namespace) -> dict[str, Any]:
    records = _records("one", options.calls)

    async def worker(first: int) -> None:
        for number in range(first, len(records), options.at_once):
            await calls.take(tenants[number % len(tenants)], records[number])

    meter = Meter(mongod)
    async with asyncio.TaskGroup() as group:
        for number in range(options.at_once):
            group.create_task(worker(number))
    return meter.row("record → ledger", len(records))


async def _ingest_batches(calls: Calls, tenants: list[str], mongod: int, options: argparse.Namespace) -> dict[str, Any]:
    records = _records("batches", options.calls)

    async def worker(first: int) -> None:
        for number in range(first, len(records) // BATCH, SWITCHES):
            await calls.take_all(tenants[number % len(tenants)], records[number * BATCH : (number + 1) * BATCH])

    meter = Meter(mongod)
    async with asyncio.TaskGroup() as group:
        for number in range(SWITCHES):
            group.create_task(worker(number))
    return meter.row("batch → ledger", len(records) // BATCH * BATCH)


async def _authorise(
    charging: Charging, tenants: list[str], mongod: int, options: argparse.Namespace
) -> list[dict[str, Any]]:
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

    meter = Meter(mongod)
    async with asyncio.TaskGroup() as group:
        for number in range(options.callers):
            group.create_task(worker(number))
    both = meter.row("authorise, extend", sum(map(len, times.values())))
    rows = [both]
    for what, found in times.items():
        found.sort()
        figures = {"p50 ms": found[len(found) // 2] * 1000, "p99 ms": found[len(found) * 99 // 100] * 1000}
        rows.append({"what": what, **figures})
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
            gc.set_threshold(20_000, 20, 20)  # as services do
            show.rows(uvloop.run(measure(folder, servers, options)), as_json=False, title="Billing")


if __name__ == "__main__":
    main()
