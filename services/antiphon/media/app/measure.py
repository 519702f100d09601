"""What descriptions and figures say, in the words of a call."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from antiphon.media.domain import call as calls
from antiphon.media.quality import Quality, verdict


class Pace:
    """How soon the last calls were answered, in seconds."""

    def __init__(self, kept: int = 1000) -> None:
        self._took: deque[float] = deque(maxlen=kept)

    def note(self, took: float) -> None:
        self._took.append(took)

    def quantile(self, share: float) -> timedelta | None:
        """The time within which this share of them was answered; None before the first."""
        ordered = sorted(self._took)
        return timedelta(seconds=ordered[min(int(len(ordered) * share), len(ordered) - 1)]) if ordered else None


def is_hold(sdp: bytes) -> bool:
    """True when a description says that its side does not want to hear."""
    return any(line.strip() in (b"a=sendonly", b"a=inactive") for line in sdp.splitlines())


def figures(quality: Quality) -> calls.Figures:
    """What the engine measured, as the record keeps it."""
    loss = quality.loss_percent / 100 if quality.packets or quality.lost else None
    return calls.Figures(
        quality.packets, loss, quality.jitter_ms, quality.round_trip_ms, quality.mos, verdict(quality).broken
    )
