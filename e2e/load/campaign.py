"""A campaign through the whole telephone system, in peace or with something killed every few seconds; then the books.

    python -m e2e.load.campaign --contacts 200 --agents 10
    python -m e2e.load.campaign --contacts 150 --kills 50
    python -m e2e.load.campaign --rate                        attempts a second of a message campaign (`attempts.py`)

sipp plays everybody who is called: people, machines, busy, silent, unknown, unreachable (`sipp/callee.xml`); agents are
our own phones, which pick up by themselves. With kills the dialler, media and nats-server die by kill -9 in turn, by
chance, and are started again by `antiphon up`. Asserted at the end:

- every contact has a final result, and every refusal a reason;
- no number was called more often than the journal has attempts for it;
- every attempt that was dialled has the record of its call (in peace), or an end of its own (after kills);
- the dialler's counters are the journal's.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from antiphon.kit import show
from antiphon.up.client import Agent, Problem
from e2e.campaigns import Books, Floor, calls_of, everybody, numbers, patiently, robots, table
from e2e.load import attempts
from e2e.stack import Stack

VICTIMS = ("dialer", "dialer-2", "media", "media-2", "nats-server")
OPTIONS = ("--processes", "--replicas", "dialer=2,media=2")
_RTP = {"ANTIPHON_UP_RTP_PORT_MIN": "24000", "ANTIPHON_UP_RTP_PORT_MAX": "31999"}
_HUMAN = {"RESULT_CLASS_SUCCESS", "RESULT_CLASS_REFUSAL", "RESULT_CLASS_ABANDONED"}
_MANY = 4000
"""Enough for a minute of a rate."""
_RETRIED = {"RESULT_CLASS_SYSTEM"}
"""Our own failure: no attempt, and tried again."""


@dataclass
class Played:
    """What happened."""

    contacts: int
    killed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    attempts: list[dict[str, Any]] = field(default_factory=list)
    called: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def row(self) -> dict[str, object]:
        dialled = [one for one in self.attempts if one["reason"] == "allowed"]
        results = Counter(one["result"].removeprefix("RESULT_CLASS_").lower() for one in dialled)
        answered = sum(one["result"] in _HUMAN for one in dialled)
        abandoned = results["abandoned"]
        return {
            "contacts": self.contacts, "kills": sum(self.killed.values()), "seconds": round(self.seconds),
            "attempts": len(dialled), "attempts/s": round(len(dialled) / max(self.seconds, 1), 1),
            "answered": answered, "abandoned": abandoned,
            "abandoned %": round(100 * abandoned / max(answered, 1), 2),
            "results": " ".join(f"{name}={count}" for name, count in sorted(results.items())),
            "faults": "; ".join(self.faults) or "none",
        }  # fmt: skip


async def play(stack: Stack, given: argparse.Namespace) -> Played:
    played, people = Played(given.contacts), numbers(given.contacts)
    async with Agent(stack.desk) as owner:
        person = stack.person("owner")
        await owner.sign_in(person.email, person.password)
        async with everybody(stack, owner, 3600) as called, robots(stack, owner, given.agents, given.talk) as floor:
            books = await Books.begin(owner, floor.queue, stack.tenant.number)
            await books.load(table(people))
            await books.to("RUNNING")
            began = time.monotonic()
            await _to_the_end(stack, books, floor, played, given)
            played.seconds = time.monotonic() - began
            played.attempts = await patiently(books.attempts)
            played.called = called()
            status = await patiently(books.status)
            await _check(owner, played, status)
    return played


async def _to_the_end(stack: Stack, books: Books, floor: Floor, played: Played, given: argparse.Namespace) -> None:
    """Until everybody is done; kills meanwhile."""
    chance = random.Random(given.seed)
    next_kill = time.monotonic() + 3
    until = time.monotonic() + given.within
    while time.monotonic() < until:
        try:
            states = await books.states()
        except (Problem, httpx.HTTPError):
            states = {}
        killing = sum(played.killed.values()) < given.kills
        if states == {"done": given.contacts} and not killing:
            return
        if killing and time.monotonic() >= next_kill:
            if victim := _kill(stack, chance):
                played.killed[victim] += 1
            next_kill = time.monotonic() + chance.uniform(0.5, given.every)
        if states == {
            "done": given.contacts
        }:  # more kills are wanted than the list lasts: once more from the beginning
            for each in (await patiently(lambda: books.owner.call("GET", f"{books.path}/lists")))["lists"]:
                again = {"results": [f"RESULT_CLASS_{one}" for one in ("SUCCESS", "NO_ANSWER", "BUSY", "ABANDONED")]}
                path = f"/contact-lists/{each['id']}/recycle"
                await patiently(functools.partial(books.owner.call, "POST", path, again))
        if played.killed:
            await floor.all_are("READY")  # whoever's phone was dead a moment ago
        await asyncio.sleep(0.5)
    played.faults.append(f"not everybody is done: {await patiently(books.states)}")


def _kill(stack: Stack, chance: random.Random) -> str:
    """kill -9 of one that runs now: who died a moment ago is started again after a pause that grows."""
    running = [each for each in psutil.Process(stack.pid).children() if each.name() in VICTIMS]
    if not running:
        return ""
    victim = chance.choice(running)
    name = victim.name()
    victim.kill()
    return name


async def _check(owner: Agent, played: Played, status: dict[str, Any]) -> None:
    dialled = [one for one in played.attempts if one["reason"] == "allowed"]
    faults, tried = played.faults, Counter(one["number"][-9:] for one in dialled)
    faults += [f"{one['id']} has no end" for one in dialled if one["result"] == "RESULT_CLASS_UNSPECIFIED"]
    faults += [f"{one['id']} has no reason" for one in played.attempts if not one["reason"]]
    for number, times in played.called.items():
        if times > tried[number[-9:]]:
            faults.append(f"{number[-4:]} was called {times} times for {tried[number[-9:]]} attempts")
    if len({one["call_id"] for one in dialled}) != len(dialled):
        faults.append("two attempts share a call")
    if not played.killed:
        ids = {one["call_id"] for one in dialled}
        found = await calls_of(owner, ids)
        lost = [one for one in dialled if one["call_id"] not in found and one["result"] not in _RETRIED]
        if lost:
            faults.append(f"{len(lost)} attempts have no record of a call")
        reached = Counter(one["number"] for one in dialled if one["result"] not in _RETRIED)
        if set(reached.values()) != {1} or len(reached) != played.contacts:
            faults.append("somebody was not reached once")
    abandoned = sum(one["result"] == "RESULT_CLASS_ABANDONED" for one in dialled)
    if int(status["abandoned"]) != abandoned:
        faults.append(f"the counter says {status['abandoned']} abandoned, the journal {abandoned}")


def _rate(contacts: int) -> None:
    with tempfile.TemporaryDirectory(prefix="antiphon-campaign-") as directory:
        stack = Stack(Path(directory), ("--processes",), voice=True, environment=_RTP)
        stack.start(within=120)
        try:
            rows = asyncio.run(attempts.rate(stack, contacts))
        finally:
            stack.stop()
    show.rows(rows, as_json=True)


def main() -> None:
    """Plays and prints; ends with 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=200)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--talk", type=float, default=4.0, help="seconds of a conversation")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--every", type=float, default=6.0, help="at most so many seconds between kills")
    parser.add_argument("--rate", action="store_true", help="a message campaign as fast as it goes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within", type=float, default=1500.0)
    given = parser.parse_args()
    if shutil.which("sipp") is None:
        parser.error("sipp is missing: run as root: apt-get install sip-tester")
    if given.rate:
        _rate(max(given.contacts, _MANY))
        return
    with tempfile.TemporaryDirectory(prefix="antiphon-campaign-") as directory:
        options = OPTIONS if given.kills else ()
        quick = {"ANTIPHON_DIALER_UNANSWERED_SECONDS": "20"} if given.kills else {}
        stack = Stack(Path(directory), options, voice=True, environment={**_RTP, **quick})
        stack.start(within=120)
        try:
            played = asyncio.run(play(stack, given))
        finally:
            stack.stop()
    show.rows([played.row], as_json=True)
    show.rows([played.row], as_json=False, title=f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    raise SystemExit(1 if played.faults else 0)


if __name__ == "__main__":
    main()
