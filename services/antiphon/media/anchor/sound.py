"""What is done with the sound of a conversation's legs: play, hold, mute, record, digits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from antiphon.media.anchor.leg import Leg
from antiphon.media.anchor.link import Link
from antiphon.media.audio.files import Prompt
from antiphon.media.ng.bencode import Sendable
from antiphon.media.ng.reasons import NgError, Reason

Source: TypeAlias = "Prompt | Path | bytes"
"""A prompt prepared in both laws (cheap to start), a file on the engine's disk, or the bytes of a sound file."""
FOR_EVER = 1_000_000
"""Repetitions of music: longer than any call."""


class Recording(Enum):
    """What can be done with the recording."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


# The engine knows no pause: after a stop it writes a file more, and `Recordings` puts the files of a call together.
_RECORD = {
    Recording.START: "start recording",
    Recording.PAUSE: "stop recording",
    Recording.RESUME: "start recording",
    Recording.STOP: "stop recording",
}


class Sound:
    """The half of the anchor that changes nobody's description."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._legs: dict[str, Leg] = {}
        self._listeners: set[str] = set()
        """Who listens without being a leg."""

    def leg(self, tag: str) -> Leg:
        """Raises NgError(LEG_UNKNOWN)."""
        if tag not in self._legs:
            raise NgError(Reason.LEG_UNKNOWN, tag=tag)
        return self._legs[tag]

    async def play(self, tag: str, source: Source, *, repeat: int = 1) -> float:
        """Plays to one leg: the length of one round in seconds. What it heard before stops. Bytes may be 60 kB. Raises
        NgError(PROMPT_MISSING)."""
        leg = self.leg(tag)
        sound = source.of(leg.codec.name) if isinstance(source, Prompt) else source
        length = await self._link.play(tag, sound, repeat)
        leg.playing = True
        return length

    async def stop(self, tag: str) -> None:
        await self._quiet(self.leg(tag))

    async def music(self, tag: str, source: Source) -> None:
        """Plays for as long as somebody waits."""
        await self.play(tag, source, repeat=FOR_EVER)

    async def hold(self, tag: str, music: Source | None = None) -> None:
        """This leg waits: it hears the music, or nothing, and its peer does not hear it. Undone by `resume`, or by
        being bridged to somebody."""
        await asyncio.gather(*(self._block(each) for each in self._pair(tag)))
        if music is not None:
            await self.music(tag, music)

    async def resume(self, tag: str) -> None:
        await asyncio.gather(self._quiet(self.leg(tag)), *(self._unblock(each) for each in self._pair(tag)))

    def _pair(self, tag: str) -> list[Leg]:
        leg = self.leg(tag)
        peer = self._legs.get(leg.peer)
        return [leg] if peer is None else [leg, peer]

    async def mute(self, tag: str, on: bool) -> None:
        """The others do not hear this leg; it hears them."""
        self.leg(tag)
        await self._link.silence(tag, on)

    async def record(self, what: Recording, metadata: Mapping[str, str] | None = None) -> None:
        """Both parties, after decryption, to a pcap of the engine named after the call id. Metadata is kept beside it;
        it is for the start and holds neither `:` nor `|`."""
        fields: dict[str, Sendable] = {}
        if metadata:
            fields["metadata"] = "|".join(f"{key}:{value}" for key, value in metadata.items())
        await self._link.ask(_RECORD[what], fields)

    async def _quiet(self, leg: Leg) -> None:
        if leg.playing:
            leg.playing = False
            await self._link.stop(leg.tag)

    async def _block(self, leg: Leg) -> None:
        if not leg.blocked:
            leg.blocked = True
            await self._link.block(leg.tag, True)

    async def _unblock(self, leg: Leg) -> None:
        if leg.blocked:
            leg.blocked = False
            await self._link.block(leg.tag, False)
