"""Calls are charged while billing, NATS or MongoDB is killed, or billing dies at an await of its own; then the books.

    python -m e2e.load.billing_chaos --kills 200

Two replicas of billing run as processes of their own beside real servers. Switches authorise, extend, settle and tell
the same records as facts, often twice; payments come, often twice. Every moment something dies by kill -9: a replica at
a random instant, a replica at a chosen await of its writer (before or after the commit, between two writes), NATS,
mongod. At the end everything is told once more, and:

- every call of every switch is billed, free or in suspense exactly once (I7), at the price of its tariff (I8);
- the numbers of each partition have no gap; documents of each account are numbered without gap;
- half of the accounts have packages, free and bought: each second of a call was drawn or costs money, never both, and
  what is left is what no call drew (I12); the order was charged once;
- debits equal credits, balances are the sum of postings, holds are what is held (I1, I2, I3), no hold ended twice (I6);
- every acknowledged payment and call is there.

`--forget` is the negative control: a billing that does not know a record again. It must be caught.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pymongo

from antiphon.billing.app.messages import account_of
from antiphon.billing.audit import audit
from antiphon.billing.store import opened
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.billing.v1.cabinet_pb2_grpc import CabinetServiceStub
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit import dev, procs
from antiphon.kit.bus import Bus
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask, metadata
from antiphon.kit.protos import timestamp
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import Caller, Signer
from antiphon.media.v1.events_pb2 import CallEnded
from antiphon.media.v1.media_pb2 import DIRECTION_INBOUND, DIRECTION_OUTBOUND, Call, Leg

SERVICES = ("directory", "billing", "media")
RIGHTS = frozenset({"billing.read", "billing.write"})
AWAITS = ("read", "numbers", "before_commit", "in_transaction", "after_commit")
KINDS = (*("replica", "replica", "nats", "both") * 2, *("await",) * 8, "mongo")
PRICE = 10_000
"""Micro-units a second of every call."""
FREE = {"id": "free", "name": "Free", "seconds": 1_500}
BOUGHT = 900
TARIFF = {"rates": [{"prefix": "4", "groups": [{"start": 0, "rate": "0.01", "per": 1, "inc": 1}]}]}


class Replica:
    """One billing process, started as operators start it; it may be told to die at its next await of some kind."""

    def __init__(self, number: int, platform: Platform, folder: Path, forget: bool) -> None:
        self.platform = platform.model_copy(
            update={"endpoints": {**platform.endpoints, "billing": f"127.0.0.1:{procs.free_port()}"}}
        )
        self.port = int(self.platform.address_of("billing").rpartition(":")[2])
        self.log = folder / f"billing-{number}.log"
        self.doom = folder / f"doom-{number}"
        self._forget = forget
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        platform = self.platform
        self.doom.unlink(missing_ok=True)
        told = {
            "NATS_URL": platform.nats_url,
            "MONGO_URL": platform.mongo_url,
            "MONGO_PREFIX": platform.mongo_prefix,
            "ENDPOINTS": json.dumps(platform.endpoints),
            "LISTEN_HOST": "127.0.0.1",
            "TOKEN_KEY": platform.token_key.get_secret_value(),
            "TOKEN_KEYS": json.dumps(platform.token_keys),
            "LOG_LEVEL": "WARNING",
            "LEASE_SECONDS": "2",
            "BILLING_GROUPS": "2",
            "BILLING_REMEMBERED": "0" if self._forget else "500",
        }
        environment = {**os.environ, **{f"ANTIPHON_{name}": value for name, value in told.items()}}
        environment |= {"CHAOS_DOOM": str(self.doom), "CHAOS_FORGET": "1" if self._forget else ""}
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                procs.dying_with_parent([sys.executable, "-m", "e2e.load.billing_doomed"]),
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    @property
    def dead(self) -> bool:
        return self._child is None or self._child.poll() is not None

    @property
    def up(self) -> bool:
        return procs.is_listening(self.port)


@dataclass
class Promised:
    """What was done and acknowledged."""

    kills: Counter[str] = field(default_factory=Counter)
    calls: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """tenant → key of the record → seconds, of every record that was ever told."""
    payments: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    acknowledged: set[tuple[str, str]] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass
class Floor:
    """The stage."""

    replicas: list[Replica]
    servers: dev.Servers
    platforms: dict[str, Platform]
    chance: random.Random
    bus: Bus
    tenants: list[str]
    promised: Promised = field(default_factory=Promised)
    stubs: list[Any] = field(default_factory=list)

    def token(self, tenant: str, who: str = "media") -> str:
        issuer = "media" if who == "media" else "directory"
        caller = Caller(tenant, "service:media") if who == "media" else Caller(tenant, f"person:{who}", RIGHTS)
        return Signer(issuer, self.platforms[issuer].token_key.get_secret_value()).sign(caller)

    async def ask(self, tenant: str, method: str, request: Any, who: str = "media") -> Any:
        """Asks any replica until it says yes, or no for a reason. A lost answer is asked for again."""
        deadline = time.monotonic() + 180
        while True:
            stub = self.chance.choice(self.stubs)
            try:
                return await ask(getattr(stub, method), request, metadata(self.token(tenant, who)), within=6)
            except DomainError as error:
                if not error.retry or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.05)


async def _until(probe: Callable[[], bool], within: float) -> None:
    deadline = time.monotonic() + within
    while not probe():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.05)


async def set_up(floor: Floor) -> None:
    for tenant in floor.tenants:
        packed = {"packages": [FREE]} if has_packages(tenant) else {}
        asked = pb.Tariff(id="home", currency="UAH", document=json.dumps(TARIFF | packed))
        put = pb.PutTariffRequest(tariff=asked)
        draft = (await floor.ask(tenant, "PutTariff", put, "olena")).tariff
        approve = pb.ApproveTariffRequest(id="home", version=draft.version)
        await floor.ask(tenant, "ApproveTariff", approve, "petro")
        account = pb.Account(currency="UAH", tariff_id="home", floor=Money(currency="UAH", micros=-(10**12)))
        await floor.ask(tenant, "PutAccount", pb.PutAccountRequest(account=account), "olena")
        if packed:
            await buy(floor, tenant)
    await asyncio.sleep(2.5)  # the tariff is in force two seconds after its approval


def stub(channel: Any) -> Any:
    """The methods of both services."""
    return SimpleNamespace(**vars(BillingServiceStub(channel)), **vars(CabinetServiceStub(channel)))


def has_packages(tenant: str) -> bool:
    return tenant in {"tn0", "tn1"}


async def buy(floor: Floor, tenant: str) -> None:
    """Seconds that are had once, for a kopeck."""
    price, nothing = Money(currency="UAH", micros=PRICE), Money(currency="UAH")
    offer = cb.PackageOffer(seconds=BOUGHT, weight=1, days=2)
    product = cb.Product(id="trip", name="Trip", package=offer, one_time=price, monthly=nothing)
    await floor.ask(tenant, "PutProduct", cb.PutProductRequest(product=product), "olena")
    order = cb.PlaceOrderRequest(request_id="o1", product_id="trip", quantity=1, one_time=price, monthly=nothing)
    for _ in range(2):
        await floor.ask(tenant, "PlaceOrder", order, "olena")


async def switch(floor: Floor, number: int, stop: asyncio.Event) -> None:
    """One switch: a call after the other."""
    count = 0
    while not stop.is_set():
        tenant = floor.chance.choice(floor.tenants)
        count += 1
        try:
            await one_call(floor, tenant, f"s{number}c{count}")
        except DomainError as error:
            floor.promised.refused[error.reason.name] += 1
            if error.reason.name not in {"UNAVAILABLE", "TIMEOUT", "NOT_OPEN"}:
                floor.promised.faults.append(f"{tenant} s{number}c{count}: {error}")
        if count % 7 == 0:
            await pay(floor, tenant, f"p{number}x{count}")


async def one_call(floor: Floor, tenant: str, name: str) -> None:
    chance, promised = floor.chance, floor.promised
    seconds = chance.randrange(1, 200)
    key = f"{name}:out"
    if chance.random() < 0.7:
        await floor.ask(tenant, "Authorize", pb.AuthorizeRequest(session_id=key, called="49301"))
        for used in range(45, seconds, 60):
            await floor.ask(tenant, "Extend", pb.ExtendRequest(session_id=key, used_seconds=used))
        if chance.random() < 0.1:
            await floor.ask(tenant, "Release", pb.ReleaseRequest(session_id=key))
    ended = _ended(name, seconds, inbound=chance.random() < 0.1)
    for request in _settlements(ended):
        promised.calls[tenant][request.record.key] = 0 if request.record.free else seconds
    ways: list[Callable[[], Awaitable[object]]] = [lambda: tell(floor, tenant, ended)]
    if chance.random() < 0.5:
        ways.append(lambda: settle(floor, tenant, ended))
    if chance.random() < 0.3:
        ways.append(lambda: tell(floor, tenant, ended))
    chance.shuffle(ways)
    for way in ways:
        await way()


def _ended(name: str, seconds: int, *, inbound: bool) -> CallEnded:
    at = datetime.now(UTC)
    if inbound:
        return CallEnded(call=Call(id=name, direction=DIRECTION_INBOUND))
    leg = Leg(id="out", role="outside", number="+49 301")
    leg.answered_at.CopyFrom(timestamp(at) or leg.answered_at)  # after the tariff's beginning; nobody waits here
    leg.ended_at.CopyFrom(timestamp(at + timedelta(seconds=seconds)) or leg.ended_at)
    return CallEnded(call=Call(id=name, direction=DIRECTION_OUTBOUND, legs=[leg]))


def _settlements(ended: CallEnded) -> list[pb.SettleRequest]:
    from antiphon.billing.app.calls import settlements

    return settlements(ended.call)


async def settle(floor: Floor, tenant: str, ended: CallEnded) -> None:
    for request in _settlements(ended):
        await floor.ask(tenant, "Settle", request)
        floor.promised.acknowledged.add((tenant, request.record.key))


async def tell(floor: Floor, tenant: str, ended: CallEnded) -> None:
    """A fact with an id of its own each time: JetStream's own memory of ids must not help."""
    with suppress(DomainError):
        event_id = f"{tenant}{ended.call.id}{floor.chance.random()}"
        await floor.bus.publish(ended, tenant=tenant, key=ended.call.id, event_id=event_id, within=60)
        for request in _settlements(ended):
            floor.promised.acknowledged.add((tenant, request.record.key))


async def pay(floor: Floor, tenant: str, name: str) -> None:
    micros = floor.chance.randrange(1, 10**7)
    floor.promised.payments[tenant][name] = micros
    request = pb.PostPaymentRequest(payment_id=name, amount=Money(currency="UAH", micros=micros), method="card")
    for _ in range(floor.chance.choice((1, 1, 2))):
        with suppress(DomainError):
            await floor.ask(tenant, "PostPayment", request)
            floor.promised.acknowledged.add((tenant, f"payment:{name}"))


async def kills(floor: Floor, count: int, pause: float) -> None:
    for _ in range(count):
        await asyncio.sleep(floor.chance.uniform(pause / 4, pause))
        kind = floor.chance.choice(KINDS)
        floor.promised.kills[kind] += 1
        await _kill(floor, kind)


async def nurse(floor: Floor) -> None:
    """Starts again whatever has ended, as an orchestrator does."""
    while True:
        await asyncio.sleep(0.2)
        floor.servers.revive()
        for replica in floor.replicas:
            if replica.dead:
                replica.start()


async def _kill(floor: Floor, kind: str) -> None:
    if kind == "await":
        point = floor.chance.choice(AWAITS)
        floor.promised.kills[f"await {point}"] += 1
        for replica in floor.replicas:
            replica.doom.write_text(point)
        with suppress(TimeoutError):
            await _until(lambda: any(replica.dead for replica in floor.replicas), 3)
        for replica in floor.replicas:
            replica.doom.unlink(missing_ok=True)
        return
    if kind in {"nats", "mongo"}:
        (floor.servers.nats if kind == "nats" else floor.servers.mongo).kill()
        floor.servers.revive()
        return
    for replica in floor.replicas if kind == "both" else [floor.chance.choice(floor.replicas)]:
        replica.kill()


async def drain(floor: Floor) -> None:
    """Until every record that was told is in the books."""

    def missing() -> int:
        lost = 0
        for tenant, calls in floor.promised.calls.items():
            wanted = [key for key in calls if (tenant, key) in floor.promised.acknowledged]
            kept = database.calls.count_documents({"tenant": tenant, "key": {"$in": wanted}, "conflict_with": ""})
            lost += max(0, len(wanted) - kept)
        return lost

    with _database(floor) as database, suppress(TimeoutError):
        await _until(lambda: missing() == 0, 120)


@contextmanager
def _database(floor: Floor) -> Iterator[Any]:
    platform = floor.platforms["billing"]
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(platform.mongo_url)
    with client:
        yield client[f"{platform.mongo_prefix}_billing"]


def examine(floor: Floor) -> list[str]:
    """The books beside what was promised. Shares no code with the ledger."""
    faults = list(floor.promised.faults)
    numbers: dict[int, list[int]] = defaultdict(list)
    with _database(floor) as database:
        for tenant in floor.tenants:
            faults += [f"{tenant}: {fault}" for fault in _account_faults(database, floor.promised, tenant)]
        for call in database.calls.find({}, {"partition": 1, "number": 1}):
            numbers[call["partition"]].append(call["number"])
    for partition, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            faults.append(f"partition {partition}: numbers have gaps or doubles")
    return faults


def _account_faults(database: Any, promised: Promised, tenant: str) -> list[str]:
    faults, account_id = [], account_of(tenant)
    account = database.accounts.find_one({"_id": account_id})
    documents = list(database.transfers.find({"account": account_id}).sort("seq", 1))
    calls = list(database.calls.find({"account": account_id}))
    told = promised.calls[tenant]
    kept = Counter(call["key"] for call in calls)
    lost = [key for key in told if (tenant, key) in promised.acknowledged and not kept[key]]
    faults += [f"{key} is not in the books" for key in lost]
    faults += [f"{key} is in the books {count} times" for key, count in kept.items() if count > 1]
    faults += [f"{call['key']} waits: {call['reason']}" for call in calls if call["charge"] == "suspense"]
    faults += _price_faults(account, calls, told)
    charged: Counter[str] = Counter()
    for document in documents:
        if document["op"] in {"settle", "charge"} and document["result"].startswith("ok"):
            charged[document["ref"]] += document["amount"]
    wanted = {f"media/{call['key']}": call["cost"] for call in calls if call["cost"]}
    wanted |= {"order:o1": PRICE} if has_packages(tenant) else {}
    faults += [
        f"{name}: charged {charged[name]}, rated {wanted.get(name, 0)}"
        for name in wanted.keys() | charged.keys()
        if charged[name] != wanted.get(name, 0)
    ]
    faults += _sum_faults(account, documents, database.holds.find({"account": account_id}))
    paid = {document["ref"]: document["amount"] for document in documents if document["op"] == "topup"}
    due = {
        name: micros
        for name, micros in promised.payments[tenant].items()
        if name in paid or (tenant, f"payment:{name}") in promised.acknowledged
    }
    if paid != due:
        faults.append("payments are not what was paid")
    return faults


def _price_faults(account: Any, calls: list[Any], told: dict[str, int]) -> list[str]:
    """Every second costs, or was drawn; what no call drew is left."""
    drawn: Counter[str] = Counter()
    faults = []
    for call in calls:
        mine = sum(one[2] for one in call.get("drawn", ()))
        drawn.update({one[0]: one[2] for one in call.get("drawn", ())})
        if call["cost"] != (told[call["key"]] - mine) * PRICE:
            faults.append(f"{call['key']} cost {call['cost']} with {mine} s drawn of {told[call['key']]}")
    granted = {package["name"]: package["total"] for package in account.get("packages", ())}
    if has_packages(account["tenant"]) and granted != {"Trip": BOUGHT, "Free": FREE["seconds"]}:
        faults.append(f"{granted} were granted")
    for package in account.get("packages", ()):
        if package["left"] != package["total"] - drawn[package["id"]]:
            faults.append(f"{package['id']}: {package['left']} s left, {drawn[package['id']]} drawn")
    return faults


def _sum_faults(account: Any, documents: list[Any], holds: Any) -> list[str]:
    faults = []
    mine = f"liab.customer:{account['_id']}"
    sums: Counter[str] = Counter()
    for document in documents:
        sums[document["debit"]] -= document["amount"]
        sums[document["credit"]] += document["amount"]
    if sum(sums.values()) or sums[mine] != account["balance"]:
        faults.append(f"balance {account['balance']} is not the sum of postings {sums[mine]}")
    if [document["seq"] for document in documents] != list(range(1, account["seq"] + 1)):
        faults.append("documents are not numbered without gaps")
    held = sum(hold["amount"] for hold in holds if hold["state"] == "open")
    if held != account["held"]:
        faults.append(f"held {account['held']}, open holds {held}")
    ends = Counter(
        document["hold"]
        for document in documents
        if document["op"] in {"settle", "void"} and "ok" in document["result"]
    )
    faults += [f"hold {name} ended {count} times" for name, count in ends.items() if count > 1]
    return faults


async def play(servers: dev.Servers, folder: Path, options: argparse.Namespace) -> tuple[Promised, int]:
    """The whole performance on running servers; (what was promised, how many calls)."""
    chance = random.Random(options.seed)
    platforms = dev.platforms(
        folder,
        SERVICES,
        servers,
        mongo_prefix=f"chaos{options.seed}{'f' if options.forget else ''}",
        log_level="WARNING",
    )
    bus = await Bus.connect(platforms["media"], "chaos")
    replicas = [Replica(number, platforms["billing"], folder, options.forget) for number in (1, 2)]
    floor = Floor(replicas, servers, platforms, chance, bus, [f"tn{number}" for number in range(4)])
    peers = [
        Peers(replica.platform, Signer("media", platforms["media"].token_key.get_secret_value()))
        for replica in replicas
    ]
    floor.stubs = [stub(each.channel("billing")) for each in peers]
    try:
        for replica in replicas:
            replica.start()
        await _until(lambda: all(replica.up for replica in replicas), 60)
        await _perform(floor, options)
    finally:
        for replica in replicas:
            replica.kill()
        for each in peers:
            await each.close()
        await bus.close()
    platform = platforms["billing"]
    async with opened(platform.mongo_url, f"{platform.mongo_prefix}_billing") as store:
        faults = (await audit(store)).faults
    floor.promised.faults = examine(floor)
    floor.promised.faults += [f"audit, {fault.invariant}: {fault.where}: {fault.what}" for fault in faults]
    return floor.promised, sum(len(calls) for calls in floor.promised.calls.values())


async def _perform(floor: Floor, options: argparse.Namespace) -> None:
    await set_up(floor)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        nursing = group.create_task(nurse(floor))
        switches = [group.create_task(switch(floor, number, stop)) for number in range(options.switches)]
        await kills(floor, options.kills, options.pause)
        stop.set()
        await asyncio.gather(*switches)
        await _until(lambda: all(replica.up for replica in floor.replicas), 90)
        await drain(floor)
        nursing.cancel()


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=1.5, help="most seconds between two kills")
    parser.add_argument("--switches", type=int, default=6)
    parser.add_argument("--forget", action="store_true", help="negative control: billing without memory of records")
    return parser.parse_args(arguments)


def main() -> None:
    options = options_of()
    folder = Path(tempfile.mkdtemp(prefix="billing-chaos-"))
    (folder / "billing").mkdir()
    with dev.servers(folder) as servers:
        promised, calls = asyncio.run(play(servers, folder / "billing", options))
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(promised.kills.items()))
    print(f"{options.kills} kills ({kinds})")
    print(f"{calls} calls, {sum(map(len, promised.payments.values()))} payments, {dict(promised.refused)}")
    print(
        "\n".join(promised.faults[:20]) or "every call is in the books exactly once, at its price; no gap; sums agree"
    )
    if bool(promised.faults) != options.forget:
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
