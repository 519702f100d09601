"""A caller in the hands of a scheme: asks routing what to do, says it, takes digits. The rules are in
`domain/reception.py`; what takes the call out of reception is a stage of its own and comes back here with its result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, assert_never

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.app import callbacks, convert, player
from antiphon.media.app.documents import ReceivingFax
from antiphon.media.app.meetings import Meeting
from antiphon.media.app.queueing import Queueing
from antiphon.media.app.seeking import SchemeRing
from antiphon.media.app.stage import Stage
from antiphon.media.app.voicemail import TakingMessage
from antiphon.media.domain import cdr
from antiphon.media.domain.call import State
from antiphon.media.domain.reception import (
    Begin,
    Effect,
    HangUp,
    Hush,
    Promise,
    Recording,
    Report,
    Script,
    Sound,
    Speak,
    Timer,
)
from antiphon.media.domain.verbs import Callback, Conference, Enqueue, Fax, Ring, Voicemail
from antiphon.media.domain.words import words
from antiphon.routing.v1 import routing_pb2

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.app.world import World

SPOKEN, SILENCE = "spoken", "silence"
_TURNED_AWAY = frozenset({"blocked_caller", "unlisted_caller"})
_ATTEMPTS = 4
log = logs.get("media")


Advice: TypeAlias = routing_pb2.NextResponse | DomainError
"""What routing says, or why it says nothing."""


async def advice(world: World, tenant: str, interaction: routing_pb2.Interaction) -> Advice:
    """What routing says to an interaction that begins."""
    try:
        return await world.asks.next(tenant, interaction, convert.started())
    except DomainError as error:
        return error


class Reception(Stage):
    """The scheme's part of a call. One object for the whole call: it keeps routing's interaction."""

    def __init__(self, live: Live, interaction: routing_pb2.Interaction, known: Advice | None = None) -> None:
        """`known`: what routing has said to the beginning already."""
        super().__init__(live)
        self.interaction = interaction
        self._known = known
        self._script = Script(())
        self._event: routing_pb2.Event | None = convert.started()

        self.parked = ("", "")
        """An item that waited long enough, and its queue: if the scheme offers to call back now, its place is kept."""

    async def enter(self) -> None:
        self.live.move(State.RECEPTION)
        event, self._event = self._event, None
        if event is not None:
            await self._ask(event)

    async def leave(self) -> None:
        self.live.stop(SPOKEN, SILENCE)

    async def rescued(self) -> None:
        """The caller hears from the new engine what the dead one was saying."""
        await self._act(self._script.again())

    async def back(self, event: routing_pb2.Event) -> None:
        """Another stage has its result: routing says how to go on."""
        self._event = event
        await self.live.to(self)

    async def tell(self, event: routing_pb2.Event) -> None:
        """Tells routing without wanting anything: the customer talks to a person."""
        event.turn = self.interaction.turn
        try:
            answer = await self.live.world.asks.next(self.live.call.tenant, self.interaction, event)
        except DomainError as error:
            log.warning("routing did not hear", reason=error.reason.name)
        else:
            self.interaction = answer.interaction

    async def timer(self, name: str) -> None:
        await self._act(self._script.spoken() if name == SPOKEN else self._script.timer())

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        if tag == self.live.first:
            await self.live.finish(cdr.CALLBACK if self.live.promised else "", by="caller")

    async def digit(self, tag: str, key: str) -> None:
        if tag == self.live.first:
            await self._act(self._script.digit(key))

    async def _ask(self, event: routing_pb2.Event) -> None:
        if event.WhichOneof("kind") != "started":
            event.turn = self.interaction.turn
        answer = await self._answer(event)
        if answer is None:
            return
        self.interaction = answer.interaction
        why = answer.decision.why.lower()
        self.live.change(scheme_id=answer.decision.scheme_id or self.live.call.scheme_id)
        if why in _TURNED_AWAY:
            await self._turn_away()
            return
        self._script = Script([convert.verb_of(verb) for verb in answer.verbs])
        await self._act(self._script.begin())
        if self._script.over and self.live.stage is self and not self.live.over and not answer.verbs:
            await self.live.finish(cdr.FAILED)

    async def _answer(self, event: routing_pb2.Event) -> routing_pb2.NextResponse | None:
        """What routing says; asked again while it is away for a moment."""
        for attempt in range(_ATTEMPTS):
            try:
                return await self._next(event)
            except DomainError as error:
                if error.reason.name == "BLOCKED_CALLER":
                    await self._turn_away()
                    return None
                log.warning("routing refused", reason=error.reason.name)
                if not error.retry:
                    await self.live.refuse(404, cdr.FAILED)
                    return None
            await asyncio.sleep(0.2 * 2**attempt)
        await self.live.refuse(503, cdr.FAILED)
        return None

    async def _next(self, event: routing_pb2.Event) -> routing_pb2.NextResponse:
        known, self._known = self._known, None
        if isinstance(known, DomainError):
            raise known
        return known or await self.live.world.asks.next(self.live.call.tenant, self.interaction, event)

    async def _turn_away(self) -> None:
        await self.live.refuse(603, cdr.BLOCKED)

    async def _act(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if self.live.over or not await self._one(effect):
                return

    async def _one(self, effect: Effect) -> bool:
        """Carries one effect out. False when the first leg is gone."""
        live = self.live
        match effect:
            case Speak() | Sound():
                return await self._speak(effect)
            case Hush():
                await player.hush(live, live.first, SPOKEN)
            case Timer(seconds):
                await live.pick_up()
                live.after(SILENCE, seconds)
            case Recording(on):
                live.wants_record = on
            case Report(what, text, choice):
                live.stop(SILENCE)
                await self._ask(convert.reported(what, text, choice))
            case HangUp(outcome):
                self._leave_line()
                await self._hang_up(cdr.CALLBACK if live.promised else outcome)
            case Promise(verb):
                await self._promise(verb)
            case Begin(verb):
                self._leave_line()
                await self._begin(verb)
            case _:
                assert_never(effect)
        return True

    async def _speak(self, effect: Speak | Sound) -> bool:
        live = self.live
        if not await live.pick_up():
            return False
        if isinstance(effect, Speak):
            await player.say(live, live.first, effect.text, effect.language, SPOKEN)
        else:
            await player.play(live, live.first, effect.source, effect.language, SPOKEN, repeat=effect.repeat)
        return True

    async def _hang_up(self, outcome: str) -> None:
        if self.live.call.leg(self.live.first).answered_at is None:
            await self.live.refuse(486 if outcome == cdr.BUSY else 603, outcome)
        else:
            await self.live.finish(outcome)

    async def _promise(self, verb: Callback) -> None:
        live, (item_id, queue_id) = self.live, self.parked
        if not live.answer_first():
            return
        if live.stranger is not None:
            await live.stranger.known()
        done = await callbacks.promise(live, verb, item_id if queue_id == verb.queue_id else "")
        if done and queue_id == verb.queue_id:
            self.parked = ("", "")
        said = (verb.text or words("callback", verb.language)) if done else words("no_callback", verb.language)
        await player.say(live, live.first, said, verb.language, SPOKEN)

    def _leave_line(self) -> None:
        """The scheme has something else for him: he does not come back to his old place."""
        item_id, self.parked = self.parked[0], ("", "")
        if item_id:
            self.live.drop_item(item_id, "closed")

    async def _begin(self, verb: Enqueue | Ring | Voicemail | Fax | Conference) -> None:
        if self.live.stranger is not None:
            await self.live.stranger.known()
        match verb:
            case Enqueue():
                await self.live.to(Queueing(self.live, verb, self))
            case Ring():
                await self.live.to(SchemeRing(self.live, verb, self))
            case Voicemail():
                await self.live.to(TakingMessage(self.live, verb, self))
            case Fax():
                await self.live.to(ReceivingFax(self.live, verb, self))
            case Conference():
                await self.live.to(Meeting(self.live, verb, self))
