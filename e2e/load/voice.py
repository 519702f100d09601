"""Calls per second through the whole chain, and the sound of many at once.

    python -m e2e.load.voice --cps 10 --seconds 60 --concurrent 100

A stack of its own with telephony. First sipp calls the demo number at a rate: INVITE → Kamailio → media → routing →
rtpengine → 200, the greeting, BYE; meanwhile our own phones press a digit and an agent's phone rings. Then sipp holds
so many calls at once that send G.711, while a few of our phones listen to what comes back. The callers are on the same
machine and cost processor time too: the figures are a lower bound.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import os
import re
import secrets
import shutil
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import psutil

from antiphon.kit import show, tasks
from antiphon.kit.procs import free_port
from antiphon.media.phone.phone import NotUp, Phone
from antiphon.media.phone.sound import Tone, encode
from antiphon.up import smoke_call, telephones
from antiphon.up.client import Agent, Problem
from e2e.people import ready
from e2e.phones import a_customers_phone, a_desk_phone, exchange_of, nothing_is_left
from e2e.stack import Stack

Row: TypeAlias = dict[str, object]
SCENARIOS = Path(__file__).parent / "sipp"
SERVERS = ("kamailio", "rtpengine", "mongod", "nats-server")
"""What is not ours."""
OURS = "antiphon"
"""All services together, also where each is a process of its own."""
HOLD = 3.0
"""Seconds that a caller of the rate listens to the greeting: less than the menu waits for a digit."""
KEY = 60
"""Milliseconds that a key is pressed: it counts when it is let go."""
TALK = 20.0
LISTENERS = 3
_RTP = ("24000", "31999")
_GRACE = 60.0
_INSTEAD = re.compile(r"received 'SIP/2\.0 (\d{3} [^\r\n']*)|(timeout[^,.:'\r\n]*|[Mm]ax(?:imum)?[ _]\w*[Rr]etrans\w*)")


@dataclass(frozen=True, slots=True)
class Volley:
    """What sipp is to do."""

    scenario: str
    rate: float
    calls: int
    hold: float
    node: int = 1
    """Of the edge."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: milliseconds from INVITE to 200, and calls that failed."""

    times: list[float]
    failed: int
    peak: int
    """Most calls at once."""
    why: Mapping[str, int]
    """What came instead of an answer → how often."""
    answers: list[float]
    """When each 200 came, milliseconds since the first call."""


async def volley(stack: Stack, wanted: Volley) -> Outcome:
    """Runs sipp to its end."""
    with tempfile.TemporaryDirectory(prefix="antiphon-sipp-") as name:
        folder, longest = Path(name), int(wanted.calls / wanted.rate + wanted.hold + _GRACE)
        tone = Tone(440)
        (folder / "talk.raw").write_bytes(b"".join(encode(tone.frame(), "PCMU") for _ in range(50)))
        port = stack.sip_port if wanted.node == 1 else stack.sip_port_of(wanted.node)
        child = await asyncio.create_subprocess_exec(
            "sipp", f"127.0.0.1:{port}", "-sf", str(SCENARIOS / f"{wanted.scenario}.xml"),
            "-s", stack.tenant.number, "-i", "127.0.0.1", "-p", str(free_port()), "-mp", str(free_port()),
            "-key", "origin", str(secrets.randbelow(10)), "-r", str(wanted.rate), "-m", str(wanted.calls),
            "-l", str(wanted.calls), "-d", str(int(wanted.hold * 1000)), "-nostdin", "-trace_rtt", "-rtt_freq", "1",
            "-trace_stat", "-fd", "1", "-trace_err", "-timeout", str(longest),
            cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wanted.calls / wanted.rate + wanted.hold + 2 * _GRACE):
                    await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
        return _outcome(folder, wanted.calls)


def _outcome(folder: Path, calls: int) -> Outcome:
    rows = list(_table(folder, "*_rtt.csv"))
    times = [float(row["response_time_ms"]) for row in rows]
    answers = [float(row["Date_ms"]) for row in rows]
    seconds = list(_table(folder, "*_[0-9]*_.csv"))
    done = int(seconds[-1]["SuccessfulCall(C)"]) if seconds else 0
    peak = max((int(row["CurrentCall"]) for row in seconds), default=0)
    said = "".join(file.read_text(errors="replace") for file in folder.glob("*_errors.log"))
    why = Counter(found[0] or found[1] for found in _INSTEAD.findall(said))
    return Outcome(times, calls - done, peak, why, answers)


def _table(folder: Path, pattern: str) -> Iterable[Mapping[str, str]]:
    for file in folder.glob(pattern):
        yield from csv.DictReader(file.read_text().splitlines(), delimiter=";")


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds and resident megabytes so far, of each server."""

    cpu: Mapping[str, float]
    memory: Mapping[str, float]


def usage(stack: Stack) -> Usage:
    """Of the servers, of each service that is a process of its own, and of all services together. Kamailio's and
    mongod's children belong to them, those of `antiphon` are the servers."""
    cpu, memory = defaultdict[str, float](float, {OURS: 0.0}), defaultdict[str, float](float, {OURS: 0.0})
    for name, pid in stack.pids.items():
        part, one = re.sub(r"-\d+$", "", name), psutil.Process(pid)
        family = [one, *one.children(recursive=True)] if part in SERVERS else [one]
        spent = [each.cpu_times() for each in family]
        seconds = sum(times.user + times.system for times in spent)
        resident = sum(each.memory_info().rss for each in family) / 1e6
        for whose in {part, *(() if part in SERVERS else (OURS,))}:
            cpu[whose] += seconds
            memory[whose] += resident
    return Usage(cpu, memory)


def _spent(before: Usage, after: Usage, calls: int) -> dict[str, float]:
    return {f"{name} ms/call": round((after.cpu[name] - before.cpu[name]) * 1000 / calls, 1) for name in before.cpu}


def _times(times: list[float]) -> Row:
    ordered = sorted(times)
    if not ordered:
        return {"mean ms": None, "p50 ms": None, "p95 ms": None, "max ms": None}
    at = {"p50 ms": ordered[len(ordered) // 2], "p95 ms": ordered[int(len(ordered) * 0.95)], "max ms": ordered[-1]}
    return {"mean ms": round(statistics.fmean(ordered), 1), **{name: round(value, 1) for name, value in at.items()}}


async def setting_up(stack: Stack, cps: float, seconds: float) -> list[Row]:
    """Calls at a rate, alone: what each costs. Then the same again while digits are pressed."""
    wanted = Volley("caller", cps, int(cps * seconds), HOLD)
    before = usage(stack)
    done = await volley(stack, wanted)
    after = usage(stack)
    kept = (after.memory[OURS] - before.memory[OURS]) * 1000 / wanted.calls
    set_up: Row = {"what": f"{cps:g} calls/s: INVITE → 200", "calls": wanted.calls, "failed": done.failed}
    set_up |= {"why": dict(done.why), "at once": done.peak, **_times(done.times)}
    set_up |= {**await _at_the_app(stack), **_spent(before, after, wanted.calls)}
    set_up["MB kept/1,000 calls"] = round(kept, 1)
    over = asyncio.Event()
    pressing = asyncio.ensure_future(_digits(stack, over))
    try:
        await volley(stack, wanted)
        over.set()
        rung, missed = await pressing
    finally:
        await tasks.end(pressing)
    digits: Row = {"what": f"{cps:g} calls/s: digit → ring", "calls": len(rung) + len(missed), "failed": len(missed)}
    digits["why"] = ", ".join(missed)
    return [set_up, {**digits, **_times(rung)}]


async def _at_the_app(stack: Stack) -> Row:
    """From the INVITE at media to its 200, of the last thousand calls, as media says."""
    async with Agent(stack.desk) as supervisor:
        await _signed_in(supervisor, stack, "supervisor")
        replicas = (await supervisor.call("GET", "/voice/health"))["replicas"]
    own: dict[str, str] = next((each for each in replicas if "answer_p95" in each), {})
    return {f"app {name} ms": _milliseconds(own.get(f"answer_{name}")) for name in ("median", "p95")}


def _milliseconds(duration: str | None) -> float | None:
    return round(float(duration.removesuffix("s")) * 1000, 1) if duration else None


async def _digits(stack: Stack, over: asyncio.Event) -> tuple[list[float], list[str]]:
    """One caller after the other presses 1; an agent's phone rings, is answered, and the caller hangs up. Milliseconds
    from the end of the key, and why others did not ring."""
    rung: list[float] = []
    missed: list[str] = []
    async with ready(stack) as agent, a_desk_phone(stack, agent.me) as desk, smoke_call.only_calls(agent):
        while not over.is_set():
            try:
                await agent.be("READY")
                rung.append(await _digit(stack, agent, desk))
            except (TimeoutError, NotUp, Problem) as error:
                missed.append(str(error) or type(error).__name__)
                for call in list(desk.calls):
                    call.hang_up()
    return rung, missed


async def _digit(stack: Stack, agent: Agent, desk: Phone) -> float:
    agent.events.clear()
    async with a_customers_phone(stack, f"+38067{secrets.randbelow(10_000_000):07}") as phone:
        call = await telephones.dial(phone, exchange_of(stack))
        call.line.press("1", milliseconds=KEY)
        began = time.perf_counter()
        ring = await desk.incoming(within=15)
        took = (time.perf_counter() - began) * 1000 - KEY
        ring.answer()
        await agent.event("WorkAccepted", lambda e: e["item"]["channel"] == "voice")  # else he hangs up while it rings
        call.hang_up()
        await ring.over()
    done = await agent.event("WrapUpStarted", lambda e: bool(e["item"]["channel"] == "voice"))
    await smoke_call.wrap_up(agent, done["body"]["item"]["id"])
    return took


async def talking(stack: Stack, concurrent: int) -> list[Row]:
    """Many calls at once that talk. rtpengine says how much of it came, the kernel what its sockets dropped. Our phones
    say what is missing in the sequence that came back."""
    rate = max(1.0, concurrent / 10)
    hold = TALK + concurrent / rate
    before = usage(stack)
    async with AsyncExitStack() as phones, Agent(stack.desk) as supervisor:
        await _signed_in(supervisor, stack, "supervisor")
        talkers = asyncio.ensure_future(volley(stack, Volley("talker", rate, concurrent, hold)))
        listeners = [await phones.enter_async_context(a_customers_phone(stack, _number(n))) for n in range(LISTENERS)]
        calls = [await telephones.dial(phone, exchange_of(stack)) for phone in listeners]
        await asyncio.sleep(concurrent / rate)
        full, began = usage(stack), time.perf_counter()
        await asyncio.sleep(TALK / 2)
        later, seconds, dropped = usage(stack), time.perf_counter() - began, _dropped()
        heard = [(call.line.reception.expected, call.line.reception.lost) for call in calls]
        for call in calls:
            call.hang_up()
        done = await talkers
        await nothing_is_left(supervisor)  # the records are written
        came = await _came(supervisor, concurrent)
    share = {f"{name} %": round((later.cpu[name] - full.cpu[name]) * 100 / seconds, 1) for name in full.cpu}
    grown = {f"{name} MB/1,000 calls": round((full.memory[name] - before.memory[name]) * 1000 / concurrent, 1)
             for name in (OURS, "rtpengine")}  # fmt: skip
    sent: Row = {"what": f"{concurrent} talk: to us", "calls": concurrent, "failed": done.failed, "why": dict(done.why)}
    sent |= {"at once": done.peak, "packets": came, "% of what was sent": round(came / (concurrent * hold * 0.5), 2)}
    sent |= {"dropped": dropped, **share, **grown}
    due, lost = sum(each[0] for each in heard), sum(each[1] for each in heard)
    back: Row = {"what": f"{concurrent} talk: back", "calls": LISTENERS, "failed": 0, "packets": due, "lost": lost}
    return [sent, back]


def _dropped() -> int:
    """Packets that found no place in the buffer of one of rtpengine's sockets, those of calls that go on."""
    dropped = 0
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        columns = line.split()
        if int(_RTP[0]) <= int(columns[1].rpartition(":")[2], 16) <= int(_RTP[1]):
            dropped += int(columns[-1])
    return dropped


def _number(listener: int) -> str:
    return f"+3806799900{listener:02}"


async def _came(supervisor: Agent, calls: int) -> int:
    """Packets that rtpengine received of the last calls of sipp, by their records."""
    found: list[int] = []
    after = ""
    while len(found) < calls:
        answer = await supervisor.call("GET", f"/calls?limit=200&after={quote(after)}")
        legs = [record["legs"][0] for record in answer["calls"] if record["caller"].startswith("+38050")]
        found += [int(leg.get("quality", {}).get("packets", 0)) for leg in legs]
        after = answer.get("next", "")
        if not after:
            break
    return sum(found[:calls])


async def _signed_in(agent: Agent, stack: Stack, role: str) -> None:
    person = stack.person(role)
    await agent.sign_in(person.email, person.password)


async def lift_limits(stack: Stack) -> None:
    """The demo's number and operator carry as many calls as come."""
    async with Agent(stack.desk) as owner:
        await _signed_in(owner, stack, "owner")
        for kind, one in (("trunks", "trunk"), ("numbers", "number")):
            for record in (await owner.call("GET", f"/{kind}"))[kind]:
                await owner.call("PUT", f"/{kind}/{record['id']}", {one: {**record, "max_channels": 10_000}})


async def measure(stack: Stack, options: argparse.Namespace) -> list[Row]:
    """All rows."""
    await lift_limits(stack)
    await volley(stack, Volley("caller", 2, 4, 1))  # warm: prompts are made at the first call
    rows: list[Row] = []
    for cps in options.cps:
        rows += await setting_up(stack, cps, options.seconds)
    for concurrent in options.concurrent:
        rows += await talking(stack, concurrent)
    return rows


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--cps", type=float, nargs="*", default=[10.0], help="calls a second; several are tried in turn"
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--concurrent", type=int, nargs="*", default=[], help="calls at once that talk")
    parser.add_argument("--processes", action="store_true", help="each service in a process of its own")
    options = parser.parse_args()
    if shutil.which("sipp") is None:
        parser.error("sipp is missing: run as root: apt-get install sip-tester")
    with tempfile.TemporaryDirectory(prefix="antiphon-voice-") as directory:
        ports = {"ANTIPHON_UP_RTP_PORT_MIN": _RTP[0], "ANTIPHON_UP_RTP_PORT_MAX": _RTP[1]}
        ports["ANTIPHON_MEDIA_LATE_SECONDS"] = "1"  # as people run it
        apart = ("--processes",) if options.processes else ()
        stack = Stack(Path(directory), apart, voice=True, environment=ports)
        stack.start()
        try:
            rows = asyncio.run(measure(stack, options))
        finally:
            stack.stop()
    load = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
    show.rows(rows, as_json=True)
    for part in ([row for row in rows if "p50 ms" in row], [row for row in rows if "p50 ms" not in row]):
        names = dict.fromkeys(key for row in part for key in row if key != "what")
        turned = [{"figure": name, **{str(row["what"]): row.get(name) for row in part}} for name in names]
        show.rows(turned, as_json=False, title=load)


if __name__ == "__main__":
    main()
