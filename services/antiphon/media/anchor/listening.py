"""More than two: legs in the mixer, and listeners who are no party."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from antiphon.media.anchor import sdp as descriptions
from antiphon.media.anchor.leg import Leg, codec_field, towards, with_flags
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.anchor.sound import Sound
from antiphon.media.ng.bencode import Sendable


class Ear(Protocol):
    """A port of ours: the mixer's, or a fax machine's."""

    target: tuple[str, int] | None

    def sdp(self) -> bytes:
        """What the port says about itself."""


class Room(Protocol):
    """A room of the mixer, one call's way into it, or a fax machine."""

    async def open(self, tag: str) -> Ear:
        """The port of this leg; the same one when asked again."""

    def leave(self, tag: str) -> None:
        """Twice is harmless."""


class Listening(Sound):
    """The part of the anchor for conference, whisper, barge and monitoring."""

    async def join_mixer(self, room: Room, *tags: str) -> None:
        """Attaches legs to ports of the mixer; `room.hear(matrix)` says who hears whom. Who talked to one of them and
        does not join is alone. No SIP to anybody."""
        legs = [self.leg(tag) for tag in tags]
        for leg in legs:
            await self._join(room, leg)

    async def _join(self, room: Room, leg: Leg) -> None:
        port = await room.open(leg.tag)
        if leg.peer == leg.mixer_side:
            return
        leg.joins += 1
        side = leg.mixer_side
        fields = towards(LegKind.SIP, offering=True) | codec_field(leg.codec, opus=False)
        given = await self._link.offer(leg.tag, side, leg.sdp, fields)
        port.target = descriptions.address_of(given)
        leg.sides.add(side)
        await self._let_go((leg,))
        await self._link.answer(leg.tag, side, port.sdp(), towards(leg.kind, offering=False))
        self._attached(leg, side)
        leg.own = port.sdp()
        await asyncio.gather(self._quiet(leg), self._unblock(leg))

    async def leave_mixer(self, room: Room, *tags: str) -> None:
        """Frees the ports of these legs. Bridge those who go on talking first; the others are alone then."""
        for tag in tags:
            leg = self.leg(tag)
            if leg.peer == leg.mixer_side:
                await self._park(leg)
                await self._let_go((leg,))
            room.leave(tag)

    async def alone(self, tag: str) -> None:
        """Whoever this leg talked to is gone: it talks to the PBX again. Who is attached to nobody hears what is played
        to him, but the engine throws away what he sends before it looks for keys."""
        leg = self.leg(tag)
        await self._park(leg)
        await self._let_go((leg,))
        await asyncio.gather(self._quiet(leg), self._unblock(leg))

    # --- who is attached to whom

    async def _park(self, leg: Leg) -> None:
        """Attaches a leg to its own side of the PBX: nobody hears it, and what is played to it goes on."""
        side = f"{leg.tag}.pbx"
        leg.own = b""
        leg.peer = side
        await self._attach_alone(leg, leg.sdp, codec_field(leg.codec, opus=False))
        leg.sides.add(side)
        for other in self._legs.values():
            other.sources.discard(leg.tag)
        leg.peer = side

    async def _attach_alone(self, leg: Leg, sdp: bytes, fields: dict[str, Sendable] | None = None) -> bytes:
        """Attaches a leg to its own side of the PBX; the description for the leg. Who has no events for keys (RFC 4733)
        says them in the sound, and there the engine listens for them, for which it has to decode: only while the leg is
        alone, as people among themselves hear the tones."""
        fields = towards(LegKind.SIP, offering=True) | (fields or {})
        listens = leg.codec.name in descriptions.G711 and descriptions.telephone_event(sdp) is None
        if listens:
            fields = with_flags(fields, "always transcode") | {"codec": {"transcode": ["telephone-event"]}}
        offered = await self._link.offer(leg.tag, leg.peer, sdp, fields)
        own = leg.alone()
        if listens:
            own = descriptions.synthetic(leg.codec, descriptions.telephone_event(offered), descriptions.SINK)
        return await self._link.answer(leg.tag, leg.peer, own, towards(leg.kind, offering=False))

    async def _let_go(self, legs: tuple[Leg, ...]) -> None:
        """Whoever these legs still hear, themselves left out: another leg is parked, a port of the mixer is freed."""
        ours = {leg.tag for leg in legs}
        for leg in legs:
            for source in leg.sources - ours:
                if (old := self._legs.get(source)) is not None:
                    await self._park(old)
                    old.sources.discard(leg.tag)
                elif source in leg.sides:
                    await self._link.free(source)
                    leg.sides.discard(source)
            leg.sources &= ours

    def _attached(self, leg: Leg, to: str) -> None:
        """The engine took the answer: the leg hears and is heard by its new peer only."""
        for other in self._legs.values():
            if other.tag != to:
                other.sources.discard(leg.tag)
        leg.peer, leg.own, leg.sources = to, b"", {to}

    def _forget(self, tag: str) -> None:
        """This leg is gone: who talked to it is alone."""
        for other in self._legs.values():
            other.sources.discard(tag)
            if other.peer == tag:
                other.peer = f"{other.tag}.pbx"

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
        self._listeners.add(listener)
        fields: dict[str, Sendable] = {"to-tag": listener, "sdp": answer, "flags": ["allow transcoding"]}
        await self._link.ask("subscribe answer", fields)

    async def monitor_end(self, listener: str) -> None:
        """He listens no more. Twice is harmless."""
        self._listeners.discard(listener)
        await self._link.free(listener)
