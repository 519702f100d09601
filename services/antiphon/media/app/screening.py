"""Did a person answer the campaign, or a machine? The called party's sound is listened to while an agent is looked for,
so a person does not wait for the verdict; what has something to say by itself waits for it (`Unknown`).

    machine → HANG_UP: the call is over → LEAVE_MESSAGE: the agent is let go, the message is said after the beep
            → NOTE: written down only, the agent hears the machine

The rules are in `domain/answering.py`. A call that has gone on its way (transferred, held, in a conference) is left
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.app import player
from antiphon.media.app.doing import Doing
from antiphon.media.app.hurried import Hurried
from antiphon.media.app.stage import Stage
from antiphon.media.app.talk import Talk
from antiphon.media.domain import cdr
from antiphon.media.domain.answering import Detector, Heard, Rhythm
from antiphon.media.domain.call import State
from antiphon.media.hearing import Ear
from antiphon.media.v1 import media_pb2

if TYPE_CHECKING:
    from google.protobuf.duration_pb2 import Duration

    from antiphon.media.app.live import Live

SAID, NO_END = "said", "no_end"
_NO_END = 60.0
log = logs.get("media")


class Action(Enum):
    """What is done with a machine."""

    NOTE = media_pb2.MACHINE_ACTION_NOTE
    HANG_UP = media_pb2.MACHINE_ACTION_HANG_UP
    LEAVE_MESSAGE = media_pb2.MACHINE_ACTION_LEAVE_MESSAGE


@dataclass(frozen=True, slots=True)
class Screen:
    """What the dialler wants."""

    action: Action
    message: str = ""
    language: str = ""
    rhythm: Rhythm = field(default_factory=Rhythm)


def screen_of(asked: media_pb2.Screening, language: str) -> Screen:
    """Unset times are the usual ones."""
    usual = Rhythm()

    def seconds(name: str, otherwise: float) -> float:
        given: Duration = getattr(asked, name)
        return given.ToTimedelta().total_seconds() if asked.HasField(name) else otherwise  # type: ignore[arg-type]

    rhythm = Rhythm(
        seconds("longest_silence", usual.silence), seconds("longest_greeting", usual.greeting),
        seconds("after_greeting", usual.after_greeting), seconds("longest", usual.total),
    )  # fmt: skip
    return Screen(Action(asked.action or media_pb2.MACHINE_ACTION_NOTE), asked.message, language, rhythm)


class Screening:
    """Of one call."""

    def __init__(self, live: Live, screen: Screen) -> None:
        self.live = live
        self.screen = screen
        self._tag = ""
        self._ear: Ear | None = None

    async def begin(self, tag: str) -> None:
        """This leg answered. An engine that cannot do it leaves the agent to judge."""
        live, self._tag = self.live, tag
        detector = Detector(self.screen.rhythm)
        ear = self._ear = await Ear.open(live.world.mixer.host, detector, lambda: not live.over, self._heard)
        try:
            await live.anchor.monitor(f"{tag}.ear", [tag], LegKind.SIP)
            await live.anchor.monitor_answered(f"{tag}.ear", ear.sdp())
        except DomainError as error:
            log.warning("who answered cannot be listened to", reason=error.reason.name)
            self.close()
            await self._verdict(Heard.PERSON, "deaf")
            return
        ear.listen()

    def close(self) -> None:
        """Twice is harmless."""
        if self._ear is not None:
            self._ear.close()
            self._ear = None

    async def _end(self) -> None:
        self.close()
        await self.live.world.asks.quietly(self.live.anchor.monitor_end(f"{self._tag}.ear"))

    def _heard(self, heard: Heard, why: str) -> None:
        self.live.post(lambda: self._verdict(heard, why))

    async def _verdict(self, heard: Heard, why: str) -> None:
        live, stage = self.live, self.live.stage
        if live.over:
            return
        if heard is not Heard.READY:
            log.info("who answered is known", who=heard.value, why=why)
            live.change(answered_by=heard.value)
        if isinstance(stage, AfterBeep):
            await self._end()
            await stage.ready()
        elif heard is Heard.PERSON or self.screen.action is Action.NOTE:
            await self._end()
            if isinstance(stage, Unknown):
                await live.to(stage.then)
        elif not _may_be_taken_over(stage):
            await self._end()
        elif self.screen.action is Action.HANG_UP:
            await live.finish(cdr.MACHINE)
        else:
            after = AfterBeep(live, self._tag, self.screen)
            await live.to(after)
            if why == "beep":
                await self._end()
                await after.ready()


def _may_be_taken_over(stage: Doing) -> bool:
    return type(stage) is Talk or isinstance(stage, Hurried | Unknown)


class Unknown(Stage):
    """Waits for the verdict before anything is said."""

    def __init__(self, live: Live, then: Stage) -> None:
        super().__init__(live)
        self.then = then

    async def enter(self) -> None:
        self.live.move(State.RECEPTION)

    async def digit(self, tag: str, key: str) -> None:
        """Machines press no keys."""
        await self.live.to(self.then)
        await self.then.digit(tag, key)

    async def rescued(self) -> None:
        await self.live.to(self.then)


class AfterBeep(Stage):
    """The machine's greeting is heard to its end, then the message is left."""

    def __init__(self, live: Live, tag: str, screen: Screen) -> None:
        super().__init__(live)
        self._tag = tag
        self._screen = screen

    async def enter(self) -> None:
        live = self.live
        live.first = self._tag
        live.move(State.RECEPTION)
        for item_id in list(live.items):
            live.drop_item(item_id, cdr.MACHINE)
        for tag in [tag for tag in live.legs if tag != self._tag]:
            live.hang_up(tag)
        live.after(NO_END, _NO_END)

    async def leave(self) -> None:
        self.live.stop(SAID, NO_END)

    async def ready(self) -> None:
        """The beep is over."""
        self.live.stop(NO_END)
        await player.say(self.live, self._tag, self._screen.message, self._screen.language, SAID)

    async def timer(self, name: str) -> None:
        await self.live.finish(cdr.MACHINE)

    async def rescued(self) -> None:
        await self.live.finish(cdr.MACHINE)
