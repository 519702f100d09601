"""Pulled timers: the brain says when it wants to be woken, the shell sleeps.

The truth is in the items (`Item.timers`); this heap only finds the next one. An entry is live while the item still
has that timer at that moment, so setting another time or clearing it costs nothing here. Compaction as in `lane`.
Deadlines due at the same moment fire by kind (see `Timer`), then in the order in which the items arrived.
"""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from antiphon.acd.domain.item import Item, Timer
from antiphon.acd.domain.millis import Millis

_Entry = tuple[Millis, Timer, int, int, Item]  # at, kind, item seq, entry number, item

SLACK = 64


class Deadlines:
    """All deadlines of one floor."""

    __slots__ = ("_entries", "_heap", "_live")

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._heap: list[_Entry] = []
        self._live = 0
        self._entries = 0
        for item in items:
            for kind, at in item.timers.items():
                self._live += 1
                self._push(item, kind, at)

    def set(self, item: Item, kind: Timer, at: Millis) -> None:
        if item.timers.get(kind) == at:
            return
        if kind not in item.timers:
            self._live += 1
        item.timers[kind] = at
        self._push(item, kind, at)

    def clear(self, item: Item, *kinds: Timer) -> None:
        for kind in kinds:
            if item.timers.pop(kind, None) is not None:
                self._live -= 1

    def clear_all(self, item: Item) -> None:
        self._live -= len(item.timers)
        item.timers.clear()

    def next(self) -> Millis | None:
        """The moment of the earliest live deadline."""
        heap = self._heap
        while heap:
            at, kind, _, _, item = heap[0]
            if item.timers.get(kind) == at:
                return at
            heappop(heap)
        return None

    def pop_due(self, now: Millis) -> tuple[Item, Timer, Millis] | None:
        """Take the earliest deadline that is due; it is cleared from the item."""
        at = self.next()
        if at is None or at > now:
            return None
        _, kind, _, _, item = heappop(self._heap)
        self.clear(item, kind)
        return item, kind, at

    def _push(self, item: Item, kind: Timer, at: Millis) -> None:
        heap = self._heap
        self._entries += 1
        heappush(heap, (at, kind, item.seq, self._entries, item))
        if len(heap) > 2 * self._live + SLACK:
            heap[:] = [entry for entry in heap if entry[4].timers.get(entry[1]) == entry[0]]
            heapify(heap)
