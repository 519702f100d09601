"""The control register: every numbered paper of a period, so that one that was lost or entered wrongly shows.

A series is whole when its numbers from the first to the last are there once each; the register lists what is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entered:
    """One line: a paper of a series; `amount` in micro-units."""

    series: str
    number: int
    at: int
    amount: int


@dataclass(frozen=True, slots=True)
class Series:
    """What a series has in the period."""

    name: str
    ranges: str
    count: int
    amount: int
    missing: tuple[int, ...]
    doubled: tuple[int, ...]


def series(entered: Iterable[Entered]) -> list[Series]:
    """All series, by name."""
    by_name: dict[str, list[Entered]] = {}
    for one in entered:
        by_name.setdefault(one.series, []).append(one)
    return [_whole(name, by_name[name]) for name in sorted(by_name)]


def _whole(name: str, entered: Sequence[Entered]) -> Series:
    counts = Counter(one.number for one in entered)
    numbers = sorted(counts)
    missing = tuple(number for number in range(numbers[0], numbers[-1] + 1) if number not in counts)
    doubled = tuple(number for number in numbers if counts[number] > 1)
    return Series(name, ranges(numbers), len(entered), sum(one.amount for one in entered), missing, doubled)


def ranges(numbers: Sequence[int]) -> str:
    """ "1–3, 5" of sorted numbers."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in parts)
