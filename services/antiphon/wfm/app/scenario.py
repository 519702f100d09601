"""A scheduled day as a scenario for `antiphon simulate`: who comes by the forecast, who is there by the schedule.

The two services share no code; the file is the contract. Everybody becomes a team of one kind of shift and breaks, so
the simulator's agents come, pause and go as the schedule says, with the real ACD core between them and the customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.wfm.domain.reasons import refuse


@dataclass(frozen=True, slots=True)
class Channel:
    """How one channel is promised to be answered, and how patient its customers are."""

    name: str = "voice"
    service_level: float = 0.8
    within_s: float = 20.0
    patience_s: float | None = None
    at_once: int = 1


Work = tuple[float, float]
"""Contacts of an interval and their mean handling time in seconds."""


def day_scenario(
    schedule: Mapping[str, Any], demand: Mapping[str, Mapping[str, Work]], day: date, channels: Sequence[Channel]
) -> str:
    """TOML. `demand` is channel → start of the interval (local, as 2026-03-02T08:30) → work."""
    zone, minutes = ZoneInfo(schedule["zone"]), int(schedule["interval_min"])
    teams = _teams(schedule, day, zone)
    if not teams:
        raise refuse("day", f"nobody is scheduled on {day}")
    parts = [f'name = "Schedule of {day}"', 'starts = "00:00"', 'lasts = "24h"', f'interval = "{minutes}m"']
    for channel in channels:
        parts += _channel(channel, demand.get(channel.name, {}), day, minutes)
    queues = ", ".join(f'"{channel.name}"' for channel in channels)
    capacity = ", ".join(f"{channel.name} = {channel.at_once}" for channel in channels)
    for number, (shift, count) in enumerate(sorted(teams.items()), start=1):
        parts += ["[[team]]", f'name = "shift {number}"', f"agents = {count}", f"queues = [{queues}]"]
        parts += [f"capacity = {{ {capacity} }}", f"shift = [{shift}]"]
    return "\n".join(parts) + "\n"


def _channel(channel: Channel, work: Mapping[str, Work], day: date, minutes: int) -> list[str]:
    starts = [f"{day}T{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, minutes)]
    contacts = [work.get(start, (0.0, 0.0))[0] for start in starts]
    total = sum(contacts)
    seconds = sum(work[start][0] * work[start][1] for start in starts if start in work) / total if total else 60.0
    patience = "never" if channel.patience_s is None else None
    rows = [
        "[[queue]]",
        f'name = "{channel.name}"',
        f'service_level = {{ share = {channel.service_level}, within = "{channel.within_s:g}s" }}',
        "[[demand]]",
        f'name = "{channel.name}"',
        f'queue = "{channel.name}"',
        f'channel = "{channel.name}"',
        f'interval = "{minutes}m"',
        f"profile = [{', '.join(f'{value:.4f}' for value in contacts)}]",
        f'handling = {{ shape = "exponential", mean = "{seconds:.3f}s" }}',
    ]
    given = f'{{ shape = "exponential", mean = "{channel.patience_s:g}s" }}' if patience is None else '"never"'
    return [*rows, f"patience = {given}"]


def _teams(schedule: Mapping[str, Any], day: date, zone: ZoneInfo) -> Counter[str]:
    """Shifts of this day as the simulator reads them, and how many work each; nights are cut at midnight."""
    found: Counter[str] = Counter()
    begin = datetime.combine(day, datetime.min.time(), zone)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    for row in schedule["shifts"]:
        start, finish = _local(row["start"], zone), _local(row["end"], zone)
        if finish <= begin or start >= end:
            continue
        breaks = [
            f'{{ at = "{at:%H:%M}", for = "{length}m" }}'
            for pause in row["breaks"]
            if begin <= (at := _local(pause["start"], zone)) < end
            for length in [round((_local(pause["end"], zone) - at) / timedelta(minutes=1))]
        ]
        first = "00:00" if start < begin else f"{start:%H:%M}"
        last = "24:00" if finish >= end else f"{finish:%H:%M}"
        found[f'{{ from = "{first}", to = "{last}", break = [{", ".join(breaks)}] }}'] += 1
    return found


def _local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


def demand_of(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, Work]]:
    """From a forecast's CSV: start, contacts, aht_s, and channel where there are several."""
    found: dict[str, dict[str, Work]] = {}
    for number, row in enumerate(rows, start=2):
        try:
            work = (float(row["contacts"]), float(row.get("aht_s") or row["aht"]))
            found.setdefault(_channel_of(row), {})[row["start"][:16]] = work
        except (KeyError, ValueError):
            raise refuse("demand", f"line {number}: start, contacts and aht_s are needed") from None
    return found


def _channel_of(row: Mapping[str, str]) -> str:
    """The channel, or what follows the slash of queue/channel; voice where nothing is said."""
    return row.get("channel") or (row.get("queue", "").partition("/")[2] or "voice")
