"""Takes a message: words, a tone, and what the caller says until he hangs up, presses # or has said enough."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.kit.ids import derived_id
from antiphon.media.anchor.sound import Recording
from antiphon.media.app import convert, player
from antiphon.media.app.stage import Stage
from antiphon.media.domain import cdr
from antiphon.media.domain.call import State
from antiphon.media.domain.verbs import Voicemail
from antiphon.media.domain.words import words

if TYPE_CHECKING:
    from antiphon.acd.v1 import acd_pb2
    from antiphon.media.app.live import Live
    from antiphon.media.app.scheme import Scheme

SPOKEN, BEEP, ENOUGH = "spoken", "beep", "enough"
_SHORTEST = 1.0
"""Seconds: less is somebody who hung up at the tone."""


class TakingMessage(Stage):
    """The Voicemail verb."""

    def __init__(self, live: Live, verb: Voicemail, reception: Scheme | None) -> None:
        super().__init__(live)
        self.verb = verb
        self.reception = reception
        self._since: datetime | None = None

    async def enter(self) -> None:
        live = self.live
        if not live.answer_first():
            return
        live.move(State.VOICEMAIL)
        if self.verb.text:
            await player.say(live, live.first, self.verb.text, self.verb.language, SPOKEN)
        else:
            await self.timer(SPOKEN)

    async def leave(self) -> None:
        self.live.stop(SPOKEN, BEEP, ENOUGH)

    async def timer(self, name: str) -> None:
        live = self.live
        if name == SPOKEN:
            await player.play(live, live.first, "tone:beep", "", BEEP)
        elif name == BEEP:
            started = live.anchor.record(Recording.START, {"call": live.call.id, "tenant": live.call.tenant})
            if await live.world.asks.succeeded(started):
                self._since = live.world.clock()
            live.after(ENOUGH, self.verb.most)
        elif name == ENOUGH:
            await self._enough()

    async def rescued(self) -> None:
        """What was said so far died with the engine: the tone asks for it again."""
        self._since = None
        self.live.stop(ENOUGH)
        await self.timer(SPOKEN)

    async def digit(self, tag: str, key: str) -> None:
        if key == "#" and self._since is not None:
            await self._enough()

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        if tag != self.live.first:
            return  # a phone that rang before: its 487 comes now
        message = await self._stop()
        await self.live.finish(cdr.VOICEMAIL if message else "", by="caller")

    async def _enough(self) -> None:
        message = await self._stop()
        self.live.stop(ENOUGH)
        if self.reception is not None:
            await self.reception.back(convert.voicemail_ended(message))
        else:
            await self.live.finish(cdr.VOICEMAIL if message else "")

    async def _stop(self) -> str:
        """The id of what was left; empty when nothing was."""
        since, self._since = self._since, None
        live = self.live
        if since is None:
            return ""
        await live.world.asks.quietly(live.anchor.record(Recording.STOP))
        if (live.world.clock() - since).total_seconds() < _SHORTEST:
            return ""
        message = derived_id("vm", live.call.id, since.isoformat())
        box = {"person_id": self.verb.person_id, "group_id": self.verb.group_id}
        live.messages.append((message, box, since))
        return message


class QueueMessage(TakingMessage):
    """A queue sends its callers to voicemail: into the box of its first group, else of its first person."""

    @staticmethod
    def of(live: Live, queue: acd_pb2.Queue, language: str) -> QueueMessage:
        group = next((it.group_id for it in queue.members if it.group_id), "")
        person = next((it.person_id for it in queue.members if it.person_id), "") if not group else ""
        return QueueMessage(live, Voicemail(person, group, words("message", language), language), None)
