"""Two hundred agents look at their desks while customers write a hundred messages a second.

    python -m e2e.load.desk                       # 200 sockets, 100 messages/s, 60 s, on a stack of its own
    python -m e2e.load.desk --agents 40 --rate 20 --seconds 10

Teams of agents share a queue each; every team has a site of its own, on which its customers write, evenly spread over
time. Each message has to reach the socket of every agent of its team exactly once. Printed as one line of JSON:

- server→screen: from the moment that the message carries (the server took it) to the agent's socket;
- customer→screen: from the customer's sending, so with everything before the server too;
- lost and doubled: of what was acknowledged to its customer. Besides, how often sockets had to come again;
- seconds of CPU of each process of the stack while messages flowed, and of the load itself: on a machine that others
  use too they say more than the clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import psutil

from antiphon.kit.clock import system_clock
from antiphon.up.client import Agent, Visitor
from e2e.stack import Stack

PASSWORD = "Correct-Horse-7-Lamp"
ENVIRONMENT = {
    "ANTIPHON_DIRECTORY_PASSWORD_MEMORY_KIB": "1024",
    "ANTIPHON_INBOX_SIGN_IN_PER_MINUTE": "100000",
    "ANTIPHON_INBOX_SIGN_IN_BURST": "100000",
    "ANTIPHON_CHANNELS_MESSAGE_RATE": "1000",
    "ANTIPHON_CHANNELS_MESSAGE_BURST": "1000",
}
_AT_ONCE = 8
"""Requests of the preparation that are under way together."""


class Screen(Agent):
    """An agent of whose desk only the messages are looked at."""

    def __init__(self, address: str, team: int) -> None:
        super().__init__(address)
        self.team = team
        self.seen: Counter[str] = Counter()
        self.server: list[float] = []
        self.customer: list[float] = []

    async def _hear(self, frame: dict[str, Any]) -> None:
        if frame.get("t") == "resync":
            self.resyncs += 1
            await self._snapshot()
        elif "e" in frame and "n" in frame and frame["n"] > self.cursor:
            self.cursor = frame["n"]
            if frame["e"]["type"].endswith(".MessageAdded"):
                self._look(frame["e"]["body"]["message"])

    def _look(self, message: dict[str, Any]) -> None:
        name, _, sent = message["text"].partition(" ")
        if not name.startswith("load-"):
            return
        self.seen[name] += 1
        self.customer.append(time.monotonic() - float(sent))
        self.server.append((system_clock() - datetime.fromisoformat(message["at"])).total_seconds())


@dataclass
class Team:
    """A queue with its agents and its customers."""

    number: int
    key: str
    emails: list[str]
    acknowledged: list[str] = field(default_factory=list)


async def prepare(owner: Agent, agents: int, teams: int) -> list[Team]:
    """People, queues, sites and receptions."""
    gate = asyncio.Semaphore(_AT_ONCE)
    mark = f"{time.time_ns():x}"

    async def person(number: int) -> str:
        async with gate:
            card = {"name": f"Load Agent {number}", "email": f"a{number}.{mark}@load.example", "roles": ["ROLE_AGENT"]}
            made = await owner.call("POST", "/people", {"person": card, "password": PASSWORD})
            return str(made["person"]["id"])

    people = await asyncio.gather(*map(person, range(agents)))

    async def team(number: int) -> Team:
        async with gate:
            members = [{"person_id": one} for one in people[number::teams]]
            queue = {"name": f"Load {mark} {number}", "strategy": "longest_idle", "members": members}
            queue_id = (await owner.call("POST", "/queues", {"queue": queue}))["queue"]["id"]
            channel = {
                "kind": "webchat", "name": f"Load {mark} {number}", "enabled": True,
                "settings": {"origins": [owner.address]},
            }  # fmt: skip
            site = (await owner.call("POST", "/channels", {"channel": channel}))["channel"]
            nodes = [{"id": "line", "kind": "enqueue", "queue_id": queue_id, "greeting": {"en": "Hello"}}]
            nodes.append({"id": "bye", "kind": "close", "text": {"en": "Bye"}, "outcome": "done"})
            nodes[0]["on_timeout"] = "bye"
            graph = {"start": "line", "languages": ["en"], "nodes": nodes}
            scheme = (await owner.call("POST", "/schemes", {"scheme": {"name": f"L {mark} {number}", "graph": graph}}))[
                "scheme"
            ]
            await owner.call("POST", f"/schemes/{scheme['id']}/publish", {"rev": scheme["rev"], "reason": "load"})
            await owner.call("PUT", "/bindings", {"binding": {"address": site["id"], "scheme_id": scheme["id"]}})
            return Team(number, site["public_key"], [f"a{n}.{mark}@load.example" for n in range(number, agents, teams)])

    return list(await asyncio.gather(*map(team, range(teams))))


async def play(stack: Stack, given: argparse.Namespace) -> dict[str, Any]:
    """Everything once; the row to be printed."""
    async with AsyncExitStack() as open_things:
        owner = await open_things.enter_async_context(Agent(stack.desk))
        person = stack.person("owner")
        await owner.sign_in(person.email, person.password)
        teams = await prepare(owner, given.agents, given.teams)
        screens = await _seat(open_things, stack, teams)
        visitors = [
            (team, await open_things.enter_async_context(Visitor(stack.widget, team.key, stack.desk, "en")))
            for team in teams
            for _ in range(max(1, given.rate // given.teams))
        ]
        await asyncio.gather(*(visitor.say("hello", within=60) for _, visitor in visitors))
        before = _cpu(stack)
        own, began = time.process_time(), time.monotonic()
        await asyncio.gather(
            *(_write(team, visitor, at, len(visitors), given) for at, (team, visitor) in _nth(visitors))
        )
        lasted = time.monotonic() - began
        await _settle(screens, teams)
        cpu = {name: round(after - before.get(name, 0.0), 1) for name, after in _cpu(stack).items()}
        return _row(screens, teams, lasted) | {"cpu": cpu | {"load": round(time.process_time() - own, 1)}}


async def _seat(open_things: AsyncExitStack, stack: Stack, teams: list[Team]) -> list[Screen]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def seat(team: Team, email: str) -> Screen:
        async with gate:
            screen = await open_things.enter_async_context(Screen(stack.desk, team.number))
            await screen.sign_in(email, PASSWORD)
            await screen.listen()
            return screen

    return list(await asyncio.gather(*(seat(team, email) for team in teams for email in team.emails)))


def _nth(visitors: list[tuple[Team, Visitor]]) -> list[tuple[int, tuple[Team, Visitor]]]:
    return list(enumerate(visitors))


async def _write(team: Team, visitor: Visitor, at: int, visitors: int, given: argparse.Namespace) -> None:
    """One customer: as many words a second as is left for each, beginning at a moment of their own. A customer whose
    word is not acknowledged yet is not late with the next: it is sent beside it."""
    every = visitors / given.rate
    begin = time.monotonic() + every * at / visitors
    async with asyncio.TaskGroup() as group:
        for number in range(round(given.seconds / every)):
            await asyncio.sleep(max(0.0, begin + number * every - time.monotonic()))
            group.create_task(_say(team, visitor, f"load-{at}-{number}"))


async def _say(team: Team, visitor: Visitor, name: str) -> None:
    await visitor.say(f"{name} {time.monotonic()}", within=60)
    team.acknowledged.append(name)


async def _settle(screens: list[Screen], teams: list[Team]) -> None:
    """Until everything is seen, or nothing more comes."""
    expected = sum(len(teams[screen.team].acknowledged) for screen in screens)
    seen, quiet = -1, time.monotonic()
    while (now := sum(screen.seen.total() for screen in screens)) < expected and time.monotonic() - quiet < 20:
        if now != seen:
            seen, quiet = now, time.monotonic()
        await asyncio.sleep(0.1)


def _row(screens: list[Screen], teams: list[Team], lasted: float) -> dict[str, Any]:
    lost, doubled = 0, 0
    for screen in screens:
        mine = teams[screen.team].acknowledged
        lost += sum(not screen.seen[name] for name in mine)
        doubled += sum(count - 1 for count in screen.seen.values())
    messages = sum(len(team.acknowledged) for team in teams)
    return {
        "agents": len(screens), "teams": len(teams), "seconds": round(lasted, 1), "messages": messages,
        "messages_a_second": round(messages / lasted, 1), "shown": sum(screen.seen.total() for screen in screens),
        "lost": lost, "doubled": doubled, "resyncs": sum(screen.resyncs for screen in screens),
        "server_to_screen_ms": _spread([one for screen in screens for one in screen.server]),
        "customer_to_screen_ms": _spread([one for screen in screens for one in screen.customer]),
    }  # fmt: skip


def _spread(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100) if len(seconds) > 1 else [0.0] * 99
    named = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(seconds, default=0.0)}
    return {name: round(value * 1000, 1) for name, value in named.items()}


def _cpu(stack: Stack) -> dict[str, float]:
    """Seconds of CPU by process: the services together where they are one."""
    found: dict[str, float] = {}
    for process in (psutil.Process(stack.pid), *psutil.Process(stack.pid).children(recursive=True)):
        try:
            words, times = process.cmdline(), process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        service = next((word.partition("antiphon.")[2] for word in words if word.startswith("antiphon.")), "")
        name = service or process.name()
        found[name] = found.get(name, 0.0) + times.user + times.system
    return found


def main() -> int:
    """Prints the figures; 1 when something was lost, doubled or late."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--teams", type=int, default=20)
    parser.add_argument("--rate", type=int, default=100, help="messages a second, of all customers")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--limit", type=float, default=300, help="ms of p95 server→screen")
    parser.add_argument("--processes", action="store_true", help="every service a process of its own")
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="antiphon-desk-load-"))
    stack = Stack(directory, ("--processes",) if given.processes else (), ENVIRONMENT)
    stack.start(within=180)
    try:
        row = asyncio.run(play(stack, given))
    finally:
        stack.stop()
        shutil.rmtree(directory, ignore_errors=True)
    print(json.dumps(row), flush=True)
    return int(bool(row["lost"] or row["doubled"] or row["server_to_screen_ms"]["p95"] > given.limit))


if __name__ == "__main__":
    sys.exit(main())
