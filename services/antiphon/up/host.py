"""The all-in-one: servers, services in dependency order, the demo tenant, a table of what runs where.

By default every service lives in one event loop (ready in a few seconds), but for those that keep nobody waiting
(`beside.py`); with `--processes` the imports are done once and each service is forked, watched and started again with a
growing pause. Real NATS either way; who lives in one process is asked without a socket (`kit/near.py`), and the code of
a service cannot tell the difference.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import uvloop

from antiphon.kit import dev, logs, mongo, procs, tasks
from antiphon.kit.bus import Bus
from antiphon.kit.clock import system_clock
from antiphon.kit.leases import Leases
from antiphon.kit.near import Neighbours
from antiphon.kit.service import Runtime, Serve, named
from antiphon.kit.settings import Platform
from antiphon.up import beside, demo_shifts, demo_tenant, screen, voice
from antiphon.up.beside import Beside
from antiphon.up.forked import Child, Forked
from antiphon.up.replicas import SERVERS, Replica, Unknown, parse, spread, twin
from antiphon.up.settings import Settings, give

BEFORE_PEOPLE = ("directory", "routing", "acd", "billing", "channels", "media", "wfm", "dialer", "insight", "team")
SERVICES = (*BEFORE_PEOPLE, "edge", "inbox")
_HTTP_PORTS = {"channels": "ANTIPHON_CHANNELS_HTTP_PORT", "inbox": "ANTIPHON_INBOX_PORT"}
_SUCCEEDED = 2.0
"""Seconds after which a process that died is succeeded by its replica; a twin has the lease of a cluster."""
_ALONE = 15.0
"""With one process nobody could succeed: a machine that stalls for a while loses nothing."""
_LOOK = 0.3
"""Seconds between two looks at the children."""
_STOPS_WITHIN = 5.0
"""Seconds that the next service to stop waits for the one before it."""
log = logs.get("up")


class InTheWay(Exception):
    """Something prevents the start; the message says what and what to do."""


@dataclass(slots=True)
class Plan:
    """What is about to run."""

    settings: Settings
    demo: bool
    processes: bool
    replicas: str = ""
    """Such as "acd=2,media=2"; needs processes."""
    twin: bool = False
    """Several of everything, as in a cluster, but for what `replicas` says otherwise."""
    plant: voice.Plant | None = None
    """None where this machine runs without voice."""

    @property
    def before_people(self) -> tuple[str, ...]:
        """The services that must be ready before the desk opens."""
        return (*BEFORE_PEOPLE, "edge") if self.plant is not None else BEFORE_PEOPLE


def load(name: str) -> Serve:
    """The `serve` function of a service."""
    serve: Serve = importlib.import_module(f"antiphon.{name}.__main__").serve
    return serve


def run(plan: Plan, load: Callable[[str], Serve] = load) -> None:
    """Runs until Ctrl-C what `load` gives for each service. Raises InTheWay, ServerMissing, ServerFailed; leaves no
    process behind."""
    settings, counts, apart = plan.settings, _counts(plan), services_beside(plan.settings)
    settings.directory.mkdir(parents=True, exist_ok=True)
    logs.setup(settings.log_level, (settings.directory / "antiphon.log").open("a"))
    with _lock(settings.directory):
        _prepare_voice(plan, counts)
        _check_ports(plan)
        started = time.monotonic()
        servers = dev.spawn_servers(settings.directory, **{part: counts.get(part, 1) for part in SERVERS})
        try:
            with servers.coming_up():
                serves = {name: load(name) for name in (*plan.before_people, "inbox")}
            platforms = _platforms(plan, servers)
            uvloop.run(_forget_the_dead(platforms["acd"]))
            configure(settings, plan.demo)
            if plan.plant is not None:
                plan.plant.tell(settings)
                plan.plant.start(servers.others)
            if plan.processes:
                _forked(plan, serves, spread(platforms, counts), servers, started)
            else:
                others = Beside({name: serves[name] for name in apart}, platforms)
                uvloop.run(_Together(plan, serves, platforms, others).run(servers, started))
        finally:
            servers.stop()


def services_beside(settings: Settings) -> tuple[str, ...]:
    """The services that run beside. Raises InTheWay for what cannot."""
    if settings.beside is None:
        return beside.usual()
    wanted = tuple(filter(None, (name.strip() for name in settings.beside.split(","))))
    if unknown := sorted(set(wanted) - set(BEFORE_PEOPLE)):
        raise InTheWay(f"ANTIPHON_UP_BESIDE: {', '.join(unknown)} cannot run beside")
    return wanted


def _platforms(plan: Plan, servers: dev.Servers) -> dict[str, Platform]:
    settings = plan.settings
    lasting = {} if plan.twin else {"lease_seconds": _SUCCEEDED if plan.processes else _ALONE}
    found = dev.platforms(settings.directory, SERVICES, servers, log_level=settings.log_level)
    return {name: platform.model_copy(update=lasting) for name, platform in found.items()}


async def _forget_the_dead(platform: Platform) -> None:
    """The directory is ours alone: whoever held a lease in it has died."""
    bus = await Bus.connect(platform, "up")
    await (await Leases.open(bus)).release_all()
    await bus.close()


def _counts(plan: Plan) -> dict[str, int]:
    """Replicas by part; those of voice that this machine cannot run are left out."""
    parts = dict.fromkeys((*SERVICES, *voice.PARTS, *SERVERS))
    try:
        counts = parse(plan.replicas, parts)
    except Unknown as error:
        raise InTheWay(f"--replicas: {error}") from error
    if counts and not plan.processes:
        raise InTheWay("--replicas needs --processes: each replica is a process of its own")
    return {**twin(parts), **counts} if plan.twin else counts


def _prepare_voice(plan: Plan, counts: Mapping[str, int]) -> None:
    why = voice.why_not(plan.settings)
    if why:
        voice.without(why)
    else:
        plan.plant = voice.plan(plan.settings, counts)


def _check_ports(plan: Plan) -> None:
    settings = plan.settings
    wanted = [("the desk", settings.port, "--port"), ("the widget", settings.channels_port, "--channels-port")]
    if plan.plant is not None:
        wanted += [(what, port, "ANTIPHON_UP_SIP_…_PORT, or --no-voice") for what, port in voice.ports(settings)]
    for what, port, how in wanted:
        if procs.is_listening(port):
            raise InTheWay(f"port {port} ({what}) is in use; stop that program or choose another with {how}")


def configure(settings: Settings, demo: bool) -> None:
    """Hands the services what they read from the environment; secrets are made once and kept in the directory."""
    made = dev.keys(settings.directory, ("encryption", "evidence", "digests"))
    key = made["encryption"]
    give(
        {
            "ANTIPHON_DIRECTORY_SEALING_KEY": key,
            "ANTIPHON_DIRECTORY_DESK_URL": f"http://localhost:{settings.port}",
            "ANTIPHON_DIRECTORY_OPERATOR": "first",  # who starts it on a machine of his own runs it
            "ANTIPHON_MEDIA_BILLING": "true",
            "ANTIPHON_MEDIA_BILLING_NEEDS_ACCOUNT": "false",
            "ANTIPHON_CHANNELS_BILLING": "true",
            "ANTIPHON_DIALER_EVIDENCE_KEY": made["evidence"],
            "ANTIPHON_DIALER_DIGEST_KEYS": json.dumps([made["digests"], made["evidence"]]),
            "ANTIPHON_CHANNELS_SECRET_KEY": key,
            "ANTIPHON_CHANNELS_HTTP_PORT": str(settings.channels_port),
            "ANTIPHON_CHANNELS_PUBLIC_URL": f"http://localhost:{settings.channels_port}",
            "ANTIPHON_INBOX_PORT": str(settings.port),
            "ANTIPHON_INBOX_PUBLIC_URL": f"http://localhost:{settings.port}",
            "ANTIPHON_INBOX_CHANNELS_PUBLIC_URL": f"http://localhost:{settings.channels_port}",
            "ANTIPHON_INBOX_DEMO": "true" if demo else "false",
        }
    )


class _Together:
    """Every service in one loop, but for those beside."""

    def __init__(self, plan: Plan, serves: dict[str, Serve], platforms: dict[str, Platform], apart: Beside) -> None:
        self._plan = plan
        self._apart = apart
        self._own = [name for name in plan.before_people if name not in services_beside(plan.settings)]
        self._serves = serves
        self._platforms = platforms
        self._stop = asyncio.Event()
        self._neighbours = Neighbours()
        self._runtimes: list[Runtime] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._later: list[asyncio.Future[None]] = []

    async def run(self, servers: dev.Servers, started: float) -> None:
        """Until a signal, or until a service fails."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        try:
            await asyncio.gather(self._apart.ready(), *(self._start(name) for name in self._own))
            if not self._stop.is_set():
                tenant = await _demo(self._plan, self._platforms)
                await self._start("inbox")
            if not self._stop.is_set():
                pids = {"antiphon": os.getpid()} | ({beside.NAME: self._apart.pid} if self._apart.pid else {})
                table = screen.Table(servers, pids, _places(self._plan))
                screen.started(self._plan.settings, tenant, time.monotonic() - started, table)
                self._later = [asyncio.ensure_future(_demo_shifts(self._plan, self._platforms, tenant))]
            await self._watch(servers)
        finally:
            await self._end()

    async def _start(self, name: str) -> None:
        """Returns when the service is ready, or when everything stops."""
        runtime = Runtime(name, self._platforms[name], neighbours=self._neighbours)
        self._runtimes.append(runtime)
        task = asyncio.ensure_future(_named(name, self._serves[name](runtime)))
        task.add_done_callback(lambda _: self._stop.set())
        self._tasks.append(task)
        waits = [asyncio.ensure_future(runtime.is_ready.wait()), asyncio.ensure_future(self._stop.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _watch(self, servers: dev.Servers) -> None:
        while not self._stop.is_set():
            for name in servers.revive():
                screen.revived(name)
            if self._apart.ended():
                log.error("the services beside have ended")
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._stop.wait()

    async def _end(self) -> None:
        """Whoever asks stops before whom he asks: calls that end by the stop still tell the ACD."""
        screen.stopping()
        await tasks.end(*self._later)
        await self._apart.stop()
        for runtime, task in reversed(list(zip(self._runtimes, self._tasks, strict=True))):
            runtime.stopping.set()
            await asyncio.wait({task}, timeout=_STOPS_WITHIN)
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        mongo.close_clients()
        for result in results:
            if isinstance(result, BaseException):
                raise result


async def _named(name: str, work: Awaitable[None]) -> None:
    with named(name):
        await work


async def _demo(plan: Plan, platforms: dict[str, Platform]) -> demo_tenant.DemoTenant | None:
    """The demo tenant, made at the first start; its widget key is told to the inbox."""
    if not plan.demo:
        return None
    runtime = Runtime("inbox", platforms["inbox"])
    try:
        tenant = await demo_tenant.ensure(runtime.peers, plan.settings)
    finally:
        await runtime.peers.close()
    if plan.plant is not None:
        await voice.knows(plan.plant, (phone.username for phone in tenant.phones))
    give({"ANTIPHON_INBOX_DEMO_WIDGET_KEY": tenant.widget_key})
    return tenant


def _places(plan: Plan) -> dict[str, str]:
    places = plan.plant.places() if plan.plant is not None else {}
    if plan.processes:
        return places
    apart = services_beside(plan.settings)
    rest = "all other services" if apart else "all services in one process"
    return {**places, "antiphon": rest, beside.NAME: ", ".join(apart)}


def _forked(
    plan: Plan, serves: dict[str, Serve], platforms: dict[str, Platform], servers: dev.Servers, started: float
) -> None:
    """One process a replica, until a signal."""
    ports = {"channels": plan.settings.channels_port, "inbox": plan.settings.port}
    places = _places(plan)

    def child(name: str) -> Child:
        service, _, number = name.partition("-")
        replica = Replica(service, int(number or 1), platforms[name])
        own = plan.plant.own(service, replica.number) if plan.plant is not None else {}
        port = 0 if service == "edge" else replica.port
        if service in ports and replica.number > 1:
            port = procs.free_port()
            own |= {_HTTP_PORTS[service]: str(port)}
            places[name] = f"127.0.0.1:{port}"
        return Child(replica, serves[service], ports[service] if name == "inbox" else port, own)

    def of(*services: str) -> list[Child]:
        return [child(name) for service in services for name in platforms if name.partition("-")[0] == service]

    def seeded() -> None:
        if plan.demo and (tenant := demo_tenant.kept(plan.settings.directory)) is not None:
            give({"ANTIPHON_INBOX_DEMO_WIDGET_KEY": tenant.widget_key})

    def ready(pids: dict[str, int]) -> None:
        tenant = demo_tenant.kept(plan.settings.directory) if plan.demo else None
        table = screen.Table(servers, pids, places)
        screen.started(plan.settings, tenant, time.monotonic() - started, table)

    base = {name: platforms[name] for name in SERVICES}
    forked = Forked(of(*plan.before_people), of("inbox"), servers)
    forked.run(lambda: uvloop.run(_seed_only(plan, base)), seeded, ready)


async def _seed_only(plan: Plan, platforms: dict[str, Platform]) -> None:
    await _demo_shifts(plan, platforms, await _demo(plan, platforms))


async def _demo_shifts(plan: Plan, platforms: dict[str, Platform], tenant: demo_tenant.DemoTenant | None) -> None:
    """What takes a few seconds and nobody waits for."""
    if tenant is None or not plan.settings.demo_shifts:
        return
    runtime = Runtime("inbox", platforms["inbox"])
    try:
        await demo_shifts.ensure(runtime.peers, platforms["wfm"], tenant, system_clock)
    finally:
        await runtime.peers.close()


class _lock:  # noqa: N801 - used as a function
    """One `up` per directory."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "up.lock"
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        self._file = self._path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            pid = self._file.read().strip()
            message = f"Antiphon already runs here (process {pid}, state in {self._path.parent}); stop it with Ctrl-C"
            raise InTheWay(f"{message} or `kill {pid}`, or choose another --dir and --port") from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
