"""Keeps one reader per connected channel of a kind, in one replica only (a lease): bots that are polled, mailboxes that
are watched. A change of the channel starts its reader anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from antiphon.channels.contract import ChannelView
from antiphon.channels.domain.channel import Channel
from antiphon.kit import leases, logs

if TYPE_CHECKING:
    from antiphon.channels.app.channel_setup import ChannelSetup

_LOOK = 2.0
_TROUBLE_PAUSE = 2.0
log = logs.get("channels")


class Readers:
    """`read` runs while the lease is held, until cancelled."""

    def __init__(
        self,
        kind: str,
        setup: ChannelSetup,
        own: leases.Leases,
        holder: str,
        read: Callable[[Channel, ChannelView, leases.Lease], Awaitable[None]],
    ) -> None:
        self.kind = kind
        self.setup = setup
        self.leases = own
        self.holder = holder
        self._read = read
        self._running: dict[str, tuple[int, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        changed = self.setup.watch()
        async with asyncio.TaskGroup() as group:
            while True:
                changed.clear()
                await self._reconcile(group)
                try:
                    async with asyncio.timeout(_LOOK):
                        await changed.wait()
                except TimeoutError:
                    continue

    async def _reconcile(self, group: asyncio.TaskGroup) -> None:
        try:
            wanted = {channel.id: channel for channel in await self.setup.store.running(self.kind)}
        except Exception:
            log.exception("looking for channels was interrupted", kind=self.kind)
            return
        for channel_id, (rev, task) in list(self._running.items()):
            if task.done() or channel_id not in wanted or wanted[channel_id].rev != rev:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                del self._running[channel_id]
        for channel_id, channel in wanted.items():
            if channel_id not in self._running:
                task = group.create_task(self._tend(channel), name=f"{self.kind} {channel_id}")
                self._running[channel_id] = (channel.rev, task)

    async def _tend(self, channel: Channel) -> None:
        view = self.setup.open(channel)

        async def lead(lease: leases.Lease) -> None:
            await self._read(channel, view, lease)

        while True:
            try:
                await self.leases.hold(f"{self.kind}.{channel.id}", self.holder, lead)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("a channel's reading was interrupted", channel_id=channel.id)
                await asyncio.sleep(_TROUBLE_PAUSE)
