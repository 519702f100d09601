"""What may happen to a schedule's document after it was solved: swaps, time off, shifts given by hand, longer and
shorter days. Nothing here knows what is allowed: the checker looks at the result.

A shift that became longer or shorter keeps what was agreed before under `agreed` (its start, end and breaks), so that
the contract is still seen; who is there is counted from what it is now.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.wfm.domain.reasons import Reason, Refusal, refuse

Document = dict[str, Any]
Row = dict[str, Any]
STAMP = "%Y-%m-%dT%H:%MZ"
MINUTE = timedelta(minutes=1)
REACH = timedelta(hours=1)
"""Overtime may begin so long after the shift: the time between is worked too."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's shift on a local day becomes this one; an empty pattern: none. `start` is a local time, 08:30."""

    person: str
    day: str
    pattern: str = ""
    start: str = ""
    locked: bool = False


def day_of(document: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """The local day to which a shift belongs: on which it began as it was agreed."""
    begin = row.get("agreed", row)["start"]
    return str(datetime.fromisoformat(begin).astimezone(ZoneInfo(document["zone"])).date())


def shift_of(document: Mapping[str, Any], person: str, day: str) -> int | None:
    """Which shift somebody works on a local day."""
    for number, row in enumerate(document["shifts"]):
        if row["person"] == person and day_of(document, row) == day:
            return number
    return None


def swapped(document: Document, mine: int, other_person: str, theirs: int | None) -> Document:
    """The shift goes to the other one, and his, if named, comes back."""
    after = copy.deepcopy(document)
    person = after["shifts"][mine]["person"]
    after["shifts"][mine]["person"] = other_person
    if theirs is not None:
        after["shifts"][theirs]["person"] = person
    return recounted(after)


def freed(document: Document, shift: int, day: str) -> Document:
    """The shift falls away and the day is time off; how long it would have been is remembered."""
    after = copy.deepcopy(document)
    gone = after["shifts"].pop(shift)
    for person in after["people"]:
        if person["id"] == gone["person"]:
            person["away"] = sorted({*person["away"], day})
    length = (_at(gone["end"]) - _at(gone["start"])) / MINUTE
    after.setdefault("released", []).append(
        {"person": gone["person"], "start": gone["start"], "minutes": length, "why": "time off"}
    )
    return recounted(after)


def lengthened(document: Document, shift: int, span: tuple[datetime, datetime]) -> Document:
    """The shift reaches over the span as well, which has to touch it. Overtime is paid."""
    after = copy.deepcopy(document)
    row = after["shifts"][shift]
    start, end = _at(row["start"]), _at(row["end"])
    stays = span[0] - REACH <= end < span[1] and span[1] > end
    comes = span[0] < start <= span[1] + REACH
    if not stays and not comes:
        raise Refusal(Reason.NO_SHIFT, "no shift ends or begins beside this time")
    _keep_agreed(row)
    row["start"] = f"{min(start, span[0]) if comes else start:{STAMP}}"
    row["end"] = f"{max(end, span[1]) if stays else end:{STAMP}}"
    row["paid_min"] = paid_minutes(row)
    return recounted(after)


def shortened(document: Document, shift: int, span: tuple[datetime, datetime]) -> Document:
    """Who leaves early goes when the span begins and does not come back that day."""
    after = copy.deepcopy(document)
    row = after["shifts"][shift]
    start, end = _at(row["start"]), _at(row["end"])
    leaves = max(span[0], start)
    if not start < leaves < end or span[1] < end:
        raise Refusal(Reason.NO_SHIFT, "no shift ends within this time")
    _keep_agreed(row)
    row["end"] = f"{leaves:{STAMP}}"
    row["breaks"] = [pause for pause in row["breaks"] if _at(pause["end"]) <= leaves]
    row["paid_min"] = paid_minutes(row)
    after.setdefault("released", []).append(
        {
            "person": row["person"],
            "start": f"{leaves:{STAMP}}",
            "minutes": (end - leaves) / MINUTE,
            "why": "leave early",
        }
    )
    return recounted(after)


def _keep_agreed(row: Row) -> None:
    row.setdefault("agreed", {name: copy.deepcopy(row[name]) for name in ("start", "end", "breaks")})


def edited(document: Document, edits: Sequence[Edit]) -> Document:
    """The shifts as somebody put them. Refused by name: who or what is not in the document."""
    after = copy.deepcopy(document)
    known = {person["id"] for person in after["people"]}
    first = date.fromisoformat(after["from"])
    days = {str(first + timedelta(days=number)) for number in range(after["days"])}
    for edit in edits:
        if edit.person not in known:
            raise refuse("person_id", "is not in this schedule")
        if edit.day not in days:
            raise refuse("day", f"{edit.day or '–'} is not in this schedule")
        before = shift_of(after, edit.person, edit.day)
        if before is not None:
            after["shifts"].pop(before)
        if edit.pattern:
            after["shifts"].append(_given(after, edit))
    after["shifts"].sort(key=lambda row: (row["start"], row["person"]))
    return recounted(after)


def _given(document: Document, edit: Edit) -> Row:
    pattern = next((one for one in document["patterns"] if one["name"] == edit.pattern), None)
    if pattern is None:
        raise refuse("pattern", f"no shift is called `{edit.pattern[:40]}`")
    try:
        begin = time.fromisoformat(edit.start)
    except ValueError:
        raise refuse("start", f"`{edit.start[:10]}`: a time of day as 08:30 is needed") from None
    zone = ZoneInfo(document["zone"])
    start = datetime.combine(date.fromisoformat(edit.day), begin, zone).astimezone(UTC)
    free = start
    breaks = []
    for pause in pattern["breaks"]:
        at = max(start + MINUTE * ((pause["earliest"] + pause["latest"]) // 2 // 5 * 5), free)
        free = at + MINUTE * pause["minutes"]
        breaks.append(
            {"name": pause["name"], "start": f"{at:{STAMP}}", "end": f"{free:{STAMP}}", "paid": pause["paid"]}
        )
    row = {
        "person": edit.person,
        "pattern": edit.pattern,
        "start": f"{start:{STAMP}}",
        "end": f"{start + MINUTE * pattern['minutes']:{STAMP}}",
        "breaks": breaks,
        **({"locked": True} if edit.locked else {}),
    }
    return {**row, "paid_min": paid_minutes(row)}


def paid_minutes(row: Mapping[str, Any]) -> float:
    """The shift without its unpaid breaks."""
    unpaid = sum(((_at(one["end"]) - _at(one["start"])) for one in row["breaks"] if not one["paid"]), timedelta())
    return (_at(row["end"]) - _at(row["start"]) - unpaid) / MINUTE


def recounted(document: Document) -> Document:
    """Who is there in each interval, the hours and the cost, counted anew; the document itself is changed."""
    there = presence(document["shifts"], document["interval_min"], midnight(document))
    hours = document["interval_min"] / 60
    needs = {row["start"]: row["need"] for row in document["need"] if row["need"]}
    rows = []
    for start in sorted(set(needs) | {f"{at:{STAMP}}" for at, count in there.items() if count > 1e-6}):
        rows.append({"start": start, "need": needs.get(start, 0.0), "there": round(there.get(_at(start), 0.0), 3)})
    document["need"] = rows
    document["cost"] = costs(document)
    document["summary"] = {
        **document["summary"],
        "shifts": len(document["shifts"]),
        "there_h": round(sum(row["there"] for row in rows) * hours, 2),
        "missing_h": round(sum(max(0.0, row["need"] - row["there"]) for row in rows) * hours, 2),
        "spare_h": round(sum(max(0.0, row["there"] - row["need"]) for row in rows) * hours, 2),
        "cost": sum(document["cost"].values()),
    }
    return document


def midnight(document: Mapping[str, Any]) -> datetime:
    """When its first day begins."""
    first = date.fromisoformat(document["from"])
    return datetime.combine(first, time.min, ZoneInfo(document["zone"])).astimezone(UTC)


def presence(shifts: Sequence[Mapping[str, Any]], minutes: int, zero: datetime) -> dict[datetime, float]:
    """How many are there, by interval; breaks are not there. Intervals are counted from `zero`."""
    found: dict[datetime, float] = {}
    step = timedelta(minutes=minutes)

    def add(start: datetime, end: datetime, sign: float) -> None:
        at = start - (start - zero) % step
        while at < end:
            share = (min(end, at + step) - max(start, at)) / step
            found[at] = found.get(at, 0.0) + sign * share
            at += step

    for row in shifts:
        add(_at(row["start"]), _at(row["end"]), 1.0)
        for pause in row["breaks"]:
            add(_at(pause["start"]), _at(pause["end"]), -1.0)
    return found


def costs(document: Mapping[str, Any]) -> dict[str, int]:
    """Minor units a person: paid minutes, and the extra for those in the hours of the night."""
    zone, rules = ZoneInfo(document["zone"]), document["rules"]
    wages = {person["id"]: person["cost_per_hour"] for person in document["people"]}
    totals = dict.fromkeys(wages, 0.0)
    for row in document["shifts"]:
        if not wages.get(row["person"]):
            continue
        unpaid = [(_at(one["start"]), _at(one["end"])) for one in row["breaks"] if not one["paid"]]
        at, night = _at(row["start"]), 0
        while at < _at(row["end"]):
            hour = at.astimezone(zone).hour
            dark = hour >= rules["night_from_h"] or hour < rules["night_to_h"]
            night += 5 * (dark and not any(begin <= at < end for begin, end in unpaid))
            at += 5 * MINUTE
        totals[row["person"]] += (paid_minutes(row) + night * rules["night_extra"]) * wages[row["person"]] / 60
    return {name: round(total) for name, total in totals.items()}


def short_intervals(document: Mapping[str, Any]) -> dict[str, float]:
    """Intervals in which fewer are there than needed, and by how many."""
    return {row["start"]: row["need"] - row["there"] for row in document["need"] if row["need"] > row["there"] + 1e-6}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
