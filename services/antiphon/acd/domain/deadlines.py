"""Pulled timers: the brain says when it wants to be woken, the shell sleeps.

The truth is in the items and agents (`timers`); this heap only finds the next one. An entry is live while its owner
still has that timer at that moment, so setting another time or clearing it costs nothing here. Compaction as in `lane`.
Deadlines due at the same moment fire by kind (see `Timer`), then in the order in which the items arrived.
"""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.item import Item
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.timer import Timer

Owner = Item | Agent
_Entry = tuple[Millis, Timer, int, int, Owner]  # at, kind, owner's seq, entry number, owner

SLACK = 64


class Deadlines:
    """All deadlines of one floor."""

    __slots__ = ("_entries", "_heap", "_live")

    def __init__(self, owners: Iterable[Owner] = ()) -> None:
        self._heap: list[_Entry] = []
        self._live = 0
        self._entries = 0
        for owner in owners:
            for kind, at in owner.timers.items():
                self._live += 1
                self._push(owner, kind, at)

    def set(self, owner: Owner, kind: Timer, at: Millis) -> None:
        if owner.timers.get(kind) == at:
            return
        if kind not in owner.timers:
            self._live += 1
        owner.timers[kind] = at
        self._push(owner, kind, at)

    def clear(self, owner: Owner, *kinds: Timer) -> None:
        for kind in kinds:
            if owner.timers.pop(kind, None) is not None:
                self._live -= 1

    def clear_all(self, owner: Owner) -> None:
        self._live -= len(owner.timers)
        owner.timers.clear()

    def next(self) -> Millis | None:
        """The moment of the earliest live deadline."""
        heap = self._heap
        while heap:
            at, kind, _, _, owner = heap[0]
            if owner.timers.get(kind) == at:
                return at
            heappop(heap)
        return None

    def pop_due(self, now: Millis) -> tuple[Owner, Timer, Millis] | None:
        """Take the earliest deadline that is due; it is cleared from its owner."""
        at = self.next()
        if at is None or at > now:
            return None
        _, kind, _, _, owner = heappop(self._heap)
        self.clear(owner, kind)
        return owner, kind, at

    def _push(self, owner: Owner, kind: Timer, at: Millis) -> None:
        heap = self._heap
        self._entries += 1
        heappush(heap, (at, kind, owner.seq, self._entries, owner))
        if len(heap) > 2 * self._live + SLACK:
            heap[:] = [entry for entry in heap if entry[4].timers.get(entry[1]) == entry[0]]
            heapify(heap)
