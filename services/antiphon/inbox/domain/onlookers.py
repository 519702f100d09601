"""Who looks at or types in which conversation; what is not repeated within ten seconds is over."""

from __future__ import annotations

TTL = 10.0
DOINGS = frozenset({"viewing", "typing", "gone"})


class Onlookers:
    """Of one tenant."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._seen: dict[str, dict[str, tuple[str, float]]] = {}

    def see(self, conversation: str, person: str, doing: str, now: float) -> None:
        """Notes what a person does. "gone" ends it."""
        if doing == "gone":
            there = self._seen.get(conversation, {})
            there.pop(person, None)
            if not there:
                self._seen.pop(conversation, None)
            return
        if len(self._seen) >= self._limit and conversation not in self._seen:
            self._sweep(now)
        if len(self._seen) < self._limit or conversation in self._seen:
            self._seen.setdefault(conversation, {})[person] = (doing, now + TTL)

    def of(self, conversation: str, now: float) -> dict[str, str]:
        """Person → doing, at this moment."""
        there = self._seen.get(conversation, {})
        return {person: doing for person, (doing, until) in there.items() if until > now}

    def _sweep(self, now: float) -> None:
        for conversation in list(self._seen):
            if not self.of(conversation, now):
                del self._seen[conversation]
