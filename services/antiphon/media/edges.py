"""The nodes of the SIP edge: a request outside a dialog goes to one that lives, in turn.

Each is asked twice a second by OPTIONS. One that is silent is passed over until it answers again; INVITEs that it has
not taken go to another at once (RFC 3263 4.3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from antiphon.kit import logs
from antiphon.media.endpoint.endpoint import Endpoint
from antiphon.media.sip.uri import Hop

_EVERY, _PATIENCE = 0.5, 0.8
_MISSES = 2
"""A node is passed over when it missed so many questions in a row: one may be lost on the way."""
log = logs.get("media")


def parse(text: str) -> list[Hop]:
    """ "host:port,host:port" """
    hops = (each.strip().rpartition(":") for each in text.split(","))
    return [Hop(host, int(port)) for host, _, port in hops]


class Edges:
    """Chooses and watches nodes; `changed(node, lives)` hears of it."""

    def __init__(self, hops: Sequence[Hop], changed: Callable[[str, bool], None]) -> None:
        self.hops = tuple(hops)
        self._changed = changed
        self._missed = dict.fromkeys(self.hops, 0)
        self._next = 0

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(hop.host for hop in self.hops)

    def lives(self, hop: Hop) -> bool:
        return self._missed[hop] < _MISSES

    def choose(self) -> Hop:
        """The next that lives; the next at all when none seems to."""
        turn = [self.hops[(self._next + each) % len(self.hops)] for each in range(len(self.hops))]
        hop = next((each for each in turn if self.lives(each)), turn[0])
        self._next = (self.hops.index(hop) + 1) % len(self.hops)
        return hop

    def another(self, than: Hop) -> Hop | None:
        """Where a request goes that `than` did not take; None when there is no other that lives."""
        living = [hop for hop in self.hops if hop != than and self.lives(hop)]
        return living[0] if living else None

    async def watch(self, endpoint: Endpoint) -> None:
        """Asks for ever. A single node is not asked: there is nothing to choose."""
        while len(self.hops) > 1:
            await asyncio.gather(*(self._ask(endpoint, hop) for hop in self.hops), asyncio.sleep(_EVERY))

    async def _ask(self, endpoint: Endpoint, hop: Hop) -> None:
        lived = self.lives(hop)
        self._missed[hop] = 0 if await endpoint.answers(hop, _PATIENCE) else self._missed[hop] + 1
        lives = self.lives(hop)
        if lives == lived:
            return
        node = f"{hop.host}:{hop.port}"
        log.warning("a node of the edge is back" if lives else "a node of the edge is silent", node=node)
        endpoint.prefer(next(filter(self.lives, self.hops), self.hops[0]))  # what names no hop: trunks' registrations
        if not lives:
            endpoint.lost(hop, self.another(hop))
        self._changed(node, lives)
