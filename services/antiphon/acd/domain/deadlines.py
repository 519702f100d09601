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


class _Span:
    """The deadlines of a quarter of a second: `live` of the entries in `heap` are."""

    __slots__ = ("heap", "live")

    def __init__(self) -> None:
        self.heap: list[_Entry] = []
        self.live = 0


class Deadlines:
    """All deadlines of one floor."""

    __slots__ = ("_entries", "_order", "_spans")

    def __init__(self, owners: Iterable[Owner] = ()) -> None:
        self._spans: dict[int, _Span] = {}
        self._order: list[int] = []  # a heap of the keys of `_spans`, and of some that are gone
        self._entries = 0
        for owner in owners:
            for kind, at in owner.timers.items():
                self._push(owner, kind, at)

    def __len__(self) -> int:
        """Entries kept, live or stale."""
        return sum(len(span.heap) for span in self._spans.values())

    def set(self, owner: Owner, kind: Timer, at: Millis) -> None:
        timers = owner.timers
        was = timers.get(kind)
        if was == at:
            return
        timers[kind] = at
        if was is not None:
            self._drop(was)
        self._push(owner, kind, at)

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
            span = self._spans.get(order[0])
            if span is None:
                heappop(order)
                continue
            heap = span.heap
            while True:  # a span has a live entry
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
        _, kind, _, _, owner = heappop(self._spans[at >> _BITS].heap)
        self.clear(owner, kind)
        return owner, kind, at

    def _push(self, owner: Owner, kind: Timer, at: Millis) -> None:
        number = at >> _BITS
        span = self._spans.get(number)
        if span is None:
            span = self._spans[number] = _Span()
            heappush(self._order, number)
        self._entries += 1
        span.live += 1
        heappush(span.heap, (at, kind, owner.seq, self._entries, owner))

    def _drop(self, at: Millis) -> None:
        """One of the deadlines at this moment is none any more: its owner says so already."""
        number = at >> _BITS
        span = self._spans[number]
        span.live -= 1
        if not span.live:
            del self._spans[number]
        elif len(span.heap) > 2 * span.live:
            span.heap = [entry for entry in span.heap if entry[4].timers.get(entry[1]) == entry[0]]
            heapify(span.heap)
