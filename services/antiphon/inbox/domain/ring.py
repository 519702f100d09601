"""The last facts of this process, so that a browser which was away for a moment resumes without asking anybody."""

from __future__ import annotations

from bisect import bisect_right
from typing import Generic, Protocol, TypeVar


class Numbered(Protocol):
    @property
    def n(self) -> int: ...
    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Numbered)


class Ring(Generic[T]):
    """Complete from just after `since` on: at most so many facts and so many bytes, the oldest go first."""

    def __init__(self, facts: int, size: int) -> None:
        self._facts = facts
        self._size = size
        self._items: list[T] = []
        self._first = 0
        self._bytes = 0
        self.since = 0

    def __len__(self) -> int:
        return len(self._items) - self._first

    def clear(self, since: int) -> None:
        """Begins anew, complete from just after `since`."""
        self._items, self._first, self._bytes, self.since = [], 0, 0, since

    def append(self, item: T) -> None:
        """Adds the next fact."""
        self._items.append(item)
        self._bytes += item.size
        while len(self) > self._facts or (self._bytes > self._size and len(self) > 1):
            oldest = self._items[self._first]
            self._first += 1
            self._bytes -= oldest.size
            self.since = oldest.n
        if self._first > 4096 and self._first * 2 > len(self._items):
            del self._items[: self._first]
            self._first = 0

    def after(self, n: int, limit: int) -> list[T] | None:
        """At most `limit` facts after `n` in order; None when the ring does not reach back so far."""
        if n < self.since:
            return None
        start = bisect_right(self._items, n, lo=self._first, key=lambda item: item.n)
        return self._items[start : start + limit]
