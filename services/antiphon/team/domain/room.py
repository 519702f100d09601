"""A room and its lines. Everything that changes a room gives a new one with the next revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum

from antiphon.kit.errors import invalid

LONGEST_TEXT, LONGEST_NAME, MOST_PEOPLE = 4000, 80, 500


class Kind(IntEnum):
    """With the numbers of the proto."""

    DIRECT = 1
    SOME = 2
    GROUP = 3


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody said."""

    room: str
    seq: int
    client_id: str
    author: str
    text: str
    at: datetime
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """Where they talk."""

    id: str
    kind: Kind
    people: tuple[str, ...]
    active_at: datetime
    name: str = ""
    group: str = ""
    rev: int = 1
    last_seq: int = 0
    last: Line | None = None
    read: Mapping[str, int] = field(default_factory=dict)
    mentioned: Mapping[str, int] = field(default_factory=dict)

    def say(self, author: str, client_id: str, text: str, mentions: Iterable[str], now: datetime) -> tuple[Room, Line]:
        """The room after a line, which its author has read. Raises INVALID."""
        text = text.strip()
        if not 1 <= len(text) <= LONGEST_TEXT:
            raise invalid("text", f"a line is 1 to {LONGEST_TEXT} signs")
        if not 1 <= len(client_id) <= 100:
            raise invalid("client_id", "an id of the sender is needed")
        named = tuple(sorted(set(mentions) & set(self.people) - {author}))
        line = Line(self.id, self.last_seq + 1, client_id, author, text, now, named)
        mentioned = {**self.mentioned, **dict.fromkeys(named, line.seq)}
        after = replace(
            self, rev=self.rev + 1, last_seq=line.seq, last=line, active_at=now, mentioned=mentioned,
            read={**self.read, author: line.seq},
        )  # fmt: skip
        return after, line

    def read_by(self, person: str, seq: int) -> Room:
        """Reading goes forward only, and not past the end; the same room when nothing is new."""
        seq = min(seq, self.last_seq)
        if seq <= self.read.get(person, 0):
            return self
        return replace(self, rev=self.rev + 1, read={**self.read, person: seq})

    def with_people(self, people: Iterable[str], name: str | None = None) -> Room:
        """With other members, or another name; the same room when nothing changes. What left is forgotten with them."""
        members = members_of(people)
        name = self.name if name is None else name_of(name)
        if members == self.people and name == self.name:
            return self
        read = {person: seq for person, seq in self.read.items() if person in members}
        mentioned = {person: seq for person, seq in self.mentioned.items() if person in members}
        # Whoever joins has not missed what was said before.
        joined = {person: self.last_seq for person in members if person not in self.people}
        return replace(self, rev=self.rev + 1, people=members, name=name, read={**read, **joined}, mentioned=mentioned)


def members_of(people: Iterable[str]) -> tuple[str, ...]:
    """Each once. Raises INVALID for too many."""
    members = tuple(sorted(set(people)))
    if len(members) > MOST_PEOPLE:
        raise invalid("person_ids", f"at most {MOST_PEOPLE} people")
    return members


def name_of(name: str) -> str:
    """Raises INVALID."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise invalid("name", f"a name is 1 to {LONGEST_NAME} signs")
    return name


def folded(text: str) -> str:
    """As words are looked for: without case, and with е for ё."""
    return text.casefold().replace("ё", "е")
