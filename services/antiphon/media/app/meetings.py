"""A meeting room of a scheme: callers of one tenant who were put into the same room hear each other.

Each has a call of his own; what they share is a room of the mixer, in which each call has a port of its own. The room
is there while somebody is in it, and it is this replica's: who comes in over another replica meets others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.media.app import convert, player
from antiphon.media.app.stage import Stage
from antiphon.media.app.talk import start_recording
from antiphon.media.domain import call as calls
from antiphon.media.domain import conference
from antiphon.media.domain.call import State
from antiphon.media.domain.words import words

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.app.reception import Reception
    from antiphon.media.domain.verbs import Conference
    from antiphon.media.mixer.room import Port, Room

SPOKEN, SILENCE = "spoken", "silence"
_PATIENCE = 15.0


class Door:
    """A call's own way into a room that several calls share: legs of different calls have the same tags."""

    def __init__(self, room: Room, call_id: str) -> None:
        self._room = room
        self._call_id = call_id

    async def open(self, tag: str) -> Port:
        return await self._room.open(f"{self._call_id}/{tag}")

    def leave(self, tag: str) -> None:
        self._room.leave(f"{self._call_id}/{tag}")


class Meeting(Stage):
    """The Conference verb."""

    def __init__(self, live: Live, verb: Conference, reception: Reception) -> None:
        super().__init__(live)
        self.verb = verb
        self.reception = reception
        self._name = f"{live.call.tenant}/{verb.room}"
        self._pin = conference.Pin(verb.pin) if verb.pin else None
        self._door: Door | None = None

    @property
    def _there(self) -> dict[str, Live]:
        """Who is in the room."""
        return self.live.world.meetings.get(self._name, {})

    async def enter(self) -> None:
        if not self.live.answer_first():
            return
        if self._pin is not None:
            await self._say("pin")
        else:
            await self._let_in()

    async def leave(self) -> None:
        live = self.live
        live.stop(SPOKEN, SILENCE)
        if self._door is None:
            return
        self._door.leave(live.first)
        there = self._there
        there.pop(live.call.id, None)
        if not there:
            live.world.meetings.pop(self._name, None)
            live.world.mixer.close(self._name)

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
        elif self._door is None:
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
        if not conference.admits(self._there):
            await self._fail("full")
        elif self._there:
            await self._join()
        else:
            await self._say("alone")

    async def _join(self) -> None:
        live = self.live
        if not conference.admits(self._there):
            await self._fail("full")
            return
        live.move(State.CONFERENCE)
        there = live.world.meetings.setdefault(self._name, {})
        there[live.call.id] = live
        await self._enter_room()
        if len(there) > 1:
            for each in there.values():
                each.post(lambda each=each: _bridged(each))  # type: ignore[misc]

    async def _enter_room(self) -> None:
        live = self.live
        self._door = Door(live.world.mixer.room(self._name), live.call.id)
        await live.anchor.join_mixer(self._door, live.first)
        live.note_port(live.first)

    async def rescued(self) -> None:
        if self._door is not None:
            live = self.live
            self._door.leave(live.first)
            await self._enter_room()
            live.recording = False
        else:
            await self.live.finish("failed")


async def _bridged(live: Live) -> None:
    """Somebody else is there: from now on it is a conversation."""
    if not live.over and live.call.bridged_at is None:
        live.set(calls.bridged(live.call, live.world.clock()), "bridged")
        await start_recording(live)
