"""How a service lives: `serve(rt)` opens what it needs on the Runtime, says ready, and is drained on SIGTERM.

    async def serve(rt: Runtime) -> None:
        settings = Settings()
        bus = await rt.bus()
        app = App(Store(rt.database()), bus, rt.clock)
        rt.spawn(bus.consume("acd-directory", events.table(app)))
        await rt.grpc(lambda server: server_module.add(server, app), ACD_SERVICE)
        await rt.until_stopped()

`antiphon up` runs the same `serve` functions side by side in one loop; a container runs one. Closing happens in the
reverse order of opening: ports first, then consumers, then connections.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeAlias

import grpc
from starlette.types import ASGIApp

from antiphon.kit import logs, metrics, mongo, otlp, tasks, tls, tracing
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock, system_clock
from antiphon.kit.grpc_client import Peers
from antiphon.kit.grpc_server import Server
from antiphon.kit.near import Neighbours
from antiphon.kit.settings import Platform
from antiphon.kit.texts import Texts
from antiphon.kit.tokens import Signer, Verifier
from antiphon.kit.vault import Masters, Vault
from antiphon.kit.web import WebServer

Serve: TypeAlias = "Callable[[Runtime], Awaitable[None]]"


class Runtime:
    """What one running service holds open."""

    def __init__(
        self, name: str, platform: Platform, clock: Clock = system_clock, neighbours: Neighbours | None = None
    ) -> None:
        self.name = name
        self._neighbours = neighbours
        self.platform = platform
        self.clock = clock
        self.instance = f"{name}-{os.getpid()}-{os.urandom(3).hex()}"
        self.log = logs.get(name)
        self.signer = Signer(name, platform.token_key.get_secret_value(), clock)
        self.verifier = Verifier(platform.token_keys, clock)
        self.peers = Peers(platform, self.signer, neighbours)
        self.stopping = asyncio.Event()
        self.is_ready = asyncio.Event()
        self._stack = AsyncExitStack()
        self._stack.push_async_callback(self.peers.close)
        self._tasks: list[asyncio.Task[None]] = []
        self._servers: list[Server] = []
        self._failure: BaseException | None = None

    async def bus(self) -> Bus:
        """A connection to NATS, drained at the end."""
        bus = await Bus.connect(self.platform, self.name)
        self._stack.push_async_callback(bus.close)
        return bus

    def database(self) -> mongo.Database:
        """This service's own database."""
        return mongo.database(self.platform, self.name)

    async def vault(self) -> Vault:
        """What seals this service's data at rest; every data key is wrapped by the current master key."""
        file = self.platform.master_keys
        vault = Vault(self.database(), Masters.read(file) if file else None, self.clock)
        if rewrapped := await vault.rewrap():
            self.log.info("data keys were wrapped by the current master key", keys=rewrapped)
        return vault

    def texts(self, vault: Vault) -> Texts:
        """What seals this service's texts, where that is wanted."""
        return Texts(vault, seals=self.platform.seal_texts)

    def spawn(self, work: Coroutine[Any, Any, None], name: str = "") -> None:
        """Runs a background task for the life of the service. Its failure ends the service, loudly."""
        task = asyncio.get_running_loop().create_task(work, name=name or repr(work))
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)
        self._stack.push_async_callback(tasks.end, task)

    async def grpc(self, add: Callable[[grpc.aio.Server], None], *names: str) -> None:
        """Serves gRPC on this service's address."""
        health = f"{self.platform.listen_host}:{self.platform.health_port}" if self.platform.health_port else ""
        server = Server(self.verifier, self._neighbours, tls.identity(self.platform), health)
        server.add(add)
        address = self.platform.address_of(self.name)
        await server.start(f"{self.platform.listen_host}:{address.rpartition(':')[2]}", names, address)
        self._servers.append(server)
        self._stack.push_async_callback(server.stop, self.platform.drain_seconds)

    async def web(self, app: ASGIApp, port: int) -> WebServer:
        """Serves HTTP."""
        server = WebServer(app, self.platform.listen_host, port)
        await server.start()
        self._stack.push_async_callback(server.stop)
        return server

    def on_close(self, close: Callable[[], Awaitable[None]]) -> None:
        """Calls `close` at the end, before everything opened so far is closed."""
        self._stack.push_async_callback(close)

    async def _watched(self) -> None:
        """Traces, where a collector is set; /metrics and how late the loop is, where a port is."""
        if self.platform.otlp_endpoint:
            self._stack.push_async_callback(otlp.join(self.platform))
        if self.platform.metrics_port:
            await self.web(metrics.page(), self.platform.metrics_port)
            self.spawn(metrics.watch_loop(), "metrics")

    async def until_stopped(self) -> None:
        """Says ready, waits for the stop, then drains and closes everything."""
        await self._watched()
        for server in self._servers:
            await server.ready()
        self.is_ready.set()
        self.log.info("ready")
        _settle()
        try:
            await self.stopping.wait()
        finally:
            self.log.info("stopping")
            await self._stack.aclose()
        if self._failure is not None:
            raise self._failure

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.log.error("background task failed", task=task.get_name(), error=repr(error))
            self._failure = error
            self.stopping.set()


def _settle() -> None:
    """What was made at the start stays for ever: the collector need not look at it again, and less often at what a
    busy second makes, which is nearly all freed by counting."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def run(name: str, serve: Serve) -> None:
    """Runs one service as a process until SIGTERM or SIGINT: what `python -m antiphon.<name>` does."""
    import uvloop

    platform = Platform()
    logs.setup(platform.log_level)
    uvloop.run(run_together([(name, serve, platform)], (signal.SIGTERM, signal.SIGINT)))


async def run_together(services: Sequence[tuple[str, Serve, Platform]], stops: Sequence[signal.Signals]) -> None:
    """Runs services side by side until one of these signals or until one fails."""
    loop = asyncio.get_running_loop()
    neighbours = Neighbours()
    runtimes = [Runtime(name, platform, neighbours=neighbours) for name, _, platform in services]

    def stop() -> None:
        for runtime in runtimes:
            runtime.stopping.set()

    for number in stops:
        loop.add_signal_handler(number, stop)
    async with asyncio.TaskGroup() as group:
        for runtime, (_, serve, _) in zip(runtimes, services, strict=True):
            group.create_task(_one(runtime, serve, stop))
    mongo.close_clients()


@contextmanager
def named(service: str) -> Iterator[None]:
    """Log lines and spans made inside, and by the tasks started there, are this service's."""
    with logs.bound(service=service), tracing.of_service(service.partition("-")[0]):
        yield


async def _one(runtime: Runtime, serve: Serve, stop: Callable[[], None]) -> None:
    with named(runtime.name):
        try:
            await serve(runtime)
        finally:
            stop()
