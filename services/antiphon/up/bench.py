"""The figures of `make bench`: message → agent's socket, throughput, start-up, memory, sizes of the web.

A stack of its own on free ports, the demo tenant, the real clients. Absolute times depend on the machine; what is kept
in the README names the machine.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from antiphon.kit import procs, show
from antiphon.up import demo_tenant
from antiphon.up.client import Agent, Visitor

ROOT = Path(__file__).parents[1]
MESSAGES = 200
WRITERS = 16
SECONDS = 8.0


def run(*, as_json: bool) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory(prefix="antiphon-bench-") as directory:
        rows: list[dict[str, object]] = []
        with _stack(Path(directory)) as cold:
            rows.append(_row("cold start", cold.seconds, "s", "servers, services, demo tenant made"))
        with _stack(Path(directory)) as warm:
            rows.append(_row("warm start", warm.seconds, "s", "the same, everything kept"))
            rows += asyncio.run(_chats(warm))
            rows.append(_row("memory", warm.memory(), "MB", "whole tree, proportional set size"))
    rows += _sizes()
    show.rows(rows, as_json=as_json, title="Figures")


def _row(what: str, value: float, unit: str, note: str) -> dict[str, object]:
    return {"what": what, "value": round(value, 2), "unit": unit, "note": note}


class _Running:
    """A started stack."""

    def __init__(self, directory: Path, child: subprocess.Popen[bytes], port: int, channels_port: int) -> None:
        self.directory = directory
        self.child = child
        self.desk = f"http://localhost:{port}"
        self.widget = f"http://localhost:{channels_port}"
        self.seconds = 0.0

    def memory(self) -> float:
        """Megabytes of the process and its children."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text()
        pids = [self.child.pid, *map(int, children.split())]
        return sum(_pss(pid) for pid in pids) / 1024


def _pss(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])  # type: ignore[index]


@contextmanager
def _stack(directory: Path) -> Iterator[_Running]:
    port, channels_port = procs.free_port(), procs.free_port()
    command = [sys.executable, "-m", "antiphon", "up", "--dir", str(directory)]
    command += ["--port", str(port), "--channels-port", str(channels_port)]
    environment = procs.environment(ANTIPHON_CHANNELS_MESSAGE_RATE="1000", ANTIPHON_CHANNELS_MESSAGE_BURST="100000")
    began = time.perf_counter()
    with (directory / "output.txt").open("w+") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
        try:
            while "is ready" not in (directory / "output.txt").read_text():
                if child.poll() is not None:
                    raise RuntimeError((directory / "output.txt").read_text())
                time.sleep(0.01)
            running = _Running(directory, child, port, channels_port)
            running.seconds = time.perf_counter() - began
            yield running
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(30)


async def _chats(running: _Running) -> list[dict[str, object]]:
    tenant = demo_tenant.kept(running.directory)
    assert tenant is not None
    person = next(each for each in tenant.people if each.role == "supervisor")
    async with Agent(running.desk) as agent:
        await agent.sign_in(person.email, person.password)
        await agent.listen()
        visitors = [Visitor(running.widget, tenant.widget_key, running.desk) for _ in range(WRITERS)]
        for visitor in visitors:
            await visitor.__aenter__()
        try:
            latencies = sorted([await _latency(agent, visitors[0], number) for number in range(MESSAGES)])
            rate = await _throughput(agent, visitors)
        finally:
            for visitor in visitors:
                await visitor.__aexit__()
    p50, p95 = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.95)]
    return [
        _row("customer's message → agent's socket, p50", p50, "ms", f"{MESSAGES} messages, one after the other"),
        _row("customer's message → agent's socket, p95", p95, "ms", ""),
        _row(
            "messages a second through the whole path",
            rate,
            "1/s",
            f"{WRITERS} customers, stored and seen by the agent",
        ),
    ]


async def _latency(agent: Agent, visitor: Visitor, number: int) -> float:
    text = f"latency {number}"
    began = time.perf_counter()
    seen = asyncio.ensure_future(agent.event("MessageAdded", lambda e: e["message"]["text"] == text))
    await visitor.say(text)
    await seen
    agent.events.clear()
    return (time.perf_counter() - began) * 1000


async def _throughput(agent: Agent, visitors: list[Visitor]) -> float:
    agent.events.clear()
    ends = time.perf_counter() + SECONDS

    async def write(name: int, visitor: Visitor) -> int:
        sent = 0
        while time.perf_counter() < ends:
            await visitor.say(f"load {name} {sent}")
            sent += 1
        return sent

    began = time.perf_counter()
    sent = sum(await asyncio.gather(*(write(number, visitor) for number, visitor in enumerate(visitors))))

    def all_arrived() -> bool:
        texts = (event["body"].get("message", {}).get("text", "") for event in agent.events)
        return bool(sum(text.startswith("load ") for text in texts) >= sent)

    await agent.until(all_arrived, within=60)
    return sent / (time.perf_counter() - began)


def _sizes() -> list[dict[str, object]]:
    dist = ROOT / "inbox/web/dist"
    page = (dist / "index.html").read_text()
    scripts = re.findall(r'(?:src|href)="/?([^"]+\.js)"', page)
    desk = sum(_gzipped(dist / name) for name in scripts)
    widget = _gzipped(ROOT / "channels/widget/dist/widget.js")
    return [
        _row("desk: JavaScript the page names", desk, "KB gz", "npm run size adds the desk route; at most 205"),
        _row("chat widget", widget, "KB gz", "at most 25"),
    ]


def _gzipped(file: Path) -> float:
    return len(gzip.compress(file.read_bytes(), 9)) / 1024 if file.exists() else 0.0
