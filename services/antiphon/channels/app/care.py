"""What people do with a conversation beside writing and handing over: put aside, mark, block, plan; and what is then
due by the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.channels.app.blocking import Blocking
from antiphon.channels.app.desk import SUPERVISE, Desk
from antiphon.channels.app.person import Person
from antiphon.channels.domain import care as rules
from antiphon.channels.domain.conversation import Change, Conversation, Priority, Scheduled, Status
from antiphon.channels.domain.message import MAX_ATTACHMENTS, MAX_CLIENT_ID, Attachment, Message, check_text
from antiphon.channels.domain.reasons import Reason
from antiphon.kit import logs
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.ids import derived_id

if TYPE_CHECKING:
    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.app.levels import Levels
    from antiphon.channels.app.reception import Reception
    from antiphon.channels.store import BlockStore, MentionStore
    from antiphon.kit.tokens import Caller

log = logs.get("channels")
Body = Callable[[Change], Change]


class Care:
    def __init__(self, desk: Desk, levels: Levels, blocks: BlockStore, mentions: MentionStore) -> None:
        self.desk = desk
        self.levels = levels
        self.blocks = blocks
        self.blocking = Blocking(blocks, desk.asks)
        self.mentions = mentions
        self.conversations: Conversations = desk.conversations
        self.reception: Reception = desk.work.reception

    async def snooze(self, person: Person, conversation_id: str, until: datetime | None, key: str) -> Conversation:
        """Raises CLOSED, INVALID, NOT_YOURS (a colleague has it)."""
        by = person.caller.subject

        def body(change: Change) -> Change:
            _check_may_move(person, change.after)
            if not change.after.assignee_id and person.caller.person_id:
                change = change.with_fields(assignee_id=person.caller.person_id)
            return rules.snooze(change, until, key, by, self.conversations.now())

        return await self._do(person, conversation_id, body)

    async def wake(self, person: Person, conversation_id: str, key: str) -> Conversation:
        def body(change: Change) -> Change:
            item_id = derived_id("wi", change.after.id, "wake", key)
            return rules.wake(change, item_id, key, self.conversations.now(), person.caller.subject)

        return await self._do(person, conversation_id, body)

    async def spam(self, person: Person, conversation_id: str, key: str, block: str) -> Conversation:
        """Closes as spam; `block` is "", "identity" or "customer". Raises NOT_YOURS."""
        it = await self.desk.mine(person, conversation_id)
        _check_may_move(person, it)
        now, by = self.conversations.now(), person.caller.subject
        if block:
            await self.blocking.block(it, by, now, customer=block == "customer")
        return await self._do(person, conversation_id, lambda change: rules.spam(change, key, by, now))

    async def tag(self, person: Person, conversation_id: str, tag_id: str, *, on: bool) -> Conversation:
        return await self._do(person, conversation_id, lambda change: rules.tagged(change, tag_id, on=on))

    async def prioritise(self, person: Person, conversation_id: str, priority: Priority) -> Conversation:
        return await self._do(person, conversation_id, lambda change: change.with_fields(priority=priority))

    async def keep_for(self, person: Person, conversation_id: str, person_id: str) -> Conversation:
        """Whom a snoozed conversation will be offered to first. Raises SNOOZED when it is not asleep any more."""
        name = await self.desk.asks.person_name(person.caller.tenant, person_id)

        def body(change: Change) -> Change:
            if change.after.status is not Status.SNOOZED:
                raise DomainError(Reason.MOVED_ON)
            return change.with_fields(assignee_id=person_id, assignee_name=name)

        return await self._do(person, conversation_id, body)

    async def plan(
        self, person: Person, conversation_id: str, message: Scheduled, file_ids: tuple[str, ...] = ()
    ) -> Conversation:
        """Plans a message or changes a planned one. Raises GONE when it was sent already, UNKNOWN_ATTACHMENT."""
        caller = person.caller
        it = await self.desk.mine(person, conversation_id)
        if not message.id or len(message.id) > MAX_CLIENT_ID or not message.id.isprintable():
            raise invalid("message.id", f"an id of 1 to {MAX_CLIENT_ID} printable characters is required")
        check_text(message.text, has_files=bool(file_ids))
        name = await self.desk.asks.person_name(caller.tenant, caller.person_id)
        before = next((one.attachments for one in it.scheduled if one.id == message.id), ())
        planned = Scheduled(
            message.id, caller.subject, name, message.text, message.at, message.unless_reply,
            attachments=await self._files(caller, file_ids, before),
        )  # fmt: skip
        if await self._was_sent(conversation_id, planned):
            raise DomainError(Reason.GONE)
        supervises = caller.may(SUPERVISE)

        def body(change: Change) -> Change:
            return rules.planned(change, planned, self.conversations.now(), may_change_others=supervises)

        after = await self._do(person, conversation_id, body)
        await self._release(caller.tenant, before, after)
        return after

    async def _files(
        self, caller: Caller, ids: tuple[str, ...], before: tuple[Attachment, ...]
    ) -> tuple[Attachment, ...]:
        """The files by their ids: those it has already, whoever uploaded them, and the caller's own."""
        known = {file.id: file for file in before}
        fresh = await self.desk.files.named(caller.tenant, [each for each in ids if each not in known], caller.subject)
        known |= {file.id: file for file in fresh}
        if len(set(ids)) > MAX_ATTACHMENTS:
            raise invalid("message.attachment_ids", f"at most {MAX_ATTACHMENTS} files in one message")
        return tuple(known[each] for each in dict.fromkeys(ids))

    async def _release(self, tenant: str, before: tuple[Attachment, ...], after: Conversation) -> None:
        """Files that nothing names any more are swept away some time."""
        kept = {file.id for one in after.scheduled for file in one.attachments}
        for file in before:
            if file.id not in kept and not await self.conversations.store.naming(tenant, file.id):
                await self.desk.files.store.release(tenant, file.id)

    async def unplan(self, person: Person, conversation_id: str, message_id: str) -> Conversation:
        """Raises GONE, NOT_YOURS."""
        by, supervises = person.caller.subject, person.caller.may(SUPERVISE)
        it = await self.desk.mine(person, conversation_id)
        before = next((one.attachments for one in it.scheduled if one.id == message_id), ())
        after = await self._do(
            person,
            conversation_id,
            lambda change: rules.unplanned(change, message_id, by, may_change_others=supervises),
        )
        await self._release(it.tenant, before, after)
        return after

    async def mentions_of(
        self, person: Person, *, only_unseen: bool, limit: int
    ) -> list[tuple[Conversation, Message, bool]]:
        """Where the caller was mentioned and may look, the newest first."""
        caller, store = person.caller, self.conversations.store
        found = []
        sight = await self.desk.sight(person)
        for conversation_id, seq, seen in await self.mentions.of(
            caller.tenant, caller.person_id, only_unseen=only_unseen, limit=limit
        ):
            it = await store.find(conversation_id)
            message = await store.message(caller.tenant, conversation_id, seq)
            if it is not None and message is not None and sight.sees(it):
                found.append((it, message, seen))
        return found

    async def due(self) -> None:
        """Once: sends what was planned for now, and rings the clocks of service levels."""
        now = self.conversations.now()
        for tenant, conversation_id in await self.conversations.store.due_care(now):
            try:
                await self._send_planned(tenant, conversation_id)
                await self.levels.ring(tenant, conversation_id)
            except DomainError as error:
                log.warning("what is due has to wait", reason=error.reason.name, conversation_id=conversation_id)

    async def _send_planned(self, tenant: str, conversation_id: str) -> None:
        async def decide(it: Conversation) -> Change | None:
            change = rules.sent_as_planned(Change(it), self.conversations.now())
            return None if change.after is it else change

        await self.conversations.change(tenant, conversation_id, decide)
        self.desk.sent()

    async def _was_sent(self, conversation_id: str, planned: Scheduled) -> bool:
        store, key = self.conversations.store, f"scheduled:{planned.id}"
        return await store.message_by_client_id(conversation_id, planned.author, key) is not None

    async def _do(self, person: Person, conversation_id: str, body: Body) -> Conversation:
        """Raises UNKNOWN_CONVERSATION and what `body` raises."""
        it = await self.desk.mine(person, conversation_id)

        async def decide(now_it: Conversation) -> Change | None:
            change = body(Change(now_it))
            return None if change.after == now_it and not change.added else change

        after = await self.conversations.change(it.tenant, it.id, decide)
        if after.has_duties:
            await self.reception.attempt(it.tenant, it.id)
            return await self.conversations.store.get(it.tenant, it.id)
        return after


def _check_may_move(person: Person, it: Conversation) -> None:
    """A colleague's conversation is moved by its agent or a supervisor."""
    caller = person.caller
    if it.assignee_id not in ("", caller.person_id) and it.is_live and not caller.may(SUPERVISE):
        raise DomainError(Reason.NOT_YOURS)
