"""How many calls a number and a trunk carry at once (B01, B02): the one beyond the limit is refused as busy."""

from __future__ import annotations

from dataclasses import dataclass

NUMBER_LIMIT = 100
"""Of a number that does not say (B01)."""


@dataclass(frozen=True, slots=True)
class Use:
    """A live call as capacity sees it."""

    call_id: str
    number_id: str = ""
    trunks: frozenset[str] = frozenset()


class Tally:
    """The live calls, by what they take up: a question costs the same however many there are."""

    def __init__(self) -> None:
        self._uses: dict[str, Use] = {}
        self._numbers: dict[str, set[str]] = {}
        self._trunks: dict[str, set[str]] = {}

    def take(self, use: Use) -> None:
        """This is what the call takes up from now on."""
        if self._uses.get(use.call_id) == use:
            return
        self.drop(use.call_id)
        self._uses[use.call_id] = use
        self._numbers.setdefault(use.number_id, set()).add(use.call_id)
        for trunk_id in use.trunks:
            self._trunks.setdefault(trunk_id, set()).add(use.call_id)

    def drop(self, call_id: str) -> None:
        """The call takes nothing up any more. Twice is harmless."""
        use = self._uses.pop(call_id, None)
        if use is None:
            return
        _leave(self._numbers, use.number_id, call_id)
        for trunk_id in use.trunks:
            _leave(self._trunks, trunk_id, call_id)

    def number_admits(self, number_id: str, limit: int, call_id: str = "") -> bool:
        """True when one call more fits over this number; the call itself is not counted."""
        return _others(self._numbers, number_id, call_id) < (limit or NUMBER_LIMIT)

    def trunk_admits(self, trunk_id: str, limit: int, call_id: str = "") -> bool:
        """True when one call more fits over this trunk; 0 is no limit."""
        return not limit or _others(self._trunks, trunk_id, call_id) < limit


def _others(table: dict[str, set[str]], key: str, call_id: str) -> int:
    calls = table.get(key, ())
    return len(calls) - (call_id in calls)


def _leave(table: dict[str, set[str]], key: str, call_id: str) -> None:
    calls = table[key]
    calls.discard(call_id)
    if not calls:
        del table[key]
