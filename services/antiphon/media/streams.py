"""Music out of streams: HTTP radio and whatever else ffmpeg reads, recorded in pieces on the disk of the engine.

The engine (10.5) plays files and would stand still with a stream that does, so each stream is cut into pieces of a
minute; who waits hears the latest whole piece, again and again. So it is not live: it is a piece old, and while the
stream is away the last piece goes on.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.procs import dying_with_parent
from antiphon.media.audio import files
from antiphon.media.audio.files import Prompt

_KEPT = 3
"""Pieces on the disk: one is played from its open file even when its name is gone."""
_AGAIN = 5.0
log = logs.get("media")


class Streams:
    """`streams`: name → URL, as the operator of the installation set them. Tenants choose by name only."""

    def __init__(self, streams: Mapping[str, str], folder: Path, piece: float) -> None:
        self._streams = streams
        self._folder = folder
        self._piece = piece
        self._latest: dict[str, Prompt] = {}

    def latest(self, name: str) -> Prompt | None:
        """None for an unknown stream, and for one of which there is no piece yet."""
        return self._latest.get(name)

    async def run(self) -> None:
        """Records all of them, for ever."""
        async with asyncio.TaskGroup() as group:
            for name, url in self._streams.items():
                group.create_task(self._keep(name, url))

    async def _keep(self, name: str, url: str) -> None:
        while True:
            program = shutil.which("ffmpeg")
            if program is None:
                log.error("streams cannot be played: ffmpeg is not installed")
                return
            try:
                await self._record(program, name, url)
            except OSError as error:
                log.warning("a stream cannot be recorded", stream=name, error=type(error).__name__)
            await asyncio.sleep(_AGAIN)

    async def _record(self, program: str, name: str, url: str) -> None:
        """Until the stream ends. ffmpeg writes a line for every piece that is whole."""
        folder = self._folder / name
        await asyncio.to_thread(_emptied, folder)
        command = [
            program, "-nostdin", "-loglevel", "error", "-i", url, "-vn", "-ac", "1", "-ar", "8000", "-f", "segment",
            "-segment_time", str(self._piece), "-segment_list", "pipe:1", "-segment_list_type", "flat",
            str(folder / "%06d.wav"),
        ]  # fmt: skip
        child = await asyncio.create_subprocess_exec(
            *dying_with_parent(command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert child.stdout is not None
        try:
            while line := await child.stdout.readline():
                await self._whole(name, folder / Path(line.decode().strip()).name)
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()
        log.warning("a stream has ended", stream=name, code=child.returncode)

    async def _whole(self, name: str, piece: Path) -> None:
        try:
            self._latest[name] = await asyncio.to_thread(files.prepare, piece, piece.parent / "ready")
        except DomainError as error:
            log.warning("a piece of a stream is of no use", stream=name, reason=error.reason.name)
        await asyncio.to_thread(_swept, piece.parent)


def _emptied(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for each in folder.glob("*.wav"):
        each.unlink(missing_ok=True)


def _swept(folder: Path) -> None:
    for old in sorted(folder.glob("*.wav"))[: -_KEPT - 1]:
        for each in (old, *(folder / "ready").glob(f"{old.stem}.*")):
            each.unlink(missing_ok=True)
