"""What waits to be written to one socket: bounded, so that one slow reader never costs the others.

Facts are numbered and must not be lost; ephemera (typing, presence, board) replace their own predecessor and are the
first to go. A lane that is still over its bounds without them is `full`: the socket closes with 4008 and the client
comes back for the rest.
"""

from __future__ import annotations

from collections import deque


class Lane:
    """First in, first out; facts before ephemera."""

    def __init__(self, frames: int, size: int) -> None:
        self._frames = frames
        self._size = size
        self._facts: deque[str] = deque()
        self._ephemera: dict[str, str] = {}
        self._bytes = 0
        self.full = False

    def __len__(self) -> int:
        return len(self._facts) + len(self._ephemera)

    @property
    def size(self) -> int:
        return self._bytes

    def fact(self, text: str) -> None:
        """Adds what must arrive. Sets `full` when it does not fit."""
        self._facts.append(text)
        self._bytes += len(text)
        if self._is_over():
            self._drop_ephemera()
            self.full = self._is_over()

    def ephemeral(self, key: str, text: str) -> None:
        """Adds what replaces the last of its key; dropped when there is no room."""
        self._bytes += len(text) - len(self._ephemera.pop(key, ""))
        self._ephemera[key] = text
        if self._is_over():
            self._drop_ephemera()

    def pop(self) -> str | None:
        """The next frame, or None."""
        if self._facts:
            text = self._facts.popleft()
        elif self._ephemera:
            text = self._ephemera.pop(next(iter(self._ephemera)))
        else:
            return None
        self._bytes -= len(text)
        return text

    def _is_over(self) -> bool:
        return len(self) > self._frames or self._bytes > self._size

    def _drop_ephemera(self) -> None:
        self._bytes -= sum(len(text) for text in self._ephemera.values())
        self._ephemera.clear()
