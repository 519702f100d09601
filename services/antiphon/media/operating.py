"""What an operator does with the engines from outside of media's replicas: he asks engines and bucket himself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from antiphon.kit.bus import Bus
from antiphon.kit.settings import Platform
from antiphon.media.engines import Engine, Marks
from antiphon.media.ng.cluster import Cluster
from antiphon.media.settings import Settings
from antiphon.media.wiring import addresses

T = TypeVar("T")


class Desk:
    """One visit."""

    def __init__(self, cluster: Cluster, marks: Marks) -> None:
        self._cluster = cluster
        self._marks = marks

    async def engines(self) -> list[Engine]:
        await self._cluster.probe()
        marked = await self._marks.names()
        return [
            Engine(node.name, node.calls, "silent" if not node.alive else "draining" if node.name in marked else "up")
            for node in self._cluster.nodes
        ]

    async def drain(self, name: str, wait: float = 0.0) -> int:
        """Returns what it carries still, after so many seconds at most. Raises DomainError as `Marks.put`."""
        loop = asyncio.get_running_loop()
        await self._marks.put(name, True, await self.engines())
        deadline = loop.time() + wait
        while True:
            left = await self._carried(name)
            if not left or loop.time() > deadline:
                return left
            await asyncio.sleep(0.5)

    async def undrain(self, name: str) -> None:
        await self._marks.put(name, False, await self.engines())

    async def _carried(self, name: str) -> int:
        return next((engine.sessions for engine in await self.engines() if engine.name == name), 0)


async def at_the_desk(work: Callable[[Desk], Awaitable[T]]) -> T:
    """Raises ValidationError without media's environment, TimeoutError and OSError where nobody answers."""
    platform, settings = Platform(), Settings()
    bus = await Bus.connect(platform, "media-operator")
    cluster = await Cluster.open(addresses(settings))
    try:
        return await work(Desk(cluster, await Marks.open(bus)))
    finally:
        cluster.close()
        await bus.close()
