"""A meeting room of a scheme: callers of one tenant who were put into the same room hear each other.

Each has a call of his own; what they share is a room of one replica's mixer (`rooms/`), in which each call has a port.
The room is there while somebody is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit.errors import DomainError
from antiphon.media.app import convert, player
from antiphon.media.app.stage import Stage
from antiphon.media.app.talk import start_recording
from antiphon.media.domain import call as calls
from antiphon.media.domain import conference
from antiphon.media.domain.call import State
from antiphon.media.domain.reasons import Reason
from antiphon.media.domain.words import words

if TYPE_CHECKING:
    from antiphon.media.app.live import Live, Work
    from antiphon.media.app.scheme import Scheme
    from antiphon.media.app.world import Place
    from antiphon.media.domain.verbs import Conference

SPOKEN, SILENCE = "spoken", "silence"
_PATIENCE = 15.0


class Meeting(Stage):
    """The Conference verb: perhaps a PIN, a seat, the room."""

    def __init__(self, live: Live, verb: Conference, reception: Scheme) -> None:
        super().__init__(live)
        self.verb = verb
        self.reception = reception
        self._pin = conference.Pin(verb.pin) if verb.pin else None
        self._place: Place | None = None
        self._joined = False
        self._company = False

    async def enter(self) -> None:
        if not self.live.answer_first():
            return
        if self._pin is not None:
            await self._say("pin")
        else:
            await self._let_in()

    async def leave(self) -> None:
        self.live.stop(SPOKEN, SILENCE)
        if self._place is not None:
            self._place.leave(self.live.first)

    async def _say(self, what: str) -> None:
        language = self.verb.language
        await player.say(self.live, self.live.first, words(what, language), language, SPOKEN)

    # --- the PIN

    async def digit(self, tag: str, key: str) -> None:
        if tag != self.live.first or self._pin is None:
            return
        await player.hush(self.live, self.live.first, SPOKEN)
        self.live.after(SILENCE, _PATIENCE)
        right = self._pin.key(key)
        if right is not None:
            await self._tried(right)

    async def timer(self, name: str) -> None:
        if self._pin is not None and name == SPOKEN:
            self.live.after(SILENCE, _PATIENCE)
        elif self._pin is not None:
            await self._tried(self._pin.given())
        elif self._place is None:
            await self._let_in()
        elif not self._joined:
            await self._join()

    async def _tried(self, right: bool) -> None:
        assert self._pin is not None
        self.live.stop(SILENCE)
        if right:
            self._pin = None
            await self._let_in()
        elif self._pin.is_hopeless:
            await self._fail("wrong_pin")
        else:
            await self._say("wrong_pin")

    async def _fail(self, why: str) -> None:
        await self.reception.back(convert.verb_failed("conference", why))

    # --- the room

    async def _let_in(self) -> None:
        live = self.live
        name = f"{live.call.tenant}/{self.verb.room}"
        try:
            self._place = await live.world.rooms.enter(
                name, live.call.id, lambda: self._told(self._met), lambda: self._told(self._moved)
            )
        except DomainError as error:
            await self._fail("full" if error.reason is Reason.ROOM_FULL else "unavailable")
            return
        if self._place.alone:
            await self._say("alone")
        else:
            await self._join()

    async def _join(self) -> None:
        self.live.move(State.CONFERENCE)
        await self._enter_room()
        if self._company:
            await self._bridged()

    async def _enter_room(self) -> None:
        assert self._place is not None
        live = self.live
        self._joined = True
        await live.anchor.join_mixer(self._place, live.first)
        live.note_port(live.first)
        await self._place.speak()

    def _told(self, what: Work) -> None:
        """The room calls from outside of this call's own order of things."""

        async def then() -> None:
            if self.live.stage is self:
                await what()

        self.live.post(then)

    async def _met(self) -> None:
        self._company = True
        if self._joined:
            await self._bridged()

    async def _bridged(self) -> None:
        """Somebody else is there: from now on it is a conversation."""
        live = self.live
        if live.call.bridged_at is None:
            live.set(calls.bridged(live.call, live.world.clock()), "bridged")
            await start_recording(live)

    async def _moved(self) -> None:
        """The seat is lost: the room's host is gone. Those who are left meet in a new one."""
        live = self.live
        self._place = None
        if self._joined:
            self._joined = False
            await live.anchor.alone(live.first)
        await self._say("interrupted")

    async def rescued(self) -> None:
        live = self.live
        if self._joined:
            await self._enter_room()
            live.recording = False
        elif self._place is not None or self._pin is None:
            await self._say("interrupted")
        else:
            await live.finish("failed")
