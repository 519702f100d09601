"""Schedules for calendars: iCalendar (RFC 5545), one event a shift, its breaks in the text; no names.

A calendar program asks again and again, so an event keeps its UID as long as person and day stay, and its SEQUENCE
grows with every publication. Times are local with the zone's own rules inside (VTIMEZONE); an hour that the clocks show
twice is said in UTC, for the local form could not tell which one is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

AROUND = timedelta(days=400)
"""So far before and after the events the zone's changes are told."""


def feed(title: str, zone: str, shifts: Iterable[Mapping[str, Any]], stamp: datetime) -> str:
    """A whole calendar."""
    rows = list(shifts)
    place = ZoneInfo(zone)
    moments = [datetime.fromisoformat(row["start"]) for row in rows] or [stamp]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Antiphon//Workforce//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(title)}",
        f"X-WR-TIMEZONE:{zone}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *_zone(zone, place, min(moments) - AROUND, max(moments) + AROUND),
    ]
    for row in rows:
        lines += _event(row, zone, stamp)
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _zone(name: str, place: ZoneInfo, first: datetime, last: datetime) -> Iterator[str]:
    """The zone's offsets: the one at first, and each change until last."""
    yield from ("BEGIN:VTIMEZONE", f"TZID:{name}")
    offset = _offset(first, place)
    yield from _observance("19700101T000000", offset, first, place)
    at = first
    while at < last:
        later = min(at + timedelta(days=7), last)
        if _offset(later, place) != _offset(at, place):
            change = _between(at, later, place)
            before = _offset(change - timedelta(minutes=1), place)
            local = (change + before).replace(tzinfo=None)
            yield from _observance(f"{local:%Y%m%dT%H%M%S}", before, change, place)
        at = later
    yield "END:VTIMEZONE"


def _between(early: datetime, late: datetime, place: ZoneInfo) -> datetime:
    """The minute at which the offset changes."""
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) // 2
        same = _offset(middle, place) == _offset(early, place)
        early, late = (middle, late) if same else (early, middle)
    return late.replace(second=0, microsecond=0)


def _observance(start: str, before: timedelta, at: datetime, place: ZoneInfo) -> Iterator[str]:
    local = at.astimezone(place)
    kind = "DAYLIGHT" if local.dst() else "STANDARD"
    yield from (
        f"BEGIN:{kind}",
        f"DTSTART:{start}",
        f"TZOFFSETFROM:{_signed(before)}",
        f"TZOFFSETTO:{_signed(_offset(at, place))}",
        f"TZNAME:{local.tzname() or 'UTC'}",
        f"END:{kind}",
    )


def _offset(at: datetime, place: ZoneInfo) -> timedelta:
    return at.astimezone(place).utcoffset() or timedelta()


def _signed(offset: timedelta) -> str:
    minutes = round(offset / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def _event(shift: Mapping[str, Any], zone: str, stamp: datetime) -> list[str]:
    start, end = datetime.fromisoformat(shift["start"]), datetime.fromisoformat(shift["end"])
    place = ZoneInfo(zone)
    key = f"{shift['person']}/{shift.get('day') or start.astimezone(place).date()}"
    breaks = ", ".join(
        f"{pause['name']} {datetime.fromisoformat(pause['start']).astimezone(place):%H:%M}–"
        f"{datetime.fromisoformat(pause['end']).astimezone(place):%H:%M}"
        for pause in shift["breaks"]
    )
    return [
        "BEGIN:VEVENT",
        f"UID:{sha256(key.encode()).hexdigest()[:32]}@antiphon",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{shift.get('sequence', 0)}",
        f"DTSTART{_moment(start, zone, place)}",
        f"DTEND{_moment(end, zone, place)}",
        f"SUMMARY:{_text(shift['pattern'])}",
        *([f"DESCRIPTION:{_text(breaks)}"] if breaks else []),
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
    ]


def _moment(at: datetime, zone: str, place: ZoneInfo) -> str:
    local = at.astimezone(place)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f":{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if twice else f";TZID={zone}:{local:%Y%m%dT%H%M%S}"


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 bytes a line, never within a character."""
    parts: list[str] = []
    part, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > (75 if not parts else 74):
            parts.append(part)
            part, size = "", 0
        part, size = part + letter, size + width
    return "\r\n ".join([*parts, part]) + "\r\n"
