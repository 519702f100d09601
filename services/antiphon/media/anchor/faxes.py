"""Faxes (T.38): what one leg offers has to be agreed with the other, or be made into sound for it.

offer = await anchor.pass_on("A", fax)               # for the re-INVITE of the other leg
mine = await anchor.agreed("A", fax, its_answer)     # … which takes it: the SDP of A's 200
await anchor.restore("A", before, its_before)        # … which does not: all is as it was
mine = await anchor.decode("A", fax)                 # … and hears the fax as tones instead
"""

from __future__ import annotations

from antiphon.media.anchor import sdp as descriptions
from antiphon.media.anchor.leg import codec_field, towards
from antiphon.media.anchor.listening import Listening
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.ng.bencode import Sendable

_DECODE: dict[str, Sendable] = {"T.38": ["decode"]}
_STOP: dict[str, Sendable] = {"T.38": ["stop"]}


class Faxes(Listening):
    """The part of the anchor for re-INVITEs that are passed on between two legs without encryption."""

    async def pass_on(self, tag: str, sdp: bytes) -> bytes:
        """What a leg offers, fax or sound, as an offer for its peer. Raises NgError (BAD_SDP, NO_COMMON_CODEC)."""
        fields = _towards(offering=True)
        if not descriptions.is_fax(sdp):
            fields |= codec_field(descriptions.choose(sdp), opus=False)
        return await self._link.offer(tag, self._peer(tag), sdp, fields)

    async def agreed(self, tag: str, sdp: bytes, answer: bytes) -> bytes:
        """The peer's answer to what was passed on; the result is for the leg. Raises NgError as `pass_on`."""
        if not descriptions.is_fax(sdp):
            self.leg(self._peer(tag)).said(answer)
            self.leg(tag).said(sdp)
        return await self._link.answer(tag, self._peer(tag), answer, _towards(offering=False))

    async def restore(self, tag: str, said: bytes, peer_said: bytes) -> None:
        """The peer did not agree: the engine goes back to what both had said before. No port moves."""
        await self._both(tag, said, peer_said, {})

    async def decode(self, tag: str, sdp: bytes) -> bytes:
        """The leg's fax becomes tones for its peer, who hears no SIP, or a port of ours; the result is for the leg."""
        return await self._both(tag, sdp, self._across(tag), _DECODE)

    async def decode_no_more(self, tag: str, sdp: bytes) -> bytes:
        """The leg goes back from the fax to sound; the result is for it, and its peer hears no SIP."""
        self.leg(tag).said(sdp)
        return await self._both(tag, sdp, self._across(tag), _STOP)

    async def _both(self, tag: str, said: bytes, peer_said: bytes, more: dict[str, Sendable]) -> bytes:
        other = self.leg(tag).peer
        await self._link.offer(tag, other, said, _towards(offering=True) | more)
        return await self._link.answer(tag, other, peer_said, _towards(offering=False) | more)

    def _across(self, tag: str) -> bytes:
        """What is said of the other side: by the peer, or by us of a port of ours."""
        leg = self.leg(tag)
        peer = self._legs.get(leg.peer)
        return leg.alone() if peer is None else peer.sdp

    def _peer(self, tag: str) -> str:
        """Raises NgError(LEG_UNKNOWN) for who talks to nobody."""
        return self.leg(self.leg(tag).peer).tag


def _towards(*, offering: bool) -> dict[str, Sendable]:
    """No protocol is named: the engine would answer a fax that it decodes with RTP. It counts the versions itself, or
    a decoded fax has the version of the sound before it, and phones take that for no change."""
    fields = towards(LegKind.SIP, offering=offering) | {"replace": ["origin", "SDP version"]}
    del fields["transport-protocol"]
    return fields
