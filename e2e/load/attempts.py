"""How many people a second the dialler really calls: a message campaign without limits, through the whole chain.

    python -m e2e.load.campaign --rate                       a window of 20 s after 12 s of warming up

Each service is a process of its own, sipp is everybody who is called (`sipp/callee.xml`: 60 % answer). Counted is what
reaches sipp's end of the trunk, not what the dialler says. The processor's time of an attempt is told for each process,
that of sipp too: cores ÷ the sum is the most that this machine could do, however busy it is with other things.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil

from antiphon.up.client import Agent
from e2e.campaigns import Books, everybody, numbers, patiently, table
from e2e.load.voice import OURS, usage
from e2e.stack import Stack

WARM, WINDOW, STEP = 12.0, 20.0, 4.0
LINES = 2000


@dataclass(frozen=True, slots=True)
class Mark:
    """Figures at one instant."""

    at: float
    called: int
    cpu: Mapping[str, float]


async def rate(stack: Stack, contacts: int) -> list[dict[str, object]]:
    """The figures of one campaign, as rows."""
    async with Agent(stack.desk) as owner:
        person = stack.person("owner")
        await owner.sign_in(person.email, person.password)
        async with everybody(stack, owner, 600) as called:
            await without_limits(owner)
            more = {"mode": "MODE_MESSAGE", "message": "Hello.", "opt_out_key": "9", "max_lines": LINES}
            books = await Books.begin(owner, "", stack.tenant.number, **more)
            await books.load(table(numbers(contacts)))
            await books.to("RUNNING")
            began = time.monotonic()
            first = await _until(WARM, began, stack, called)
            last = await _until(WARM + WINDOW, began, stack, called)
            status = await patiently(books.status)
            await books.to("PAUSED")
    return [_row(first, last, status["why"]), _costs(first, last)]


async def without_limits(owner: Agent) -> None:
    """The demo's account, operator and number carry as many calls at once as come."""
    account = (await owner.call("GET", "/billing/account"))["account"]
    await owner.call("PUT", "/billing/account", {"account": account | {"limits": {}}})
    for what, one in (("trunks", "trunk"), ("numbers", "number")):
        for each in (await owner.call("GET", f"/{what}"))[what]:
            await owner.call("PUT", f"/{what}/{each['id']}", {one: each | {"max_channels": 10_000}})


async def _until(seconds: float, began: float, stack: Stack, called: Callable[[], Counter[str]]) -> Mark:
    """Waits, and says every few seconds how far it is."""
    before = sum(called().values())
    while (left := seconds - (time.monotonic() - began)) > 0:
        pause = min(STEP, left)
        await asyncio.sleep(pause)
        now = sum(called().values())
        print(f"{time.monotonic() - began:4.0f} s: {now:5d} called, {(now - before) / pause:5.1f}/s", file=sys.stderr)
        before = now
    return Mark(time.monotonic(), sum(called().values()), {**usage(stack).cpu, "sipp": _sipp()})


def _sipp() -> float:
    """The processor's seconds of everybody who is called."""
    found = [each for each in psutil.Process().children() if each.name() == "sipp"]
    return sum(times.user + times.system for times in (each.cpu_times() for each in found))


def _row(first: Mark, last: Mark, why: str) -> dict[str, object]:
    called, seconds = last.called - first.called, last.at - first.at
    spent = _spent(first, last)
    each = 1000 * sum(cpu for name, cpu in spent.items() if name != OURS) / max(called, 1)
    busiest = max((cpu, name) for name, cpu in spent.items() if name != OURS)
    return {
        "attempts": called, "seconds": round(seconds, 1), "attempts/s": round(called / seconds, 1),
        "ms of processor each": round(each, 1), "cores used": round(each * called / seconds / 1000, 2),
        f"most on {os.cpu_count()} cores": round((os.cpu_count() or 1) * 1000 / max(each, 0.001), 1),
        "busiest": f"{busiest[1]} {100 * busiest[0] / seconds:.0f} %", "why": why,
    }  # fmt: skip


def _costs(first: Mark, last: Mark) -> dict[str, object]:
    """Milliseconds of an attempt, by process."""
    called = max(last.called - first.called, 1)
    found = {name: round(1000 * cpu / called, 1) for name, cpu in _spent(first, last).items()}
    return {name: cost for name, cost in sorted(found.items(), key=lambda one: -one[1]) if cost >= 0.1}


def _spent(first: Mark, last: Mark) -> dict[str, float]:
    return {name: cpu - first.cpu.get(name, 0.0) for name, cpu in last.cpu.items()}
