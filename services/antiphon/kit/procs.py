"""Real servers as children, for `antiphon up`, tests and e2e.

Each listens on loopback on a free port, keeps its data in one directory, dies with its parent (PR_SET_PDEATHSIG, Linux)
and is started again by the same call after a kill. Readiness is asked of the server, not slept for. Start them from the
main thread: the death signal follows the thread that forked.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_OWN_PORTS, _RANGE = (10_000, 20_000), 20
_own: list[int] = []
"""What is left of the ports that this process has claimed."""
_claims: list[int] = []
_claimed: set[int] = set()


class ServerMissing(Exception):
    """A server program is not installed; the message says how to get it."""


class ServerFailed(Exception):
    """A server started and ended, or did not get ready; the message holds the end of its log."""


def free_port() -> int:
    """A port on loopback that is free for TCP and UDP, and that no other process was given which asks here: ports come
    in ranges that a process claims by a lock, until it ends. None of those that the system gives to outgoing
    connections by itself, so that it is still free when the server gets to it."""
    while True:
        if not _own:
            _own.extend(_claimed_range())
        port = _own.pop()
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port


def _claimed_range() -> range:
    """A range of ports that is ours alone: one byte of a file that all share is locked. The lock goes with us, and no
    child inherits it. Raises ServerFailed when others hold them all."""
    if not _claims:
        _claims.append(os.open(Path(tempfile.gettempdir()) / f"antiphon-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT))
    count = (_OWN_PORTS[1] - _OWN_PORTS[0]) // _RANGE
    for number in random.SystemRandom().sample(range(count), count):  # at random: what was just used rests a while
        if number in _claimed:
            continue
        with contextlib.suppress(BlockingIOError):
            fcntl.lockf(_claims[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
            _claimed.add(number)
            first = _OWN_PORTS[0] + number * _RANGE
            return range(first, first + _RANGE)
    raise ServerFailed("every range of local ports is taken")


def is_listening(port: int) -> bool:
    """True when something accepts connections on this port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def die_with(parent: int) -> None:
    """What a forked child calls first, so that it ends when `parent` does (Linux), even by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6", use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def call_this(name: str) -> None:
    """Names this process for `ps` and `top` (Linux; 15 letters)."""
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6", use_errno=True).prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def dying_with_parent(command: Sequence[str], by: str = "KILL") -> list[str]:
    """The same command, made to end when this process does (Linux), even by kill -9. No code of ours runs between fork
    and exec (`preexec_fn`): gRPC's threads do not survive a fork, and its fork handlers may crash the child.
    A server with children of its own is ended by TERM, so that it can end them."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return list(command)
    still_ours = f'[ "$PPID" = {os.getpid()} ] && exec "$@"'
    return [setpriv, "--pdeathsig", by, "sh", "-c", still_ours, "sh", *command]


class Process:
    """A child process with a log file. `has_children`: it is a family that has to end together."""

    def __init__(
        self, name: str, command: list[str], log: Path, ready: Callable[[], bool], *, has_children: bool = False
    ) -> None:
        self.name = name
        self._dies_by = "TERM" if has_children else "KILL"
        self._command = command
        self._log = log
        self._ready = ready
        self._pid_file = log.with_suffix(".pid")
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self, within: float = 30.0) -> None:
        """Starts and waits until it is ready. Raises ServerFailed."""
        self.spawn()
        self.wait_ready(within)

    def wait_ready(self, within: float = 30.0) -> None:
        """For what was spawned: nodes of a cluster are ready only together. Raises ServerFailed."""
        assert self._child is not None
        deadline = time.monotonic() + within
        while not self._ready():
            if self._child.poll() is not None:
                raise ServerFailed(f"{self.name} ended with {self._child.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} was not ready in {within:.0f} s:\n{self.tail()}")
            time.sleep(0.01)

    def spawn(self) -> None:
        """Starts without waiting. Only from the main thread. A predecessor that is still ending is waited for: two
        servers must never share a directory."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        _await_end(self._pid_file, str(self._log.parent))
        if self._child is not None:
            self._child.wait()
        with self._log.open("ab") as out:
            self._child = subprocess.Popen(
                dying_with_parent(self._command, self._dies_by),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._pid_file.write_text(str(self._child.pid))

    def kill(self) -> None:
        """kill -9, with its children, and wait."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            _end_family(self._child.pid, str(self._log.parent))

    def ask_to_stop(self) -> None:
        """Without waiting."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def stop(self, within: float = 10.0) -> None:
        """Asks to end, then insists."""
        if self._child is None or self._child.poll() is not None:
            return
        self.ask_to_stop()
        try:
            self._child.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def _await_end(pid_file: Path, directory: str, within: float = 10.0) -> None:
    """Waits for the process that was started here before; kills it when it does not end by itself."""
    if not pid_file.exists():
        return
    pid, deadline = int(pid_file.read_text() or 0), time.monotonic() + within
    while pid and directory in _command_of(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += within
        time.sleep(0.02)
    if pid:
        _end_family(pid, directory)


def _end_family(leader: int, directory: str) -> None:
    """Kills what is left of a process group that a server of this directory led, and waits until nothing is."""
    while left := _family(leader, directory):
        for member in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        time.sleep(0.02)


def _family(leader: int, directory: str) -> list[int]:
    """Living members of a process group, by id, that belong to a server of this directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = entry.read_text().rpartition(") ")[2].split()[:3]
        except (OSError, ValueError):
            continue
        member = int(entry.parent.name)
        if int(group) == leader and state != "Z":
            command = _command_of(member)  # empty while it is ending
            if not command or directory in command:
                found.append(member)
    return found


def _command_of(pid: int) -> str:
    """The command line of a running process; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def environment(**more: str) -> dict[str, str]:
    """This process's environment for a child, with some variables set."""
    return {**os.environ, **more}
