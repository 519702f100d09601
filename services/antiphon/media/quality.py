"""How good a leg sounded: loss, jitter, round trip, MOS; and the limits a subscriber's network has to keep (M01).

MOS is the simplified E-model of ITU-T G.107 with the usual constants for G.711 with packet loss concealment (G.113
appendix I: Ie 0, Bpl 25.1): R = 93.2 - Id - Ie_eff, Id = 0.024 d + 0.11 (d - 177.3) H(d - 177.3) where d is the one-way
delay in ms including twice the jitter for the buffer, and MOS = 1 + 0.035 R + R (R - 60)(100 - R) 7e-6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_DELAY_MS = 40.0
MAX_JITTER_MS = 10.0
MAX_LOSS_PERCENT = 0.5
"""The limits of the subscriber's network; the limit itself still passes."""

_BASE_R = 93.2
_BPL = 25.1
_KNEE_MS = 177.3


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of the sound that one leg sent. None: not known."""

    packets: int = 0
    lost: int = 0
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    mos: float | None = None

    @property
    def loss_percent(self) -> float:
        expected = self.packets + self.lost
        return 100.0 * self.lost / expected if expected else 0.0

    @property
    def delay_ms(self) -> float | None:
        """One way, taken as half the round trip."""
        return None if self.round_trip_ms is None else self.round_trip_ms / 2


def mos(loss_percent: float, jitter_ms: float = 0.0, round_trip_ms: float = 0.0) -> float:
    """Mean opinion score, 1.0–4.5."""
    delay = round_trip_ms / 2 + 2 * jitter_ms
    impairment = 0.024 * delay + (0.11 * (delay - _KNEE_MS) if delay > _KNEE_MS else 0.0)
    r = _BASE_R - impairment - 95.0 * loss_percent / (loss_percent + _BPL)
    if r <= 0:
        return 1.0
    r = min(r, 100.0)
    return min(4.5, max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6))


def rated(quality: Quality) -> Quality:
    """The same with a MOS computed from what is known, unless it has one, nothing was heard, or loss and jitter were
    never measured: packets alone say nothing about quality."""
    if quality.mos is not None or quality.jitter_ms is None or not quality.packets:
        return quality
    score = mos(quality.loss_percent, quality.jitter_ms, quality.round_trip_ms or 0.0)
    return Quality(quality.packets, quality.lost, quality.jitter_ms, quality.round_trip_ms, round(score, 2))


def either(told: Quality, measured: Quality) -> Quality:
    """What the engine was told by RTCP, or else what the recording shows."""
    return told if told.mos is not None or not measured.packets else measured


@dataclass(frozen=True, slots=True)
class LinkVerdict:
    """Whether the subscriber's network keeps the limits; `broken` names those it does not."""

    passed: bool
    broken: tuple[str, ...]


def link_test(delay_ms: float, jitter_ms: float, loss_percent: float) -> LinkVerdict:
    """Passes at exactly 40 ms one way, 10 ms and 0.5 %; fails above any of them."""
    measured = (
        ("delay", delay_ms, MAX_DELAY_MS),
        ("jitter", jitter_ms, MAX_JITTER_MS),
        ("loss", loss_percent, MAX_LOSS_PERCENT),
    )
    broken = tuple(name for name, value, limit in measured if not value <= limit)  # NaN is no pass
    return LinkVerdict(not broken, broken)


def verdict(quality: Quality) -> LinkVerdict:
    """The link test on what was measured of a call. What is not known cannot fail."""
    return link_test(quality.delay_ms or 0.0, quality.jitter_ms or 0.0, quality.loss_percent)


def worst(qualities: Iterable[Quality]) -> Quality:
    """The quality of a conversation: of each figure the worst of its legs."""
    legs = list(qualities)
    lossy = max(legs, key=lambda leg: leg.loss_percent, default=Quality())
    return Quality(
        lossy.packets,
        lossy.lost,
        max((leg.jitter_ms for leg in legs if leg.jitter_ms is not None), default=None),
        max((leg.round_trip_ms for leg in legs if leg.round_trip_ms is not None), default=None),
        min((leg.mos for leg in legs if leg.mos is not None), default=None),
    )


def from_query(answer: Mapping[str, Any]) -> dict[str, Quality]:
    """What rtpengine says of each tag in its answer to `query`. It knows MOS (times ten), jitter, loss and round trip
    (µs) only after two RTCP reports of the peer; without them only packets are known."""
    reports = answer.get("SSRC", {})
    found = {}
    for tag, party in answer.get("tags", {}).items():
        streams = [stream for media in party.get("medias", ()) for stream in media.get("streams", ())]
        spoken = [stream for stream in streams if "RTP" in stream.get("flags", ())]
        packets = sum(stream["stats"]["packets"] for stream in spoken)
        report: Mapping[str, Any] = next(
            (reports[ssrc] for stream in spoken if (ssrc := str(stream.get("SSRC"))) in reports), {}
        )
        found[tag] = _reported(packets, report)
    return found


def _reported(packets: int, report: Mapping[str, Any]) -> Quality:
    average = report.get("average MOS", {})
    if not average.get("samples", 0):
        return Quality(packets)
    lost = int(report.get("cumulative loss", 0)) or round(packets * int(average.get("packet loss", 0)) / 100)
    return Quality(
        packets,
        max(0, lost),
        float(average["jitter"]) if "jitter" in average else None,
        average["round-trip time"] / 1000 if "round-trip time" in average else None,
        average["MOS"] / 10 if "MOS" in average else None,
    )
