"""What a call and a chat message cost each service, with one replica of everything, two, and the twin of a cluster.

    python -m e2e.load.growth --seconds 15 --cps 4 8 --customers 8

Each shape is an `antiphon up` of its own. First nothing happens: what the processes need by themselves. Then calls come
at a rate, then customers chat. What was spent above the rest is divided by what was done: processor milliseconds, which
a busy machine does not change much, where throughput on two cores would say nothing about more of them. Of several
rates each is tried, and said too as shares of a core. If a message
costs a service as much with two replicas as with one, two carry twice as many.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from antiphon.kit import show
from antiphon.up.host import SERVICES
from e2e.load.chaos import Chats
from e2e.load.twin_chaos import clean, signed_in
from e2e.load.voice import HOLD, OURS, Row, Usage, Volley, lift_limits, usage, volley
from e2e.stack import Stack

_TWO = ",".join(f"{name}=2" for name in (*SERVICES, "rtpengine"))
_SHAPES = {
    "one of each": ("--processes",),
    "two of each": ("--processes", "--replicas", _TWO),
    "two, and three of NATS and MongoDB": ("--twin",),
}


def _above(before: Usage, after: Usage, rest: Mapping[str, float], seconds: float, done: int) -> dict[str, float]:
    """Milliseconds of each for one of what was done."""
    spent = {name: after.cpu[name] - before.cpu[name] - rest[name] * seconds for name in before.cpu}
    return {name: round(each * 1000 / max(done, 1), 1) for name, each in spent.items()}


async def measure(stack: Stack, given: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Share of a core at rest and at each rate, milliseconds a call, milliseconds a message; by service."""
    await lift_limits(stack)
    await volley(stack, Volley("caller", 2, 4, HOLD))  # warm
    async with Chats(stack, 1, given.customers, given.pause):
        await asyncio.sleep(3)
    supervisor = await signed_in(stack)
    await clean(supervisor, list(stack.tenant.queues.values()))
    await supervisor.http.aclose()
    await asyncio.sleep(2)
    before = usage(stack)
    await asyncio.sleep(given.seconds)
    after = usage(stack)
    rest = {name: (after.cpu[name] - before.cpu[name]) / given.seconds for name in before.cpu}
    found = {"cores at rest": {name: round(each, 3) for name, each in rest.items()}}

    for cps in given.cps:
        before, began, calls = usage(stack), time.monotonic(), int(cps * given.seconds)
        await volley(stack, Volley("caller", cps, calls, HOLD))
        await asyncio.sleep(2)
        cost = _above(before, usage(stack), rest, time.monotonic() - began, calls)
        found[f"cores at {cps:g} calls/s"] = {name: round(rest[name] + cost[name] * cps / 1000, 3) for name in cost}
        found[f"ms a call at {cps:g}/s"] = cost

    before, began = usage(stack), time.monotonic()
    async with Chats(stack, 2, given.customers, given.pause) as chats:
        await asyncio.sleep(given.seconds)
        await chats.end()
        await asyncio.sleep(1)
        written = chats.acknowledged
    found["ms a message"] = _above(before, usage(stack), rest, time.monotonic() - began, written)
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--cps", type=float, nargs="+", default=[4.0], help="calls a second; several in turn")
    parser.add_argument("--customers", type=int, default=8)
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--shapes", nargs="+", choices=list(_SHAPES), default=list(_SHAPES))
    given = parser.parse_args()
    if shutil.which("sipp") is None:
        parser.error("sipp is missing: run as root: apt-get install sip-tester")
    rows: dict[str, Row] = {}
    for shape in given.shapes:
        with tempfile.TemporaryDirectory(prefix="antiphon-growth-") as name:
            stack = Stack(Path(name), _SHAPES[shape], voice=True)
            try:
                stack.start(within=300)
                found = asyncio.run(measure(stack, given))
            finally:
                stack.stop(within=60)
        for what, figures in found.items():
            for part, figure in figures.items():
                row = rows.setdefault(
                    f"{what} {part}", {"what": what, "of": "services together" if part == OURS else part}
                )
                row[shape] = figure
        print(shape, json.dumps(found), flush=True)
    load = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
    show.rows(sorted(rows.values(), key=lambda row: str(row["what"])), as_json=False, title=load)


if __name__ == "__main__":
    main()
