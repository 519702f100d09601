"""Schedules for calendars: iCalendar (RFC 5545), one event a shift, its breaks in the text; no names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo


def feed(title: str, zone: str, shifts: Iterable[Mapping[str, Any]], stamp: datetime) -> str:
    """A whole calendar. Events keep their UID as long as person and day stay, so that changes replace them."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Antiphon//Workforce//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(title)}",
        f"X-WR-TIMEZONE:{zone}",
    ]
    for shift in shifts:
        lines += _event(shift, zone, stamp)
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _event(shift: Mapping[str, Any], zone: str, stamp: datetime) -> list[str]:
    start, end = datetime.fromisoformat(shift["start"]), datetime.fromisoformat(shift["end"])
    place = ZoneInfo(zone)
    key = f"{shift['person']}/{start.astimezone(place).date()}"
    breaks = ", ".join(
        f"{pause['name']} {datetime.fromisoformat(pause['start']).astimezone(place):%H:%M}–"
        f"{datetime.fromisoformat(pause['end']).astimezone(place):%H:%M}"
        for pause in shift["breaks"]
    )
    return [
        "BEGIN:VEVENT",
        f"UID:{sha256(key.encode()).hexdigest()[:32]}@antiphon",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{_text(shift['pattern'])}",
        *([f"DESCRIPTION:{_text(breaks)}"] if breaks else []),
        "TRANSP:OPAQUE",
        "END:VEVENT",
    ]


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
