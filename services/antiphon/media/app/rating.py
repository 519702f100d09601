"""After the agent has hung up: the caller is asked how it was, and presses a key.

asked → 1 to 5: thanked, the end ↘ another key: asked once more ↘ nothing: the end
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.media.anchor.sound import Recording
from antiphon.media.app import player
from antiphon.media.app.stage import Stage
from antiphon.media.domain.call import Direction, State
from antiphon.media.domain.words import words

if TYPE_CHECKING:
    from antiphon.media.app.live import Live

SPOKEN, THANKED = "spoken", "thanked"
_MARKS = "12345"
_TIMES = 2


class Rating(Stage):
    """Nobody but the caller is in the call. The agent is free already."""

    def __init__(self, live: Live) -> None:
        super().__init__(live)
        self._asked = 0

    @staticmethod
    def suits(live: Live, gone: str) -> bool:
        """True where the queue wants it and the person, not the caller, has left."""
        return bool(
            live.rates_in
            and live.call.direction is Direction.INBOUND
            and gone != live.first
            and live.first in live.legs
            and live.person(gone)
            and not live.person(live.first)
        )

    async def enter(self) -> None:
        live = self.live
        for item_id in list(live.items):
            live.drop_item(item_id, "ended")
        for tag in [tag for tag in live.legs if tag != live.first]:
            live.hang_up(tag)  # a supervisor who listened
        live.move(State.RECEPTION, consulting="", asked_at=live.world.clock())
        if live.recording:
            await live.world.asks.quietly(live.anchor.record(Recording.STOP))
        await live.world.asks.quietly(live.anchor.alone(live.first))
        await self._ask()

    async def leave(self) -> None:
        self.live.stop(SPOKEN, THANKED)

    async def rescued(self) -> None:
        await (self._thank() if self.live.call.rating else self._say("rate", SPOKEN))

    async def digit(self, tag: str, key: str) -> None:
        live = self.live
        if tag != live.first or live.call.rating:
            return
        await player.hush(live, live.first, SPOKEN)
        if key in _MARKS:
            live.change(rating=int(key))
            await self._thank()
        elif self._asked < _TIMES:
            await self._ask()
        else:
            await live.finish()

    async def timer(self, name: str) -> None:
        """Thanked, or nothing was pressed."""
        await self.live.finish()

    async def _ask(self) -> None:
        self._asked += 1
        await self._say("rate", SPOKEN)

    async def _thank(self) -> None:
        await self._say("thanks", THANKED)

    async def _say(self, what: str, timer: str) -> None:
        live, language = self.live, self.live.rates_in
        silence = live.world.rating_seconds if timer == SPOKEN else 0.0
        await player.say(live, live.first, words(what, language), language, timer, silence=silence)
