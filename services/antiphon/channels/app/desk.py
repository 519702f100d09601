"""What people do inside conversations: look, write, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiphon.channels.app.paying import MayPay, free
from antiphon.channels.domain.care import MAX_FOLLOWERS
from antiphon.channels.domain.conversation import Change, Conversation, Status, read_up_to
from antiphon.channels.domain.message import (
    Attachment,
    Delivery,
    Direction,
    Kind,
    Message,
    Template,
    check_client_id,
    check_text,
)
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.domain.sight import Sight
from antiphon.kit.errors import Common, DomainError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.app.files import Files
    from antiphon.channels.app.person import Person
    from antiphon.channels.app.work import Work
    from antiphon.channels.asks import Asks
    from antiphon.channels.store import ChannelStore
    from antiphon.kit.mongo import Document
    from antiphon.kit.tokens import Caller

_PAGE, _MAX_PAGE = 50, 200
SUPERVISE = "work.watch"


@dataclass(frozen=True, slots=True)
class Draft:
    conversation_id: str
    client_id: str
    kind: Kind
    text: str
    attachment_ids: tuple[str, ...] = ()
    expect_seq: int | None = None
    mentions: tuple[str, ...] = ()
    template: Template | None = None


class Desk:
    def __init__(self, work: Work, files: Files, channels: ChannelStore, sent: Callable[[], None]) -> None:
        self.work = work
        self.conversations: Conversations = work.conversations
        self.asks: Asks = work.reception.asks
        self.files = files
        self.channels = channels
        self.sent = sent
        self.may_pay: MayPay = free

    async def sight(self, person: Person) -> Sight:
        """What the caller may see. The ACD knows the queues."""
        caller = person.caller
        everything = caller.may(SUPERVISE)
        queues = frozenset[str]() if everything else await self.asks.queues_of(caller, person.token)
        return Sight(everything, caller.person_id, queues, caller.projects)

    async def get(self, person: Person, conversation_id: str) -> Conversation:
        """Raises UNKNOWN_CONVERSATION, also for one that the caller may not see."""
        it = await self.conversations.store.get(person.caller.tenant, conversation_id)
        sight = await self.sight(person)
        if not sight.sees(it):
            it = await self.work.catch_up(person, it)
        if not sight.sees(it):
            raise DomainError(Reason.UNKNOWN_CONVERSATION)
        return it

    async def mine(self, person: Person, conversation_id: str) -> Conversation:
        """As `get`, and as the ACD knows it when it is not (yet) known to be the caller's."""
        it = await self.get(person, conversation_id)
        known = it.status is Status.OPEN and it.assignee_id == person.caller.person_id
        return it if known else await self.work.catch_up(person, it)

    async def page(
        self, person: Person, view: str, contact_id: str, limit: int, after: str
    ) -> tuple[list[Conversation], str]:
        """A page of a view ("mine", "queue", "open", "closed" or "" for all) and the mark of the next one."""
        sight = await self.sight(person)
        query = _view(view, person.caller, sight)
        if view == "queue" and sight.everything:
            queues = await self.asks.queues_of(person.caller, person.token)
            if queues:
                query["queue_id"] = {"$in": sorted(queues)}
        if contact_id:
            query["contact_id"] = {"$in": await self.asks.family(person.caller.tenant, contact_id)}
        size = _size(limit)
        try:
            return await self.conversations.store.page(person.caller.tenant, sight, query, size, after)
        except ValueError as error:
            raise invalid("after", "not a mark that this service gave") from error

    async def messages(
        self, person: Person, conversation_id: str, older_than: int, newer_than: int, limit: int
    ) -> tuple[list[Message], bool]:
        await self.get(person, conversation_id)
        return await self.conversations.store.messages(
            person.caller.tenant, conversation_id, older_than=max(0, older_than), newer_than=max(0, newer_than),
            limit=_size(limit),
        )  # fmt: skip

    async def said_with(
        self, person: Person, contact_id: str, limit: int, after: str
    ) -> tuple[list[Message], list[Conversation], str]:
        """What was said with a customer over all channels, the newest first, with its conversations and the mark of the
        next page."""
        tenant, sight = person.caller.tenant, await self.sight(person)
        family = await self.asks.customer(tenant, contact_id)
        try:
            return await self.conversations.store.timeline(tenant, sight, family, _size(limit), after)
        except ValueError as error:
            raise invalid("after", "not a mark that this service gave") from error

    async def attachment(self, person: Person, attachment_id: str) -> Attachment:
        """A file of a conversation that the caller may see, or one's own upload. Raises UNKNOWN_ATTACHMENT."""
        caller = person.caller
        found = await self.files.store.get(caller.tenant, attachment_id)
        if caller.is_service or await self.files.store.owner_of(caller.tenant, attachment_id) == caller.subject:
            return found
        sight = await self.sight(person)
        for conversation_id in await self.conversations.store.naming(caller.tenant, attachment_id):
            if sight.sees(await self.conversations.store.get(caller.tenant, conversation_id)):
                return found
        raise DomainError(Reason.UNKNOWN_ATTACHMENT)

    async def send(self, person: Person, draft: Draft) -> Message:
        """Stores a message for the customer, or a note. Reasons: CLOSED, TOO_LONG, MOVED_ON, UNKNOWN_ATTACHMENT,
        WINDOW_CLOSED, SUSPENDED, UNREACHABLE. A template's text is what the customer will see."""
        check_client_id(draft.client_id)
        mentions = await self._mentioned(person, draft)
        text = check_text(draft.text, bool(draft.attachment_ids))
        caller = person.caller
        it = await self.get(person, draft.conversation_id)
        store = self.conversations.store
        known = await store.message_by_client_id(it.id, caller.subject, draft.client_id)
        if known is not None:
            return known
        is_note = draft.kind is Kind.NOTE
        if not is_note and not await self.may_pay(caller.tenant, it.channel):
            raise DomainError(Reason.SUSPENDED)
        attachments = await self.files.named(caller.tenant, draft.attachment_ids, caller.subject)
        message = Message(
            client_id=draft.client_id,
            kind=draft.kind,
            direction=Direction.INTERNAL if is_note else Direction.OUT,
            author=caller.subject,
            author_name=await self.asks.person_name(caller.tenant, caller.person_id),
            at=self.conversations.now(),
            text=text,
            attachments=attachments,
            delivery=Delivery.NONE if is_note else Delivery.STORED,
            mentions=mentions,
            template=draft.template,
        )
        free = is_note or draft.kind is Kind.TEMPLATE

        async def decide(now_it: Conversation) -> Change | None:
            if await store.message_by_client_id(it.id, caller.subject, draft.client_id) is not None:
                return None
            if now_it.status is Status.CLOSED and not is_note:
                raise DomainError(Reason.CLOSED)
            if now_it.unreachable and not is_note:
                raise DomainError(Reason.UNREACHABLE)
            if not free and now_it.window_until is not None and message.at > now_it.window_until:
                raise DomainError(Reason.WINDOW_CLOSED)
            await self._check_nobody_wrote(now_it, caller, draft.expect_seq)
            change = followed_by(Change(now_it).write(message), mentions)
            return read_up_to(change, caller.person_id, change.after.last_seq) if caller.person_id else change

        await self.conversations.change(caller.tenant, it.id, decide)
        self.sent()
        stored = await store.message_by_client_id(it.id, caller.subject, draft.client_id)
        assert stored is not None
        return stored

    async def _mentioned(self, person: Person, draft: Draft) -> tuple[str, ...]:
        """Whom a note names. Raises INVALID for somebody unknown, or outside of a note."""
        if draft.kind not in (Kind.TEXT, Kind.NOTE, Kind.TEMPLATE) or (draft.kind is Kind.TEMPLATE) != bool(
            draft.template
        ):
            raise invalid("kind", "TEXT, NOTE or TEMPLATE")
        mentions = tuple(dict.fromkeys(draft.mentions))
        if not mentions:
            return ()
        if draft.kind is not Kind.NOTE or len(mentions) > MAX_FOLLOWERS:
            raise invalid("mention_ids", f"only in a note, at most {MAX_FOLLOWERS}")
        if strangers := set(mentions) - await self.asks.people(person.caller.tenant):
            raise invalid("mention_ids", f"there is no colleague {min(strangers)!r}")
        return mentions

    async def _check_nobody_wrote(self, it: Conversation, caller: Caller, expect_seq: int | None) -> None:
        if expect_seq is None or expect_seq >= it.last_seq:
            return
        newer, _ = await self.conversations.store.messages(it.tenant, it.id, newer_than=max(expect_seq, 0), limit=50)
        if expect_seq <= 0:
            newer, _ = await self.conversations.store.messages(it.tenant, it.id, limit=50)
        if any(m.kind is not Kind.EVENT and m.author != caller.subject for m in newer):
            raise DomainError(Reason.MOVED_ON, seq=it.last_seq)

    async def mark_read(self, person: Person, conversation_id: str, seq: int) -> None:
        """Moves the caller's mark forward."""
        it = await self.get(person, conversation_id)
        reader = person.caller.person_id
        if not reader:
            raise DomainError(Common.DENIED, "only people read")

        async def decide(now_it: Conversation) -> Change:
            return read_up_to(Change(now_it), reader, seq)

        await self.conversations.change(it.tenant, it.id, decide)


def followed_by(change: Change, people: tuple[str, ...]) -> Change:
    """Who was mentioned sees the conversation from now on."""
    known = change.after.followers
    return change.with_fields(followers=tuple(dict.fromkeys((*known, *people)))[:MAX_FOLLOWERS]) if people else change


def _size(limit: int) -> int:
    return min(limit, _MAX_PAGE) if limit > 0 else _PAGE


def _view(view: str, caller: Caller, sight: Sight) -> Document:
    not_closed = {"$in": [status.value for status in Status if status is not Status.CLOSED]}
    match view:
        case "mine":
            return {"assignee_id": caller.person_id or "-", "status": not_closed}
        case "queue":
            queues: Document = {} if sight.everything else {"queue_id": {"$in": sorted(sight.queue_ids)}}
            return {"status": Status.WAITING.value, **queues}
        case "open":
            return {"status": not_closed}
        case "snoozed":
            return {"status": Status.SNOOZED.value}
        case "closed":
            return {"status": Status.CLOSED.value}
        case _:
            return {}
