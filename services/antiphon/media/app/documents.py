"""Faxes as documents: the Fax verb of a scheme answers as a machine; a document of ours is sent by one.

    Reception → ReceivingFax → Reception            the caller's machine talks to ours
    the trunks ring → SendingFax → the end          ours talks to whoever answers

The machine sits on a port of ours that the engine sends the call's sound to (`fax/terminal.py`). Whoever asks for T.38
gets it: the engine makes tones of it for our port. What became of the fax is kept before the call goes on.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from antiphon.kit.ids import derived_id
from antiphon.media.anchor.sdp import is_fax, streams
from antiphon.media.app import convert, people
from antiphon.media.app.live import Live
from antiphon.media.app.measure import is_hold
from antiphon.media.app.ringing import Manner, Taken
from antiphon.media.app.seeking import OUTCOMES, Seeking
from antiphon.media.app.stage import Stage
from antiphon.media.domain import cdr
from antiphon.media.domain.call import Call, Direction, Role, State
from antiphon.media.domain.fax import Document, Result
from antiphon.media.domain.ringing import Hunt, Lost, failover

if TYPE_CHECKING:
    from antiphon.media.app.people import Destination
    from antiphon.media.app.scheme import Scheme
    from antiphon.media.app.world import World
    from antiphon.media.domain.verbs import Fax
    from antiphon.media.fax.terminal import Terminal
    from antiphon.media.sip.events import Reoffered

TOO_LONG = "too_long"
MOST = 45 * 60.0
"""Seconds; a page takes between ten seconds and two minutes."""
RING_FOR = 60.0


class Machine(Stage, ABC):
    """A fax machine of ours and the first leg hear each other until T.30 is over."""

    def __init__(self, live: Live) -> None:
        super().__init__(live)
        self._result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._terminal: Terminal | None = None
        self._decoded = False
        self._kept = False

    @abstractmethod
    def plug_in(self) -> Terminal | None:
        """The machine, not started yet; None where there is none."""

    @abstractmethod
    async def done(self, outcome: str) -> None:
        """T.30 is over, what became of it is kept, and the line is still there."""

    @abstractmethod
    async def keep(self, result: Result) -> str:
        """Stores what became of it: the outcome of the call."""

    @abstractmethod
    async def unable(self) -> None:
        """There is no machine."""

    def over(self, result: Result) -> None:
        """What the terminal calls, in its own thread."""
        loop = self._result.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._note, result)

    def _note(self, result: Result) -> None:
        if not self._result.done():
            self._result.set_result(result)
            self.live.post(lambda: self._over(result))

    async def _over(self, result: Result) -> None:
        if self.live.stage is self and not self.live.over and not self._kept:
            await self.done(await self._keep(result))

    async def _keep(self, result: Result) -> str:
        self._kept = True
        return await self.keep(result)

    async def enter(self) -> None:
        live = self.live
        if not live.answer_first():
            return
        terminal = self.plug_in()
        if terminal is None:
            await self.unable()
            return
        self._terminal = terminal
        live.move(State.FAX)
        terminal.start()
        await live.anchor.join_mixer(terminal, live.first)
        live.after(TOO_LONG, MOST)

    async def leave(self) -> None:
        """However the call goes on, the document is kept: the terminal ends with what it has."""
        self.live.stop(TOO_LONG)
        if self._terminal is not None:
            terminal, self._terminal = self._terminal, None
            terminal.stop()
            if not self._kept:
                self.live.world.spawn(self._keep_late())

    async def _keep_late(self) -> None:
        await self._keep(await self._result)

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        """The machine hangs up when it has done, or breaks off."""
        if tag != self.live.first:
            return
        if self._terminal is None:
            await self.live.finish(by="caller")
            return
        self._terminal.stop()
        await self.live.finish(await self._keep(await self._result), by="caller")

    async def timer(self, name: str) -> None:
        if name == TOO_LONG and self._terminal is not None:
            self._terminal.stop()

    async def rescued(self) -> None:
        """The engine died: no modem holds the line for as long as that takes."""
        await self.live.finish(cdr.FAILED)

    async def reoffered(self, tag: str, event: Reoffered) -> bool:
        """A machine that asks for T.38 gets it, and sound again when it asks for that."""
        live, asked = self.live, is_fax(event.sdp)
        if tag != live.first or is_hold(event.sdp) or (asked and streams(event.sdp) != 1):
            event.reply(488)
            return True
        if not asked and not self._decoded:
            return False
        if asked:
            given = await live.world.asks.quietly(live.anchor.decode(tag, event.sdp))
        else:
            given = await live.world.asks.quietly(live.anchor.decode_no_more(tag, event.sdp))
        if event.reply(488 if given is None or is_fax(given) != asked else given) and given is not None:
            self._decoded = asked
        return True


class ReceivingFax(Machine):
    """The Fax verb."""

    def __init__(self, live: Live, verb: Fax, reception: Scheme) -> None:
        super().__init__(live)
        self.verb = verb
        self.reception = reception
        self._fax_id = derived_id("fx", live.call.id, str(reception.interaction.turn))

    def plug_in(self) -> Terminal | None:
        return self.live.world.faxes.receiver(self.live.call, self._fax_id, self.over)

    async def unable(self) -> None:
        await self.reception.back(convert.verb_failed("fax", "no_machine"))

    async def keep(self, result: Result) -> str:
        kept = await self.live.world.faxes.received(self.live.call, self._fax_id, self.verb, result)
        return cdr.FAX if kept else ""

    async def done(self, outcome: str) -> None:
        await self.reception.back(convert.fax_ended(self._fax_id if outcome else ""))


class Calling(Seeking):
    """Rings the other machine over the trunks in their order."""

    def __init__(self, live: Live, document: Document, to: Destination) -> None:
        super().__init__(live)
        self.document = document
        self.to = to
        self._why = "interrupted"

    async def enter(self) -> None:
        manner = Manner(Role.CALLER, "", self.live.call.caller)
        await self.begin(Hunt(self.to.groups, RING_FOR, failover), manner)

    async def found(self, taken: Taken) -> None:
        live = self.live
        live.first = taken.tag
        live.change(answered_at=live.world.clock(), sip_call_id=live.legs[taken.tag].call_id)
        await live.connect(taken.tag, taken.sdp)
        await live.to(SendingFax(live, self.document))

    async def lost(self, lost: Lost) -> None:
        self._why = OUTCOMES[lost.how]
        await self.live.finish(self._why)

    async def leave(self) -> None:
        await super().leave()
        if not self.live.first:  # nobody answered, or we were stopped
            await self.live.world.faxes.sent(self.live.call, self.document, Result(0, 0, self._why))


class SendingFax(Machine):
    """The other machine has answered."""

    def __init__(self, live: Live, document: Document) -> None:
        super().__init__(live)
        self.document = document

    def plug_in(self) -> Terminal | None:
        return self.live.world.faxes.sender(self.live.call, self.document, self.over)

    async def unable(self) -> None:
        await self.live.finish(cdr.FAILED)

    async def keep(self, result: Result) -> str:
        delivered = await self.live.world.faxes.sent(self.live.call, self.document, result)
        return cdr.FAX if delivered else cdr.FAILED

    async def done(self, outcome: str) -> None:
        await self.live.finish(outcome)


async def send(world: World, tenant: str, document: Document, call_id: str) -> tuple[Live, Calling]:
    """A call that sends a document. Raises the refusals of RouteCall, NO_TRUNK and BUSY."""
    person = frozenset({document.person_id})
    to = await people.dialled(world, tenant, document.number, document.person_id, document.caller_id, busy=person)
    number_id = await people.number_of(world, tenant, to, call_id)
    shown = next((line.caller_id for group in to.groups for line in group if line.caller_id), "")
    call = Call(
        call_id, tenant, Direction.OUTBOUND, world.clock(), caller=shown, called=to.e164 or to.title,
        agent_id=document.person_id, number_id=number_id,
    )  # fmt: skip
    live = Live(world, call, world.engines.anchor(call.id))
    live.first = ""
    return live, Calling(live, document, to)
