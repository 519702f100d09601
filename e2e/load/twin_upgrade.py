"""A release is rolled over another on a cluster's twin, and back, while customers chat and callers talk; what it cost.

    python -m e2e.load.twin_upgrade --from v1.3 --cps 1 --hold 6 --customers 10
    python -m e2e.load.twin_upgrade --from 425c943            # a commit of this repository, or a directory

The twin begins with every service of the release that is named (`releases.py`): databases, streams and the demo tenant
are made by it. Then, service by service, its replicas are replaced by this working tree's one after the other as a
rollout does it: SIGTERM, drained, ended; the next one when the new one listens. Between the two, both releases serve
side by side for a while. Before each service's turn its database is disturbed as if many releases lay between: an index
is missing, and there is one that nobody names. Media's calls may end by themselves meanwhile; an engine is taken out of
service by `antiphon media drain` first and replaced when it carries nothing. In the end nodes of NATS and MongoDB are
stopped in order and started, one after the other. Then everything once more, back to the release before.

Printed by part: how many processes were replaced; calls made meanwhile, and those that failed: not answered, or ended
by anybody but the caller; the slowest answer; the longest wait for a chat message's acknowledgement; seconds for the
whole part; indexes that were mended, indexes that came and went with the release; facts that no handler could take;
what the services called an error. Then the books of the chats as in `chaos.py`, and the ACD's journal, written by both
releases in turn, before its checker.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pymongo
from pydantic import SecretStr

from antiphon.acd.app.journal import export
from antiphon.acd.check import check
from antiphon.kit import show
from antiphon.kit.bus import DEAD, Bus
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.engines import Engine, Marks
from antiphon.up.host import SERVICES
from e2e.load.chaos import Chats
from e2e.load.releases import NoRelease, Releases, latest, unpacked
from e2e.load.twin_chaos import ENVIRONMENT, Twin, clean, signed_in
from e2e.load.voice import Row, Volley, lift_limits, volley
from e2e.stack import REPOSITORY, Stack

_PARTS = (*SERVICES, "kamailio", "rtpengine", "nats-server", "mongod")
_STALE = "of_another_release"
_VOLLEY = 4.0
_WAYS = ("forward", "back")
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

    def names(self, service: str) -> set[tuple[str, str]]:
        """(collection, index) of all that a service has."""
        db = self._client[f"antiphon_{service}"]
        return {(name, index) for name in db.list_collection_names() for index in db[name].index_information()}

    def mended(self, service: str) -> int:
        """How many of the two are as this release wants them."""
        if service not in self._missing:
            return 0
        collection, index = self._missing.pop(service)
        present = self._client[f"antiphon_{service}"][collection].index_information()
        return (index in present) + (_STALE not in present)


@dataclass
class Rollout:
    """The stage, and what it knows of before."""

    twin: Twin
    given: argparse.Namespace
    releases: Releases
    old: Path
    indexes: Indexes
    bus: Bus
    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _first: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    async def roll(self, way: str, part: str) -> None:
        """One part, replica by replica."""
        stack, began, given = self.twin.stack, time.monotonic(), self.given
        had = await asyncio.to_thread(self.indexes.names, part)
        before = self._first.setdefault(part, had)
        aside, complaints = await _put_aside(self.bus), len(_errors(stack))
        await asyncio.to_thread(self.indexes.disturb, part)
        async with calling(stack, given.cps, given.hold) as calls:
            await asyncio.sleep(given.hold / 2)
            names = [name for name in stack.pids if name == part or name.removeprefix(f"{part}-").isdigit()]
            for place, name in enumerate(names):
                if part in SERVICES:
                    self.releases.put({name: None if way == "forward" else self.old})
                await _replace(self.twin, name, place if part == "rtpengine" else None)
                await asyncio.sleep(given.mixed)
            took = time.monotonic() - began
        left = await _left(stack)
        has = await asyncio.to_thread(self.indexes.names, part)
        if way == "back" and before - has:
            self.faults.append(f"{part}: indexes of the release before are missing: {sorted(before - has)}")
        row: Row = {"way": way, "part": part, "replaced": len(names), "calls": calls.made, "failed": calls.failed}
        row |= {"slowest answer s": round(calls.slowest / 1000, 1)}
        row |= {"chat waits s": round(self.twin.chats.longest_wait(began), 1), "took s": round(took)}
        row |= {"mended": await asyncio.to_thread(self.indexes.mended, part)}
        row |= {"came, went": f"{len(has - had)}, {len(had - has)}", "put aside": await _put_aside(self.bus) - aside}
        row |= {"errors": len(_errors(stack)) - complaints, "left": left}
        self.rows.append(row)
        print(row, flush=True)


async def _left(stack: Stack) -> str:
    supervisor = await signed_in(stack)
    found = (await clean(supervisor, list(stack.tenant.queues.values())))[1]
    await supervisor.http.aclose()
    return " ".join(f"{number} {what}" for what, number in found.items() if number)


async def _put_aside(bus: Bus) -> int:
    """Facts that a handler refused for good."""
    return (await bus.js.stream_info(DEAD)).state.messages


def _errors(stack: Stack) -> list[str]:
    """What services called an error, of the replicas of either release."""
    lines = (stack.directory / "antiphon.log").read_text().splitlines()
    return [line for line in lines if '"level": "error"' in line or "Traceback" in line]


async def _replace(twin: Twin, name: str, engine: int | None) -> None:
    old = twin.stack.process(name)
    if engine is None:
        old.terminate()
        await twin.back(name, old.pid)
        if name.partition("-")[0] in SERVICES:
            await eventually(partial(_listens, twin.stack, name), within=120)
        return
    bus = await _bus(twin.stack)
    marks, known = await Marks.open(bus), await _engines(twin.stack)
    await marks.put(known[engine].name, True, known)
    await eventually(partial(_is_empty, twin.stack, engine), within=300)
    old.terminate()
    await twin.back(name, old.pid)
    await marks.put(known[engine].name, False, known)
    await bus.close()


async def _listens(stack: Stack, name: str) -> bool:
    """As a probe of readiness would see it; the edge's sidecar listens nowhere."""
    with suppress(psutil.Error, AssertionError):
        process = stack.process(name)
        return name.startswith("edge") or any(each.status == "LISTEN" for each in process.net_connections())
    return False


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


async def upgrade(stack: Stack, given: argparse.Namespace, old: Path) -> tuple[list[Row], list[str]]:
    """Forward and back."""
    await lift_limits(stack)
    await volley(stack, Volley("patient", 2, 4, 0))  # warm: prompts are made at the first call
    bus = await _bus(stack)
    async with Chats(stack, 1, given.customers, given.pause) as chats:
        out = Rollout(Twin(stack, chats), given, Releases(stack.directory), old, Indexes(stack), bus)
        for way in _WAYS[: given.ways]:
            for part in given.parts:
                await out.roll(way, part)
        await chats.end()
        faults = out.faults + await chats.faults()
        print(f"{chats.acknowledged} messages acknowledged, {len(chats.answers)} chats answered", flush=True)
    report = check([line.decode() async for line in export(bus, stack.tenant.tenant)])
    print(f"the ACD's journal: {report.entries} entries, {report.items} items, {report.offers} offers", flush=True)
    faults += [f"journal: {kind}: {text}" for kind, texts in report.faults.items() for text in texts]
    await bus.close()
    return out.rows, faults


def _told(stack: Stack) -> Counter[str]:
    """Each error once, with how often it came."""
    found = [json.loads(line) for line in _errors(stack) if line.startswith("{")]
    return Counter(f"{each.get('service', '')}: {each['message']} {each.get('error', '')}"[:200] for each in found)


def main() -> None:
    """Rolls, measures and prints; 1 when a call failed, a book does not agree, a fact was put aside or something is
    left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="old", default="", help="the release before [default: the newest tag]")
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=list(_PARTS))
    parser.add_argument("--ways", type=int, choices=(1, 2), default=2, help="1: forward only")
    parser.add_argument("--cps", type=float, default=1.0)
    parser.add_argument("--hold", type=float, default=6.0, help="seconds that each caller talks")
    parser.add_argument("--mixed", type=float, default=3.0, help="seconds between two replicas of a service")
    parser.add_argument("--customers", type=int, default=10)
    parser.add_argument("--pause", type=float, default=2.0, help="most seconds between two messages of a customer")
    given = parser.parse_args()
    if shutil.which("sipp") is None:
        parser.error("sipp is missing: run as root: apt-get install sip-tester")
    directory = Path(tempfile.mkdtemp(prefix="antiphon-upgrade-"))
    try:
        old = unpacked(given.old or latest(), directory / "release-before")
    except NoRelease as error:
        parser.error(str(error))
    passes = _passed(directory / "stack", given, old)
    if not passes:
        print(f"kept: {directory}")
        sys.exit(1)
    shutil.rmtree(directory, ignore_errors=True)


def _passed(directory: Path, given: argparse.Namespace, old: Path) -> bool:
    directory.mkdir()
    Releases(directory).put(dict.fromkeys((f"{name}{more}" for name in SERVICES for more in ("", "-2")), old))
    here = f"{REPOSITORY / 'services'}{os.pathsep}{REPOSITORY}"
    patient = {**ENVIRONMENT, "ANTIPHON_MEDIA_DRAIN_CALLS_SECONDS": "300", "PYTHONPATH": here}
    stack = Stack(directory, voice=True, environment=patient, program=("e2e.load.releases",))
    try:
        stack.start(within=300)
        rows, faults = asyncio.run(upgrade(stack, given, old))
    finally:
        stack.stop(within=60)
    show.rows(rows, as_json=False, title=f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    for line, often in _told(stack).items():
        print(f"error, {often} times: {line}")
    print("\n".join(faults) or "chats: 0 lost, 0 doubled, order kept; the journal is clean")
    return not faults and not any(row["failed"] or row["left"] or row["put aside"] for row in rows)


if __name__ == "__main__":
    main()
