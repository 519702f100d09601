"""What people may do with calls. A person commands the call he is in; a supervisor listens to any."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.ids import is_id
from antiphon.media.app import people, talk, ways
from antiphon.media.app.doing import illegal
from antiphon.media.app.people import Destination
from antiphon.media.app.queueing import Queueing
from antiphon.media.app.talk import Talk
from antiphon.media.domain.call import Call
from antiphon.media.domain.monitoring import Mode
from antiphon.media.domain.reasons import Reason
from antiphon.media.domain.verbs import Enqueue

if TYPE_CHECKING:
    from antiphon.kit.tokens import Caller
    from antiphon.media.app.campaigning import Order
    from antiphon.media.app.live import Live
    from antiphon.media.app.switchboard import Switchboard

_DIGITS = re.compile(r"^[0-9A-D*#]{1,32}$")


class Commands:
    """Each runs in the call's own turn and is answered when it is done."""

    def __init__(self, board: Switchboard) -> None:
        self.board = board

    async def dial(self, caller: Caller, request_id: str, to: str, caller_id: str) -> Call:
        if not request_id or not to or not caller.person_id:
            raise invalid("to" if request_id else "request_id", "a number, a request id and a person are needed")
        live = await self.board.dial(caller.tenant, caller.person_id, (to, caller_id), request_id)
        return live.call

    async def originate(self, tenant: str, order: Order, call_id: str) -> Call:
        goes_on = order.queue.queue_id or order.agent_id or order.prompts
        if not is_id(call_id, "cl") or not order.number or not goes_on:
            what = "a number, a call's id, and a queue, an agent or prompts are needed"
            raise invalid("to" if is_id(call_id, "cl") else "call_id", what)
        return (await self.board.originate(tenant, order, call_id)).call

    async def hold(self, caller: Caller, call_id: str, on: bool) -> Call:
        return await self._mine(caller, call_id, lambda live, tag: live.stage.hold(tag, on))

    async def hang_up(self, caller: Caller, call_id: str) -> None:
        """Of a call that is over it is a success."""
        try:
            await self._mine(caller, call_id, lambda live, tag: live.stage.hang_up(tag))
        except DomainError as error:
            if error.reason is not Reason.UNKNOWN_CALL:
                raise

    async def digits(self, caller: Caller, call_id: str, digits: str) -> None:
        if not _DIGITS.match(digits):
            raise invalid("digits", "0-9, *, # and A-D, at most 32")

        async def send(live: Live, tag: str) -> None:
            stage = live.stage
            if not isinstance(stage, Talk):
                raise illegal("nobody to hear them")
            await live.anchor.digits(stage.across(tag), digits)

        await self._mine(caller, call_id, send)

    async def transfer(self, caller: Caller, call_id: str, to: tuple[str, str], attended: bool) -> Call:
        """`to`: "number" or "person", and which."""
        kind, what = to
        live = self._of(caller, call_id)
        destination = await self._destination(live, kind, what, caller.person_id)
        return await self._mine(
            caller, call_id, lambda live, tag: ways.transfer(live, tag, destination, attended=attended)
        )

    async def to_queue(self, caller: Caller, call_id: str, queue_id: str, note: str, token: str) -> Call:
        """The other side goes back into a queue, at its old place where it came from one."""

        async def requeue(live: Live, tag: str) -> None:
            stage = live.stage
            if not isinstance(stage, Talk):
                raise illegal("nobody to be handed over")
            other = stage.across(tag)
            item = live.call.item_id if live.items.get(live.call.item_id) == caller.person_id else ""
            if item:
                await live.world.asks.transfer(token, item, queue_id, note)
            elif await live.world.asks.queue(live.call.tenant, queue_id) is None:
                raise invalid("queue_id", "there is no such queue")
            live.first = other
            live.items.pop(item, None)
            await live.to(Queueing(live, Enqueue(queue_id), None, item))
            live.hang_up(tag)

        return await self._mine(caller, call_id, requeue)

    async def complete(self, caller: Caller, call_id: str) -> Call:
        return await self._mine(caller, call_id, lambda live, tag: live.stage.complete(tag))

    async def cancel(self, caller: Caller, call_id: str) -> Call:
        return await self._mine(caller, call_id, lambda live, tag: live.stage.cancel(tag))

    async def add_party(self, caller: Caller, call_id: str, to: str) -> Call:
        destination = await self._destination(self._of(caller, call_id), "number", to, caller.person_id)
        return await self._mine(caller, call_id, lambda live, tag: ways.add_party(live, tag, destination))

    async def pause_recording(self, caller: Caller, call_id: str, on: bool) -> Call:
        return await self._mine(caller, call_id, lambda live, tag: talk.pause_recording(live, on))

    async def monitor(self, caller: Caller, call_id: str, mode: Mode, noted: Callable[[], Awaitable[None]]) -> Call:
        """Audited (`noted`) before it happens."""
        live = self._of(caller, call_id)
        await noted()
        await live.do(lambda: ways.monitor(live, caller.person_id, mode))
        return live.call

    # --- whose call

    def _of(self, caller: Caller, call_id: str) -> Live:
        live = self.board.get(call_id)
        if live.call.tenant != caller.tenant:
            raise DomainError(Reason.UNKNOWN_CALL)
        return live

    async def _mine(self, caller: Caller, call_id: str, body: Callable[[Live, str], Awaitable[None]]) -> Call:
        live = self._of(caller, call_id)
        await live.do(lambda: body(live, live.tag_of(caller.person_id)))
        return live.call

    async def _destination(self, live: Live, kind: str, what: str, person_id: str) -> Destination:
        world, tenant = self.board.world, live.call.tenant
        if kind == "number":
            return await people.dialled(world, tenant, what, person_id, busy=frozenset({person_id}))
        person = await world.asks.person(tenant, what)
        lines = await people.lines_of_person(world, tenant, what)
        return Destination((lines,), title=person.name, person_id=what)
