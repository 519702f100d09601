"""Two phones send each other a fax (T.38). Each re-INVITE is agreed with the other side first, so that both are always
in the same session: a fax, or sound again. Who cannot do T.38 but hears G.711 gets tones, made by the engine.

    Talk ⇄ Fax: nobody can be held, transferred, added or monitored until there is sound again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.media.anchor.sdp import G711, is_fax, streams
from antiphon.media.app.measure import is_hold
from antiphon.media.app.stage import Stage
from antiphon.media.endpoint.leg import Refused

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.sip.events import Reoffered

UNABLE = (415, 488, 606)
"""How a phone says that it does not know T.38."""
log = logs.get("media")


class Fax(Stage):
    """Begins when one of the two asks for a fax; what it becomes is decided by the other."""

    def __init__(self, live: Live, pair: tuple[str, str], then: Stage) -> None:
        """`then`: the conversation of the pair, which goes on when there is sound again."""
        super().__init__(live)
        self._pair = pair
        self._then = then
        self._agreed: dict[str, bytes] = {}
        """What each said of the fax that they agreed on."""
        self._decoded = ""
        """The one whose fax the engine makes tones of."""
        self._asking = False

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        """The call ends with either: who is left would take prompts for a fax."""
        if tag in self._pair:
            await self.live.finish(by="caller" if tag == self._pair[0] else "callee")

    async def rescued(self) -> None:
        await self._then.rescued()
        self._over()

    async def reoffered(self, tag: str, event: Reoffered) -> bool:
        if self._asking:
            event.reply(491)
        elif tag not in self._pair or is_hold(event.sdp):
            event.reply(488)
        elif self._decoded:
            await self._alone(tag, event)
        else:
            await self._pass_on(tag, event)
        return True

    # --- both do T.38

    async def _pass_on(self, tag: str, event: Reoffered) -> None:
        offer = await self.live.world.asks.quietly(self.live.anchor.pass_on(tag, event.sdp))
        if offer is None:
            await self._refuse(tag, event)
            return
        self._asking = True
        self.live.world.spawn(self._ask(tag, event, offer))  # the call goes on meanwhile: somebody may hang up

    async def _ask(self, tag: str, event: Reoffered, offer: bytes) -> None:
        code, answer = await self._reoffer(self._across(tag), offer)
        self.live.post(lambda: self._heard(tag, event, code, answer))

    async def _reoffer(self, tag: str, offer: bytes) -> tuple[int, bytes]:
        sip = self.live.legs.get(tag)
        if sip is None:
            return 481, b""
        try:
            return 200, await sip.reoffer(offer)
        except Refused as refused:
            return refused.code, b""

    async def _heard(self, tag: str, event: Reoffered, code: int, answer: bytes) -> None:
        self._asking = False
        if self.live.stage is not self:
            event.reply(488)  # the engine died, and everybody has sound from another one
        elif code != 200:
            await self._refused(tag, event, code)
        elif not await self._agree(tag, event, answer):
            await self._as_before(tag, event)

    async def _agree(self, tag: str, event: Reoffered, answer: bytes) -> bool:
        """False when nothing came of it: the answer is no fax, or the one who asked has given up."""
        fax = is_fax(event.sdp)
        if fax != is_fax(answer):
            return False
        given = await self.live.world.asks.quietly(self.live.anchor.agreed(tag, event.sdp, answer))
        if given is None or not event.reply(given):
            return False
        self._agreed = {tag: event.sdp, self._across(tag): answer} if fax else {}
        if not fax:
            self._over()
        return True

    async def _as_before(self, tag: str, event: Reoffered) -> None:
        """The other side has agreed, but for nothing: it is asked to go back."""
        event.reply(488)
        said = self._said(tag)
        offer = await self.live.world.asks.quietly(self.live.anchor.pass_on(tag, said))
        if offer is not None:
            self._asking = True
            self.live.world.spawn(self._ask_back(tag, said, offer))
        else:
            self._over_without_fax()

    async def _ask_back(self, tag: str, said: bytes, offer: bytes) -> None:
        code, answer = await self._reoffer(self._across(tag), offer)
        self.live.post(lambda: self._went_back(tag, said, code, answer))

    async def _went_back(self, tag: str, said: bytes, code: int, answer: bytes) -> None:
        self._asking = False
        if self.live.stage is not self:
            return
        if code != 200:
            log.warning("a fax could not be undone", code=code)
            await self._restore(tag)
        else:
            await self.live.world.asks.quietly(self.live.anchor.agreed(tag, said, answer))
        self._over_without_fax()

    # --- one does T.38

    async def _refused(self, tag: str, event: Reoffered, code: int) -> None:
        await self._restore(tag)
        if code in UNABLE and not self._agreed and self._can_decode(tag, event.sdp):
            await self._decode(tag, event)
        else:
            await self._refuse(tag, event)

    def _can_decode(self, tag: str, sdp: bytes) -> bool:
        heard = self.live.anchor.leg(self._across(tag)).codec.name
        return is_fax(sdp) and streams(sdp) == 1 and heard in G711

    async def _decode(self, tag: str, event: Reoffered) -> None:
        given = await self.live.world.asks.quietly(self.live.anchor.decode(tag, event.sdp))
        if given is not None and is_fax(given) and event.reply(given):
            self._decoded = tag
        else:
            await self._restore(tag)
            await self._refuse(tag, event)

    async def _alone(self, tag: str, event: Reoffered) -> None:
        """A re-INVITE while the engine decodes: only the one with the fax may change it or go back to sound."""
        if tag != self._decoded:
            event.reply(488)
        elif is_fax(event.sdp):
            await self._decode(tag, event)
        else:
            given = await self.live.world.asks.quietly(self.live.anchor.decode_no_more(tag, event.sdp))
            if event.reply(488 if given is None else given) and given is not None:
                self._over()

    # --- back

    async def _refuse(self, tag: str, event: Reoffered) -> None:
        event.reply(488)
        self._over_without_fax()

    async def _restore(self, tag: str) -> None:
        other = self._across(tag)
        restored = self.live.anchor.restore(tag, self._said(tag), self._said(other))
        await self.live.world.asks.succeeded(restored)

    def _across(self, tag: str) -> str:
        one, other = self._pair
        return other if tag == one else one

    def _said(self, tag: str) -> bytes:
        return self._agreed.get(tag) or self.live.anchor.leg(tag).sdp

    def _over_without_fax(self) -> None:
        if not self._agreed:
            self._over()

    def _over(self) -> None:
        """There is sound again: the conversation goes on where it was, it does not begin anew."""
        self.live.stage = self._then
