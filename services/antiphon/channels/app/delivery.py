"""Carries stored messages to the provider, in order for each conversation.

What waits is in the database (delivery STORED), not in memory. Before the provider is called the message is claimed; a
claim that outlived its holder means that nobody knows whether the provider got it, and a person is told so instead of
the customer being told twice. Only a crash in the moment between the provider's "yes" and our mark leads there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from antiphon.channels.app.paying import MayPay, free
from antiphon.channels.contract import Adapters, ChannelView, OutcomeUnknown, SendLater, SendRefused, Sent
from antiphon.channels.domain.message import Attachment, Delivery, Message, advances
from antiphon.channels.domain.pace import Bucket, backoff, gives_up
from antiphon.kit import logs, tracing
from antiphon.kit.errors import DomainError

if TYPE_CHECKING:
    from antiphon.channels.app.channel_setup import ChannelSetup
    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.domain.conversation import Conversation
    from antiphon.channels.store import FileStore

_AT_ONCE = 100
_PATIENCE = 10.0
UNKNOWN = "It is not known whether this message arrived: the connection broke while it was sent. Ask, or send it again."
SUSPENDED = "The account is suspended: paid messages leave again when it is paid."
log = logs.get("channels")


class Courier:
    """See the module."""

    def __init__(
        self,
        conversations: Conversations,
        setup: ChannelSetup,
        files: FileStore,
        adapters: Adapters,
        claim: timedelta,
    ) -> None:  # fmt: skip
        self.conversations = conversations
        self.store = conversations.store
        self.setup = setup
        self.files = files
        self.adapters = adapters
        self.claim = claim
        self.may_pay: MayPay = free
        """Raises what can be asked again."""
        self._wake = asyncio.Event()
        self._busy: set[str] = set()
        self._buckets: dict[str, Bucket] = {}

    def wake(self) -> None:
        """Says that something was stored."""
        self._wake.set()

    async def run(self) -> None:
        """Sends until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                for tenant, conversation_id in await self._due():
                    if conversation_id not in self._busy and len(self._busy) < _AT_ONCE:
                        self._busy.add(conversation_id)
                        group.create_task(self._empty(tenant, conversation_id))
                try:
                    async with asyncio.timeout(0.5):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _due(self) -> list[tuple[str, str]]:
        try:
            return await self.store.due_outgoing(self.conversations.now())
        except Exception:
            log.exception("looking for messages to send was interrupted")
            await asyncio.sleep(0.5)
            return []

    async def _empty(self, tenant: str, conversation_id: str) -> None:
        try:
            with tracing.about(f"conversation:{conversation_id}", "delivery"):
                while await self._send_head(tenant, conversation_id):
                    pass
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("sending was interrupted", conversation_id=conversation_id)
        finally:
            self._busy.discard(conversation_id)

    async def _send_head(self, tenant: str, conversation_id: str) -> bool:
        """Sends the oldest message. True when the next one may follow at once."""
        head = await self.store.head_outgoing(tenant, conversation_id)
        now = self.conversations.now()
        if head is None or head[1] > now:
            return False
        message, _, tries, is_claimed = head
        if is_claimed:
            await self._fail(tenant, message, UNKNOWN)
            return True
        it = await self.store.get(tenant, conversation_id)
        channel = await self.setup.view(it.channel_id)
        if channel is None or not channel.enabled:
            await self._fail(tenant, message, "The channel is disconnected or switched off: connect it again.")
            return True
        try:
            if not await self.may_pay(tenant, channel.kind):
                await self._fail(tenant, message, SUSPENDED)
                return True
        except DomainError as error:
            log.info("a paid message waits", reason=error.reason.name)
            return False
        if not await self.pace(channel, it):
            return False
        if not await self.store.claim_outgoing(message, tries, self.conversations.now() + self.claim):
            return False
        return await self._attempt(channel, it, message, tries + 1)

    async def _attempt(self, channel: ChannelView, it: Conversation, message: Message, tries: int) -> bool:
        outgoing = self.adapters[channel.kind].outgoing

        async def load(attachment: Attachment) -> bytes:
            return await self.files.data(attachment.id)

        try:
            sent = await outgoing.send(channel, it, message, load)
        except SendRefused as error:
            await self._fail(it.tenant, message, str(error))
        except OutcomeUnknown as error:
            log.warning("the outcome of a message is not known", conversation_id=it.id, error=str(error))
            await self._fail(it.tenant, message, UNKNOWN)
        except SendLater as error:
            return await self._later(channel, it, message, error, tries)
        except DomainError as error:
            await self._fail(it.tenant, message, f"The message could not be prepared: {error.message}")
        else:
            await self._taken(it.tenant, message, sent)
        return True

    async def _later(
        self, channel: ChannelView, it: Conversation, message: Message, error: SendLater, tries: int
    ) -> bool:
        if error.retry_after is not None:
            self._pause(channel, it, error)
            due = self.conversations.now() + timedelta(seconds=error.retry_after)
            await self.store.postpone_outgoing(message, due, counts=False)
        elif gives_up(tries):
            await self._fail(it.tenant, message, f"Not sent after {tries} attempts: {error}")
            return True
        else:
            await self.store.postpone_outgoing(message, self.conversations.now() + backoff(tries))
        return False

    async def _fail(self, tenant: str, message: Message, failure: str) -> None:
        await self._change(tenant, message, lambda stored: _moved(stored, Delivery.FAILED, failure=failure[:500]))

    async def _taken(self, tenant: str, message: Message, sent: Sent) -> None:
        """The provider's word is stored even when its report was faster."""

        def body(stored: Message) -> Message | None:
            moved = _moved(stored, Delivery.SENT)
            if moved is None and (sent.usage is None or stored.usage is not None):
                return None
            return replace(moved or stored, ext_id=sent.ids or stored.ext_id, usage=sent.usage)

        await self._change(tenant, message, body)

    async def _change(self, tenant: str, message: Message, body: Callable[[Message], Message | None]) -> None:
        await self.store.change_message(tenant, message.conversation_id, message.seq, body)

    async def pace(self, channel: ChannelView, it: Conversation) -> bool:
        """Waits for the provider's limits. False when that takes too long: later, then."""
        loop = asyncio.get_running_loop()
        buckets = self._limits(channel, it)
        while (wait := max((bucket.wait(loop.time()) for bucket in buckets), default=0.0)) > 0:
            if wait > _PATIENCE:
                return False
            await asyncio.sleep(wait)
        for bucket in buckets:
            bucket.take(loop.time())
        return True

    def _limits(self, channel: ChannelView, it: Conversation) -> list[Bucket]:
        able = self.adapters[channel.kind].outgoing.capabilities
        if len(self._buckets) > 50_000:
            self._buckets.clear()
        limits = ((channel.id, able.per_channel), (f"{channel.id}:{it.peer}", able.per_chat))
        return [self._buckets.setdefault(name, Bucket(rate, max(1.0, rate))) for name, rate in limits if rate > 0]

    def _pause(self, channel: ChannelView, it: Conversation, error: SendLater) -> None:
        buckets = self._limits(channel, it)
        paused = buckets if error.whole_channel else buckets[-1:]
        for bucket in paused:
            bucket.pause(asyncio.get_running_loop().time(), error.retry_after or 0.0)


def _moved(stored: Message, to: Delivery, failure: str = "") -> Message | None:
    return replace(stored, delivery=to, failure=failure) if advances(stored.delivery, to) else None
