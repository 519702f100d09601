"""Writing first: a conversation that begins on our side. It is made or found, and then taken like any other, so that it
counts against its agent's capacity; what is said in it goes the usual way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from antiphon.channels.domain.conversation import Change, Conversation, Placement, event, place
from antiphon.channels.domain.message import check_client_id
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.domain.reception import close
from antiphon.channels.domain.sight import Sight
from antiphon.channels.kinds import KINDS
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import derived_id

if TYPE_CHECKING:
    from antiphon.channels.app.arrivals import Refuses
    from antiphon.channels.app.handover import Handover
    from antiphon.channels.app.person import Person
    from antiphon.channels.domain.channel import Channel
    from antiphon.channels.domain.kind import FirstWord
    from antiphon.directory.v1 import directory_pb2

_SUBJECT = 200
_TRIES = 5
_GO_ON = frozenset({Placement.JOIN, Placement.REOPEN})


@dataclass(frozen=True, slots=True)
class Start:
    """Whom to write, and where. `address` may be left out where the customer has only one."""

    channel_id: str
    contact_id: str
    client_id: str
    address: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class _Whom:
    """A customer as a channel knows them."""

    channel: Channel
    first: FirstWord
    contact: directory_pb2.Contact
    identity: str


class Starting:
    def __init__(self, handover: Handover, refuses: Refuses, reopen_window: timedelta) -> None:
        self.handover = handover
        self.desk = handover.desk
        self.conversations = handover.conversations
        self.refuses = refuses
        self.reopen_window = reopen_window

    async def start(self, person: Person, start: Start) -> Conversation:
        """The conversation, which the caller has now. Raises UNKNOWN_CHANNEL, CANNOT_WRITE_FIRST, NOT_FOUND, INVALID,
        BLOCKED, SUSPENDED, TAKEN, NO_ROOM, NO_QUEUE."""
        check_client_id(start.client_id)
        if len(start.subject) > _SUBJECT or not start.subject.isprintable():
            raise invalid("subject", f"at most {_SUBJECT} printable characters")
        whom = await self._whom(person, start)
        for _ in range(_TRIES):
            known = await self._known(person, whom, start)
            if known is not None:
                return await self.handover.take_known(person, known)
            fresh = await self._fresh(person, whom, start)
            begun = event("started", f"started:{start.client_id}", fresh.created_at, person.caller.subject)
            try:
                it = await self.conversations.save(None, Change(fresh).write(begun))
            except DomainError as error:
                if error.reason is not Common.STALE:
                    raise
                continue
            return await self._taken(person, it)
        raise DomainError(Common.UNAVAILABLE, "the conversation changes too fast")

    async def _whom(self, person: Person, start: Start) -> _Whom:
        caller = person.caller
        channel = await self.desk.channels.get(caller.tenant, start.channel_id)
        if not channel.enabled or not caller.sees_project(channel.project_id):
            raise DomainError(Reason.UNKNOWN_CHANNEL)
        first = KINDS[channel.kind].first
        if first is None:
            raise DomainError(Reason.CANNOT_WRITE_FIRST)
        contact = await self.desk.asks.card(caller.tenant, start.contact_id)
        identity = first.identity(_address(contact, first, start.address))
        if contact.blocked or await self.refuses(caller.tenant, channel.id, identity, contact.id):
            raise DomainError(Reason.BLOCKED)
        if not await self.desk.may_pay(caller.tenant, channel.kind):
            raise DomainError(Reason.SUSPENDED)
        return _Whom(channel, first, contact, identity)

    async def _known(self, person: Person, whom: _Whom, start: Start) -> Conversation | None:
        """The conversation to go on with. Raises TAKEN for a live one that the caller may not see."""
        store, channel = self.conversations.store, whom.channel
        if (same := await store.find(_id(person, whom, start))) is not None or whom.first.anew:
            return same
        last = next(iter(await store.thread(channel.tenant, channel.id, whom.identity, 1)), None)
        if last is None:  # they may be known there by another name, and only written to by this address
            family = await self.desk.asks.family(channel.tenant, whom.contact.id)
            query = {"channel_id": channel.id, "contact_id": {"$in": family}, "peer": whom.identity}
            found, _ = await store.page(channel.tenant, Sight(True, "", frozenset(), ()), query, 1, "")
            last = found[0] if found else None
        if last is None or place(last, self.conversations.now(), self.reopen_window) not in _GO_ON:
            return None
        if (await self.desk.sight(person)).sees(last):
            return last
        if last.is_live:
            raise DomainError(Reason.TAKEN)
        return None

    async def _fresh(self, person: Person, whom: _Whom, start: Start) -> Conversation:
        channel, now, anew = whom.channel, self.conversations.now(), whom.first.anew
        conversation_id = _id(person, whom, start)
        return Conversation(
            id=conversation_id, tenant=channel.tenant, no=await self.conversations.store.next_number(channel.tenant),
            channel_id=channel.id, channel=channel.kind, identity=whom.identity, peer=whom.identity,
            contact_id=whom.contact.id, contact_name=whom.contact.name, created_at=now, active_at=now,
            project_id=channel.project_id, language=whom.contact.language, subject=start.subject if anew else "",
            thread=conversation_id if anew else "",
            window_until=None if KINDS[channel.kind].window(channel.settings) is None else now,
        )  # fmt: skip

    async def _taken(self, person: Person, it: Conversation) -> Conversation:
        """Taken; what cannot be taken is closed again, so that no empty conversation waits for anybody."""
        try:
            return await self.handover.take_known(person, it)
        except DomainError:
            await self._close(person, it)
            raise

    async def _close(self, person: Person, it: Conversation) -> None:
        async def decide(now_it: Conversation) -> Change | None:
            if not now_it.is_live or now_it.assignee_id:
                return None
            now = self.conversations.now()
            return close(Change(now_it), f"closed:{it.id}:not_taken", now, person.caller.subject, "not_taken")

        await self.conversations.change(it.tenant, it.id, decide)
        await self.handover.reception.attempt(it.tenant, it.id)


def _id(person: Person, whom: _Whom, start: Start) -> str:
    return derived_id("cv", whom.channel.id, whom.identity, person.caller.subject, start.client_id)


def _address(contact: directory_pb2.Contact, first: FirstWord, wanted: str) -> str:
    """The address to write to. Raises INVALID."""
    named = [one.value for one in contact.identities if one.channel == first.of]
    known = list(dict.fromkeys([*(contact.phones if first.of == "phone" else contact.emails), *named]))
    found = wanted.strip() or (known[0] if len(known) == 1 else "")
    if not found or found not in known:
        raise invalid("address", f"one of the customer's: {len(known)} of the kind {first.of} are known")
    return found
