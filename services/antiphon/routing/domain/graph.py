"""The scheme as a graph: what can be reached, and which nodes go round in circles.

Schemes have at most a few hundred nodes, so plain walks are used everywhere and no index is kept.
"""

from collections.abc import Iterable, Mapping

from antiphon.routing.domain.exits import Pace, exits
from antiphon.routing.domain.nodes import NodeId
from antiphon.routing.domain.scheme import Scheme

Edges = Mapping[NodeId, tuple[NodeId, ...]]


def edges(scheme: Scheme, paces: Iterable[Pace] = tuple(Pace)) -> Edges:
    """Where each node leads by exits of these paces; transitions to unknown nodes are left out."""
    known = {node.id for node in scheme.nodes}
    return {
        node.id: tuple(way.to for way in exits(node) if way.to in known and way.to is not None and way.pace in paces)
        for node in scheme.nodes
    }


def reachable(start: Iterable[NodeId], ways: Edges) -> set[NodeId]:
    """`start` and everything after it."""
    seen: set[NodeId] = set()
    ahead = [node_id for node_id in start if node_id in ways]
    while ahead:
        node_id = ahead.pop()
        if node_id not in seen:
            seen.add(node_id)
            ahead.extend(ways[node_id])
    return seen


def loops(ways: Edges) -> list[tuple[NodeId, ...]]:
    """Groups of nodes that all lead to one another, in the order of `ways`."""
    after = {node_id: reachable(ways[node_id], ways) for node_id in ways}
    found: list[tuple[NodeId, ...]] = []
    grouped: set[NodeId] = set()
    for node_id in ways:
        if node_id in after[node_id] and node_id not in grouped:
            loop = tuple(other for other in ways if other in after[node_id] and node_id in after[other])
            grouped.update(loop)
            found.append(loop)
    return found
