"""Figures as people write them: the same in the terminal and in the report."""

from __future__ import annotations

import math
from collections.abc import Callable

from antiphon.sim.confidence import Interval


def count(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"


def percent(value: float) -> str:
    return f"{value * 100:.1f} %"


def seconds(value: float) -> str:
    """12.3 s, 4:05 min, 2:10 h."""
    if value < 0:
        return f"−{seconds(-value)}"
    if value < 99.95:
        return f"{value:.1f} s"
    if value < 5_999.5:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes}:{rest:02} min"
    hours, rest = divmod(round(value / 60), 60)
    return f"{hours:,}:{rest:02} h"


def points(value: float) -> str:
    """A difference of shares."""
    return f"{_signed(round(value * 100, 1))} pts"


def more_seconds(value: float) -> str:
    """A difference of durations."""
    if abs(value) < 99.95:
        return f"{_signed(round(value, 1))} s"
    return f"+{seconds(value)}" if value >= 0 else seconds(value)


def _signed(value: float) -> str:
    return "0.0" if not value else f"{value:+.1f}".replace("-", "−")


def span(millis: int) -> str:
    """A fixed span of time: 20 s, 1 min, 1.5 min, 1 h."""
    if millis < 60_000:
        return f"{millis / 1_000:g} s"
    return f"{millis / 60_000:g} min" if millis < 3_600_000 else f"{millis / 3_600_000:g} h"


Unit = Callable[[float], str]

UNITS: dict[str, Unit] = {
    "offered": count,
    "answered": count,
    "abandoned": count,
    "turned_away": count,
    "unserved": count,
    "retries": count,
    "answer_rate": percent,
    "abandon_rate": percent,
    "service_level": percent,
    "asa_s": seconds,
    "longest_wait_s": seconds,
    "aht_s": seconds,
    "occupancy": percent,
    "conversion": percent,
    "spread": percent,
}
"""How each figure of `Cell.figures` is written."""


def figure(name: str, value: Interval) -> str:
    """The mean, in its unit; – where there was nothing to measure."""
    return "–" if math.isnan(value.mean) else UNITS[name](value.mean)


def margin(name: str, value: Interval) -> str:
    """± half the interval in the same unit, without repeating it; nothing for a single day."""
    if math.isnan(value.mean) or math.isnan(value.half):
        return ""
    return f"± {UNITS[name](value.half).removesuffix(' %')}"


def difference(name: str, value: Interval) -> str:
    """How much more or less than the first strategy."""
    if math.isnan(value.mean):
        return "–"
    return points(value.mean) if UNITS[name] is percent else more_seconds(value.mean)


def is_clear(value: Interval) -> bool:
    """Whether a difference is more than chance: its interval leaves zero out."""
    return not math.isnan(value.half) and not value.covers(0.0)
