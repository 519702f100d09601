"""Reads bots by long polling, each by one replica only (a lease), and keeps webhooks where a channel asks for them.

An update is stored before its offset is acknowledged: the next getUpdates, which says "I have all before this", is sent
only after the write. Killed in between, Telegram sends the update again and the unique key drops it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from nats.js.kv import KeyValue

from antiphon.channels.contract import ChannelView, OutcomeUnknown, SendLater, SendRefused
from antiphon.channels.domain.channel import Channel
from antiphon.channels.telegram.bots import Bots
from antiphon.channels.telegram.hooks import raw_update
from antiphon.kit import leases, logs

if TYPE_CHECKING:
    from antiphon.channels.app.arrivals import Arrivals
    from antiphon.channels.app.channel_setup import ChannelSetup

_LOOK = 2.0
_REFUSED_PAUSE = 60.0
_TROUBLE_PAUSE = 2.0
log = logs.get("channels")


class Polling:
    def __init__(
        self,
        setup: ChannelSetup,
        arrivals: Arrivals,
        bots: Bots,
        kv: KeyValue,
        holder: str,
        poll_seconds: int,
    ) -> None:
        self.setup = setup
        self.arrivals = arrivals
        self.bots = bots
        self.kv = kv
        self.holder = holder
        self.poll_seconds = poll_seconds
        self._running: dict[str, tuple[int, asyncio.Task[None]]] = {}

    async def run(self, webhook_url: Callable[[str], str]) -> None:
        """Keeps one task per connected bot until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self.setup.changed.clear()
                await self._reconcile(group, webhook_url)
                try:
                    async with asyncio.timeout(_LOOK):
                        await self.setup.changed.wait()
                except TimeoutError:
                    continue

    async def _reconcile(self, group: asyncio.TaskGroup, webhook_url: Callable[[str], str]) -> None:
        try:
            wanted = {channel.id: channel for channel in await self.setup.store.running("telegram")}
        except Exception:
            log.exception("looking for bots was interrupted")
            return
        for channel_id, (rev, task) in list(self._running.items()):
            if task.done() or channel_id not in wanted or wanted[channel_id].rev != rev:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                del self._running[channel_id]
        for channel_id, channel in wanted.items():
            if channel_id not in self._running:
                task = group.create_task(self._tend(channel, webhook_url(channel_id)), name=f"bot {channel.account}")
                self._running[channel_id] = (channel.rev, task)

    async def _tend(self, channel: Channel, webhook_url: str) -> None:
        view = self.setup.open(channel)
        is_webhook = channel.settings.get("mode") == "webhook"

        async def lead(lease: leases.Lease) -> None:
            await self._prepare(channel, view, webhook_url if is_webhook else "")
            if is_webhook:
                await asyncio.Event().wait()
            await self._poll(channel, view, lease)

        while True:
            try:
                await leases.hold(self.kv, f"telegram.{channel.account}", self.holder, lead)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("a bot's reading was interrupted", channel_id=channel.id)
                await asyncio.sleep(_TROUBLE_PAUSE)

    async def _prepare(self, channel: Channel, view: ChannelView, webhook_url: str) -> None:
        while True:
            try:
                await self.bots.set_webhook(view, webhook_url, view.secrets["webhook"])
                await self.setup.store.note_health(channel, "")
                return
            except (SendRefused, SendLater, OutcomeUnknown) as error:
                await self._trouble(channel, error)

    async def _poll(self, channel: Channel, view: ChannelView, lease: leases.Lease) -> None:
        offset = 0
        while lease.valid:
            try:
                updates = await self.bots.updates(view, offset, self.poll_seconds)
            except (SendRefused, SendLater, OutcomeUnknown) as error:
                await self._trouble(channel, error)
                continue
            if updates:
                await self.arrivals.accept([raw_update(view, update) for update in updates])
                offset = max(int(update["update_id"]) for update in updates) + 1

    async def _trouble(self, channel: Channel, error: Exception) -> None:
        """Says what to do in the channel's health, and waits."""
        if isinstance(error, SendRefused):
            await self.setup.store.note_health(channel, str(error))
            await asyncio.sleep(_REFUSED_PAUSE)
            return
        retry_after = error.retry_after if isinstance(error, SendLater) else None
        if isinstance(error, SendLater) and "another program" in str(error):
            await self.setup.store.note_health(
                channel, "Another program reads this bot's updates. Stop it, or connect a bot of its own here."
            )
        log.warning("a bot cannot be read", channel_id=channel.id, why=str(error))
        await asyncio.sleep(retry_after or _TROUBLE_PAUSE)
