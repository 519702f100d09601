"""The line of one queue, and of one lane of it: every waiting item in exact order, with its position.

A sorted list cut into blocks. Newcomers nearly always stand last and whoever is served nearly always stands first; both
ends cost nothing. Joining or leaving in the middle costs a bisection plus a shift inside one block of at most `BLOCK`
entries, and counting the blocks before it. Nothing is left behind to be cleared up later, so there is nothing to pause
for. (A heap answers "who is first"; people ask "which number am I".)
"""

from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter

from antiphon.acd.domain.item import Item

BLOCK = 512

Entry = tuple[int, int, int, Item]
"""key, rank (0: the item's home queue, else its n-th overflow queue), seq, item. No two have the same seq."""


_last = itemgetter(-1)


def entry_of(item: Item) -> Entry:
    """How the item stands in the lines of its queues."""
    return item.key, 0, item.seq, item


class Line:
    """Waiting items, sorted. Positions count from 1; `first` is the entry at position 1."""

    __slots__ = ("_blocks", "_length", "first")

    def __init__(self) -> None:
        self.first: Entry | None = None
        self._blocks: list[list[Entry]] = []  # none of them empty
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        for block in self._blocks:
            for entry in block:
                yield entry[3]

    def entries(self) -> Iterator[Entry]:
        for block in self._blocks:
            yield from block

    def join(self, entry: Entry) -> int:
        """Put the entry in its place and return its position."""
        length = self._length = self._length + 1
        blocks = self._blocks
        if length == 1:
            self.first = entry
            blocks.append([entry])
            return 1
        block = blocks[-1]
        if entry > block[-1]:
            if len(block) < BLOCK:
                block.append(entry)
            else:
                blocks.append([entry])
            return length
        number = bisect_left(blocks, entry, key=_last)
        block = blocks[number]
        inside = bisect_left(block, entry)
        block.insert(inside, entry)
        position = self._before(number) + inside + 1
        if position == 1:
            self.first = entry
        if len(block) > BLOCK:
            blocks[number : number + 1] = [block[: BLOCK // 2], block[BLOCK // 2 :]]
        return position

    def leave(self, entry: Entry) -> int:
        """Take the entry out and return the position it had."""
        self._length -= 1
        blocks = self._blocks
        block = blocks[0]
        if block[0][3] is entry[3]:
            del block[0]
            if not block:
                del blocks[0]
            self.first = blocks[0][0] if blocks else None
            return 1
        number = bisect_left(blocks, entry, key=_last) if len(blocks) > 1 else 0
        block = blocks[number]
        inside = bisect_left(block, entry)
        position = self._before(number) + inside + 1
        del block[inside]
        if not block:
            del blocks[number]
        return position

    def position(self, entry: Entry) -> int:
        """The number of the entry in the line: 1 is next."""
        number = bisect_left(self._blocks, entry, key=_last)
        return self._before(number) + bisect_left(self._blocks[number], entry) + 1

    def _before(self, number: int) -> int:
        return sum(map(len, self._blocks[:number])) if number else 0
