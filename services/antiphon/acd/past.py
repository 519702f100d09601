"""The past, from a journal export: decided again, and explained.

`replay` lets an ordinary brain decide everything once more and compares byte for byte. `story` tells what concerns one
customer (`app/telling.py`): each step of the wait, why this agent, why not the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from antiphon.acd.app.journal import Entry, decode, encode
from antiphon.acd.app.telling import Line, Teller
from antiphon.acd.domain.brain import Brain


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that would be decided otherwise now."""

    entry: str
    number: int
    journalled: str
    decided: str


def entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of an export. Raises ValueError for anything else."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield decode(line.encode())
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"line {number} is not a journal entry: {error}") from error


def replay(lines: Iterable[str]) -> tuple[int, list[Difference]]:
    """(inputs decided again, differences). A journal is replayed from its beginning."""
    brain, count, found = Brain(), 0, []
    for entry in entries(lines):
        for number, (fact, journalled) in enumerate(zip(entry.inputs, entry.effects, strict=True)):
            count += 1
            decided = tuple(brain.handle(fact, now=entry.at))
            was, now = (encode(Entry(entry.id, entry.at, (fact,), (group,))) for group in (journalled, decided))
            if was != now:
                found.append(Difference(entry.id, number, was.decode(), now.decode()))
    return count, found


def story(lines: Iterable[str], name: str) -> Iterator[Line]:
    """Everything about one item, or about all items of one contact."""
    teller = Teller(name, Brain())
    for entry in entries(lines):
        yield from teller.hear(entry)
