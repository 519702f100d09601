"""One process dials: while it holds the lease, it keeps a runner for each running campaign of every tenant.

A second process stands by. The lease only elects; that nobody is dialled twice is the journal's unique index.
"""

from __future__ import annotations

import asyncio

from antiphon.dialer.app.runner import Runner
from antiphon.dialer.app.saying import Saying
from antiphon.dialer.app.world import World
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit import logs, tasks
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.leases import Lease
from antiphon.kit.protos import moment

LEASE = "dialer"
_SECOND = 1.0
_SCHEDULED, _RUNNING = "CAMPAIGN_STATE_SCHEDULED", "CAMPAIGN_STATE_RUNNING"
log = logs.get("dialer")


class Leader:
    def __init__(self, world: World, away: tuple[type[Exception], ...]) -> None:
        self._world = world
        self._away = away
        """What the store raises while it cannot be reached."""
        self._lost: tuple[type[Exception], ...] = (DomainError, *away)

    async def lead(self, lease: Lease) -> None:
        """Runs until cancelled, or until the lease is over."""
        running: dict[str, asyncio.Task[None]] = {}
        try:
            while lease.valid:
                await self._look(lease, running)
                await asyncio.sleep(_SECOND / 2)
        finally:
            await tasks.end(*running.values())

    async def _look(self, lease: Lease, running: dict[str, asyncio.Task[None]]) -> None:
        """Starts what shall run; a runner ends by itself when its campaign does not run any more."""
        try:
            await self._start_scheduled()
            wanted = await self._world.store.in_states([_RUNNING])
        except self._away as error:
            log.warning("the store is away", error=type(error).__name__)
            return
        for tenant, campaign_id in wanted:
            task = running.get(campaign_id)
            if task is not None and task.done() and (failure := task.exception()) is not None:
                log.error("a campaign's runner failed and begins anew", campaign_id=campaign_id, error=repr(failure))
            if task is None or task.done():
                running[campaign_id] = asyncio.ensure_future(self._run(lease, tenant, campaign_id))

    async def _start_scheduled(self) -> None:
        now, store = self._world.clock(), self._world.store
        for tenant, campaign_id in await store.in_states([_SCHEDULED]):
            campaign = await store.campaigns.get(tenant, campaign_id)
            if campaign is not None and moment(campaign.starts_at) <= now:
                campaign.state = pb.CAMPAIGN_STATE_RUNNING
                try:
                    await store.campaigns.put(tenant, campaign)
                except DomainError as error:
                    if error.reason is not Common.STALE:
                        raise

    async def _run(self, lease: Lease, tenant: str, campaign_id: str) -> None:
        """The seconds of one campaign."""
        loop = asyncio.get_running_loop()
        campaign = await self._world.store.campaigns.get(tenant, campaign_id)
        if campaign is None:
            return
        runner, saying = Runner(self._world, tenant, campaign), Saying(self._world, tenant)
        with logs.bound(tenant=tenant, campaign_id=campaign_id):
            while lease.valid and runner.campaign.state == pb.CAMPAIGN_STATE_RUNNING:
                began = loop.time()
                try:
                    await runner.second()
                except self._lost as error:
                    log.warning("a second was lost", error=type(error).__name__)
                    await self._say_away(saying, runner.campaign, error)
                await asyncio.sleep(max(0.05, _SECOND - (loop.time() - began)))

    async def _say_away(self, saying: Saying, campaign: pb.Campaign, error: Exception) -> None:
        try:
            await saying.away(campaign, error.reason.name if isinstance(error, DomainError) else type(error).__name__)
        except self._away:
            log.warning("nobody could be told why")
