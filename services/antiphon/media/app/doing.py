"""What a live call passes on to what it is doing at the moment: what happens to its legs, and commands of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from antiphon.kit.errors import DomainError
from antiphon.media.anchor.sdp import is_fax
from antiphon.media.domain.reasons import Reason

if TYPE_CHECKING:
    from antiphon.media.app.world import Ongoing
    from antiphon.media.endpoint.leg import Leg as SipLeg
    from antiphon.media.endpoint.leg import LegEvent
    from antiphon.media.sip.events import Referred, Reoffered


class Doing:
    """Nothing yet: nothing happens, everything is refused. The stages (`stage.py`) do more."""

    def __init__(self, live: Ongoing) -> None:
        self._live = live

    async def enter(self) -> None:
        """The stage begins."""

    async def leave(self) -> None:
        """Another stage begins, or the call ends."""

    # --- what happens

    async def progress(self, tag: str, code: int, sdp: bytes) -> None:
        """A phone rings, perhaps with early media."""

    async def answered(self, tag: str, sdp: bytes) -> None:
        """A phone was answered."""

    async def acked(self, tag: str, sdp: bytes) -> None:
        """An ACK brought the answer to an offer of ours."""

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        """A leg is over. When the first leg goes, so does the call, unless the stage knows better."""
        if tag == self._live.first:
            await self._live.finish(by="caller")

    async def digit(self, tag: str, key: str) -> None:
        """A key was pressed."""

    async def timer(self, name: str) -> None:
        """A timer of `Live.after` is due."""

    async def work(self, name: str, event: Any) -> None:
        """The ACD told something about an item of this call."""

    async def reoffered(self, tag: str, event: Reoffered) -> bool:
        """A phone wants another session. True when the stage answers it; else it is between the phone and the engine.
        A fax needs somebody at the other side."""
        if not is_fax(event.sdp):
            return False
        event.reply(488)
        return True

    async def phone_hold(self, tag: str, on: bool) -> None:
        """A phone put its other side on hold by itself."""

    def may_replace(self, tag: str) -> bool:
        """True where another leg may take the place of this one."""
        return False

    async def replace(self, tag: str, new: str) -> None:
        """The new leg is there, answered and alone; the old one is being hung up."""

    async def rescued(self) -> None:
        """The media engine died and the legs have been moved to another one, where nobody talks to anybody yet."""
        await self._live.finish("failed")

    # --- commands

    async def hold(self, tag: str, on: bool) -> None:
        raise illegal("nobody to be held")

    async def complete(self, tag: str) -> None:
        raise illegal("nobody is consulted")

    async def cancel(self, tag: str) -> None:
        """Repeating it is a success."""

    async def hang_up(self, tag: str) -> None:
        """The person of this leg leaves."""
        self._live.left_by_will(tag)


def illegal(why: str) -> DomainError:
    return DomainError(Reason.ILLEGAL, why)


async def unreferred(tag: str, event: Referred) -> None:
    """Nobody is passed on by REFER here."""
    event.reply(603)


async def declined(tag: str, by: SipLeg) -> None:
    """Nobody takes a leg's place."""
    by.reject(603)


def nothing(_: LegEvent) -> None:
    """The call is over: nobody listens."""
