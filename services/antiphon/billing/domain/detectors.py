"""Fraud seen in how calls are made, not in single calls: counts in sliding windows, by who calls or where it goes.

Detectors are data (`detectors.json`): what is counted, by what, in which window, from which number on people are warned
and from which on it is stopped. An attempt counts whether or not it is answered. A finding says its reason in figures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from antiphon.billing.domain.instants import SECOND

SAME_S = 2
"""Talks that differ by so little were made by a machine."""
SHORT_RING_S = 3
RANGE = 7
"""Digits of a number that are one range."""
NIGHT = (22, 7)
AGAIN_S = 5
"""A block that could not be kept is asked for again."""
MOST_KEPT = 20_000


class Level(Enum):
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Detector:
    """One row of the data."""

    id: str
    counts: str
    by: str
    window: int
    warning: int
    critical: int
    bars: str
    """ "origin", "destination", or nothing: a case alone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A call as it begins or as it ended; numbers in digits. `origin`: "person:<id>" or "sip_account:<id>"."""

    at: int
    call: str
    origin: str = ""
    called: str = ""
    caller: str = ""
    is_attempt: bool = False
    dear: bool = False
    foreign_at_night: bool = False
    country: str = ""
    """The calling code of a country that this company has not called so far."""
    promised: bool = False
    """A stranger asked to be called there."""
    forwarded: bool = False
    """Came in and goes out again to `called`."""
    talk_s: int = -1
    """Of an ended one that was answered."""
    short_ring: bool = False
    transit: bool = False
    """Came in and went out again; nobody of ours had it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A detector's verdict."""

    detector: str
    level: Level
    subject: str
    """ "person:<id>", "sip_account:<id>", "destination:<digits>", "account:"."""
    bars: bool
    count: int
    window: int
    call: str


@dataclass(slots=True)
class _Window:
    events: deque[tuple[int, str, int, str]] = field(default_factory=deque)
    """(instant, call, length, where)."""
    quiet: dict[Level, int] = field(default_factory=dict)
    """Until when a level that was told is not told again."""


class Watch:
    """All windows of one company."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = detectors
        self._windows: dict[tuple[str, str], _Window] = {}
        self._live: dict[str, list[_Window]] = {}
        """Call that goes on → where it is counted as such."""

    def see(self, seen: Seen) -> list[Finding]:
        """What follows from one more call, or from its end."""
        if not (seen.is_attempt or seen.promised or seen.forwarded):
            for window in self._live.pop(seen.call, ()):
                window.events = deque(one for one in window.events if one[1] != seen.call)
        return [finding for detector in self._detectors for finding in self._count(detector, seen)]

    def forget(self, subject: str) -> None:
        """Begins anew for somebody."""
        self._windows = {key: one for key, one in self._windows.items() if key[1] != subject}

    def _count(self, detector: Detector, seen: Seen) -> Iterator[Finding]:
        subject = _subject(detector, seen)
        if not subject or not _counts(detector, seen):
            return
        window = self._window(detector, subject)
        while window.events and window.events[0][0] <= seen.at - detector.window:
            window.events.popleft()
        if all(call != seen.call for _, call, _, _ in window.events):  # a fact that came twice is one call
            window.events.append((seen.at, seen.call, seen.talk_s, seen.country or seen.called))
            if detector.counts == "live":
                if len(self._live) > MOST_KEPT:
                    self._live.clear()
                self._live.setdefault(seen.call, []).append(window)
        count = _number(detector, window, seen)
        level = _level(detector, count)
        if level is not None and window.quiet.get(level, 0) <= seen.at:
            bars = bool(detector.bars) and level is Level.CRITICAL
            window.quiet[level] = seen.at + (AGAIN_S * SECOND if bars else detector.window)
            yield Finding(detector.id, level, subject, bars, count, detector.window // SECOND, seen.call)

    def _window(self, detector: Detector, subject: str) -> _Window:
        if len(self._windows) > MOST_KEPT:
            self._windows = {key: one for key, one in self._windows.items() if one.events or one.quiet}
        return self._windows.setdefault((detector.id, subject), _Window())


def read(told: Mapping[str, Any]) -> tuple[list[Detector], tuple[str, ...]]:
    """(detectors, prefixes that are premium everywhere) of the data."""
    rows = [
        Detector(
            row["id"], row["counts"], row["by"], row["window_s"] * SECOND, row["warning"], row["critical"], row["bars"]
        )
        for row in told["detectors"]
    ]
    return rows, tuple(told["premium"])


def is_night(hour: int) -> bool:
    """Outside working life, by the local clock."""
    return hour >= NIGHT[0] or hour < NIGHT[1]


def _subject(detector: Detector, seen: Seen) -> str:
    match detector.by:
        case "origin":
            return seen.origin
        case "range":
            return f"destination:{seen.called[:RANGE]}" if seen.called else ""
        case "caller_range":
            return f"destination:{seen.caller[:RANGE]}" if seen.caller else ""
        case _:
            return "account:"


def _counts(detector: Detector, seen: Seen) -> bool:
    match detector.counts:
        case "attempt" | "live":
            return seen.is_attempt
        case "dear":
            return seen.is_attempt and seen.dear
        case "foreign_at_night":
            return seen.is_attempt and seen.foreign_at_night
        case "new_country":
            return seen.is_attempt and bool(seen.country)
        case "dear_promise":
            return seen.promised and seen.dear
        case "dear_forward":
            return seen.forwarded and seen.dear
        case "same_length":
            return seen.talk_s > 0
        case "short_ring":
            return seen.short_ring
        case _:
            return seen.transit


def _number(detector: Detector, window: _Window, seen: Seen) -> int:
    if detector.counts == "same_length":
        return sum(abs(length - seen.talk_s) <= SAME_S for _, _, length, _ in window.events)
    if detector.counts in ("new_country", "transit"):  # a telephone that all calls are forwarded to is no trade in them
        return len({where for *_, where in window.events})
    return len(window.events)


def _level(detector: Detector, count: int) -> Level | None:
    if count >= detector.critical:
        return Level.CRITICAL
    return Level.WARNING if count >= detector.warning else None
