"""Rows of somebody's table → contacts of a list, or the reason why a row is none.

Columns are found by their headings in English, Russian and Ukrainian, or given. A row is refused with its line and its
reason and nothing else happens to it; the second of two equal numbers is refused as a duplicate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from antiphon.dialer.domain.numbers import Bad, Numbers

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "phone": ("phone", "phone number", "number", "mobile", "tel", "telephone", "телефон", "номер", "номер телефона",
              "мобильный", "номер телефону", "мобільний"),
    "name": ("name", "full name", "contact", "имя", "фио", "ім'я", "піб", "контакт"),
    "zone": ("zone", "time zone", "timezone", "часовой пояс", "часовий пояс"),
    "priority": ("priority", "приоритет", "пріоритет"),
    "person": ("person", "customer id", "client id", "id", "ид клиента", "код клієнта"),
    "consent": ("consent", "opt-in", "согласие", "згода"),
}  # fmt: skip
_YES = frozenset({"1", "y", "yes", "true", "да", "так", "+"})
_MOST_PRIORITY = 99
DUPLICATE, BAD_ZONE, BAD_PRIORITY = "duplicate", "no_such_zone", "priority_not_0_to_99"


class NoPhoneColumn(Exception):
    """No heading says which column holds the number."""


@dataclass(frozen=True, slots=True)
class Row:
    """A contact to be."""

    line: int
    number: str
    name: str = ""
    zone: str = ""
    priority: int = 0
    person: str = ""
    consent: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that became nothing, and why."""

    line: int
    reason: str
    cell: str


class Importer:
    """One import. `given` maps a meaning (a key of HEADINGS) to a heading of the file."""

    def __init__(
        self,
        headings: Sequence[str],
        region: str,
        given: Mapping[str, str] | None = None,
        known: set[str] | None = None,
    ) -> None:
        self._at = columns(headings, given or {})
        self._others = [(at, heading) for at, heading in enumerate(headings) if at not in self._at.values() and heading]
        self._numbers = Numbers(region)
        self._seen = known if known is not None else set()

    def take(self, line: int, cells: Sequence[str]) -> Row | BadRow:
        """One row of the table."""
        raw = self._cell(cells, "phone")
        number = self._numbers.read(raw)
        if isinstance(number, Bad):
            return BadRow(line, number.value, raw)
        if number in self._seen:
            return BadRow(line, DUPLICATE, raw)
        zone = self._cell(cells, "zone").strip()
        if zone and zone not in available():
            return BadRow(line, BAD_ZONE, zone)
        priority = self._cell(cells, "priority").strip() or "0"
        if not (priority.isascii() and priority.isdigit() and int(priority) <= _MOST_PRIORITY):
            return BadRow(line, BAD_PRIORITY, priority)
        self._seen.add(number)
        return Row(
            line,
            number,
            self._cell(cells, "name").strip(),
            zone,
            int(priority),
            self._cell(cells, "person").strip(),
            self._cell(cells, "consent").strip().lower() in _YES,
            {heading: cells[at] for at, heading in self._others if at < len(cells) and cells[at]},
        )

    def _cell(self, cells: Sequence[str], meaning: str) -> str:
        at = self._at.get(meaning, -1)
        return cells[at] if 0 <= at < len(cells) else ""


def columns(headings: Sequence[str], given: Mapping[str, str]) -> dict[str, int]:
    """Which column means what. Raises NoPhoneColumn."""
    plain = [heading.strip().lower() for heading in headings]
    found: dict[str, int] = {}
    for meaning, names in HEADINGS.items():
        wanted = (given[meaning].strip().lower(),) if meaning in given else names
        at = next((plain.index(name) for name in wanted if name in plain), -1)
        if at >= 0 and at not in found.values():
            found[meaning] = at
    if "phone" not in found:
        raise NoPhoneColumn(given.get("phone", ""))
    return found


@cache
def available() -> frozenset[str]:
    """Every time zone there is."""
    return frozenset(available_timezones())
