"""How fast the ACD decides with its journal: a keeper over a real nats-server and mongod, and what waiting costs.

    python -m e2e.load.acd_speed

One tenant of 1,000 agents in 50 queues. Callers enqueue, accept and release at once, as many as there are tasks; each
waits for his answer, which comes after the entry is stored. A *decision* is an enqueue or a release. Printed are
decisions a second by the wall and by this process's processor time (nats-server and mongod have the rest), the times of
answers, the longest time in which the loop did nothing else, and the memory of 10,000 waiting items.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import TypeVar

from antiphon.acd.app.journal import Journal, open_stream
from antiphon.acd.app.keeper import Keeper, Scene
from antiphon.acd.bench import BenchCase, Centre
from antiphon.acd.domain import inputs
from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.queue import QueueSettings
from antiphon.acd.memory import collect_seldom
from antiphon.acd.settings import Settings
from antiphon.acd.store import COLLECTIONS, INDEXES, Store
from antiphon.acd.world import Told
from antiphon.kit import dev, mongo
from antiphon.kit.errors import DomainError
from antiphon.kit.service import Runtime

T = TypeVar("T")
AGENTS, QUEUES, BACKLOG = 1_000, 50, 5_000


def nothing(_: Scene) -> None:
    """The answer nobody looks at."""


class Rush:
    """Everybody at once, for a while."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.rng = random.Random(1)
        self.times: list[float] = []
        self.longest = 0.0
        self.number = 0
        self.over = asyncio.Event()

    async def set_up(self) -> None:
        facts: list[inputs.Input] = [inputs.QueueConfigured(QueueSettings(f"q{n}")) for n in range(QUEUES)]
        for number in range(AGENTS):
            seats = tuple(Seat(f"q{n}") for n in self.rng.sample(range(QUEUES), self.rng.randint(1, 6)))
            facts.append(inputs.AgentConfigured(f"a{number}", seats))
            facts.append(inputs.AgentStateSet(f"a{number}", AgentState.READY))
        facts += [self.arrival() for _ in range(BACKLOG)]
        for start in range(0, len(facts), 200):
            await self.keeper.submit(*facts[start : start + 200], answer=nothing)

    def arrival(self) -> inputs.WorkEnqueued:
        self.number += 1
        attributes = {"subject": f"call:{self.number:032}"}
        queue_id, contact = f"q{self.rng.randrange(QUEUES)}", f"ct_{self.number:026}"
        return inputs.WorkEnqueued(f"i{self.number}", queue_id, contact_id=contact, attributes=attributes)

    async def timed(self, call: Callable[[], Awaitable[T]]) -> T:
        began = perf_counter()
        answer = await call()
        self.times.append(perf_counter() - began)
        return answer

    async def agent(self, agent_id: str) -> None:
        """Accepts what he is offered, lets it go, and another customer comes."""
        while not self.over.is_set():
            held = await self.keeper.submit(answer=lambda scene: self._held(scene, agent_id))
            for item_id, version in held:
                with suppress(DomainError):
                    await self.keeper.submit(inputs.OfferAccepted(item_id, version, agent_id), answer=nothing)
                    await self.timed(lambda: self.keeper.submit(
                        inputs.WorkReleased(item_id, agent_id), answer=nothing))  # noqa: B023 # fmt: skip
                await self.timed(lambda: self.keeper.submit(self.arrival(), answer=nothing))

    def _held(self, scene: Scene, agent_id: str) -> list[tuple[str, int]]:
        floor = scene.brain.floor
        return [(item_id, floor.items[item_id].version) for item_id in floor.agents[agent_id].held]

    async def watch(self) -> None:
        """How much processor time the loop spent before it came round again."""
        while not self.over.is_set():
            began = thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, thread_time() - began)


async def measure(folder: Path, servers: dev.Servers, seconds: float, callers: int) -> None:
    platform = dev.platforms(folder, ("acd",), servers, mongo_prefix="speed", log_level="WARNING")["acd"]
    runtime = Runtime("acd", platform)
    bus = await runtime.bus()
    await mongo.migrate(runtime.database(), INDEXES, COLLECTIONS)
    await open_stream(bus)
    store = Store(runtime.database())
    keeper = Keeper("speed", Journal(bus, 0, "speed"), store, await Told.open(bus), runtime.clock, Settings())
    running = asyncio.ensure_future(keeper.run())
    await keeper.ready.wait()
    rush = Rush(keeper)
    await rush.set_up()
    with collect_seldom():
        began, cpu = perf_counter(), process_time()
        tasks = [asyncio.ensure_future(rush.agent(f"a{number}")) for number in range(callers)]
        tasks.append(asyncio.ensure_future(rush.watch()))
        await asyncio.sleep(seconds)
        rush.over.set()
        await asyncio.gather(*tasks)
        wall, cpu = perf_counter() - began, process_time() - cpu
    times = sorted(rush.times)
    print(f"{len(times)} decisions, {callers} callers at once, journalled: {len(times) / wall:,.0f}/s by the wall, "
          f"{len(times) / cpu:,.0f}/s of this processor")  # fmt: skip
    middle, late = times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3
    print(f"answers after {middle:.1f} ms (median), {late:.1f} ms (p99)")
    print(f"one round of the loop took at most {rush.longest * 1e3:.0f} ms of the processor")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def memory_of_waiting(count: int = 10_000) -> float:
    """Bytes that one more waiting item takes in the brain."""
    centre = Centre(BenchCase("memory", 100, 50, 1_000))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(count):
        centre.tell(centre.arrival())
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return taken / count


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--callers", type=int, default=256)
    options = parser.parse_args()
    print(f"10,000 waiting items: {memory_of_waiting() * 10_000 / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory(prefix="acd-speed-") as folder, dev.servers(Path(folder)) as servers:
        place = Path(folder) / "acd"
        place.mkdir()
        asyncio.run(measure(place, servers, options.seconds, options.callers))


if __name__ == "__main__":
    main()
