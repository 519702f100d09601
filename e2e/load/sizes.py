"""Memory and start time of each service, as a container runs it: `python -m antiphon.NAME`, one after the other.

    python -m e2e.load.sizes

Beside real nats-server and mongod, each service for itself; those before it stay up. Printed: seconds until it listens,
by the clock and by its own processor time (what counts on a busy machine), and its memory then: resident, proportional
(what it shares with the others is divided among them) and its own alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from antiphon.kit import dev, procs, show
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.up import host, voice
from antiphon.up.settings import Settings
from e2e.load.voice import Row

_SERVICES = (*host.BEFORE_PEOPLE, "inbox")


def environment_of(platform: Platform) -> Mapping[str, str]:
    """What a process of a service is told, as a container would be."""
    told = {
        "NATS_URL": platform.nats_url,
        "MONGO_URL": platform.mongo_url,
        "MONGO_PREFIX": platform.mongo_prefix,
        "ENDPOINTS": json.dumps(platform.endpoints),
        "LISTEN_HOST": platform.listen_host,
        "TOKEN_KEY": platform.token_key.get_secret_value(),
        "TOKEN_KEYS": json.dumps(platform.token_keys),
    }
    return {**os.environ, **{f"ANTIPHON_{name}": value for name, value in told.items()}}


def _spawn(name: str, platform: Platform, log: Path) -> subprocess.Popen[bytes]:
    command = procs.dying_with_parent([sys.executable, "-m", f"antiphon.{name}"])
    with log.open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, env=environment_of(platform))


async def _started(name: str, platform: Platform, port: int, log: Path) -> tuple[subprocess.Popen[bytes], Row]:
    began, child = time.monotonic(), _spawn(name, platform, log)
    await eventually(lambda: procs.is_listening(port), within=120)
    took, process = time.monotonic() - began, psutil.Process(child.pid)
    await asyncio.sleep(1)
    spent, memory = process.cpu_times(), process.memory_full_info()
    row: Row = {"service": name, "ready s": round(took, 1), "processor s": round(spent.user + spent.system, 1)}
    sizes = {"resident": memory.rss, "proportional": memory.pss, "own": memory.uss}
    return child, row | {f"{what} MB": round(size / 1e6) for what, size in sizes.items()}


async def measure(directory: Path, servers: dev.Servers, wanted: Sequence[str]) -> list[Row]:
    """All rows."""
    settings = Settings(directory=directory, port=procs.free_port(), channels_port=procs.free_port())
    platforms = dev.platforms(directory, host.SERVICES, servers)
    host.configure(settings, demo=False)
    voice.without("it is measured without calls")
    http = {"inbox": settings.port, "channels": settings.channels_port}
    children, rows = [], []
    try:
        for name in wanted:
            port = http.get(name) or int(platforms[name].address_of(name).rpartition(":")[2])
            child, row = await _started(name, platforms[name], port, directory / f"{name}.log")
            children.append(child)
            rows.append(row)
    finally:
        for child in reversed(children):
            child.kill()
            child.wait()
    return rows


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", nargs="+", choices=_SERVICES, default=list(_SERVICES))
    wanted = parser.parse_args().services
    with tempfile.TemporaryDirectory(prefix="antiphon-sizes-") as name, dev.servers(Path(name)) as servers:
        rows = asyncio.run(measure(Path(name), servers, wanted))
    show.rows(rows, as_json=False, title=f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
