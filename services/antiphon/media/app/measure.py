"""What descriptions and figures say, in the words of a call."""

from __future__ import annotations

from antiphon.media.domain import call as calls
from antiphon.media.quality import Quality, verdict


def is_hold(sdp: bytes) -> bool:
    """True when a description says that its side does not want to hear."""
    return any(line.strip() in (b"a=sendonly", b"a=inactive") for line in sdp.splitlines())


def figures(quality: Quality) -> calls.Figures:
    """What the engine measured, as the record keeps it."""
    loss = quality.loss_percent / 100 if quality.packets or quality.lost else None
    return calls.Figures(
        quality.packets, loss, quality.jitter_ms, quality.round_trip_ms, quality.mos, verdict(quality).broken
    )
