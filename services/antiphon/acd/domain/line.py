"""The line of one queue as its customers see it: every waiting item in exact order, with its position.

A sorted list cut into blocks: joining, leaving and finding a position cost a bisection plus a shift inside one block
of at most `BLOCK` entries, and counting the blocks before it. (Heaps answer "who is first"; people ask "which number
am I".)
"""

from bisect import bisect_left
from collections.abc import Iterator

from antiphon.acd.domain.item import Item

BLOCK = 512

Entry = tuple[int, int, Item]


class Line:
    """Waiting items of a queue, sorted by (key, seq). Positions count from 1."""

    __slots__ = ("_blocks", "_lasts", "_length")

    def __init__(self) -> None:
        self._blocks: list[list[Entry]] = []
        self._lasts: list[Entry] = []  # last entry of each block, never empty ones
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        for block in self._blocks:
            for _, _, item in block:
                yield item

    def join(self, item: Item) -> int:
        """Put the item in its place and return its position."""
        entry = (item.key, item.seq, item)
        self._length += 1
        if not self._blocks:
            self._blocks.append([entry])
            self._lasts.append(entry)
            return 1
        last = len(self._blocks) - 1
        number = min(bisect_left(self._lasts, entry), last) if last else 0
        block = self._blocks[number]
        inside = bisect_left(block, entry)
        block.insert(inside, entry)
        position = (self._before(number) if number else 0) + inside + 1
        self._lasts[number] = block[-1]
        if len(block) > BLOCK:
            self._split(number)
        return position

    def leave(self, item: Item) -> int:
        """Take the item out and return the position it had."""
        entry = (item.key, item.seq, item)
        number = bisect_left(self._lasts, entry) if len(self._blocks) > 1 else 0
        block = self._blocks[number]
        inside = bisect_left(block, entry)
        position = (self._before(number) if number else 0) + inside + 1
        del block[inside]
        self._length -= 1
        if block:
            self._lasts[number] = block[-1]
        else:
            del self._blocks[number], self._lasts[number]
        return position

    def position(self, item: Item) -> int:
        """The number of the item in the line: 1 is next."""
        entry = (item.key, item.seq, item)
        number = bisect_left(self._lasts, entry)
        return self._before(number) + bisect_left(self._blocks[number], entry) + 1

    def _before(self, number: int) -> int:
        return sum(map(len, self._blocks[:number])) if number else 0

    def _split(self, number: int) -> None:
        block = self._blocks[number]
        half = len(block) // 2
        self._blocks[number : number + 1] = [block[:half], block[half:]]
        self._lasts[number : number + 1] = [block[half - 1], block[-1]]
