"""Text to speech: a port, and espeak-ng behind it, which is small, free and speaks our three languages.

What was said once is kept by the hash of voice, language and text, so a prompt costs one synthesis for ever.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Protocol

from antiphon.kit.errors import DomainError
from antiphon.media.ng.reasons import Reason

LANGUAGES = {"en": "en", "ru": "ru", "uk": "uk"}
_LONGEST = 5000
_WITHIN = 30.0


class Speaker(Protocol):
    """Says a text. The file is WAV or whatever soundfile reads, on a local disk, and may be given out many times."""

    async def say(self, text: str, language: str) -> Path:
        """Raises DomainError: SPEECH_MISSING, LANGUAGE_UNKNOWN, TEXT_TOO_LONG, SPEECH_FAILED."""
        ...


class Espeak:
    """The default speaker. `speed` is in words a minute."""

    def __init__(self, folder: Path, *, program: str = "espeak-ng", speed: int = 150) -> None:
        self._folder = folder
        self._program = program
        self._speed = speed
        self._said: set[Path] = set()

    async def say(self, text: str, language: str) -> Path:
        voice = LANGUAGES.get(language.partition("-")[0].lower())
        if voice is None:
            raise DomainError(Reason.LANGUAGE_UNKNOWN, language=language)
        if len(text) > _LONGEST:
            raise DomainError(Reason.TEXT_TOO_LONG, longest=_LONGEST)
        name = hashlib.sha256(f"espeak\0{voice}\0{self._speed}\0{text}".encode()).hexdigest()[:32]
        target = self._folder / f"{name}.wav"
        if target not in self._said:
            if not target.exists():
                await self._synthesise(text, voice, target)
            self._said.add(target)
        return target

    async def _synthesise(self, text: str, voice: str, target: Path) -> None:
        program = shutil.which(self._program)
        if program is None:
            raise DomainError(Reason.SPEECH_MISSING, program=self._program)
        self._folder.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.stem}.{secrets.token_hex(4)}.part")
        child = await asyncio.create_subprocess_exec(
            program, "-v", voice, "-s", str(self._speed), "-b", "1", "--stdin", "-w", str(part),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_WITHIN):
                await child.communicate(text.encode())
            if child.returncode != 0 or not part.exists():
                raise DomainError(Reason.SPEECH_FAILED)
            os.replace(part, target)
        except TimeoutError as error:
            raise DomainError(Reason.SPEECH_FAILED) from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
            part.unlink(missing_ok=True)
