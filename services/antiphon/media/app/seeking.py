"""Ringing somebody outside the queues: a scheme's Ring verb, and what a colleague dials.

A scheme's caller hears music and comes back to the scheme when nobody answers. Who dials himself hears the other side's
ringing or early media, and is told the code when there is nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit.errors import DomainError
from antiphon.kit.ids import derived_id
from antiphon.media.app import convert, people, player
from antiphon.media.app.descriptions import is_weaker
from antiphon.media.app.ringing import TIMER, Manner, Ringer, Taken
from antiphon.media.app.stage import Stage
from antiphon.media.app.talk import Talk
from antiphon.media.domain.call import Role, State
from antiphon.media.domain.ringing import SIP_CODES, How, Hunt, Lost, failover

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.app.people import Destination
    from antiphon.media.app.scheme import Scheme
    from antiphon.media.domain.verbs import Ring

DIALLED_FOR = 60.0
OUTCOMES = {How.BUSY: "busy", How.DECLINED: "declined", How.NO_ANSWER: "no_answer", How.UNREACHABLE: "unreachable"}


class Seeking(Stage):
    """Rings until somebody answers; what follows is the subclasses' affair."""

    ringer: Ringer | None = None
    reception: Scheme | None = None

    async def leave(self) -> None:
        if self.ringer is not None:
            ringer, self.ringer = self.ringer, None
            await ringer.give_up()

    async def rescued(self) -> None:
        """Phones that rang have the address of an engine that is gone: they are rung anew."""
        await self.leave()
        await self.enter()

    async def timer(self, name: str) -> None:
        if name == TIMER and self.ringer is not None:
            await self._result(await self.ringer.timed_out())

    async def progress(self, tag: str, code: int, sdp: bytes) -> None:
        if self.ringer is not None and self.ringer.rings(tag):
            await self.ringer.progress(tag)
            await self.heard(tag, code, sdp)

    async def answered(self, tag: str, sdp: bytes) -> None:
        if self.ringer is not None and self.ringer.rings(tag):
            await self._result(await self.ringer.answered(tag, sdp))
        else:
            self.live.hang_up(tag)

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        if tag == self.live.first:
            await self.live.finish(by="caller")
        elif self.ringer is not None and self.ringer.rings(tag):
            await self._result(await self.ringer.failed(tag, code))

    async def _result(self, result: Taken | Lost | None) -> None:
        match result:
            case Taken():
                self.ringer = None
                await self.found(result)
            case Lost():
                self.ringer = None
                await self.lost(result)

    def may_replace(self, tag: str) -> bool:
        return tag != self.live.first and self.ringer is not None and self.ringer.rings(tag)

    async def replace(self, tag: str, new: str) -> None:
        """Somebody picks up what rings at another phone."""
        live, ringer = self.live, self.ringer
        self.ringer = None
        if ringer is not None:
            await ringer.give_up()
        if not live.answer_first():
            return
        await live.bridge(live.first, new)
        await live.to(Talk(live, live.first, new, self.reception))

    async def begin(self, hunt: Hunt, manner: Manner) -> None:
        self.live.move(State.RINGING)
        self.ringer = Ringer(self.live, hunt, manner)
        await self._result(await self.ringer.start())

    async def heard(self, tag: str, code: int, sdp: bytes) -> None:
        """A phone rings."""

    async def found(self, taken: Taken) -> None:
        """Somebody answered."""
        live = self.live
        await live.connect(taken.tag, taken.sdp)
        if not live.answer_first():
            return
        await live.to(Talk(live, live.first, taken.tag, self.reception))

    async def lost(self, lost: Lost) -> None:
        """Nobody answered."""


class SchemeRing(Seeking):
    """The Ring verb."""

    def __init__(self, live: Live, verb: Ring, reception: Scheme) -> None:
        super().__init__(live)
        self.verb = verb
        self.reception: Scheme = reception

    async def enter(self) -> None:
        live = self.live
        groups = await live.world.asks.quietly(people.hunted(live.world, live.call.tenant, self.verb)) or ()
        if self.verb.music and live.answer_first():
            await player.music(live, live.first, self.verb.music)
        elif live.call.leg(live.first).answered_at is not None:
            await player.music(live, live.first, player.RINGBACK)
        else:
            live.legs[live.first].ring()
        manner = Manner(Role.COLLEAGUE, live.first, live.call.caller, "", self.verb.pass_caller)
        await self.begin(Hunt(groups, self.verb.timeout), manner)

    async def found(self, taken: Taken) -> None:
        live = self.live
        person = taken.line.person_id
        live.change(agent_id=person or live.call.agent_id)
        if person:
            await occupy(live, person)
        await super().found(taken)

    async def lost(self, lost: Lost) -> None:
        await self.reception.back(convert.ring_ended(OUTCOMES[lost.how]))


class Dialled(Seeking):
    """What somebody of the tenant dialled: a colleague, or the world over the trunks in their order."""

    def __init__(self, live: Live, to: Destination, title: str = "") -> None:
        super().__init__(live)
        self.to = to
        self.title = title
        self._early = ""

    async def enter(self) -> None:
        call = self.live.call
        next_after = failover if self.to.over_trunks else _one_group
        manner = Manner(Role.COLLEAGUE, self.live.first, call.caller, self.title)
        await self.begin(Hunt(self.to.groups, DIALLED_FOR, next_after), manner)

    async def heard(self, tag: str, code: int, sdp: bytes) -> None:
        """The ringing, or what the network says before the answer (183)."""
        live = self.live
        first = live.legs.get(live.first)
        if first is None:
            return
        answered = live.call.leg(live.first).answered_at is not None
        if sdp and not self._early and not is_weaker(live, tag, sdp):
            self._early = tag
            await live.connect(tag, sdp)
            if not answered:
                first.ring(183, live.first_sdp)
        elif not self._early and answered:
            await player.music(live, live.first, player.RINGBACK)
        elif not self._early:
            first.ring()

    async def found(self, taken: Taken) -> None:
        live = self.live
        if taken.line.person_id:
            await occupy(live, taken.line.person_id)
        await super().found(taken)
        if live.screening is not None:
            await live.screening(taken.tag)

    async def lost(self, lost: Lost) -> None:
        live = self.live
        answered = live.call.leg(live.first).answered_at is not None
        outcome = OUTCOMES[lost.how]
        if answered:
            await live.finish(outcome)
            return
        told = self.to.over_trunks and 400 <= lost.code < 700 and lost.code != 487
        await live.refuse(lost.code if told else SIP_CODES[lost.how], outcome)


def _one_group(code: int) -> bool:
    return True


async def occupy(live: Live, person_id: str) -> None:
    """The person's capacity is taken by a call that was in no queue. Who is no agent has none."""
    if person_id in live.items.values():
        return
    item_id = derived_id("wi", live.call.id, person_id, str(live.call.rev))
    try:
        await live.world.asks.occupy(live.call.tenant, item_id, person_id, live.call.id, live.call.contact_id)
    except DomainError:
        return
    live.hold_item(item_id, person_id)
