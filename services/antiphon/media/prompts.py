"""Sounds ready to be played: files and spoken texts, prepared once in the form that costs the engine least.

The folder is one the engine reads too (its own disk, or synchronised to it).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from antiphon.media.audio import files
from antiphon.media.audio.files import Prompt
from antiphon.media.speech import Speaker


class Prompts:
    """Gives out what `Anchor.play` takes."""

    def __init__(self, folder: Path, speaker: Speaker) -> None:
        self._folder = folder
        self._speaker = speaker

    async def file(self, source: Path) -> Prompt:
        """A sound file of any rate, WAV, MP3, FLAC or Opus. Raises DomainError: PROMPT_MISSING, NOT_WRITTEN."""
        return await asyncio.to_thread(files.prepare, source, self._folder)

    async def say(self, text: str, language: str) -> Prompt:
        """A text. Raises DomainError as `Speaker.say` and as `file`."""
        return await self.file(await self._speaker.say(text, language))
