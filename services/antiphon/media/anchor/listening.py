"""More than two: legs in the mixer, and listeners who are no party."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from antiphon.media.anchor import sdp as descriptions
from antiphon.media.anchor.leg import codec_field, towards
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.anchor.sound import Sound
from antiphon.media.ng.bencode import Sendable

if TYPE_CHECKING:
    from antiphon.media.mixer.room import Room


class Listening(Sound):
    """The part of the anchor for conference, whisper, barge and monitoring."""

    async def join_mixer(self, room: Room, *tags: str) -> None:
        """Attaches legs to ports of the mixer, at once; `room.hear(matrix)` says who hears whom. No SIP to anybody."""
        await asyncio.gather(*(self._join(room, tag) for tag in tags))

    async def _join(self, room: Room, tag: str) -> None:
        leg = self.leg(tag)
        port = await room.open(tag)
        side, own = f"{tag}.mix", port.sdp()
        fields = towards(LegKind.SIP, offering=True) | codec_field(leg.codec, opus=False)
        given = await self._link.offer(tag, side, leg.sdp, fields)
        port.target = descriptions.address_of(given)
        if leg.sources - {side}:
            await self._link.deafen(tag)
        await self._link.answer(tag, side, own, towards(leg.kind, offering=False))
        self._leave(leg.peer, tag)
        leg.peer, leg.own, leg.sources = side, own, {side}
        leg.sides.add(side)
        await asyncio.gather(self._quiet(leg), self._unblock(leg))

    async def leave_mixer(self, room: Room, *tags: str) -> None:
        """Frees the ports of these legs. Bridge those who go on talking first; the others hear nobody then."""
        for tag in tags:
            leg, side = self.leg(tag), f"{tag}.mix"
            if leg.peer == side:
                await self._link.deafen(tag)
                leg.peer, leg.own, leg.sources = f"{tag}.pbx", b"", set()
            if side in leg.sides:
                await self._link.free(side)
                leg.sides.discard(side)
            room.leave(tag)

    async def monitor(self, listener: str, of: Sequence[str], kind: LegKind) -> bytes:
        """The offer for somebody who only listens: one sendonly stream for each of these legs, in this order. A phone
        takes one stream only; for both parties in one stream use the mixer (`matrix.listen`)."""
        fields = towards(kind, offering=True)
        given = await self._link.ask(
            "subscribe request",
            {**fields, "from-tags": [self.leg(tag).tag for tag in of], "to-tag": listener},
        )
        return str(given["sdp"]).encode()

    async def monitor_answered(self, listener: str, answer: bytes) -> None:
        """The listener's answer: he hears from now on."""
        fields: dict[str, Sendable] = {"to-tag": listener, "sdp": answer, "flags": ["allow transcoding"]}
        await self._link.ask("subscribe answer", fields)

    async def monitor_end(self, listener: str) -> None:
        """He listens no more. Twice is harmless."""
        await self._link.free(listener)

    def _leave(self, peer: str, tag: str) -> None:
        """Who talked to this one is alone now, until somebody is bridged to him."""
        left = self._legs.get(peer)
        if left is not None and left.peer == tag:
            left.peer = f"{peer}.pbx"
