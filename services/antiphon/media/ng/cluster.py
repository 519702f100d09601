"""All the rtpengine nodes: a new call goes to the healthy one with the fewest calls, never to one that drains.

    cluster = await Cluster.open(addresses, changed=on_change)
    rt.spawn(cluster.watch())
    anchor = cluster.anchor(call_id)

`changed(node)` is called whenever a node dies or is back. A conversation of a dead node goes on elsewhere with the
same verbs: on a new anchor `originate` each leg, send the result as a re-INVITE, `connect` the answer, `bridge` them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from antiphon.media.anchor.anchor import Anchor
from antiphon.media.anchor.leg import Snapshot
from antiphon.media.ng.client import NgClient
from antiphon.media.ng.node import Address, Changed, Node
from antiphon.media.ng.reasons import NgError, Reason


class Cluster:
    """Chooses and watches nodes."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = {node.name: node for node in nodes}

    @classmethod
    async def open(
        cls, addresses: Sequence[Address], *, changed: Changed | None = None, waits: tuple[float, ...] | None = None
    ) -> Cluster:
        """Opens one socket a node and asks each once; a node that is silent now is dead until it answers."""
        nodes = []
        for address in addresses:
            options = {} if waits is None else {"waits": waits}
            client = await NgClient.connect(address.host, address.port, **options)
            nodes.append(Node(address, client, changed or _nobody))
        cluster = cls(nodes)
        await cluster.probe()
        return cluster

    @property
    def nodes(self) -> Sequence[Node]:
        return tuple(self._nodes.values())

    def close(self) -> None:
        for node in self._nodes.values():
            node.close()

    async def probe(self) -> None:
        """Asks every node at once."""
        await asyncio.gather(*(node.probe() for node in self._nodes.values()))

    async def watch(self, every: float = 1.0) -> None:
        """Asks for ever."""
        while True:
            await self.probe()
            await asyncio.sleep(every)

    def drain_only(self, names: Collection[str]) -> None:
        """These take no new calls, all others do; an unknown name is no error, for the mark outlives the node."""
        for node in self._nodes.values():
            node.draining = node.name in names

    def choose(self) -> Node:
        """The node for a new call. Raises NgError(NO_ENGINE). The call counts at once, so that a burst between two
        probes is spread."""
        able = [node for node in self._nodes.values() if node.takes_calls]
        if not able:
            raise NgError(Reason.NO_ENGINE)
        node = min(able, key=lambda node: node.calls)
        node.calls += 1
        return node

    def anchor(self, call_id: str) -> Anchor:
        """A new conversation on the best node. Raises NgError(NO_ENGINE)."""
        return Anchor(self.choose(), call_id)

    def resume(self, state: Snapshot) -> Anchor:
        """A conversation that another replica started, from its stored state. Raises NgError(NO_ENGINE) when this
        cluster does not know the node."""
        if state["node"] not in self._nodes:
            raise NgError(Reason.NO_ENGINE, node=state["node"])
        return Anchor.from_state(self._nodes[state["node"]], state)


def _nobody(_: Node) -> None:
    """Nobody wants to be told."""
