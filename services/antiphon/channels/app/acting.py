"""Does a list of actions with each of some conversations: bulk work, and macros.

Every action is a use case that exists by itself; this only translates, fills variables in, and says where it ended. A
repeat with the same request id sends nothing twice: messages carry client ids made of it, the rest is idempotent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.acd.v1 import acd_pb2
from antiphon.channels import convert
from antiphon.channels.app.desk import Draft
from antiphon.channels.app.person import Person
from antiphon.channels.app.shelf import check_actions
from antiphon.channels.domain import variables
from antiphon.channels.domain.conversation import Conversation, Status
from antiphon.channels.domain.message import Kind, check_client_id
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.v1 import workbench_pb2 as pb
from antiphon.kit.clock import from_millis, to_millis
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.protos import moment

if TYPE_CHECKING:
    from antiphon.channels.app.care import Care
    from antiphon.channels.app.handover import Handover
    from antiphon.channels.app.shelf import Shelf

MAX_CONVERSATIONS = 200
ASSIGN = "work.supervise"
_AT_ONCE = 8
_BLOCKING = {pb.BLOCKING_IDENTITY: "identity", pb.BLOCKING_CUSTOMER: "customer"}


@dataclass(frozen=True, slots=True)
class Result:
    conversation_id: str
    done: int
    reason: str = ""
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class _Deed:
    """One action on one conversation."""

    person: Person
    conversation_id: str
    key: str
    expect_seq: int | None = None


class Acting:
    def __init__(self, care: Care, handover: Handover, shelf: Shelf) -> None:
        self.care = care
        self.handover = handover
        self.shelf = shelf
        self.desk = care.desk
        deeds: Mapping[str, Callable[[_Deed, pb.Action], Awaitable[object]]] = {
            "send_text": self._send,
            "write_note": self._send,
            "add_tag_id": self._add_tag,
            "remove_tag_id": self._remove_tag,
            "set_priority": self._prioritise,
            "assign_person_id": self._assign,
            "transfer_queue_id": self._transfer,
            "snooze": self._snooze,
            "wake": self._wake,
            "close": self._close,
            "spam": self._spam,
        }
        self._deeds = deeds

    async def act(self, person: Person, request: pb.ActRequest) -> list[Result]:
        """One result for each conversation, in their order. Raises INVALID, UNKNOWN_MACRO."""
        check_client_id(request.request_id)
        ids = list(dict.fromkeys(request.conversation_ids))
        if not 1 <= len(ids) <= MAX_CONVERSATIONS:
            raise invalid("conversation_ids", f"1 to {MAX_CONVERSATIONS} conversations")
        if bool(request.actions) == bool(request.macro_id):
            raise invalid("actions", "either actions or a macro")
        actions: Sequence[pb.Action] = request.actions
        if request.macro_id:
            actions = (await self.shelf.macro(person.caller, request.macro_id)).actions
        check_actions(actions, "actions")
        expect = request.expect_seq if request.HasField("expect_seq") and len(ids) == 1 else None
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(conversation_id: str) -> Result:
            async with room:
                return await self._turn(_Deed(person, conversation_id, request.request_id, expect), actions)

        return list(await asyncio.gather(*map(one, ids)))

    async def _turn(self, deed: _Deed, actions: Sequence[pb.Action]) -> Result:
        done, reason = 0, ""
        for index, action in enumerate(actions):
            try:
                step = replace(deed, key=f"{deed.key}:{index}")
                await self._deeds[str(action.WhichOneof("kind"))](step, action)
            except DomainError as error:
                reason = error.reason.name
                break
            done += 1
        try:
            now_it = await self.desk.get(deed.person, deed.conversation_id)
        except DomainError as error:
            return Result(deed.conversation_id, done, reason or ("" if done else error.reason.name))
        return Result(deed.conversation_id, done, reason, now_it)

    async def _send(self, deed: _Deed, action: pb.Action) -> None:
        it = await self.desk.get(deed.person, deed.conversation_id)
        is_note = action.WhichOneof("kind") == "write_note"
        text = variables.fill(action.write_note if is_note else action.send_text, await self._values(deed.person, it))
        kind = Kind.NOTE if is_note else Kind.TEXT
        # Its own messages before this one are no reason to stop.
        expect = None if is_note else deed.expect_seq
        await self.desk.send(deed.person, Draft(it.id, f"act:{deed.key}", kind, text, (), expect))

    async def _values(self, person: Person, it: Conversation) -> dict[str, str]:
        agent = await self.desk.asks.person_name(it.tenant, person.caller.person_id)
        return {
            "customer.name": it.contact_name,
            "customer.first_name": variables.first_name(it.contact_name),
            "agent.name": agent,
            "agent.first_name": variables.first_name(agent),
            "conversation.no": str(it.no),
            "conversation.subject": it.subject,
        }

    async def _add_tag(self, deed: _Deed, action: pb.Action) -> None:
        if await self.shelf.store.tags.get(deed.person.caller.tenant, action.add_tag_id) is None:
            raise invalid("add_tag_id", "there is no such tag")
        await self.care.tag(deed.person, deed.conversation_id, action.add_tag_id, on=True)

    async def _remove_tag(self, deed: _Deed, action: pb.Action) -> None:
        await self.care.tag(deed.person, deed.conversation_id, action.remove_tag_id, on=False)

    async def _prioritise(self, deed: _Deed, action: pb.Action) -> None:
        priority = convert.PRIORITIES[action.set_priority]
        await self.care.prioritise(deed.person, deed.conversation_id, priority)

    async def _assign(self, deed: _Deed, action: pb.Action) -> None:
        """A supervisor's choice holds at once; an agent takes it, or offers it to a colleague."""
        person, to = deed.person, action.assign_person_id
        me = person.caller.person_id
        to = me if to == "me" else to
        it = await self.desk.mine(person, deed.conversation_id)
        if it.status is Status.SNOOZED:
            await self.care.keep_for(person, it.id, to)
        elif it.status is Status.OPEN and it.assignee_id == to:
            return
        elif to == me and it.status is not Status.OPEN:
            await self.handover.take(person, it.id)
        elif not it.work_id or it.status is Status.CLOSED:
            raise DomainError(Reason.CLOSED)
        elif person.caller.may(ASSIGN):
            await self.handover.assign(person, it, to)
        else:
            await self.handover.transfer(person, it.id, acd_pb2.TransferRequest(agent_id=to))

    async def _transfer(self, deed: _Deed, action: pb.Action) -> None:
        request = acd_pb2.TransferRequest(queue_id=action.transfer_queue_id)
        await self.handover.transfer(deed.person, deed.conversation_id, request)

    async def _snooze(self, deed: _Deed, action: pb.Action) -> None:
        await self.care.snooze(deed.person, deed.conversation_id, self._until(action.snooze), deed.key)

    def _until(self, snooze: pb.Snooze) -> datetime | None:
        """In whole milliseconds, as it is kept."""
        if snooze.HasField("until"):
            return from_millis(to_millis(moment(snooze.until)))
        length = getattr(snooze, "for")
        return self.care.conversations.now() + length.ToTimedelta() if snooze.HasField("for") else None

    async def _wake(self, deed: _Deed, action: pb.Action) -> None:
        await self.care.wake(deed.person, deed.conversation_id, deed.key)

    async def _close(self, deed: _Deed, action: pb.Action) -> None:
        await self.handover.close(deed.person, deed.conversation_id, action.close.disposition)

    async def _spam(self, deed: _Deed, action: pb.Action) -> None:
        await self.care.spam(deed.person, deed.conversation_id, deed.key, _BLOCKING.get(action.spam.block, ""))
