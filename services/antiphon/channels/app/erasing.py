"""Removing customers on request, and what has outlived its time.

Both run in every replica and do the same thing twice without harm. An erasure: conversations are closed, emptied, their
facts deleted from the stream, once more after what was on its way has arrived, and only then is it reported.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from antiphon.channels.domain import reception as rules
from antiphon.channels.domain.conversation import Change, Conversation, Status
from antiphon.channels.v1 import events_pb2
from antiphon.kit import logs
from antiphon.kit.erasing import Rounds, traces_of
from antiphon.kit.errors import DomainError

if TYPE_CHECKING:
    from antiphon.channels.app.reception import Reception
    from antiphon.channels.store import ErasingStore
    from antiphon.directory.v1 import privacy_pb2
    from antiphon.kit.bus import Bus

_SETTLES = 1.0
"""Seconds in which what was read from the outbox before is told."""
_DAY, _AGAIN = 86_400.0, 60.0
_FACTS = (events_pb2.MessageAdded, events_pb2.MessageChanged, events_pb2.ConversationChanged)
log = logs.get("channels")


class Erasing:
    def __init__(self, store: ErasingStore, reception: Reception, bus: Bus) -> None:
        self.store = store
        self.reception = reception
        self.bus = bus
        self.conversations = reception.conversations
        self.asks = reception.asks
        self.rounds = Rounds(self.asks, self.erase)

    async def erase(self, wanted: privacy_pb2.NextErasureResponse) -> dict[str, int]:
        """Removes a customer; how much it was, by kind."""
        traces = traces_of(wanted)
        for it in await self.store.of_contacts(wanted.tenant_id, wanted.contact_ids):
            await self._close(it)
        erased = await self.store.erase(wanted.tenant_id, wanted.contact_ids, traces)
        await asyncio.sleep(_SETTLES)
        for conversation_id in erased.conversations:
            for kind in _FACTS:
                await self.bus.forget(kind, wanted.tenant_id, conversation_id)
        await self.store.tell(wanted.tenant_id, erased.conversations)
        return erased.counts

    async def _close(self, it: Conversation) -> None:
        if not it.is_live:
            return

        async def decide(now_it: Conversation) -> Change | None:
            if now_it.status is Status.CLOSED:
                return None
            withdraw = (*now_it.withdraw, now_it.work_id) if now_it.work_id else now_it.withdraw
            change = Change(now_it).with_fields(withdraw=withdraw)
            return rules.close(change, f"erased:{now_it.rev}", self.conversations.now(), "system", "erased")

        await self.conversations.change(it.tenant, it.id, decide)
        await self.reception.attempt(it.tenant, it.id)

    async def keep_time(self) -> None:
        """Once a day: what is older than its tenant keeps it. Until cancelled."""
        await asyncio.sleep(_AGAIN)
        while True:
            pause = _DAY
            try:
                await self.forget_old()
            except DomainError as error:
                log.info("forgetting what is old has to wait", reason=error.reason.name)
                pause = _AGAIN
            await asyncio.sleep(pause)

    async def forget_old(self) -> dict[str, int]:
        """One round over all tenants; how much was deleted, by kind."""
        now, counts = self.conversations.now(), {"messages": 0, "attachments": 0}
        for kept in await self.asks.retentions():
            if kept.messages:
                async for ids in self.store.outlived(kept.tenant_id, kept.messages, now):
                    counts["messages"] += await self.store.forget_texts(kept.tenant_id, ids)
            if kept.attachments:
                while files := await self.store.old_files(kept.tenant_id, kept.attachments, now):
                    await self.store.forget_file_names(kept.tenant_id, files)
                    counts["attachments"] += await self.store.drop_files(kept.tenant_id, files)
        return counts
