"""One process for every replica of every service: forked after the imports and before any loop or gRPC object exists.

A replica that ends by itself is started again after a pause that doubles. At the end whoever asks stops before whom he
asks, so that calls which end by the stop still tell the ACD.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import uvloop

from antiphon.kit import dev, logs, mongo, procs
from antiphon.kit.service import Runtime, Serve, named
from antiphon.up import screen
from antiphon.up.replicas import Replica
from antiphon.up.settings import impose

_LOOK = 0.3
"""Seconds between two looks at the children."""
_READY_WITHIN = 60.0
_STOPS_WITHIN = 5.0
"""Seconds that the next service to stop waits for the one before it."""
_ENDS_WITHIN = 15.0
_LASTED = 10.0
"""Seconds after which a replica counts as one that runs: when it ends then, it begins again as at first."""
Started = Callable[[dict[str, int]], None]
log = logs.get("up")


@dataclass(frozen=True, slots=True)
class Child:
    """A replica, what it serves and the variables that only it reads."""

    replica: Replica
    serve: Serve
    port: int
    """Listening means ready; 0: it listens nowhere."""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.replica.name


class Forked:
    """`before_people` start together; `people`, who need the demo tenant, when it is there."""

    def __init__(self, before_people: Sequence[Child], people: Sequence[Child], servers: dev.Servers) -> None:
        self._before_people = before_people
        self._people = people
        self._servers = servers
        self._children = {child.name: child for child in (*before_people, *people)}
        self._names: dict[int, str] = {}
        self._again_at: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._since: dict[str, float] = {}
        self._stopping = False

    def run(
        self, seed: Callable[[], None], seeded: Callable[[], None], started: Callable[[dict[str, int]], None]
    ) -> None:
        """Until a signal. `seed` runs in a child, `seeded` here after it; `started` is told where each replica runs."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            self._start(self._before_people)
            if not self._stopping:
                _in_a_child(seed)
                seeded()
            if not self._stopping:
                self._start(self._people)
            if not self._stopping:
                started({name: pid for pid, name in self._names.items()})
            self._watch()
        finally:
            screen.stopping()
            self._end()

    def _start(self, children: Sequence[Child]) -> None:
        for child in children:
            self._fork(child)
        for child in children:
            self._wait_for(child)

    def _fork(self, child: Child) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._names[pid], self._since[child.name] = child.name, time.monotonic()
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        procs.die_with(parent)
        procs.call_this(child.name)
        impose(child.environment)
        code = 1
        with suppress(KeyboardInterrupt):
            uvloop.run(_alone(child))
            code = 0
        sys.stdout.flush()
        os._exit(code)

    def _wait_for(self, child: Child) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while child.port and not procs.is_listening(child.port) and not self._stopping:
            if time.monotonic() > deadline:
                return
            self._reap()
            time.sleep(0.02)

    def _watch(self) -> None:
        while not self._stopping:
            self._reap()
            for name in self._servers.revive():
                screen.revived(name)
            for name, at in list(self._again_at.items()):
                if time.monotonic() >= at:
                    del self._again_at[name]
                    self._fork(self._children[name])
            time.sleep(_LOOK)

    def _reap(self) -> None:
        """Notes children that ended; started again after a pause that doubles up to 30 s while they end soon."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                name = self._names.pop(ended[0], "")
                if name and not self._stopping:
                    lasted = time.monotonic() - self._since[name] > _LASTED
                    pause = self._pause[name] = 0.5 if lasted else min(self._pause.get(name, 0.25) * 2, 30)
                    self._again_at[name] = time.monotonic() + pause
                    screen.restarting(name, ended[1], pause)

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _end(self) -> None:
        """All replicas of a service at once, one service after the other."""
        self._stopping = True
        services = dict.fromkeys(child.replica.service for child in reversed(self._children.values()))
        for service in services:
            self._signal(self._of(service), signal.SIGTERM)
            self._await(lambda service=service: not self._of(service), _STOPS_WITHIN)  # type: ignore[misc]
        self._await(lambda: not self._names, _ENDS_WITHIN)
        self._signal(list(self._names), signal.SIGKILL)

    def _of(self, service: str) -> list[int]:
        return [pid for pid, name in self._names.items() if self._children[name].replica.service == service]

    def _signal(self, pids: Sequence[int], number: signal.Signals) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _await(self, done: Callable[[], bool], within: float) -> None:
        deadline = time.monotonic() + within
        while not done() and time.monotonic() < deadline:
            for pid in list(self._names):
                with suppress(ChildProcessError):
                    if os.waitpid(pid, os.WNOHANG)[0]:
                        del self._names[pid]
            time.sleep(0.02)


def _in_a_child(work: Callable[[], None]) -> None:
    """Because the parent may not own a gRPC object before it forks."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    try:
        work()
    except Exception:
        log.exception("the demo tenant could not be made")
    finally:
        os._exit(0)


async def _alone(child: Child) -> None:
    runtime = Runtime(child.replica.service, child.replica.platform)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, runtime.stopping.set)
    with named(child.name):
        await child.serve(runtime)
    mongo.close_clients()
