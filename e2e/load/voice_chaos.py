"""kill -9 of what carries calls, while calls come in; and what that cost.

    python -m e2e.load.voice_chaos --cps 20 --seconds 20 --kill rtpengine media kamailio

A stack of its own: two replicas of media, two engines, two nodes of the edge, each in a process of its own. For every
kind of victim sipp calls the first node at a rate and each caller stays for three seconds; after a third of the time
one of the two is killed, `antiphon up` starts it again by itself. Printed is how many calls went on at that moment, how
many set-ups were lost (never answered), the longest pause between two answers and the slowest answer, how the calls
ended by their records, and how long after the last call it took until no call, no session of an engine and no waiting
item was left. The callers are on the same machine, so the figures are a lower bound.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from antiphon.kit import show
from antiphon.up.client import Agent
from e2e.load.voice import Row, Volley, lift_limits, volley
from e2e.stack import Stack

OPTIONS = ("--processes", "--replicas", "media=2,rtpengine=2,edge=2")
VICTIMS = ("rtpengine", "media", "kamailio")
_RTP = {"ANTIPHON_UP_RTP_PORT_MIN": "24000", "ANTIPHON_UP_RTP_PORT_MAX": "31999"}
_GIVEN_UP = 90.0
"""Seconds after which what is left will stay: a 200 without ACK is given up after 32 s, a dead trunk later."""
_LOOK = 0.1


async def carried(supervisor: Agent) -> int:
    """Calls of all replicas now."""
    health = await supervisor.call("GET", "/voice/health")
    return sum(each["calls"] for each in health["replicas"])


async def left(supervisor: Agent, queues: list[str]) -> dict[str, int]:
    """What there still is: calls, sessions, waiting items."""
    health = await supervisor.call("GET", "/voice/health")
    found = {"calls": sum(each["calls"] for each in health["replicas"])}
    found["sessions"] = sum(each["calls"] for each in health["engines"])
    waiting = [await supervisor.call("GET", f"/queues/{queue}/waiting") for queue in queues]
    return found | {"waiting": sum(len(each["items"]) for each in waiting)}


async def clean(supervisor: Agent, queues: list[str]) -> tuple[float, dict[str, int]]:
    """How long it takes until nothing is left, and what is left when it takes too long."""
    began = time.monotonic()
    while True:
        found, took = await left(supervisor, queues), time.monotonic() - began
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


async def killed(stack: Stack, supervisor: Agent, victim: str, cps: float, seconds: float) -> Row:
    """One row of the table."""
    calls = int(cps * seconds)
    load = asyncio.ensure_future(volley(stack, Volley("patient", cps, calls, 0)))
    await asyncio.sleep(seconds / 3)
    live = await carried(supervisor)
    stack.kill_server(victim)
    done = await load
    took, rest = await clean(supervisor, list(stack.tenant.queues.values()))
    answers = sorted(done.answers)
    pause = max((later - earlier for earlier, later in pairwise(answers) if later > seconds / 3 * 1000), default=0)
    ended = await outcomes(supervisor, calls)
    row: Row = {"killed": victim, "calls": calls, "live": live, "lost set-ups": calls - len(answers)}
    row |= {"longest pause ms": round(pause), "slowest answer ms": round(max(done.times, default=0))}
    row |= {"ended as": ", ".join(f"{how} {count}" for how, count in sorted(ended.items()))}
    return row | {"clean after s": round(took, 1), "left": " ".join(f"{n} {what}" for what, n in rest.items() if n)}


async def chaos(stack: Stack, victims: list[str], cps: float, seconds: float) -> list[Row]:
    """All rows."""
    await lift_limits(stack)
    async with Agent(stack.desk) as supervisor:
        person = stack.person("supervisor")
        await supervisor.sign_in(person.email, person.password)
        await volley(stack, Volley("patient", 2, 4, 0))  # warm: prompts are made at the first call
        rows = []
        for victim in victims:
            await clean(supervisor, list(stack.tenant.queues.values()))
            rows.append(await killed(stack, supervisor, victim, cps, seconds))
        return rows


def main() -> None:
    """Kills, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cps", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--kill", nargs="+", default=list(VICTIMS), help="as the table of `antiphon up` calls them")
    options = parser.parse_args()
    if shutil.which("sipp") is None:
        parser.error("sipp is missing: run as root: apt-get install sip-tester")
    with tempfile.TemporaryDirectory(prefix="antiphon-voice-chaos-") as directory:
        stack = Stack(Path(directory), OPTIONS, voice=True, environment=_RTP)
        stack.start()
        try:
            rows = asyncio.run(chaos(stack, options.kill, options.cps, options.seconds))
        finally:
            stack.stop()
    show.rows(rows, as_json=True)
    show.rows(rows, as_json=False, title=f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
