"""A campaign's queue: somebody who was called waits for as long as the law lets him wait, then there is an apology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.media.app import player
from antiphon.media.app.queueing import SPOKEN, Queueing

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.domain.verbs import Enqueue


class Hurried(Queueing):
    """Waits in the queue for as long as the law lets a called person wait."""

    def __init__(self, live: Live, verb: Enqueue, apology: str, *, by_itself: bool) -> None:
        """`verb.max_wait` is that time."""
        super().__init__(live, verb, None)
        self._apology = apology
        self._sorry = False
        self.by_itself = by_itself

    async def timer(self, name: str) -> None:
        if name == SPOKEN and self._sorry:
            await self.live.finish("abandoned")
        else:
            await super().timer(name)

    async def _ended(self, how: str) -> None:
        live = self.live
        if how == "timeout" and self._apology and not self._sorry:
            self._sorry = True
            await self._stop_ringing()
            await player.say(live, live.first, self._apology, self.verb.language, SPOKEN)
        elif not self._sorry:
            await super()._ended("timeout" if how == "refused" else how)
