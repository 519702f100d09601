"""Who works in which queue, kept from facts: what "my queues" means for a socket.

A card changes only to a higher revision and what was deleted stays deleted, so facts and a freshly asked list may come
in any order and overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class QueueCard:
    """What the floor needs to know of a queue."""

    id: str
    rev: int
    project: str
    people: frozenset[str]
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class GroupCard:
    id: str
    rev: int
    people: frozenset[str]


@dataclass(slots=True)
class Floor:
    """One tenant's queues and groups."""

    queues: dict[str, QueueCard] = field(default_factory=dict)
    groups: dict[str, GroupCard] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    """Queue → client project; shared with viewers, who read it while it changes."""
    _gone: set[str] = field(default_factory=set)

    def put_queue(self, card: QueueCard) -> bool:
        """True when something changed."""
        old = self.queues.get(card.id)
        if card.id in self._gone or (old is not None and old.rev >= card.rev):
            return False
        self.queues[card.id] = card
        self.projects[card.id] = card.project
        return True

    def put_group(self, card: GroupCard) -> bool:
        old = self.groups.get(card.id)
        if card.id in self._gone or (old is not None and old.rev >= card.rev):
            return False
        self.groups[card.id] = card
        return True

    def drop(self, record_id: str) -> bool:
        """Forgets a queue or a group for ever."""
        self._gone.add(record_id)
        self.projects.pop(record_id, None)
        dropped = self.queues.pop(record_id, None) or self.groups.pop(record_id, None)
        return dropped is not None

    def merge(self, queues: Iterable[QueueCard], groups: Iterable[GroupCard]) -> None:
        """Takes in a list that was asked for while facts went on."""
        for queue in queues:
            self.put_queue(queue)
        for group in groups:
            self.put_group(group)

    def groups_of(self, person: str) -> frozenset[str]:
        """The groups of a person."""
        return frozenset(group.id for group in self.groups.values() if person and person in group.people)

    def queues_of(self, person: str) -> frozenset[str]:
        """The queues in which a person is a member, by name or by group."""
        if not person:
            return frozenset()
        theirs = self.groups_of(person)
        return frozenset(q.id for q in self.queues.values() if person in q.people or not theirs.isdisjoint(q.groups))
