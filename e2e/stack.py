"""The whole of Antiphon as a child process, started by the very command that people type."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from antiphon.kit import procs
from antiphon.up import demo_tenant
from antiphon.up.demo_tenant import DemoPerson, DemoTenant

REPOSITORY = Path(__file__).parents[1]
_DIRECTORIES = {"kamailio": "edge", "rtpengine": "rtpengine", "nats-server": "nats", "mongod": "mongo"}
"""Servers that may run several times, by what they keep where."""
_NUMBERED = re.compile(r"(.+?)(-\d+)?")
_RTP = (20_000, 600, 20)
"""The first port of sound, how many a stack has, and how many stacks: all below those that the system gives out."""


class _Sound:
    """A range of ports for sound that no other stack of this machine uses; the claim is a locked file, until we end."""

    def __init__(self) -> None:
        first, size, ranges = _RTP
        for number in range(ranges):
            claim = os.open(Path(tempfile.gettempdir()) / f"antiphon-e2e-sound-{number}", os.O_RDWR | os.O_CREAT)
            try:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(claim)
                continue
            self.first, self.last = first + number * size, first + (number + 1) * size - 1
            return
        raise AssertionError("every range of ports for sound is taken")


@dataclass
class Stack:
    """`antiphon up` in a directory of its own, on free ports."""

    directory: Path
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=procs.free_port)
    channels_port: int = field(default_factory=procs.free_port)
    voice: bool = False
    """With telephony: the SIP edge and rtpengine too."""
    program: tuple[str, ...] = ("antiphon", "up")
    """The module that is run, and what it is told first."""
    shifts: bool = False
    """With a demo tenant whose week is planned."""
    sip_port: int = field(default_factory=procs.free_port)
    ws_port: int = field(default_factory=procs.free_port)
    sessions: dict[str, httpx.Cookies] = field(default_factory=dict)
    """Of the people who have signed in, by person."""
    _child: subprocess.Popen[bytes] | None = None
    _sound: _Sound | None = None

    @property
    def desk(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def widget(self) -> str:
        return f"http://localhost:{self.channels_port}"

    @property
    def desks(self) -> list[str]:
        """Of all replicas of the inbox."""
        return [self.desk, *self._further("inbox")]

    @property
    def widgets(self) -> list[str]:
        """Of all replicas of channels."""
        return [self.widget, *self._further("channels")]

    def _further(self, service: str) -> list[str]:
        return [f"http://{where}" for name, where in self.places.items() if name.startswith(f"{service}-")]

    @property
    def places(self) -> dict[str, str]:
        """Where things listen that say so, as the table says: "127.0.0.1:4222"."""
        return dict(re.findall(r"^(\S+) +(127\.0\.0\.1:\d+)\b", self.output, re.MULTILINE))

    @property
    def tenant(self) -> DemoTenant:
        kept = demo_tenant.kept(self.directory)
        assert kept is not None
        return kept

    def person(self, role: str, number: int = 0) -> DemoPerson:
        """The demo tenant's people by role."""
        return [person for person in self.tenant.people if person.role == role][number]

    @property
    def output(self) -> str:
        return (self.directory / "output.txt").read_text()

    @property
    def log(self) -> list[dict[str, object]]:
        """Lines of the services' log."""
        file = self.directory / "antiphon.log"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def start(self, within: float = 180.0) -> float:
        """Starts and waits for the table; returns how many seconds it took."""
        self.directory.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        output = self.directory / "output.txt"
        output.write_text("")
        command = [sys.executable, "-m", *self.program, "--dir", str(self.directory), *self.options]
        ports = ["--port", str(self.port), "--channels-port", str(self.channels_port)]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "services"), "COLUMNS": "200", **self._telephony()}
        environment["ANTIPHON_UP_DEMO_SHIFTS"] = "true" if self.shifts else "false"
        environment.update(self.environment)
        with output.open("ab") as out:
            self._child = subprocess.Popen(
                procs.dying_with_parent(command + ports),
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        while "Ctrl-C stops" not in self.output:  # the last line: the table is whole
            if self._child.poll() is not None:
                raise AssertionError(f"up ended with {self._child.returncode}:\n{self.output}")
            if time.monotonic() - began > within:
                raise AssertionError(f"up was not ready in {within} s:\n{self.output}")
            time.sleep(0.02)
        return time.monotonic() - began

    def _telephony(self) -> dict[str, str]:
        if not self.voice:
            return {"ANTIPHON_UP_VOICE": "false"}
        ports = {
            "SIP": self.sip_port,
            "SIP_TLS": procs.free_port(),
            "SIP_WS": self.ws_port,
            "SIP_WSS": procs.free_port(),
        }
        self._sound = self._sound or _Sound()
        first = self._sound.first
        given = {f"ANTIPHON_UP_{name}_PORT": str(port) for name, port in ports.items()}
        given["ANTIPHON_MEDIA_LATE_SECONDS"] = "60"  # a machine that stalls turns callers away, and fails no story
        return given | {"ANTIPHON_UP_RTP_PORT_MIN": str(first), "ANTIPHON_UP_RTP_PORT_MAX": str(self._sound.last)}

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def pids(self) -> dict[str, int]:
        """What runs where, as the table says."""
        return {name: int(pid) for name, pid in re.findall(r"^(\S+) .*? (\d+)\s*$", self.output, re.MULTILINE)}

    def process(self, name: str) -> psutil.Process:
        """A server or, with --processes, a replica, as the table calls it; the one that runs now."""
        numbered = _NUMBERED.fullmatch(name)
        assert numbered is not None
        program, number = numbered[1], numbered[2] or ""
        is_server = program in _DIRECTORIES
        where = str(self.directory / f"{_DIRECTORIES.get(program)}{number}") + "/"
        for _ in range(200):
            for child in psutil.Process(self.pid).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    known = child.name() == program and where in " ".join(child.cmdline()) if is_server else False
                    if known or (not is_server and child.name() == name):
                        return child
            time.sleep(0.05)
        raise AssertionError(f"{name} does not run")

    def kill_server(self, name: str) -> None:
        """kill -9; `up` starts it again."""
        self.process(name).kill()

    def sip_port_of(self, node: int) -> int:
        """Where the world calls this node of the edge, from 1."""
        name = "kamailio" if node == 1 else f"kamailio-{node}"
        found = re.search(rf"^{name} +\S+:(\d+) \(SIP\)", self.output, re.MULTILINE)
        assert found is not None, f"{name} is not in the table"
        return int(found[1])

    def kill(self) -> None:
        """kill -9 of the whole process: the services die at once, the servers with them."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()

    def stop(self, within: float = 30.0) -> int:
        """Ctrl-C; returns the exit code."""
        if self._child is None:
            return 0
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
        try:
            return self._child.wait(within)
        except subprocess.TimeoutExpired:
            self._child.kill()
            raise
