"""What the ACD tells about the work items of conversations.

A fact changes a conversation only when it is about the item that the conversation has now, and is newer than what was
taken in already; so repeats, late copies and facts of earlier items fall through.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from antiphon.acd.v1 import acd_pb2
from antiphon.channels.domain import reception as rules
from antiphon.channels.domain.conversation import Change, Conversation, Status, event
from antiphon.channels.domain.verbs import Happened
from antiphon.kit.clock import to_millis
from antiphon.kit.protos import moment

if TYPE_CHECKING:
    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.app.person import Person
    from antiphon.channels.app.reception import Reception
    from antiphon.channels.domain.message import Message
    from antiphon.kit.bus import Fact

SUBJECT = "conversation:"
_WHOLE_MILLISECOND = 2**62
"""Behind every position in the stream."""


class Work:
    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.conversations: Conversations = reception.conversations

    async def queued(self, fact: Fact) -> None:
        """An item waits: it entered the queue, or an agent gave it back."""

        def decide(change: Change, item: acd_pb2.WorkItem) -> Change:
            if change.after.status is Status.OPEN:
                change = self._back_to_queue(change, item, fact.id)
            if change.after.status is Status.WAITING:
                change = change.with_fields(queue_id=item.queue_id, position=fact.event.position)
            return change

        await self._apply(fact, decide)

    async def offered(self, fact: Fact) -> None:
        """A held item that is offered to another agent has left its agent (transferred to a colleague)."""

        def decide(change: Change, item: acd_pb2.WorkItem) -> Change:
            return self._back_to_queue(change, item, fact.id) if change.after.status is Status.OPEN else change

        await self._apply(fact, decide)

    async def accepted(self, fact: Fact) -> None:
        """An agent has it."""
        item = fact.event.item
        name = await self.reception.asks.person_name(fact.tenant, item.agent_id) if item.subject else ""
        await self._apply(fact, lambda change, it: self.accept(change, it, name), self._taken_in)

    async def catch_up(self, person: Person, it: Conversation) -> Conversation:
        """The conversation with its agent, where the ACD gave it to the caller and its fact is still on the way: who
        was told "accepted" may act at once."""
        caller = person.caller
        if not (it.work_id and caller.person_id and caller.may("work.take")) or it.status is Status.CLOSED:
            return it
        item = await self.reception.asks.held(person.token, it.work_id)
        if item is None:
            return it
        held, name = item, await self.reception.asks.person_name(it.tenant, caller.person_id)

        async def decide(now_it: Conversation) -> Change | None:
            same = now_it.work_id == held.id and now_it.status is not Status.CLOSED
            return self.told(now_it, held, name) if same else None

        return await self.conversations.change(it.tenant, it.id, decide)

    def told(self, it: Conversation, item: acd_pb2.WorkItem, name: str) -> Change | None:
        """As `accept`, by an answer of the ACD that is faster than its facts. Those of the same moment or from before
        come late: they would take it from its agent. None when facts from after came already."""
        mark = (item.since.ToMilliseconds(), _WHOLE_MILLISECOND)
        if it.work_mark >= mark:
            return None
        return self.accept(Change(it), item, name).with_fields(work_mark=mark)

    def accept(self, change: Change, item: acd_pb2.WorkItem, name: str) -> Change:
        """OPEN with this agent. An item accepted after the conversation was closed goes back out of the ACD."""
        it = change.after
        if it.status is Status.CLOSED:
            return change.with_fields(withdraw=(*it.withdraw, item.id))
        if it.status is Status.OPEN and it.assignee_id == item.agent_id:
            return change
        agents = it.agents if item.agent_id in it.agents else (*it.agents, item.agent_id)
        opened = {
            "assignee_id": item.agent_id, "assignee_name": name, "queue_id": item.queue_id or it.queue_id,
            "agents": agents, "timer": None, "position": 0,
        }  # fmt: skip
        change = change.with_fields(**opened) if it.status is Status.OPEN else change.move(Status.OPEN, **opened)
        change = change.write(self._event("accepted", item, _acceptance(item), name))
        if it.interaction:
            happened = Happened(f"accepted:{item.id}:{_since(item)}", "enqueue_ended", {"how": "accepted"})
            change = change.ask(happened)
        return change

    async def abandoned(self, fact: Fact) -> None:
        """The queue lost it without us: routing says what else."""
        await self._queue_ended(fact, "abandoned", fact.event.reason or "abandoned")

    async def overflowed(self, fact: Fact) -> None:
        """A limit of the queue sent it away: routing says what else, or it is left for whoever takes it. A promise to
        call back keeps it where it is: the next agent who has time writes."""
        if fact.event.way == acd_pb2.WAY_VOICEMAIL:
            await self._apply(fact, self._left_message)
        elif fact.event.way == acd_pb2.WAY_REFUSE:
            await self._queue_ended(fact, "overflowed", "overflowed")

    def _left_message(self, change: Change, item: acd_pb2.WorkItem) -> Change:
        change = _out_of_line(change)
        if change.after.work_id:
            return change
        return rules.leave_message(change, f"overflowed:{item.id}", self.conversations.now())

    async def _queue_ended(self, fact: Fact, what: str, reason: str) -> None:
        def decide(change: Change, item: acd_pb2.WorkItem) -> Change:
            change = _out_of_line(change)
            if change.after.work_id:
                return change
            if change.after.interaction:
                return change.ask(Happened(f"{what}:{item.id}", "enqueue_ended", {"how": "closed"}))
            return rules.stranded(change, f"{what}:{item.id}", reason, self.conversations.now())

        await self._apply(fact, decide)

    async def released(self, fact: Fact) -> None:
        """The agent's part is over (wrap-up began, or the item is done): the conversation is closed."""

        def decide(change: Change, item: acd_pb2.WorkItem) -> Change:
            if change.after.status in (Status.OPEN, Status.WAITING):
                by = f"person:{item.agent_id}" if item.agent_id else "system"
                change = rules.close(change, f"released:{item.id}", self.conversations.now(), by, "completed")
            return change.with_fields(disposition=item.disposition) if item.disposition else change

        await self._apply(fact, decide)

    async def contact_changed(self, fact: Fact) -> None:
        """The customer has a new name, by an edit, a merge or its reverse: conversations show it."""
        changed = fact.event
        name = changed.shown_name or changed.contact.name
        if not name and not changed.parted:
            return

        async def rename(it: Conversation) -> Change | None:
            return None if it.contact_name == name else Change(it).with_fields(contact_name=name)

        cards = [changed.contact.id, *changed.member_ids]
        while found := await self.conversations.store.named_otherwise(fact.tenant, cards, name):
            for tenant, conversation_id in found:
                await self.conversations.change(tenant, conversation_id, rename)

    def _back_to_queue(self, change: Change, item: acd_pb2.WorkItem, fact_id: str) -> Change:
        now = self.conversations.now()
        waiting = change.after.waiting_since or now
        change = change.move(
            Status.WAITING, assignee_id="", assignee_name="", queue_id=item.queue_id or change.after.queue_id,
            waiting_since=waiting,
        )  # fmt: skip
        return change.write(event("queued", f"queued:{fact_id}", now, queue_id=item.queue_id))

    async def _taken_in(self, it: Conversation, item: acd_pb2.WorkItem) -> bool:
        author, client_id = f"person:{item.agent_id}", f"{item.id}:{_acceptance(item)}"
        return await self.conversations.store.message_by_client_id(it.id, author, client_id) is not None

    async def _apply(self, fact: Fact, decide: Any, known: Any = None) -> None:
        """`known` says of a fact that its content was taken in before it came."""
        item: acd_pb2.WorkItem = fact.event.item
        if not item.subject.startswith(SUBJECT):
            return
        found = await self.conversations.store.find(item.subject.removeprefix(SUBJECT))
        if found is None or found.tenant != fact.tenant:
            return
        mark = (to_millis(moment(fact.event.occurred_at)), fact.sequence)

        async def body(it: Conversation) -> Change | None:
            if it.work_id != item.id or mark <= it.work_mark:
                return None
            if known is not None and await known(it, item):
                return Change(it).with_fields(work_mark=mark)
            change: Change = decide(Change(it), item)
            return change.with_fields(work_mark=mark)

        after = await self.conversations.change(found.tenant, found.id, body)
        if after.has_duties:
            await self.reception.attempt(after.tenant, after.id)

    def _event(self, name: str, item: acd_pb2.WorkItem, client_id: str, who: str) -> Message:
        made = event(name, f"{item.id}:{client_id}", self.conversations.now(), f"person:{item.agent_id}")
        return replace(made, author_name=who, facts={"queue_id": item.queue_id, "agent_id": item.agent_id})


def _out_of_line(change: Change) -> Change:
    """The queue has given it up, perhaps before its answer to the enqueueing was taken in. Unchanged when an agent has
    it, or when it is closed."""
    if change.after.status not in (Status.WAITING, Status.RECEPTION):
        return change
    if change.after.status is Status.WAITING:
        change = change.move(Status.RECEPTION)
    return change.with_fields(work_id="", timer=None, position=0)


def _acceptance(item: acd_pb2.WorkItem) -> str:
    """Names one acceptance of an item."""
    return f"accepted:{_since(item)}"


def _since(item: acd_pb2.WorkItem) -> str:
    return str(item.since.ToMilliseconds())
