"""The log of decisions as a chain: each line carries the hash of the one before, so no line is changed or lost unseen.

line = follow(0, FIRST, Said(at, "person:1", "order", "or_1"))
assert not list(breaks([line], line.number, line.hash))
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Said:
    """Who did what, and about which thing."""

    at: int
    by: str
    what: str
    about: str


@dataclass(frozen=True, slots=True)
class Line:
    """A link of the chain."""

    number: int
    said: Said
    previous: str
    hash: str


def follow(number: int, previous: str, said: Said) -> Line:
    """The line after the one with this number and hash; (0, FIRST) begins a chain."""
    return Line(number + 1, said, previous, _hash(number + 1, previous, said))


def breaks(lines: Sequence[Line], count: int, head: str) -> Iterator[str]:
    """What is wrong with a chain that should have `count` lines and end in `head`."""
    previous = FIRST
    for expected, line in enumerate(lines, start=1):
        if line.number != expected:
            yield f"line {expected} is missing"
            return
        if line.previous != previous or line.hash != _hash(line.number, line.previous, line.said):
            yield f"line {expected} was altered"
            return
        previous = line.hash
    if len(lines) != count or previous != head:
        yield f"{len(lines)} lines end in {previous[:12]}, the account says {count} and {head[:12]}"


def _hash(number: int, previous: str, said: Said) -> str:
    text = json.dumps([number, previous, said.at, said.by, said.what, said.about], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
