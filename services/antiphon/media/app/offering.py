"""A caller whose INVITE offers no sound (RFC 3264 5, a delayed offer): we answer at once and offer in the 200, his ACK
brings the answer, and only then the call begins. Gateways and click-to-call services do so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.app.descriptions import is_weaker
from antiphon.media.app.stage import Stage
from antiphon.media.domain import cdr
from antiphon.media.domain.reasons import Reason

if TYPE_CHECKING:
    from antiphon.media.app.live import Live

log = logs.get("media")


class Offering(Stage):
    """Waits for the ACK; the stack ends the call when none comes."""

    def __init__(self, live: Live, then: Stage) -> None:
        super().__init__(live)
        self.then = then

    async def enter(self) -> None:
        self.live.answer_first()

    async def acked(self, tag: str, sdp: bytes) -> None:
        live = self.live
        if tag != live.first:
            return
        try:
            if is_weaker(live, tag, sdp):
                raise DomainError(Reason.ILLEGAL, "the sound must be encrypted")
            await live.connect(tag, sdp)
        except DomainError as error:
            log.info("an answer in an ACK is of no use", reason=error.reason.name)
            live.hang_up(tag, 'SIP;cause=488;text="Not Acceptable Here"')
            await live.finish(cdr.FAILED)
            return
        await live.to(self.then)
