"""Faults put among records on their way to billing, and what its controls say of them, with real servers.

    python -m e2e.load.billing_faults --records 100000 --faults 0.001 --seed 1

Two replicas of billing run as processes of their own beside a real nats-server and mongod. Two runs of media count what
they record in their own database, as media does, and tell it; their records go to billing as facts on the bus. A switch
outside settles its records over gRPC and seals its tallies. Of every kind of fault a share of all records meets one on
the way: it is dropped, comes late, comes altered, is booked on another account, comes twice under its own key or under
another, or was never recorded; tallies are lost, and postings forged in the database. Among healthy records many come
twice and in another order, and meanwhile replicas of billing, and a run of media, are killed.

A fault is found when an alarm names its kind, switch and record, within 60 seconds; a record that comes twice, when it
is billed once. Anything else that is named is a false alarm. Exit 1 for a fault that was missed, named otherwise or too
late, and for a false alarm. `--without compare|question|postings` takes a control out: then it must fail.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from antiphon.billing.app.calls import settlements
from antiphon.billing.app.messages import account_of, recorded
from antiphon.billing.domain.tallies import digest
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.common.v1.tally_pb2 import TalliedRecord, Tally
from antiphon.kit import dev, mongo, show
from antiphon.kit.bus import Bus
from antiphon.kit.clock import system_clock
from antiphon.kit.grpc_client import Peers
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Signer
from antiphon.media.store import COLLECTIONS, INDEXES, TallyStore
from antiphon.media.tallies import Tallies
from antiphon.media.v1.events_pb2 import CallEnded
from antiphon.media.v1.media_pb2 import DIRECTION_OUTBOUND, Call
from e2e.load.billing_chaos import SERVICES, Floor, Replica, _until, nurse, set_up

WITHIN = 60.0
SETTLING = 13.0
"""Seconds after its first tally from which on a switch is held to them."""
LATE = 42.0
"""Seconds that a late record takes: more than it has, even when a writer dies meanwhile."""
BATCH = 50
OUTSIDE = 5
"""One of so many batches comes from the switch outside."""
SECRET = b"pepper"
KINDS = ("dropped", "late", "altered", "misposted", "duplicate", "fictitious", "repeated")
LOST, FORGED = 3, 5


@dataclass(slots=True)
class Injected:
    """A fault that was made, and what became of it."""

    kind: str
    tenant: str
    switch: str
    what: str
    at: float
    seconds: float | None = None
    """From the fault to its right name."""
    named: str = ""


@dataclass(slots=True)
class One:
    """A record on its way: a call of media, or a record of the switch outside."""

    tenant: str
    switch: str
    key: str
    call: Call
    record: pb.CallRecord


@dataclass
class Stream:
    """Everything that is going on."""

    floor: Floor
    media: mongo.Database
    chance: random.Random
    pace: float
    injected: list[Injected] = field(default_factory=list)
    repeated: list[Injected] = field(default_factory=list)
    runs: list[TallyStore] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))
    """Tenant → next number of the switch outside."""
    sent: int = 0
    seconds: float = 0
    """How long records came."""
    group: asyncio.TaskGroup | None = None

    def one(self, number: int, switch: str) -> One:
        """A record as it is recorded."""
        tenant, name = self.chance.choice(self.floor.tenants), f"cl_{number}"
        at = datetime.now(UTC)
        call = Call(id=name, direction=DIRECTION_OUTBOUND)
        leg = call.legs.add(id="out", role="outside", number=f"+4930{self.chance.randrange(10**6):06}")
        leg.answered_at.CopyFrom(timestamp(at) or leg.answered_at)
        leg.ended_at.CopyFrom(timestamp(at + timedelta(seconds=self.chance.randrange(1, 200))) or leg.ended_at)
        record = settlements(call)[0].record
        if switch != "media":
            record.switch, record.key, record.session_id = switch, name, ""
        return One(tenant, switch, record.key, call, record)

    async def send(self, one: One, tenant: str = "") -> None:
        """Brings a record to billing."""
        owner = tenant or one.tenant
        if one.switch != "media":
            await self.floor.ask(owner, "Settle", pb.SettleRequest(record=one.record))
            return
        self.sent += 1
        event = CallEnded(occurred_at=timestamp(datetime.now(UTC)), call=one.call)
        name = f"{owner}{one.key}{self.sent}"  # an id of its own: JetStream's own memory of ids must not help
        await self.floor.bus.publish(event, tenant=owner, key=one.call.id, event_id=name, within=60)

    async def count(self, batch: Sequence[One]) -> None:
        """The switch counts what it recorded."""
        if batch[0].switch == "media":
            run = self.chance.choice(self.runs)
            calls = [(one.tenant, one.call) for one in batch]
            run.counted(await mongo.transaction(self.media, lambda session: run.count(session, calls)))
            return
        by_tenant: dict[str, list[One]] = defaultdict(list)
        for one in batch:
            by_tenant[one.tenant].append(one)
        for tenant, some in by_tenant.items():
            sealed = [TalliedRecord(key=one.key, digest=digest(SECRET, recorded(one.record))) for one in some]
            tally = Tally(switch="sbc", source="run1", first=self.numbers[tenant], records=sealed)
            self.numbers[tenant] += len(some)
            await self.floor.ask(tenant, "TellTally", pb.TellTallyRequest(tally=tally))

    def note(self, kind: str, one: One, tenant: str = "") -> Injected:
        made = Injected(kind, tenant or one.tenant, one.switch, one.key, time.monotonic())
        (self.repeated if kind == "repeated" else self.injected).append(made)
        return made

    async def faulty(self, kind: str, one: One, another: int) -> None:
        """Sends a record with a fault."""
        tenants, other = self.floor.tenants, one
        if kind in ("fictitious", "duplicate"):
            await self.send(one)
            other = self.one(another, one.switch)
            if kind == "duplicate":
                _copy(one, other)
            self.note(kind, other)
            await self.send(other)
        elif kind == "misposted":
            wrong = tenants[(tenants.index(one.tenant) + 1) % len(tenants)]
            self.note(kind, one)
            self.note(kind, one, wrong)
            await self.send(one, wrong)
        elif kind == "repeated":
            self.note(kind, one)
            await asyncio.gather(self.send(one), self.send(one))
        elif kind == "late":
            fault = self.note(kind, one)
            await asyncio.sleep(LATE)
            fault.at = time.monotonic()
            await self.send(one)
        else:
            self.note(kind, one)
            if kind == "altered":
                _alter(one, self.chance)
                await self.send(one)


def _copy(one: One, other: One) -> None:
    """The same call under another key."""
    other.tenant = one.tenant
    for field_ in ("answered_at", "ended_at"):
        getattr(other.call.legs[0], field_).CopyFrom(getattr(one.call.legs[0], field_))
        getattr(other.record, field_).CopyFrom(getattr(one.record, field_))
    other.call.legs[0].number = other.record.called = one.record.called


def _alter(one: One, chance: random.Random) -> None:
    leg, record = one.call.legs[0], one.record
    if chance.random() < 0.5:
        leg.number = record.called = "+4930"
    else:
        leg.ended_at.seconds += 1
        record.ended_at.seconds += 1


async def stream(it: Stream, records: int, share: float) -> None:
    """All records, batch by batch, at the pace that was asked for."""
    count = max(1, round(records * share))
    places = it.chance.sample(range(records), count * len(KINDS))
    faults = {place: KINDS[number % len(KINDS)] for number, place in enumerate(places)}
    began = time.monotonic()
    async with asyncio.TaskGroup() as it.group:
        for first in range(0, records, BATCH):
            switch = "sbc" if first // BATCH % OUTSIDE == 0 else "media"
            batch = [it.one(number, switch) for number in range(first, min(first + BATCH, records))]
            await it.count(batch)
            order = it.chance.sample(range(len(batch)), len(batch))
            sending: list[Coroutine[Any, Any, None]] = []
            for place in order:
                fault = faults.get(first + place)
                if fault == "late":
                    it.group.create_task(it.faulty(fault, batch[place], 0))
                elif fault is not None:
                    sending.append(it.faulty(fault, batch[place], records + first + place))
                else:
                    sending.append(it.send(batch[place]))
                    if it.chance.random() < 0.02:  # delivered again, as a bus may
                        sending.append(it.send(batch[place]))
            await asyncio.gather(*sending)
            await asyncio.sleep(max(0.0, began + (first + BATCH) / it.pace - time.monotonic()))


async def lose_tallies(it: Stream) -> None:
    """Tallies that never come, of companies of their own."""
    for number in range(LOST):
        tenant = f"lost{number}"
        fault = Injected("untold", tenant, "sbc", f"run1 {3 + number}-7", time.monotonic())
        it.injected.append(fault)
        await it.floor.ask(tenant, "TellTally", pb.TellTallyRequest(tally=Tally(switch="sbc", source="run1", first=8)))
        known = [TalliedRecord(key=f"k{place}", digest=bytes(16)) for place in range(2 + number)]
        for place, record in enumerate(known):
            it.injected.append(Injected("dropped", tenant, "sbc", record.key, time.monotonic()))
            tally = Tally(switch="sbc", source="run1", first=1 + place, records=[record])
            await it.floor.ask(tenant, "TellTally", pb.TellTallyRequest(tally=tally))


async def forge_postings(it: Stream, books: Any) -> None:
    """Money that moved for no record."""
    for number in range(FORGED):
        account = account_of(it.chance.choice(it.floor.tenants))
        honest = await books.transfers.find_one({"account": account, "op": {"$in": ["charge", "settle"]}})
        name = f"call:media/forged{number}"
        forged = {**honest, "_id": f"{account}/{name}", "ref": f"media/forged{number}", "seq": 10**9 + number}
        await books.transfers.insert_one({**forged, "at": time.time_ns()})
        it.injected.append(Injected("posting", honest["tenant"], "media", name, time.monotonic()))


async def disturb(it: Stream, seconds: float, kills: int) -> None:
    """One replica of billing dies, then both; a run of media ends and another begins."""
    for number in range(kills):
        await asyncio.sleep(seconds / (kills + 1))
        for replica in it.floor.replicas if number % 2 else it.floor.replicas[:1]:
            replica.kill()
        it.runs[number % 2] = TallyStore(it.media, f"media-{number}-again")


async def tell(it: Stream, stop: asyncio.Event) -> None:
    """Media's tellers, and the switch outside: everything before was told."""
    tellers = [Tallies(run, it.floor.bus, f"r{place}", system_clock) for place, run in enumerate(it.runs)]
    while not stop.is_set():
        began = datetime.now(UTC)
        await asyncio.gather(*(teller.round() for teller in tellers))
        for tenant in (*it.floor.tenants, *(f"lost{number}" for number in range(LOST))):
            request = pb.TellTallyRequest(tally=Tally(switch="sbc"), until=timestamp(began))
            await it.floor.ask(tenant, "TellTally", request)
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await stop.wait()


async def watch(it: Stream, books: Any, false: dict[str, str], finished: Callable[[], bool]) -> None:
    """Reads alarms until everything was found, and everything else was looked at."""
    deadline = 0.0
    while True:
        alarms = {
            (one["tenant"], one["data"]["switch"], one["data"]["what"]): one
            async for one in books.papers.find({"kind": "alarm"})
        }
        now = time.monotonic()
        for fault in it.injected:
            alarm = alarms.pop((fault.tenant, fault.switch, fault.what), None)
            fault.named = alarm["data"]["kind"] if alarm is not None else ""
            if fault.named == fault.kind and fault.seconds is None:
                fault.seconds = now - fault.at
        false.clear()
        false.update(
            {
                f"{where[0]} {where[1]} {where[2]}": f"{one['data']['kind']}: {one['data']['why']}"
                for where, one in alarms.items()
            }
        )
        if finished():
            deadline = deadline or now + WITHIN + 5
            found = all(fault.seconds is not None for fault in it.injected)
            if now > deadline or (found and await _examined(books)):
                return
        await asyncio.sleep(0.5)


async def _examined(books: Any) -> bool:
    """Was every tally compared, and every call looked at?"""
    if await books.tallies.count_documents({"open": True}):
        return False
    marks = {one["_id"]: one["done"] async for one in books.marks.find({})}
    return all([marks.get(one["_id"], 0) >= one["calls"] async for one in books.partitions.find({})])


async def billed_once(it: Stream, books: Any) -> None:
    """Records that came twice: one call, one posting."""
    for fault in it.repeated:
        account, name = account_of(fault.tenant), f"{fault.switch}/{fault.what}"
        calls = await books.calls.count_documents({"account": account, "key": fault.what, "switch": fault.switch})
        moved = await books.transfers.count_documents({"account": account, "ref": name, "amount": {"$gt": 0}})
        if (calls, moved) == (1, 1):
            fault.named, fault.seconds = "repeated", 0.0


def table(it: Stream, false: dict[str, str]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for kind in (*KINDS, "untold", "posting"):
        mine = [fault for fault in (*it.injected, *it.repeated) if fault.kind == kind]
        times = [fault.seconds for fault in mine if fault.seconds is not None]
        rows.append({
            "fault": kind, "injected": len(mine), "detected": sum(bool(fault.named) for fault in mine),
            "named rightly": sum(fault.named == kind for fault in mine),
            "slowest s": round(max(times, default=0.0), 1),
        })  # fmt: skip
    rows.append({"fault": "false alarms", "detected": len(false)})
    return rows


async def play(servers: dev.Servers, folder: Path, options: argparse.Namespace) -> tuple[Stream, dict[str, str]]:
    """Everything, on running servers; (what was injected, false alarms)."""
    chance = random.Random(options.seed)
    platforms = dev.platforms(folder, SERVICES, servers, mongo_prefix="faults", log_level="WARNING")
    bus = await Bus.connect(platforms["media"], "faults")
    replicas = [Replica(number, platforms["billing"], folder, forget=False) for number in (1, 2)]
    floor = Floor(replicas, servers, platforms, chance, bus, [f"tn{number}" for number in range(8)])
    key = platforms["media"].token_key.get_secret_value()
    peers = [Peers(replica.platform, Signer("media", key)) for replica in replicas]
    floor.stubs = [BillingServiceStub(each.channel("billing")) for each in peers]
    media = mongo.database(platforms["media"], "media")
    await mongo.migrate(media, INDEXES, COLLECTIONS)
    it, false = Stream(floor, media, chance, options.pace), dict[str, str]()
    it.runs = [TallyStore(media, f"media-{number}") for number in range(2)]
    try:
        for replica in replicas:
            replica.start()
        await _until(lambda: all(replica.up for replica in replicas), 60)
        await _perform(it, mongo.database(platforms["billing"], "billing"), false, options)
    finally:
        for replica in replicas:
            replica.kill()
        for each in peers:
            await each.close()
        await bus.close()
        mongo.close_clients()
    return it, false


async def _perform(it: Stream, books: Any, false: dict[str, str], options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        nursing = group.create_task(nurse(it.floor))
        telling = group.create_task(tell(it, stop))
        begun = time.monotonic()
        await set_up(it.floor)
        await asyncio.sleep(max(0.0, begun + SETTLING - time.monotonic()))
        done = asyncio.Event()
        watching = group.create_task(watch(it, books, false, done.is_set))
        disturbing = group.create_task(disturb(it, options.records / options.pace, options.kills))
        await lose_tallies(it)
        began = time.monotonic()
        await stream(it, options.records, options.faults)
        await disturbing
        it.seconds = time.monotonic() - began
        await forge_postings(it, books)
        done.set()
        await watching
        await billed_once(it, books)
        stop.set()
        await telling
        nursing.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=8_000)
    parser.add_argument("--faults", type=float, default=0.001, help="share of records that each kind of fault meets")
    parser.add_argument("--pace", type=float, default=800, help="records a second")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", default="", choices=("", "compare", "question", "postings", "round"))
    options = parser.parse_args()
    os.environ |= {"CHAOS_WITHOUT": options.without, "ANTIPHON_BILLING_SWITCH_KEYS": '{"sbc": "pepper"}'}
    folder = Path(tempfile.mkdtemp(prefix="billing-faults-"))
    (folder / "billing").mkdir()
    began = time.monotonic()
    with dev.servers(folder) as servers:
        it, false = asyncio.run(play(servers, folder / "billing", options))
    title = f"{options.records:,} records in {it.seconds:.0f} of {time.monotonic() - began:.0f} s"
    show.rows(table(it, false), as_json=False, title=title)
    missed = [one for one in (*it.injected, *it.repeated) if one.seconds is None or one.seconds > WITHIN]
    for fault in missed[:20]:
        print(f"missed: {fault.kind} {fault.tenant} {fault.switch} {fault.what}, named {fault.named or 'nothing'}")
    for name, why in list(false.items())[:20]:
        print(f"false alarm: {name}: {why}")
    if missed or false:
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
