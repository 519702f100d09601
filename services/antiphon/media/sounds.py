"""Where prompts, tones and music are, and how a text becomes sound. Everything is kept in both laws of G.711."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.audio import files
from antiphon.media.audio.files import Prompt
from antiphon.media.speech import Speaker
from antiphon.media.streams import Streams

_KINDS = ("wav", "mp3", "ogg", "flac")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")
_FALLBACK = "en"
log = logs.get("media")


class Sounds:
    """`app.world.Voice` over a folder: <language>/<name>.wav, tones/<name>.wav, music/<name>.wav (.mp3, .ogg, .flac)
    and the latest piece of each stream."""

    def __init__(self, folder: Path, speaker: Speaker, streams: Streams | None = None) -> None:
        self._folder = folder
        self._ready = folder / "ready"
        self._speaker = speaker
        self._streams = streams
        self._known: dict[Path, Prompt] = {}

    async def speak(self, text: str, language: str) -> Prompt | None:
        try:
            said = await self._speaker.say(text, language or _FALLBACK)
        except DomainError as error:
            log.warning("a text cannot be said", reason=error.reason.name)
            return None
        return await self._prepared(said)

    async def find(self, source: str, language: str = "") -> Prompt | None:
        kind, _, name = source.partition(":")
        if not _NAME.match(name):
            return None
        if kind == "stream":
            return self._streams.latest(name) if self._streams is not None else None
        for place in self._places(kind, name, language):
            if place in self._known or await asyncio.to_thread(place.exists):
                return await self._prepared(place)
        return None

    def _places(self, kind: str, name: str, language: str) -> list[Path]:
        match kind:
            case "music":
                return [self._folder / "music" / f"{name}.{each}" for each in _KINDS]
            case "tone":
                return [self._folder / "tones" / f"{name}.wav"]
            case "prompt":
                languages = [language.partition("-")[0].lower(), _FALLBACK]
                return [self._folder / each / f"{name}.wav" for each in languages if _NAME.match(each)]
            case "file":
                return [self._folder / "files" / f"{name}.wav"]
            case _:
                return []

    async def _prepared(self, source: Path) -> Prompt | None:
        if source not in self._known:
            try:
                folder = self._ready / source.parent.name
                self._known[source] = await asyncio.to_thread(files.prepare, source, folder)
            except DomainError as error:
                log.warning("a sound cannot be prepared", reason=error.reason.name)
                return None
        return self._known[source]
