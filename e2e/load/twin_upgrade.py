"""A release is rolled over a cluster's twin, and back, while customers chat and callers talk; what that cost.

    python -m e2e.load.twin_upgrade --cps 1 --hold 6 --customers 10

`antiphon up --twin` in a directory of its own. Before each service's turn its database is made to look as another
release left it: an index is missing, and there is one that this release does not name. Then its replicas are replaced
one after the other as a rollout does it: SIGTERM, drained, ended; the next one when the new one listens. Media's calls
may end by themselves meanwhile; an engine is taken out of service by `antiphon media drain` first and replaced when it
carries nothing. In the end nodes of NATS and MongoDB are stopped in order and started, one after the other. Everything
is done twice: forward and back. The code is the same both times; what differs is what it finds in the databases.

Printed by part: how many processes were replaced; calls made meanwhile, and those that failed: not answered, or ended
by anybody but the caller; the slowest answer; the longest wait for a chat message's acknowledgement; seconds for the
whole part; indexes that were mended. Then the books of the chats as in `chaos.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pymongo
from pydantic import SecretStr

from antiphon.kit import show
from antiphon.kit.bus import Bus
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.engines import Engine, Marks
from antiphon.up.host import SERVICES
from e2e.load.chaos import Chats
from e2e.load.twin_chaos import ENVIRONMENT, Twin, clean, signed_in
from e2e.load.voice import Row, Volley, lift_limits, volley
from e2e.stack import Stack

_PARTS = (*SERVICES, "kamailio", "rtpengine", "nats-server", "mongod")
_STALE = "of_another_release"
_VOLLEY = 4.0
"""Seconds of calls after which it is looked whether more are needed."""


@dataclass
class Calls:
    """What became of the calls that were made during a block."""

    made: int = 0
    failed: int = 0
    slowest: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def calling(stack: Stack, cps: float, hold: float) -> AsyncIterator[Calls]:
    """Calls come all the time; the block ends when the last has."""
    calls = Calls()

    async def call() -> None:
        while not calls.over.is_set():
            wanted = Volley("talker", cps, max(1, int(cps * _VOLLEY)), hold)
            done = await volley(stack, wanted)
            calls.made, calls.failed = calls.made + wanted.calls, calls.failed + done.failed
            calls.slowest = max(calls.slowest, *done.times, 0.0)

    async with asyncio.TaskGroup() as group:
        group.create_task(call())
        try:
            yield calls
        finally:
            calls.over.set()


class Indexes:
    """The databases, as another release would have left them."""

    def __init__(self, stack: Stack) -> None:
        hosts = ",".join(where for name, where in stack.places.items() if name.startswith("mongod"))
        self._client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(f"mongodb://{hosts}/?replicaSet=rs0")
        self._missing: dict[str, tuple[str, str]] = {}

    def disturb(self, service: str) -> None:
        """Takes one index away and makes one that nobody names."""
        db = self._client[f"antiphon_{service}"]
        for name in sorted(db.list_collection_names()):
            own = sorted(set(db[name].index_information()) - {"_id_"})
            if own:
                db[name].drop_index(own[0])
                db[name].create_index([(_STALE, 1)], name=_STALE)
                self._missing[service] = (name, own[0])
                return

    def mended(self, service: str) -> int:
        """How many of the two are as this release wants them."""
        if service not in self._missing:
            return 0
        collection, index = self._missing.pop(service)
        present = self._client[f"antiphon_{service}"][collection].index_information()
        return (index in present) + (_STALE not in present)


async def roll(twin: Twin, part: str, indexes: Indexes, given: argparse.Namespace) -> Row:
    """One part, replica by replica."""
    stack, began = twin.stack, time.monotonic()
    await asyncio.to_thread(indexes.disturb, part)
    async with calling(stack, given.cps, given.hold) as calls:
        await asyncio.sleep(given.hold / 2)
        names = [name for name in stack.pids if name == part or name.removeprefix(f"{part}-").isdigit()]
        for place, name in enumerate(names):
            await _replace(twin, name, place if part == "rtpengine" else None)
        took = time.monotonic() - began
    supervisor = await signed_in(stack)
    left = (await clean(supervisor, list(stack.tenant.queues.values())))[1]
    await supervisor.http.aclose()
    row: Row = {"part": part, "replaced": len(names), "calls": calls.made, "failed": calls.failed}
    row |= {
        "slowest answer s": round(calls.slowest / 1000, 1),
        "chat waits s": round(twin.chats.longest_wait(began), 1),
    }
    row |= {"took s": round(took), "indexes mended": await asyncio.to_thread(indexes.mended, part)}
    return row | {"left": " ".join(f"{number} {what}" for what, number in left.items() if number)}


async def _replace(twin: Twin, name: str, engine: int | None) -> None:
    old = twin.stack.process(name)
    if engine is None:
        old.terminate()
        await twin.back(name, old.pid)
        return
    bus = await _bus(twin.stack)
    marks, known = await Marks.open(bus), await _engines(twin.stack)
    await marks.put(known[engine].name, True, known)
    await eventually(partial(_is_empty, twin.stack, engine), within=300)
    old.terminate()
    await twin.back(name, old.pid)
    await marks.put(known[engine].name, False, known)
    await bus.close()


async def _is_empty(stack: Stack, engine: int) -> bool:
    return not (await _engines(stack))[engine].sessions


async def _engines(stack: Stack) -> list[Engine]:
    """As media sees them, in the order of the table."""
    supervisor = await signed_in(stack)
    found = (await supervisor.call("GET", "/voice/health"))["engines"]
    await supervisor.http.aclose()
    return [Engine(each["name"], each["calls"], "up" if each["up"] else "silent") for each in found]


async def _bus(stack: Stack) -> Bus:
    """NATS, as an operator reaches it."""
    urls = ",".join(f"nats://{where}" for name, where in stack.places.items() if name.startswith("nats-server"))
    platform = Platform(nats_url=urls, replicas=len(urls.split(",")), token_key=SecretStr("none"), token_keys={})
    return await Bus.connect(platform, "operator")


async def upgrade(stack: Stack, given: argparse.Namespace) -> tuple[list[Row], list[str]]:
    """Forward and back."""
    await lift_limits(stack)
    await volley(stack, Volley("patient", 2, 4, 0))  # warm: prompts are made at the first call
    rows: list[Row] = []
    async with Chats(stack, 1, given.customers, given.pause) as chats:
        twin, indexes = Twin(stack, chats), Indexes(stack)
        for way in ("forward", "back")[: given.ways]:
            for part in given.parts:
                rows.append({"way": way} | await roll(twin, part, indexes, given))
                print(rows[-1], flush=True)
        await chats.end()
        faults = await chats.faults()
        print(f"{chats.acknowledged} messages acknowledged, {len(chats.answers)} chats answered", flush=True)
    return rows, faults


def main() -> None:
    """Rolls, measures and prints; 1 when a call failed, a book does not agree or something is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=list(_PARTS))
    parser.add_argument("--ways", type=int, choices=(1, 2), default=2, help="1: forward only")
    parser.add_argument("--cps", type=float, default=1.0)
    parser.add_argument("--hold", type=float, default=6.0, help="seconds that each caller talks")
    parser.add_argument("--customers", type=int, default=10)
    parser.add_argument("--pause", type=float, default=2.0, help="most seconds between two messages of a customer")
    given = parser.parse_args()
    if shutil.which("sipp") is None:
        parser.error("sipp is missing: run as root: apt-get install sip-tester")
    directory = Path(tempfile.mkdtemp(prefix="antiphon-upgrade-"))
    patient = {**ENVIRONMENT, "ANTIPHON_MEDIA_DRAIN_CALLS_SECONDS": "300"}
    stack = Stack(directory, ("--twin",), voice=True, environment=patient)
    try:
        stack.start(within=300)
        rows, faults = asyncio.run(upgrade(stack, given))
    finally:
        stack.stop(within=60)
    show.rows(rows, as_json=False, title=f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    print("\n".join(faults) or "chats: 0 lost, 0 doubled, order kept")
    if faults or any(row["failed"] or row["left"] for row in rows):
        print(f"kept: {directory}")
        sys.exit(1)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
