"""Whom to dial next: several lists by weight, and within a list callbacks due, then priority, fewest attempts, oldest.

A list is two heaps of plain integers, so that a million contacts take some tens of megabytes and the next one comes in
microseconds: who is ready, by order, and who must wait, by time. Lists take turns by weighted deficit round robin: one
of weight 3 gives three contacts while one of weight 1 gives one; an empty list saves nothing up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

_SEQ, _TRIES, _PRIORITY = 32, 8, 8
_SEQS, _MOST_TRIES, _MOST_PRIORITY = (1 << _SEQ) - 1, (1 << _TRIES) - 1, (1 << _PRIORITY) - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact as the order sees it. `seq` numbers contacts within the campaign, the oldest lowest."""

    seq: int
    priority: int = 0
    attempts: int = 0
    due: float = 0.0
    """Not before; seconds since any fixed moment."""
    callback: bool = False
    """Promised to the customer."""

    @property
    def order(self) -> int:
        """Smaller is sooner."""
        order = 0 if self.callback else 1
        order = order << _PRIORITY | (_MOST_PRIORITY - min(self.priority, _MOST_PRIORITY))
        order = order << _TRIES | min(self.attempts, _MOST_TRIES)
        return order << _SEQ | self.seq


class Line:
    """One list."""

    __slots__ = ("_later", "_ready")

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._ready: list[int] = []
        self._later: list[tuple[float, int]] = []
        for entry in entries:
            if entry.due > 0:
                self._later.append((entry.due, entry.order))
            else:
                self._ready.append(entry.order)
        heapify(self._ready)
        heapify(self._later)

    def add(self, entry: Entry, now: float) -> None:
        """Puts a contact in, or back."""
        if entry.due > now:
            heappush(self._later, (entry.due, entry.order))
        else:
            heappush(self._ready, entry.order)

    def ready(self, now: float) -> int:
        """How many may be dialled now."""
        while self._later and self._later[0][0] <= now:
            heappush(self._ready, heappop(self._later)[1])
        return len(self._ready)

    def next(self) -> int:
        """The first who is ready, by `seq`; ask `ready` before."""
        return heappop(self._ready) & _SEQS

    @property
    def waiting(self) -> int:
        return len(self._later)

    @property
    def next_due(self) -> float | None:
        return self._later[0][0] if self._later else None


class Hopper:
    """All lists of a campaign."""

    __slots__ = ("_at", "_credit", "_names", "_weights", "lines")

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self._weights: dict[str, int] = {}
        self._credit: dict[str, float] = {}
        self._names: list[str] = []
        self._at = 0

    def put(self, list_id: str, line: Line, weight: int = 1) -> None:
        """Adds or replaces a list."""
        self.lines[list_id] = line
        self._weights[list_id] = max(1, weight)
        self._credit.setdefault(list_id, 0.0)
        self._names = list(self.lines)

    def weigh(self, weights: Mapping[str, int]) -> None:
        """Changes weights while it runs; unknown lists are left out."""
        self._weights.update({name: max(1, weight) for name, weight in weights.items() if name in self.lines})

    def remove(self, list_id: str) -> None:
        """Takes a list out."""
        if self.lines.pop(list_id, None) is not None:
            del self._weights[list_id], self._credit[list_id]
            self._names = list(self.lines)
            self._at = 0

    def next(self, now: float) -> tuple[str, int] | None:
        """(list, seq) of the next contact, who is taken out; None when nobody may be dialled now."""
        for _ in range(2 * len(self._names)):
            name = self._names[self._at % len(self._names)]
            if not self.lines[name].ready(now):
                self._credit[name] = 0.0
                self._turn()
            elif self._credit[name] >= 1:
                self._credit[name] -= 1
                return name, self.lines[name].next()
            else:
                self._turn()
        return None

    def _turn(self) -> None:
        """The next list's turn: it may give as many as it weighs."""
        self._at = (self._at + 1) % len(self._names)
        name = self._names[self._at]
        if self._credit[name] < 1:
            self._credit[name] += self._weights[name]

    def ready(self, now: float) -> int:
        return sum(line.ready(now) for line in self.lines.values())

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.lines.values())

    @property
    def next_due(self) -> float | None:
        """When the next of those who wait may be dialled."""
        return min((line.next_due for line in self.lines.values() if line.next_due is not None), default=None)
