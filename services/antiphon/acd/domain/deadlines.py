"""Pulled timers: the brain says when it wants to be woken, the shell sleeps.

The truth is in the items and agents (`timers`); here they only are found in order. Deadlines are gathered by the
quarter of a second they fall into, a small heap each. An entry is live while its owner still has that timer at that
moment; a heap is cleared up when more than half of it is stale, and forgotten with its last live entry. So stale ones
cannot pile up, and no clearing takes longer than one quarter of a second's deadlines do.

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

_BITS = 8  # 256 ms


class Deadlines:
    """All deadlines of one floor."""

    __slots__ = ("_entries", "_order", "_spans", "_stale")

    def __init__(self, owners: Iterable[Owner] = ()) -> None:
        self._spans: dict[int, list[_Entry]] = {}  # quarter of a second -> heap
        self._stale: dict[int, int] = {}  # how many of its entries are none any more, if any
        self._order: list[int] = []  # a heap of the keys of `_spans`, and of some that are gone
        self._entries = 0
        for owner in owners:
            timers = dict(owner.timers)
            owner.timers.clear()
            for kind, at in timers.items():
                self.set(owner, kind, at)

    def __len__(self) -> int:
        """Entries kept, live or stale."""
        return sum(map(len, self._spans.values()))

    def set(self, owner: Owner, kind: Timer, at: Millis) -> None:
        timers = owner.timers
        was = timers.get(kind)
        if was == at:
            return
        timers[kind] = at
        if was is not None:
            self._drop(was)
        number, self._entries = at >> _BITS, self._entries + 1
        entry = (at, kind, owner.seq, self._entries, owner)
        heap = self._spans.get(number)
        if heap is None:
            self._spans[number] = [entry]
            heappush(self._order, number)
        else:
            heappush(heap, entry)

    def clear(self, owner: Owner, *kinds: Timer) -> None:
        for kind in kinds:
            was = owner.timers.pop(kind, None)
            if was is not None:
                self._drop(was)

    def clear_all(self, owner: Owner) -> None:
        timers = owner.timers
        while timers:
            self._drop(timers.popitem()[1])

    def next(self) -> Millis | None:
        """The moment of the earliest live deadline."""
        order = self._order
        while order:
            number = order[0]
            heap = self._spans.get(number)
            if heap is None:
                heappop(order)
                continue
            at, kind, _, _, owner = heap[0]
            if owner.timers.get(kind) == at:
                return at
            heappop(heap)
            self._stale[number] -= 1
        return None

    def pop_due(self, now: Millis) -> tuple[Owner, Timer, Millis] | None:
        """Take the earliest deadline that is due; it is cleared from its owner."""
        at = self.next()
        if at is None or at > now:
            return None
        _, kind, _, _, owner = self._spans[at >> _BITS][0]
        self.clear(owner, kind)
        return owner, kind, at

    def _drop(self, at: Millis) -> None:
        """One of the deadlines at this moment is none any more: its owner says so already."""
        number = at >> _BITS
        heap = self._spans[number]
        stale = self._stale.get(number, 0) + 1
        if stale == len(heap):
            del self._spans[number]
            self._stale.pop(number, None)
        elif 2 * stale > len(heap):
            live = {entry[:3]: entry for entry in heap if entry[4].timers.get(entry[1]) == entry[0]}
            heap[:] = live.values()
            heapify(heap)
            self._stale[number] = 0
        else:
            self._stale[number] = stale
