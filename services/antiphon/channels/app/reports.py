"""How far our messages came, as the provider says: SENT → DELIVERED → READ, or FAILED with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from antiphon.channels.contract import ChannelView, Reported, SendLater
from antiphon.channels.domain.message import Direction, Message, advances
from antiphon.kit import logs

if TYPE_CHECKING:
    from antiphon.channels.app.conversations import Conversations

_MEANWHILE = timedelta(seconds=60)
"""A report may overtake our own note of the provider's id; after this it is about a message that we did not send."""
log = logs.get("channels")


class Reports:
    def __init__(self, conversations: Conversations) -> None:
        self.conversations = conversations
        self.store = conversations.store

    async def take(self, channel: ChannelView, report: Reported) -> None:
        """Raises SendLater while the message may still be on its way into the store."""
        if not report.ext_ids:
            await self.store.advance_until(channel.id, report.peer, report.at, report.delivery)
            return
        for ext_id in report.ext_ids:
            known = await self._known(channel, (ext_id, *report.other_ids))
            if known is None:
                if abs(self.conversations.now() - report.at) < _MEANWHILE:  # the provider's clock may be far ahead
                    raise SendLater("a report about a message that is not known yet")
                log.info("a report about a message that is not ours", channel_id=channel.id)
                continue
            await self._mark(*known, report)

    async def _known(self, channel: ChannelView, names: tuple[str, ...]) -> tuple[str, Message] | None:
        for name in names:
            if (known := await self.store.message_by_ext(channel.id, name, Direction.OUT)) is not None:
                return known
        return None

    async def _mark(self, tenant: str, message: Message, report: Reported) -> None:
        def body(stored: Message) -> Message | None:
            if not advances(stored.delivery, report.delivery):
                return None
            return replace(stored, delivery=report.delivery, failure=report.failure[:500])

        await self.store.change_message(tenant, message.conversation_id, message.seq, body)
