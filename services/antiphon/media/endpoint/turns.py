"""What holds the core: it may be used only inside a turn, so that what it wants done is done right after."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Turns(Protocol):
    """The endpoint, as its legs and registrations know it."""

    def turn(self) -> AbstractContextManager[None]:
        """Inside, the core may be used; afterwards what it wants done is done."""
        ...

    def in_turn(self, reply: Callable[[T], R]) -> Callable[[T], R]:
        """A reply of the core that may be called at any time."""
        ...
