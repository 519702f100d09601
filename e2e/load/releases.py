"""A twin in which each replica runs the release it is told to: what a rollout passes through.

    python -m e2e.load.releases --dir DIR …     # as `antiphon up --twin`, with the options of `e2e.stack.Stack`

Servers, telephony and whoever watches the processes are this working tree's. A replica whose name stands in
`DIR/releases.json` becomes another program as it begins: `python -m antiphon.<service>`, as a pod starts it, of the
release that is named there. To replace it, change the file and end the process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from antiphon.kit.service import Runtime, Serve
from antiphon.kit.settings import Platform
from antiphon.up import host
from antiphon.up.settings import Settings

_FILE, _LOG = "releases.json", "antiphon.log"
_BEGIN = """
import ctypes, runpy, sys
name, service = sys.argv[1:]
ctypes.CDLL("libc.so.6").prctl(15, name.encode()[:15], 0, 0, 0)
sys.argv = [service]
runpy.run_module(f"antiphon.{service}", run_name="__main__")
"""
"""What the other program does first: it keeps the name by which `ps` and the tests know the replica."""


class NoRelease(Exception):
    """The release cannot be had; the message says what is needed."""


def unpacked(release: str, into: Path) -> Path:
    """A release's tree: of a tag or commit of this repository, or a directory that holds one. Raises NoRelease."""
    given = Path(release)
    if not (given / "services" / "antiphon").is_dir():
        repository = Path(__file__).parents[2]
        archive = into.with_suffix(".tar")
        made = subprocess.run(
            ["git", "-C", str(repository), "archive", "-o", str(archive), release, "services"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise NoRelease(
                f"{release!r} is neither a directory with services/antiphon nor a commit that is here "
                f"({made.stderr.strip()}). A shallow clone has the last commits only: "
                f"`git fetch --depth 1 origin {release}` brings one more (a tag: `git fetch --depth 1 origin tag …`)"
            )
        into.mkdir(parents=True)
        subprocess.run(["tar", "-xf", str(archive), "-C", str(into)], check=True)
        archive.unlink()
        given = into
    return given.resolve()


def latest() -> str:
    """The newest tag before what is here. Raises NoRelease."""
    repository = Path(__file__).parents[2]
    told = subprocess.run(
        ["git", "-C", str(repository), "describe", "--tags", "--abbrev=0", "HEAD"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if told.returncode:
        raise NoRelease("no release is tagged here: say which one with --from, a tag, a commit or a directory")
    return told.stdout.strip()


class Releases:
    """Which replica runs what; of who is not named this working tree."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / _FILE

    def of(self, replica: str) -> str:
        """Where its release is; empty: here."""
        return str(self._read().get(replica, ""))

    def put(self, replicas: Mapping[str, Path | None]) -> None:
        """Who begins from now on runs these."""
        known = self._read() | {name: str(where) if where else "" for name, where in replicas.items()}
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(known, indent=1))
        fresh.replace(self._file)

    def _read(self) -> dict[str, str]:
        known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}
        return known


def environment(platform: Platform) -> dict[str, str]:
    """A replica's settings, as a pod is given them."""
    found = {}
    for name in platform.model_fields_set:
        value = getattr(platform, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        found[f"ANTIPHON_{name.upper()}"] = json.dumps(plain) if isinstance(plain, dict) else str(plain)
    return found


def _own_name() -> str:
    """As `procs.call_this` set it."""
    return Path("/proc/self/comm").read_text().strip()


def _serve(service: str, directory: Path) -> Serve:
    """The service of whichever release the replica is to run."""
    own, releases = host.load(service), Releases(directory)

    async def serve(runtime: Runtime) -> None:
        replica = _own_name()
        release = releases.of(replica)
        if not release:
            await own(runtime)
            return
        with (directory / _LOG).open("a") as log:
            for number in (1, 2):
                os.dup2(log.fileno(), number)
        given = {**os.environ, **environment(runtime.platform), "PYTHONPATH": f"{release}/services"}
        os.execve(sys.executable, [sys.executable, "-c", _BEGIN, replica, service], given)

    return serve


def main() -> None:
    """Runs until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--channels-port", type=int, required=True)
    parser.add_argument("--replicas", default="")
    given = parser.parse_args()
    wanted = {"directory": given.dir, "port": given.port, "channels_port": given.channels_port}
    settings = Settings().model_copy(update=wanted)
    plan = host.Plan(settings, demo=True, processes=True, replicas=given.replicas, twin=True)
    host.run(plan, lambda service: _serve(service, given.dir))


if __name__ == "__main__":
    main()
