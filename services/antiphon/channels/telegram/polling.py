"""Reads bots by long polling, and keeps webhooks where a channel asks for them.

An update is stored before its offset is acknowledged: the next getUpdates, which says "I have all before this", is sent
only after the write. Killed in between, Telegram sends the update again and the unique key drops it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from antiphon.channels.contract import ChannelView, OutcomeUnknown, SendLater, SendRefused
from antiphon.channels.domain.channel import Channel
from antiphon.channels.telegram.bots import Bots
from antiphon.channels.telegram.hooks import raw_update
from antiphon.kit import leases, logs

if TYPE_CHECKING:
    from antiphon.channels.app.arrivals import Arrivals
    from antiphon.channels.app.channel_setup import ChannelSetup

_REFUSED_PAUSE = 60.0
_TROUBLE_PAUSE = 2.0
log = logs.get("channels")


class Polling:
    """What is done with one bot while its lease is held."""

    def __init__(
        self, setup: ChannelSetup, arrivals: Arrivals, bots: Bots, poll_seconds: int, webhook_url: Callable[[str], str]
    ) -> None:
        self.setup = setup
        self.arrivals = arrivals
        self.bots = bots
        self.poll_seconds = poll_seconds
        self.webhook_url = webhook_url

    async def read(self, channel: Channel, view: ChannelView, lease: leases.Lease) -> None:
        """Until cancelled, or the lease is lost."""
        is_webhook = channel.settings.get("mode") == "webhook"
        await self._prepare(channel, view, self.webhook_url(channel.id) if is_webhook else "")
        if is_webhook:
            await asyncio.Event().wait()
        await self._poll(channel, view, lease)

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
