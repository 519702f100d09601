"""What people do with whole conversations: close, hand over, take.

A command that moves work asks the ACD first, as the person, and writes here afterwards. When the process dies between
the two, the ACD's own fact brings the conversation to the same state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.acd.v1 import acd_pb2
from antiphon.channels.app.desk import SUPERVISE, Desk
from antiphon.channels.app.person import Person
from antiphon.channels.domain import reception as rules
from antiphon.channels.domain.conversation import Change, Conversation, Status, event
from antiphon.channels.domain.message import Direction, Kind, Message
from antiphon.channels.domain.reasons import Reason
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import derived_id

if TYPE_CHECKING:
    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.app.reception import Reception
    from antiphon.channels.app.work import Work
    from antiphon.channels.asks import Asks


class Handover:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.work: Work = desk.work
        self.reception: Reception = desk.work.reception
        self.conversations: Conversations = desk.conversations
        self.asks: Asks = desk.asks

    async def close(self, person: Person, conversation_id: str, disposition: str) -> Conversation:
        """Ends it. Raises NOT_YOURS for a colleague's, unless the caller supervises."""
        it = await self.desk.mine(person, conversation_id)
        caller = person.caller
        if it.status is Status.CLOSED:
            return it
        mine = bool(caller.person_id) and it.assignee_id == caller.person_id
        if not mine and not caller.may(SUPERVISE):
            raise DomainError(Reason.NOT_YOURS)
        if it.work_id and it.status in (Status.OPEN, Status.WAITING):
            await self._take_out(person, it, disposition, mine and it.status is Status.OPEN)

        async def decide(now_it: Conversation) -> Change:
            change = Change(now_it)
            if now_it.work_id != it.work_id and now_it.status is not Status.CLOSED:
                change = change.with_fields(withdraw=(*now_it.withdraw, now_it.work_id))
            client_id = f"closed:{now_it.work_id or now_it.rev}:{now_it.last_seq}"
            change = rules.close(change, client_id, self.conversations.now(), caller.subject, "completed")
            return change.with_fields(disposition=disposition) if disposition else change

        after = await self.conversations.change(it.tenant, it.id, decide)
        await self.reception.attempt(it.tenant, it.id)
        return after

    async def _take_out(self, person: Person, it: Conversation, disposition: str, mine: bool) -> None:
        """The agent's own item is released, which starts the wrap-up; any other is withdrawn."""
        if not mine:
            await self.asks.withdraw(it.tenant, it.work_id, "closed")
            return
        try:
            await self.asks.release(person.token, it.work_id, disposition)
        except DomainError as error:
            if error.reason.name not in ("UNKNOWN_ITEM", "UNKNOWN_AGENT"):
                raise

    async def transfer(self, person: Person, conversation_id: str, to: acd_pb2.TransferRequest) -> Conversation:
        """Hands it over; the note is kept for the next agent. Reasons: as acd.Transfer."""
        it = await self.desk.mine(person, conversation_id)
        if it.status not in (Status.OPEN, Status.WAITING) or not it.work_id:
            raise DomainError(Reason.CLOSED if it.status is Status.CLOSED else Reason.NOT_YOURS)
        to.item_id = it.work_id
        caller = person.caller
        name = await self.asks.person_name(caller.tenant, caller.person_id)
        item = await self.asks.transfer(person.token, to)

        async def decide(now_it: Conversation) -> Change:
            now = self.conversations.now()
            change = Change(now_it)
            key = f"transfer:{it.work_id}:{it.rev}"
            facts = {"queue_id": to.queue_id, "agent_id": to.agent_id}
            kept = {k: v for k, v in facts.items() if v}
            if to.note:
                change = change.write(
                    Message(f"{key}:note", Kind.NOTE, Direction.INTERNAL, caller.subject, now, to.note, name)
                )
            change = change.write(event("transferred", key, now, caller.subject, **kept))
            if (
                now_it.status is Status.OPEN
                and now_it.assignee_id == it.assignee_id
                and item.agent_id != it.assignee_id
            ):
                change = change.move(
                    Status.WAITING, assignee_id="", assignee_name="", queue_id=item.queue_id or now_it.queue_id,
                    waiting_since=now_it.waiting_since or now,
                )  # fmt: skip
            return change

        return await self.conversations.change(it.tenant, it.id, decide)

    async def assign(self, person: Person, it: Conversation, person_id: str) -> Conversation:
        """Gives it to an agent, who has it at once. Reasons: as acd.Assign."""
        item = await self.asks.assign(person.token, it.work_id, person_id)
        name = await self.asks.person_name(it.tenant, person_id)

        async def decide(now_it: Conversation) -> Change | None:
            return self.work.told(now_it, item, name)

        return await self.conversations.change(it.tenant, it.id, decide)

    async def take(self, person: Person, conversation_id: str) -> Conversation:
        """Takes what waits, what a scheme holds, or what is closed. Reasons: TAKEN, NO_ROOM, NO_QUEUE."""
        return await self.take_known(person, await self.desk.get(person, conversation_id))

    async def take_known(self, person: Person, it: Conversation) -> Conversation:
        """As `take`, of a conversation that the caller was shown, or has begun."""
        me = person.caller.person_id
        if not me:
            raise DomainError(Common.DENIED, "only people take conversations")
        if it.status is Status.OPEN:
            if it.assignee_id == me:
                return it
            raise DomainError(Reason.TAKEN)
        item_id = it.work_id
        if it.status is Status.CLOSED:
            await self._check_newest(it)
        if it.status is not Status.WAITING:
            item_id = await self._enqueue_for(person, it)
        try:
            item = await self.asks.pull(person.token, item_id)
        except DomainError as error:
            raise _taken(error) from error
        name = await self.asks.person_name(it.tenant, me)

        async def decide(now_it: Conversation) -> Change | None:
            return self.work.told(now_it, item, name)

        return await self.conversations.change(it.tenant, it.id, decide)

    async def _check_newest(self, it: Conversation) -> None:
        """A customer has one live conversation in a channel: an old one cannot be opened beside it."""
        thread = await self.conversations.store.thread(it.tenant, it.channel_id, it.identity, 1)
        if thread and thread[0].id != it.id:
            newest = thread[0].id
            raise DomainError(Reason.MOVED_ON, "the customer has a newer conversation", conversation_id=newest)

    async def _enqueue_for(self, person: Person, it: Conversation) -> str:
        """Gives a conversation that is not in a queue a work item, so that it counts against the agent's capacity."""
        queue_id = it.queue_id
        if not queue_id:
            channel = await self.desk.channels.find(it.channel_id)
            mine = sorted(await self.asks.queues_of(person.caller, person.token))
            queue_id = (channel.fallback_queue_id if channel else "") or (mine[0] if mine else "")
        if not queue_id:
            raise DomainError(Reason.NO_QUEUE)
        me = person.caller.person_id
        item_id = derived_id("wi", it.id, "take", me, str(it.last_seq))

        async def decide(now_it: Conversation) -> Change | None:
            if now_it.work_id == item_id:
                return None
            if now_it.status is Status.OPEN:
                raise DomainError(Reason.TAKEN)
            now = self.conversations.now()
            change = Change(now_it).move(
                Status.WAITING, work_id=item_id, queue_id=queue_id, step=None, pending=(), timer=None, closed_at=None,
                outcome="", assignee_id="", assignee_name="", interaction=b"", snooze_until=None,
            )  # fmt: skip
            name = "reopened" if now_it.status is Status.CLOSED else "queued"
            return change.write(event(name, f"{item_id}:taken", now, person.caller.subject))

        request = acd_pb2.EnqueueRequest(item_id=item_id, queue_id=queue_id, channel=it.channel)
        request.subject, request.contact_id = f"conversation:{it.id}", it.contact_id
        await self.conversations.change(it.tenant, it.id, decide)
        await self.asks.enqueue(it.tenant, request, me)
        return item_id


def _taken(error: DomainError) -> DomainError:
    if error.reason.name in ("OFFER_GONE", "UNKNOWN_ITEM", "ILLEGAL_TRANSITION"):
        return DomainError(Reason.TAKEN)
    return DomainError(Reason.NO_ROOM) if error.reason.name == "NO_ROOM" else error
