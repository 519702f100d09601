"""What a call costs in signalling alone, and what it costs a peer: INVITE, 200, ACK, BYE, 200.

    python -m e2e.load.sip_speed --peer /tmp/peer/bin/python

The stack of the media service answers every call of sipp (its built-in caller), in a process of its own; so does, with
`--peer`, a user agent of sippy, in turn with ours and with the same callers. Compared is the processor time of the
process that answers. The peer is no part of the project: sippy (BSD licence) lives in an environment of its own,

    python -m venv /tmp/peer && /tmp/peer/bin/pip install sippy
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import uvloop

from antiphon.kit import procs, show
from antiphon.kit.procs import free_port
from antiphon.media.endpoint.endpoint import Endpoint
from antiphon.media.endpoint.leg import Leg

HOST = "127.0.0.1"
SDP = (
    f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
_PEER = Path(__file__).parent / "peers" / "sippy_uas.py"
_STARTS_WITHIN, _GRACE = 20.0, 30.0


async def serve(port: int) -> None:
    """Our side: answers every call at once. For ever."""

    def answer(leg: Leg) -> None:
        leg.on_event = lambda event: None
        leg.answer(SDP.encode())

    endpoint = Endpoint(HOST, port, on_call=answer)
    await endpoint.start()
    await asyncio.Event().wait()


@contextmanager
def answering(command: list[str], port: int) -> Iterator[psutil.Process]:
    """The process that answers, once it has the port; killed at the end."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    child = subprocess.Popen(procs.dying_with_parent(command), env=environment, stdout=subprocess.DEVNULL)
    process, deadline = psutil.Process(child.pid), time.monotonic() + _STARTS_WITHIN
    try:
        while not any(each.laddr.port == port for each in process.net_connections("udp")):
            if child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} does not answer at port {port}")
            time.sleep(0.05)
        yield process
    finally:
        child.kill()
        child.wait()


def callers(port: int, rate: float, calls: int) -> tuple[int, int]:
    """Runs sipp's own caller: how many calls succeeded, how many messages were repeated."""
    with tempfile.TemporaryDirectory(prefix="antiphon-sip-speed-") as folder:
        command = [
            "sipp", "-sn", "uac", f"{HOST}:{port}", "-i", HOST, "-p", str(free_port()), "-mp", str(free_port()),
            "-r", str(rate), "-m", str(calls), "-d", "200", "-nostdin", "-trace_stat", "-fd", "1",
            "-timeout", str(int(calls / rate + _GRACE)),
        ]  # fmt: skip
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                timeout=calls / rate + 2 * _GRACE,
            )  # fmt: skip
        (table,) = Path(folder).glob("*_.csv")
        last = list(csv.DictReader(table.read_text().splitlines(), delimiter=";"))[-1]
        return int(last["SuccessfulCall(C)"]), int(last["Retransmissions(C)"])


def measured(process: psutil.Process, port: int, rate: float, calls: int) -> dict[str, object]:
    """One row, after a few calls to warm up."""
    callers(port, 20, 20)
    before = process.cpu_times()
    done, repeated = callers(port, rate, calls)
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    row: dict[str, object] = {"calls": calls, "failed": calls - done, "repeated": repeated}
    return row | {"ms/call": round(spent * 1000 / calls, 2), "MB": round(process.memory_info().rss / 1e6)}


def compare(peer: str, rate: float, seconds: float, rounds: int) -> list[dict[str, object]]:
    """Rows of both, in turn; the last one is the ratio."""
    rows: list[dict[str, object]] = []
    spent: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name in ("antiphon", "sippy") if peer else ("antiphon",):
            port = free_port()
            own = [sys.executable, "-m", "e2e.load.sip_speed", "--serve", str(port)]
            command = own if name == "antiphon" else [peer, str(_PEER), HOST, str(port), SDP]
            with answering(command, port) as process:
                row = measured(process, port, rate, int(rate * seconds))
            spent.setdefault(name, []).append(float(str(row["ms/call"])))
            rows.append({"who": name, "calls/s": rate, **row})
    if peer:
        ratio = min(spent["sippy"]) / min(spent["antiphon"])
        rows.append({"who": "sippy / antiphon", "calls/s": rate, "ms/call": round(ratio, 1)})
    return rows


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default="", help="a Python that has sippy; without it only ours is measured")
    parser.add_argument("--cps", type=float, default=50.0, help="calls a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=2, help="the best of so many counts")
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        uvloop.run(serve(options.serve))
        return
    if shutil.which("sipp") is None:
        parser.error("sipp is missing: run as root: apt-get install sip-tester")
    rows = compare(options.peer, options.cps, options.seconds, options.rounds)
    show.rows(rows, as_json=True)
    show.rows(rows, as_json=False, title=f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
