"""One rtpengine as we see it: does it answer, how many calls does it carry, may it take a new one.

A node is dead when a command went unanswered through all its repetitions, and lives again when it answers a ping. It
drains when somebody says so: its calls go on, new ones go elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from antiphon.media.ng.bencode import Sendable, Value
from antiphon.media.ng.client import NgClient
from antiphon.media.ng.reasons import NgError, Reason

_LISTED = 1000
"""So many ids fit into one datagram."""
Changed = Callable[["Node"], None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine listens for NG, and the name by which stored call state and the drain mark know it."""

    name: str
    host: str
    port: int


class Node:
    """Commands go through here, so that every silence is noticed."""

    def __init__(self, address: Address, client: NgClient, changed: Changed) -> None:
        self.address = address
        self.alive = True
        self.draining = False
        self.calls = 0
        self._uptime = 0
        self._client = client
        self._changed = changed

    @property
    def name(self) -> str:
        return self.address.name

    @property
    def takes_calls(self) -> bool:
        return self.alive and not self.draining

    async def ask(self, command: str, arguments: Mapping[str, Sendable] | None = None) -> Mapping[str, Value]:
        """The engine's answer. Raises NgError."""
        try:
            answer = await self._client.ask(command, arguments)
        except NgError as error:
            if error.reason is Reason.ENGINE_SILENT:
                self._seen(alive=False)
            raise
        self._seen(alive=True)
        return answer

    async def probe(self) -> bool:
        """Asks whether it lives and how many calls it carries (those of other replicas included)."""
        try:
            answer = await self.ask("statistics")
        except NgError as error:
            return error.reason is not Reason.ENGINE_SILENT
        self.calls = _sessions(answer)
        uptime = _uptime(answer)
        if uptime < self._uptime:  # another process: what it carried is gone, though it never was silent to us
            self._seen(alive=False)
            self._seen(alive=True)
        self._uptime = uptime
        return True

    async def sessions(self) -> list[str]:
        """Call ids that it carries, the first thousand. Raises NgError."""
        found = (await self.ask("list", {"limit": _LISTED})).get("calls")
        return [str(call_id) for call_id in found] if isinstance(found, list) else []

    def close(self) -> None:
        self._client.close()

    def _seen(self, *, alive: bool) -> None:
        if alive != self.alive:
            self.alive = alive
            self._changed(self)


def _uptime(answer: Mapping[str, Value]) -> int:
    """Seconds since the engine's process began, 0 when it does not say."""
    statistics = answer.get("statistics")
    total = statistics.get("totalstatistics") if isinstance(statistics, dict) else None
    uptime = total.get("uptime", 0) if isinstance(total, dict) else 0
    return int(uptime) if isinstance(uptime, int) or (isinstance(uptime, bytes | str) and uptime.isdigit()) else 0


def _sessions(answer: Mapping[str, Value]) -> int:
    """The number of sessions in the answer to `statistics`, 0 when it does not say."""
    statistics = answer.get("statistics")
    current = statistics.get("currentstatistics") if isinstance(statistics, dict) else None
    own = current.get("sessionsown", 0) if isinstance(current, dict) else 0
    return int(own) if isinstance(own, int | str) and str(own).isdigit() else 0
