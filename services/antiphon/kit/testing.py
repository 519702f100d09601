"""For tests: services against real servers, waiting without sleeping, a virtual-time loop."""

from __future__ import annotations

import asyncio
import inspect
import logging
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from antiphon.kit import logs
from antiphon.kit.clock import Clock, system_clock
from antiphon.kit.service import Runtime, Serve, named
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import Caller, Signer


async def eventually(probe: Callable[[], Any], within: float = 30.0) -> Any:
    """Returns the first truthy answer of `probe`, which may be a coroutine function. After `within` seconds raises
    AssertionError with the last answer."""
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + within, 0.005
    while True:
        answer = probe()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if loop.time() > deadline:
            raise AssertionError(f"not within {within} s; the last answer was {value!r}")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.1)


@contextmanager
def overheard(level: int = logging.DEBUG) -> Iterator[list[str]]:
    """Every line that Antiphon logs inside the block, as it would be written."""
    lines: list[str] = []
    form = logs.JsonLines()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(form.format(record))

    logger, ear = logging.getLogger("antiphon"), Ear(level)
    before = logger.level
    logger.addHandler(ear)
    logger.setLevel(level)
    try:
        yield lines
    finally:
        logger.removeHandler(ear)
        logger.setLevel(before)


@asynccontextmanager
async def running(
    services: Mapping[str, Serve], platforms: Mapping[str, Platform], clock: Clock = system_clock
) -> AsyncIterator[dict[str, Runtime]]:
    """Runs services in this loop until the block ends; every one is ready, and reaches the others, before it begins."""
    runtimes = {name: Runtime(name, platforms[name], clock) for name in services}
    tasks = {name: asyncio.ensure_future(_named(name, serve(runtimes[name]))) for name, serve in services.items()}
    try:
        for name, runtime in runtimes.items():
            ready = asyncio.ensure_future(runtime.is_ready.wait())
            await asyncio.wait({ready, tasks[name]}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            if tasks[name].done():
                tasks[name].result()
            assert runtime.is_ready.is_set(), f"{name} did not get ready"
        async with asyncio.timeout(30):
            await asyncio.gather(*(runtime.peers.reach(services) for runtime in runtimes.values()))
        yield runtimes
    finally:
        for runtime in reversed(runtimes.values()):
            runtime.stopping.set()
        await asyncio.gather(*tasks.values())


async def _named(service: str, work: Awaitable[None]) -> None:
    with named(service):
        await work


def token_for(platform: Platform, caller: Caller) -> str:
    """A token as directory would sign it: `platform` must be directory's."""
    return Signer("directory", platform.token_key.get_secret_value()).sign(caller)


class _Jump(selectors.DefaultSelector):
    """A selector that never waits: time jumps to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        events = super().select(0)
        if events or timeout is None:
            return events or super().select(None)
        self.now += max(timeout, 0.0)
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose hours pass in microseconds. For code without input or output."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now
