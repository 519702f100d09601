"""kill -9 of every kind of process of a cluster's twin, under calls and chats; and what that cost.

    python -m e2e.load.twin_chaos --kills 50 --cps 5 --customers 20
    python -m e2e.load.twin_chaos --kinds rtpengine media kamailio --kills 3 --cps 20 --customers 0

`antiphon up --twin` in a directory of its own: three nodes of NATS and MongoDB, two of everything else, each a process.
Customers chat and an agent answers all the time. For every kill sipp calls the first node of the edge at a rate and
each caller stays for three seconds; after a third of the time one process of the kind in turn is killed (of NATS the
leader of the stream of facts, of MongoDB the primary), and `up` starts it again by itself. Then no call, no session of
an engine and no waiting item may be left. In the end the books of the chats are compared as in `chaos.py`.

Printed by kind: kills; calls live at that moment; set-ups lost (never answered); calls cut (records that say `lost`:
those of a killed media replica are its own and cannot go on); how long a chat message waited for its acknowledgement
after the kill, the slowest of each, median and longest; the slowest answer of a call; seconds until the process is
there again and listens, and until nothing is left after the last call. Callers and customers are on the same machine:
the times are those of a busy one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import httpx
import nats
import psutil
import pymongo
from pymongo.errors import PyMongoError

from antiphon.kit import show, tasks
from antiphon.kit.bus import FACTS
from antiphon.up.client import Agent, Problem
from antiphon.up.host import SERVICES
from e2e.load.chaos import Chats
from e2e.load.voice import Row, Volley, lift_limits, volley
from e2e.stack import Stack

KINDS = (*SERVICES, "nats-server", "mongod", "kamailio", "rtpengine")
ENVIRONMENT = {
    "ANTIPHON_UP_RTP_PORT_MIN": "24000", "ANTIPHON_UP_RTP_PORT_MAX": "31999", "ANTIPHON_UP_LOG_LEVEL": "INFO",
}  # fmt: skip
_GIVEN_UP = 90.0
"""Seconds after which what is left will stay: a 200 without ACK is given up after 32 s, a dead trunk later."""
_LOOK = 0.1


async def carried(supervisor: Agent) -> int:
    """Calls of all replicas now."""
    health = await supervisor.call("GET", "/voice/health")
    return sum(each["calls"] for each in health["replicas"])


async def left(supervisor: Agent, queues: list[str]) -> dict[str, int]:
    """What there still is: calls, sessions, callers who wait."""
    health = await supervisor.call("GET", "/voice/health")
    found = {"calls": sum(each["calls"] for each in health["replicas"])}
    found["sessions"] = sum(each["calls"] for each in health["engines"])
    waiting = [await supervisor.call("GET", f"/queues/{queue}/waiting?limit=500") for queue in queues]
    return found | {"waiting": sum(item["channel"] == "voice" for each in waiting for item in each["items"])}


async def clean(supervisor: Agent, queues: list[str]) -> tuple[float, dict[str, int]]:
    """How long it takes until nothing is left, and what is left when it takes too long."""
    began = time.monotonic()
    while True:
        found, took = {"unknown": 1}, time.monotonic() - began
        with suppress(httpx.HTTPError, Problem):  # who was killed may be whom we ask
            found = await left(supervisor, queues)
        if not any(found.values()) or took > _GIVEN_UP:
            return took, found
        await asyncio.sleep(_LOOK)


async def outcomes(supervisor: Agent, calls: int) -> Counter[str]:
    """How the last calls of sipp ended, by their records."""
    found: list[str] = []
    after = ""
    while len(found) < calls:
        page = await supervisor.call("GET", f"/calls?limit=200&after={quote(after)}")
        found += [record["outcome"] for record in page["calls"] if record["caller"].startswith("+38050")]
        after = page.get("next", "")
        if not after:
            break
    return Counter(found[:calls])


@dataclass
class Kill:
    """What one kill cost."""

    kind: str
    victim: str
    calls: int
    live: int = 0
    lost: int = 0
    cut: int = 0
    slowest: float = 0.0
    chat: float = 0.0
    back: float = 0.0
    clean: float = 0.0
    left: str = ""


@dataclass
class Twin:
    """The stage."""

    stack: Stack
    chats: Chats
    kills: list[Kill] = field(default_factory=list)
    _last: dict[str, Iterator[str]] = field(default_factory=dict)

    async def victim(self, kind: str) -> str:
        """The process to kill: of what has a leader that one, of all else each replica in turn."""
        if kind == "nats-server":
            return await self._nats_leader()
        if kind == "mongod":
            return await asyncio.to_thread(self._primary)
        return next(self._last.setdefault(kind, cycle((kind, f"{kind}-2"))))

    async def _nats_leader(self) -> str:
        client = await nats.connect([f"nats://{where}" for where in self._places("nats-server").values()])
        info = await client.jetstream().stream_info(FACTS)
        await client.close()
        assert info.cluster is not None
        assert info.cluster.leader is not None
        return info.cluster.leader.replace("antiphon", "nats-server")

    def _primary(self) -> str:
        for name, where in self._places("mongod").items():
            with suppress(PyMongoError), pymongo.MongoClient[Row](where, directConnection=True) as client:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return name
        raise AssertionError("nobody is primary")

    def _places(self, kind: str) -> dict[str, str]:
        return {name: where for name, where in self.stack.places.items() if name.startswith(kind)}

    async def kill(self, kind: str, cps: float, seconds: float) -> Kill:
        """One kill under calls."""
        calls = int(cps * seconds)
        supervisor = await signed_in(self.stack)
        load = asyncio.ensure_future(volley(self.stack, Volley("patient", cps, calls, 0)))
        try:
            await asyncio.sleep(seconds / 3)
            victim = await self.victim(kind)
            it = Kill(kind, victim, calls, live=await carried(supervisor))
            dead, began = self.stack.process(victim), time.monotonic()
            dead.kill()
            it.back = await self.back(victim, dead.pid)
            done = await load
            it.chat = self.chats.longest_wait(began)
            it.clean, rest = await clean(supervisor, list(self.stack.tenant.queues.values()))
            it.lost, it.slowest = calls - len(done.answers), max(done.times, default=0) / 1000
            it.cut = (await outcomes(supervisor, calls))["lost"]
            it.left = " ".join(f"{count} {what}" for what, count in rest.items() if count)
        finally:
            await tasks.end(load)
            await supervisor.http.aclose()
        self.kills.append(it)
        return it

    async def back(self, victim: str, dead: int) -> float:
        """Seconds until it listens again."""
        began = time.monotonic()
        while True:
            with suppress(psutil.Error, AssertionError):
                process = self.stack.process(victim)
                family = [process, *process.children()]
                listens = any(each.net_connections() for each in family) or victim.startswith("edge")
                if process.pid != dead and listens:
                    return time.monotonic() - began
            await asyncio.sleep(_LOOK)


async def signed_in(stack: Stack) -> Agent:
    """A supervisor, at the first desk that answers."""
    person = stack.person("supervisor")
    for desk in cycle(stack.desks):
        agent = Agent(desk)
        try:
            await agent.sign_in(person.email, person.password)
        except (httpx.HTTPError, Problem):
            await agent.http.aclose()
            await asyncio.sleep(_LOOK)
        else:
            return agent
    raise AssertionError


def table(kills: Sequence[Kill]) -> list[Row]:
    """By kind."""
    return [_row(kind, [it for it in kills if it.kind == kind]) for kind in dict.fromkeys(it.kind for it in kills)]


def _row(kind: str, kills: Sequence[Kill]) -> Row:
    def both(values: Sequence[float]) -> str:
        return f"{statistics.median(values):.1f} / {max(values):.1f}"

    row: Row = {"killed": kind, "kills": len(kills), "calls": sum(it.calls for it in kills)}
    row |= {"live": sum(it.live for it in kills), "set-ups lost": sum(it.lost for it in kills)}
    row |= {"cut": sum(it.cut for it in kills), "slowest answer s": both([it.slowest for it in kills])}
    row |= {"chat waits s": both([it.chat for it in kills]), "back after s": both([it.back for it in kills])}
    left = " ".join(it.left for it in kills if it.left)
    return row | {"clean after s": both([it.clean for it in kills]), "left": left}


async def chaos(stack: Stack, given: argparse.Namespace) -> tuple[list[Kill], list[str]]:
    """Every kill, and what the books say."""
    await lift_limits(stack)
    await volley(stack, Volley("patient", 2, 4, 0))  # warm: prompts are made at the first call
    async with Chats(stack, given.seed, given.customers, given.pause) as chats:
        twin = Twin(stack, chats)
        for number, kind in zip(range(given.kills), cycle(given.kinds), strict=False):
            it = await twin.kill(kind, given.cps, given.seconds)
            print(f"{number + 1:3} {json.dumps(asdict(it))}", flush=True)
        await chats.end()
        faults = await chats.faults()
        print(f"{chats.acknowledged} messages acknowledged, {len(chats.answers)} chats answered", flush=True)
    return twin.kills, faults


def main() -> None:
    """Kills, measures and prints; 1 when a book does not agree or something is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--cps", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=12.0, help="of calls around each kill")
    parser.add_argument("--customers", type=int, default=50)
    parser.add_argument("--pause", type=float, default=2.0, help="most seconds between two messages of a customer")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if shutil.which("sipp") is None:
        parser.error("sipp is missing: run as root: apt-get install sip-tester")
    directory = Path(tempfile.mkdtemp(prefix="antiphon-twin-"))
    stack = Stack(directory, ("--twin",), voice=True, environment=ENVIRONMENT)
    try:
        stack.start(within=300)
        kills, faults = asyncio.run(chaos(stack, given))
    finally:
        stack.stop(within=60)
    show.rows(table(kills), as_json=True)
    show.rows(table(kills), as_json=False, title=f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    print("\n".join(faults) or "chats: 0 lost, 0 doubled, order kept")
    if faults or any(it.left for it in kills):
        print(f"kept: {directory}")
        sys.exit(1)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
