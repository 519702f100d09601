"""From a provider's update to a message of a conversation.

`accept` stores an update raw; only then may the provider be told "yes". Processing goes lane by lane (a chat, a
visitor) in order, in this process at once and by a loop for what another process left behind. Processing an update
twice changes nothing: the message is found by the provider's id, the conversation by the customer's identity.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from antiphon.channels.app import threads
from antiphon.channels.app.reports import Reports
from antiphon.channels.contract import (
    Adapters,
    ChannelView,
    Deleted,
    Edited,
    FileTooLarge,
    Ignored,
    Incoming,
    RawUpdate,
    RemoteFile,
    Reported,
    Said,
    Sender,
    SendLater,
)
from antiphon.channels.domain import arrival, care
from antiphon.channels.domain.conversation import Change, Conversation, Placement, Status, place
from antiphon.channels.domain.message import MAX_TEXT, Attachment, Direction, Kind, Message
from antiphon.channels.kinds import KINDS
from antiphon.directory.v1 import directory_pb2
from antiphon.kit import logs
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import derived_id

if TYPE_CHECKING:
    from antiphon.channels.app.channel_setup import ChannelSetup
    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.app.files import Files
    from antiphon.channels.app.reception import Reception
    from antiphon.channels.asks import Asks
    from antiphon.channels.store import UpdateStore

Refuses: TypeAlias = Callable[[str, str, str, str], Awaitable[bool]]
Subscribes: TypeAlias = Callable[[ChannelView, Said], Awaitable[bool]]
LeadCame: TypeAlias = Callable[[ChannelView, Said, Conversation], Awaitable[None]]
Rates: TypeAlias = Callable[[Change, Message, str], Awaitable[Change | None]]
_LANES = 64
_ATTEMPTS = 5
_SETTLED = timedelta(seconds=2)
log = logs.get("channels")


class Arrivals:
    def __init__(
        self,
        updates: UpdateStore,
        setup: ChannelSetup,
        reception: Reception,
        files: Files,
        adapters: Adapters,
        reopen_window: timedelta,
    ) -> None:  # fmt: skip
        self.updates = updates
        self.refuses: Refuses = _nobody
        """Whether a sender's messages are not taken: tenant, channel, identity, contact."""
        self.setup = setup
        self.reception = reception
        self.conversations: Conversations = reception.conversations
        self.asks: Asks = reception.asks
        self.files = files
        self.adapters = adapters
        self.reports = Reports(self.conversations)
        self.reopen_window = reopen_window
        self._lanes = [asyncio.Queue[tuple[str, str]]() for _ in range(_LANES)]
        self._queued: set[tuple[str, str]] = set()
        self.rates: Rates = _rates_nothing
        """What a message changes as the answer to a survey; None when it is none."""
        self.subscribes: Subscribes = _no_subscription
        """Whether a colleague's chat wrote a code, and no customer."""
        self.lead_came: LeadCame = _no_lead
        """What follows from a lead beside its conversation."""

    async def accept(self, updates: Sequence[RawUpdate]) -> bool:
        """Stores updates; when it returns the provider may forget them. Processing follows on its own. False when all
        of them came before."""
        now = self.conversations.now()
        news = await asyncio.gather(*(self.updates.add(update, now) for update in updates))
        for update in updates:
            self.wake(update.channel_id, update.lane)
        return any(news)

    def wake(self, channel_id: str, lane: str) -> None:
        """Says that a lane holds something."""
        key = (channel_id, lane)
        if key not in self._queued:
            self._queued.add(key)
            self._lanes[hash(key) % _LANES].put_nowait(key)

    async def run(self) -> None:
        """Processes until cancelled."""
        async with asyncio.TaskGroup() as group:
            for queue in self._lanes:
                group.create_task(self._work(queue))

    async def recover(self) -> None:
        """Once: lanes with updates that nobody is processing."""
        for channel_id, lane in await self.updates.unfinished(self.conversations.now() - _SETTLED):
            self.wake(channel_id, lane)

    async def _work(self, queue: asyncio.Queue[tuple[str, str]]) -> None:
        while True:
            key = await queue.get()
            self._queued.discard(key)
            try:
                await self._empty(*key)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("a lane was interrupted", channel_id=key[0])
                await asyncio.sleep(0.2)

    async def _empty(self, channel_id: str, lane: str) -> None:
        """What waits in a lane now; what comes meanwhile wakes it again."""
        for update in await self.updates.waiting_in(channel_id, lane):
            if not await self._process(update):
                return

    async def _process(self, update: RawUpdate) -> bool:
        """True when the lane may go on. Trouble elsewhere stops the lane; trouble in the update itself puts it aside
        after a few attempts."""
        try:
            channel = await self.setup.view(update.channel_id)
            if channel is None:
                await self.updates.put_aside(update, "its channel is gone")
                return True
            await self._hear(channel, self.adapters[channel.kind].incoming, update)
            await self.updates.done(update, self.conversations.now())
        except (DomainError, SendLater) as error:
            if isinstance(error, SendLater) or error.retry:
                log.warning("an update has to wait", channel_id=update.channel_id, reason=str(error))
                return False
            return await self._spoiled(update, error)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            return await self._spoiled(update, error)
        return True

    async def _spoiled(self, update: RawUpdate, error: Exception) -> bool:
        log.error("an update cannot be processed", channel_id=update.channel_id, error=repr(error))
        if update.attempts + 1 < _ATTEMPTS:
            await self.updates.failed_once(update, repr(error))
            return False
        await self.updates.put_aside(update, repr(error))
        return True

    async def _hear(self, channel: ChannelView, incoming: Incoming, update: RawUpdate) -> None:
        heard = incoming.read(channel, update.raw)
        match heard:
            case Said():
                await self.said(channel, heard)
            case Edited() | Deleted():
                await self._changed(channel, heard)
            case Reported():
                await self.reports.take(channel, heard)
            case Ignored():
                log.info("an update of no interest", channel_id=channel.id, why=heard.why)
        await incoming.noted(channel, update.raw)

    async def said(self, channel: ChannelView, said: Said) -> None:
        """A customer's message: stored once, in the right conversation, with what follows from it. Repeats are rare,
        and unique indexes refuse them: only then, or before files are fetched once more, is looked for the one that is
        there."""
        if await self.subscribes(channel, said):
            return
        if said.files and (known := await self._known(channel, _ext_id(said))) is not None:
            await self.reception.attempt(known.tenant, known.id)
            return
        attachments, facts = await self._attachments(channel, said)
        message = Message(
            client_id=said.client_id,
            kind=Kind.TEXT,
            direction=Direction.IN,
            author="customer",
            author_name=said.sender.name,
            at=self.conversations.now(),
            text=said.text[:MAX_TEXT],
            attachments=attachments,
            facts={**facts, **({"choice": said.choice} if said.choice else {}), **said.facts},
            group_id=said.group_id,
            reply_to=said.reply_to,
            ext_id=_ext_id(said),
        )
        try:
            conversation = await self._store(channel, said, message)
        except _Blocked:
            log.info("a message of somebody who is blocked", channel_id=channel.id)
            return
        await self.lead_came(channel, said, conversation)
        if conversation.has_duties:
            await self.reception.attempt(conversation.tenant, conversation.id)

    async def _store(self, channel: ChannelView, said: Said, message: Message) -> Conversation:
        for _ in range(10):
            last = await threads.latest(self.conversations.store, channel, said)
            if last is not None:
                await self._admit(channel, said, last.contact_id)
            placement = place(last, message.at, self.reopen_window)
            try:
                if last is None or placement is Placement.NEW:
                    return await self._open(channel, said, message, last)
                return await self._add(channel, last, said, message)
            except _Elsewhere:
                continue
            except DomainError as error:
                if error.reason is not Common.STALE:
                    raise
                if (known := await self._known(channel, message.ext_id)) is not None:
                    return known
        raise DomainError(Common.UNAVAILABLE, "the conversation changes too fast")

    async def _open(
        self, channel: ChannelView, said: Said, message: Message, last: Conversation | None
    ) -> Conversation:
        """A new conversation: received by the channel's scheme."""
        sender = await self.adapters[channel.kind].incoming.who(channel, said.sender)
        contact = await self._contact(channel, sender)
        await self._admit(channel, said, contact.id)
        conversation_id = derived_id("cv", channel.id, message.ext_id)
        fresh = Conversation(
            id=conversation_id,
            tenant=channel.tenant,
            no=await self.conversations.store.next_number(channel.tenant),
            channel_id=channel.id,
            channel=channel.kind,
            identity=said.sender.identity,
            peer=said.sender.peer,
            contact_id=contact.id,
            contact_name=contact.name or sender.name,
            created_at=message.at,
            active_at=message.at,
            project_id=channel.project_id,
            language=said.sender.language or contact.language,
            offset=last.offset + last.last_seq if last else 0,
            unreachable=said.lead is not None,
        )
        noted = threads.noted(fresh, said)
        opened = Change(fresh).with_fields(window_until=_window(channel, fresh, said), **noted)
        if said.lead is not None and said.lead.queue_id:
            return await self.conversations.save(None, arrival.queued(opened, message, said.lead.queue_id))
        change = opened.write(message).ask(arrival.started(message, said.facts))
        return await self.conversations.save(None, change)

    async def _add(self, channel: ChannelView, last: Conversation, said: Said, message: Message) -> Conversation:
        async def decide(it: Conversation) -> Change | None:
            if it is not last and await self._is_there(channel, it, message):
                return None
            change = Change(it).with_fields(window_until=_window(channel, it, said), **threads.noted(it, said))
            rated = await self.rates(change, message, said.choice)
            if rated is not None:
                return rated
            match place(it, message.at, self.reopen_window):
                case Placement.NEW:
                    raise _Elsewhere
                case Placement.REOPEN:
                    item_id = derived_id("wi", it.id, "reopen", message.client_id)
                    return arrival.reopened(change, message, item_id)
                case Placement.RECEIVE_AGAIN:
                    change = change.move(Status.RECEPTION, closed_at=None, interaction=b"")
                    return change.write(message).ask(arrival.started(message, said.facts))
                case Placement.JOIN:
                    change = change.write(message)
                    item_id = derived_id("wi", it.id, "wake", message.client_id)
                    change = care.wake(change, item_id, message.client_id, message.at, "customer")
            return arrival.reported(change, message, said.choice, said.facts)

        return await self.conversations.change(last.tenant, last.id, decide, last)

    async def _is_there(self, channel: ChannelView, it: Conversation, message: Message) -> bool:
        """Whether one of the unique indexes stands against it, in this conversation or in an earlier one."""
        store = self.conversations.store
        if await store.message_by_client_id(it.id, message.author, message.client_id) is not None:
            return True
        return await store.message_by_ext(channel.id, message.ext_id, Direction.IN) is not None

    async def _known(self, channel: ChannelView, ext_id: str) -> Conversation | None:
        """The conversation that has a message."""
        known = await self.conversations.store.message_by_ext(channel.id, ext_id, Direction.IN)
        return await self.conversations.store.get(known[0], known[1].conversation_id) if known is not None else None

    async def _admit(self, channel: ChannelView, said: Said, contact_id: str) -> None:
        if await self.refuses(channel.tenant, channel.id, said.sender.identity, contact_id):
            raise _Blocked

    async def _contact(self, channel: ChannelView, sender: Sender) -> directory_pb2.Contact:
        if sender.phone:
            by_number = directory_pb2.Identity(channel="phone", value=sender.phone)
            return await self.asks.contact(channel.tenant, by_number, sender.name, sender.language)
        identity = directory_pb2.Identity(
            channel=channel.kind, namespace=sender.namespace, value=sender.identity, verified=sender.verified
        )
        return await self.asks.contact(channel.tenant, identity, sender.name, sender.language)

    async def _attachments(self, channel: ChannelView, said: Said) -> tuple[tuple[Attachment, ...], dict[str, str]]:
        """The message's files, stored. A file that cannot be had is named in the facts instead of losing the text."""
        owner = f"visitor:{said.sender.identity}"
        if said.attachment_ids:
            return await self.files.named(channel.tenant, said.attachment_ids, owner), {}
        stored: list[Attachment] = []
        facts: dict[str, str] = {}
        for file in said.files:
            try:
                stored.append(await self._fetch(channel, file, owner))
            except FileTooLarge:
                facts["file_too_large"] = file.name
            except DomainError as error:
                if error.retry:
                    raise
                facts["file_refused"] = file.name
                facts["file_refused_because"] = error.reason.name
        return tuple(stored), facts

    async def _fetch(self, channel: ChannelView, file: RemoteFile, owner: str) -> Attachment:
        data = file.data
        if data is None:
            data = await self.adapters[channel.kind].incoming.fetch(channel, file)
        file_id = derived_id("at", channel.id, file.id)
        attachment = await self.files.keep(channel.tenant, owner, file.name, data, file_id)
        await self.files.store.use(channel.tenant, [attachment.id])
        return attachment

    async def _changed(self, channel: ChannelView, changed: Edited | Deleted) -> None:
        ext_id = f"{changed.sender.peer}:{changed.client_id}"
        known = await self.conversations.store.message_by_ext(channel.id, ext_id, Direction.IN)
        if known is None:
            return

        def body(message: Message) -> Message | None:
            if message.deleted or (message.edited_at is not None and message.edited_at >= changed.at):
                return None
            if isinstance(changed, Deleted):
                return replace(message, deleted=True, edited_at=changed.at)
            return replace(message, text=changed.text[:MAX_TEXT], edited_at=changed.at)

        await self.conversations.store.change_message(known[0], known[1].conversation_id, known[1].seq, body)


async def _nobody(_tenant: str, _channel_id: str, _identity: str, _contact_id: str) -> bool:
    return False


class _Blocked(Exception):
    """Somebody whose messages are not taken."""


async def _no_subscription(_channel: ChannelView, _said: Said) -> bool:
    return False


async def _no_lead(_channel: ChannelView, _said: Said, _it: Conversation) -> None:
    return


async def _rates_nothing(_change: Change, _message: Message, _choice: str) -> Change | None:
    return None


class _Elsewhere(Exception):
    """The conversation was closed for good meanwhile: the message belongs into a new one."""


def _ext_id(said: Said) -> str:
    return f"{said.sender.peer}:{said.client_id}"


def _window(channel: ChannelView, it: Conversation, said: Said) -> datetime | None:
    """Until when the channel lets us write: the provider counts from when the customer wrote, however late we hear."""
    lasts = KINDS[channel.kind].window(channel.settings)
    if lasts is None:
        return None
    until = said.at + lasts
    return until if it.window_until is None else max(until, it.window_until)
