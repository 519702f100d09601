"""What the engine left on its disk for a call, made into one file and cleared away.

Blocking: call it in a thread (an hour of talk takes some seconds). It runs where the engine's disk is.
"""

from __future__ import annotations

import glob
import itertools
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from antiphon.media.audio import files, levels
from antiphon.media.recording.pcap import datagrams
from antiphon.media.recording.recording import Paused, Track, stereo
from antiphon.media.recording.streams import Pause


@dataclass(frozen=True, slots=True)
class Finished:
    """A recording as kept: the file, its length, when it began, its outline by channel, the figures of its streams."""

    file: Path
    seconds: float
    began_at: float
    peaks: list[list[float]]
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a recording shall be made; see `recording.stereo`."""

    channels: Mapping[int, int]
    pauses: Sequence[Pause] = ()
    paused: Paused = Paused.SILENCED
    opus: frozenset[int] = frozenset()
    unheard: Mapping[int, Sequence[Pause]] = field(default_factory=dict)


class Recordings:
    """The engine's `recording-dir`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pcaps(self, call_id: str) -> list[Path]:
        """What was recorded of this call, in order."""
        found = (self._folder / "pcaps").glob(f"{_file_name(call_id)}-*.pcap")
        return sorted(found, key=lambda file: file.stat().st_mtime_ns)

    def finish(self, call_id: str, target: Path, wanted: Wanted) -> Finished:
        """Writes the recording to `target` (`.wav` or `.opus`). The engine's files stay until `clear`, so it may be
        repeated. Raises DomainError: RECORDING_EMPTY, NOT_WRITTEN."""
        packets = itertools.chain.from_iterable(datagrams(file.read_bytes()) for file in self.pcaps(call_id))
        made = stereo(
            packets,
            wanted.channels,
            pauses=wanted.pauses,
            paused=wanted.paused,
            opus=wanted.opus,
            unheard=wanted.unheard,
        )
        files.write(target, made.sound, made.rate)
        return Finished(target, made.seconds, made.began_at, levels.peaks(made.sound), made.tracks)

    def clear(self, call_id: str) -> None:
        """Removes what the engine wrote of this call; when the recording is safe elsewhere. Twice is harmless."""
        for file in self.pcaps(call_id):
            file.unlink(missing_ok=True)
        for file in (self._folder / "metadata").glob(f"*-{_file_name(call_id)}-*.txt"):
            file.unlink(missing_ok=True)


def _file_name(call_id: str) -> str:
    """A pattern for the call id as the engine writes it into names of files."""
    return glob.escape(urllib.parse.quote(call_id, safe=""))
