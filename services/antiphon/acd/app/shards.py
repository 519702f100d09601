"""Which process leads which tenants.

Tenants are spread over shards by a hash of their id; the leader of a shard holds its lease and keeps a brain for each
of its tenants. Any replica answers a call: what it does not lead it passes to the leader over NATS request/reply
(`antiphon-acd.<shard>`), as the very gRPC request with the caller's token.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress

from antiphon.acd.app import journal
from antiphon.acd.app.journal import Journal, Unreadable
from antiphon.acd.app.keeper import Keeper, Snapshots, World
from antiphon.acd.domain.brain import Brain
from antiphon.acd.settings import Settings
from antiphon.kit import leases, logs, tasks
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError

_LEAVES_WITHIN = 2.0
"""Seconds for the snapshots of a shard that is handed over."""
_AGAIN, _FOREIGN_AGAIN = 0.2, 5.0
"""Seconds until a brain that failed is brought up anew, and one that a newer release left."""
log = logs.get("acd")


def shard_of(tenant: str, shards: int) -> int:
    """The shard of a tenant: stable over processes and releases (CRC-32)."""
    return zlib.crc32(tenant.encode()) % shards


class Shards:
    """The shards that this process leads, and their keepers."""

    def __init__(self, bus: Bus, store: Snapshots, world: World, clock: Clock, settings: Settings) -> None:
        self._bus = bus
        self._store = store
        self._world = world
        self._clock = clock
        self._settings = settings
        self._led: dict[int, leases.Lease] = {}
        self._keepers: dict[str, Keeper] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._foreign: set[str] = set()
        """Tenants of whom a newer release wrote what this one cannot read."""
        self._lets_go = {shard: asyncio.Event() for shard in range(settings.shards)}
        self._settled: dict[int, asyncio.Event] = {shard: asyncio.Event() for shard in range(settings.shards)}
        self.on_start: Callable[[str, Keeper], Awaitable[None]] | None = None
        """Called with every tenant whose brain has just come up, before anyone else may use it."""
        self.on_lead: Callable[[int], Awaitable[Callable[[], Awaitable[None]]]] | None = None
        """Called when a shard is led; returns what to call when it is lost."""

    def brains(self) -> list[Brain]:
        """Of every tenant that this process leads."""
        return [keeper.scene.brain for keeper in self._keepers.values()]

    def leads(self, tenant: str) -> bool:
        return self.shard(tenant) in self._led

    def shard(self, tenant: str) -> int:
        return shard_of(tenant, self._settings.shards)

    async def run(self, holder: str) -> None:
        """Competes for every shard until cancelled."""
        own = await leases.Leases.open(self._bus)
        async with asyncio.TaskGroup() as group:
            for shard in range(self._settings.shards):
                group.create_task(own.hold(f"acd-{shard}", holder, self._lead_shard(shard)))

    async def settled(self) -> None:
        """Returns when every shard has a leader, here with all its tenants brought up, or elsewhere; at the latest when
        a dead leader's lease has run out twice."""
        known = await leases.Leases.open(self._bus)
        try:
            async with asyncio.timeout(2 * known.ttl):
                for shard, event in self._settled.items():
                    await self._led_or(known, shard, event)
        except TimeoutError:
            log.warning("some shards have no leader yet")

    async def _led_or(self, known: leases.Leases, shard: int, event: asyncio.Event) -> None:
        while not event.is_set() and not await known.is_held(f"acd-{shard}"):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    await event.wait()
        if shard in self._led:
            await event.wait()

    async def keeper(self, tenant: str) -> Keeper:
        """The brain of a tenant that this process leads, brought up at first use. Raises UNAVAILABLE elsewhere."""
        shard = self.shard(tenant)
        lease = self._led.get(shard)
        if lease is None or not lease.valid:
            raise DomainError(Common.UNAVAILABLE, "no leader for this tenant here yet", shard=shard)
        kept = self._keepers.get(tenant)
        if kept is None or kept.ended:
            kept = self._start(tenant, shard)
        if not kept.configured:
            await self._until_ready(tenant, kept)
        return kept

    def _lead_shard(self, shard: int) -> Callable[[leases.Lease], Awaitable[None]]:
        async def lead(lease: leases.Lease) -> None:
            self._led[shard] = lease
            left = await self.on_lead(shard) if self.on_lead is not None else None
            try:
                restored = [tenant for tenant in await self._store.restored() if self.shard(tenant) == shard]
                for tenant in dict.fromkeys((*await journal.tenants(self._bus, shard), *restored)):
                    await self._bring_up(tenant)
                self._settled[shard].set()
                await self._lets_go[shard].wait()
                raise leases.LetGo
            finally:
                self._lets_go[shard].clear()
                self._settled[shard].clear()
                del self._led[shard]
                await self._stop(shard)
                if left is not None:
                    await left()

        return lead

    async def _bring_up(self, tenant: str) -> None:
        """The brain decides from now on even if its configuration cannot be compared yet."""
        try:
            await self.keeper(tenant)
        except DomainError as error:
            log.warning("tenant came up with its last configuration", tenant=tenant, error=str(error))

    def _start(self, tenant: str, shard: int) -> Keeper:
        keeper = Keeper(
            tenant,
            Journal(self._bus, shard, tenant),
            self._store,
            self._world,
            self._clock,
            self._settings,
        )
        self._keepers[tenant] = keeper
        self._tasks[tenant] = asyncio.ensure_future(self._keep(tenant, keeper))
        return keeper

    async def _keep(self, tenant: str, keeper: Keeper) -> None:
        """A keeper that ends by itself is forgotten; the next call, or this loop's successor, brings up another."""
        with logs.bound(tenant=tenant):
            pause = _AGAIN
            try:
                await keeper.run()
            except Unreadable as error:
                pause = _FOREIGN_AGAIN
                self._leave_to_newer(tenant, error)
            except Exception:
                log.exception("keeper failed; it will be rebuilt from the journal")
        if self._keepers.get(tenant) is keeper and self.leads(tenant):
            await asyncio.sleep(pause)
            if self._keepers.get(tenant) is keeper and self.leads(tenant):
                self._start(tenant, self.shard(tenant))

    def _leave_to_newer(self, tenant: str, error: Unreadable) -> None:
        """Lets go of the shard, once: a newer replica may take it. Where there is none, the other tenants are served
        and this one waits for the release that wrote its journal."""
        log.error("a newer release wrote what this one cannot read", tenant=tenant, error=str(error))
        if tenant not in self._foreign:
            self._foreign.add(tenant)
            self._lets_go[self.shard(tenant)].set()

    async def _until_ready(self, tenant: str, keeper: Keeper) -> None:
        ready = asyncio.ensure_future(keeper.ready.wait())
        await asyncio.wait({ready, self._tasks[tenant]}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if not keeper.ready.is_set():
            raise DomainError(Common.UNAVAILABLE, "the tenant's ACD is coming up")
        async with keeper.starting:
            try:
                if self.on_start is not None and not keeper.configured:
                    await self.on_start(tenant, keeper)
            except DomainError:
                keeper.configured = True  # it could not be compared: the last configuration holds
                raise
            keeper.configured = True  # not so when the caller went away meanwhile: the next one begins anew

    async def _stop(self, shard: int) -> None:
        mine = [tenant for tenant in self._keepers if self.shard(tenant) == shard]
        running = [self._tasks.pop(tenant) for tenant in mine]
        left = [self._keepers.pop(tenant) for tenant in mine]
        await tasks.end(*running)
        await _within(_LEAVES_WITHIN, asyncio.gather(*(keeper.leave() for keeper in left), return_exceptions=True))


async def _within(seconds: float, work: asyncio.Future[list[BaseException | None]]) -> None:
    """Waits for it, even when told again to end: that is what it is done for."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not work.done() and loop.time() < deadline:
        with suppress(asyncio.CancelledError):
            await asyncio.wait({work}, timeout=deadline - loop.time())
    for failed in work.result() if work.done() else [TimeoutError()]:
        if failed is not None:
            log.warning("no snapshot was left", error=repr(failed))
