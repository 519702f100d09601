"""Swaps and time off on a published schedule, as it is written in its document. Nothing here knows what is allowed:
the checker looks at the result."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Document = dict[str, Any]


def shift_of(document: Mapping[str, Any], person: str, day: str) -> int | None:
    """Which shift somebody works on a local day."""
    zone = ZoneInfo(document["zone"])
    for number, row in enumerate(document["shifts"]):
        if row["person"] == person and str(datetime.fromisoformat(row["start"]).astimezone(zone).date()) == day:
            return number
    return None


def swapped(document: Document, mine: int, other_person: str, theirs: int | None) -> Document:
    """The shift goes to the other one, and his, if named, comes back."""
    after = copy.deepcopy(document)
    person = after["shifts"][mine]["person"]
    after["shifts"][mine]["person"] = other_person
    if theirs is not None:
        after["shifts"][theirs]["person"] = person
    return after


def freed(document: Document, shift: int, day: str) -> Document:
    """The shift falls away and the day is time off."""
    after = copy.deepcopy(document)
    gone = after["shifts"].pop(shift)
    for person in after["people"]:
        if person["id"] == gone["person"]:
            person["away"] = sorted({*person["away"], day})
    for row in after["need"]:
        row["there"] = round(row["there"] - _presence(gone, row["start"], after["interval_min"]), 3)
    return after


def _presence(shift: Mapping[str, Any], start: str, minutes: int) -> float:
    """Which part of an interval somebody on this shift is there."""
    begin = datetime.fromisoformat(start)
    end = begin + timedelta(minutes=minutes)
    there = _overlap(shift, begin, end) - sum(
        (_overlap(pause, begin, end) for pause in shift["breaks"]), start=timedelta()
    )
    return there / timedelta(minutes=minutes)


def _overlap(row: Mapping[str, Any], begin: datetime, end: datetime) -> timedelta:
    start, finish = datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])
    return max(timedelta(), min(end, finish) - max(begin, start))
