"""The graph as an indented outline, for people who work by keyboard or by ear.

    incoming
      Working hours
        open       Menu
          option 1   Sales
            timeout 60   Callback
          option 2   Support
        closed     Voicemail
    Fax            (nothing leads here)

Every node has its row once, under the first way that leads to it, with everything after it. A later way to
the same node gives a row that only points there (`again`). What nothing leads to stands at the left edge at
the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from antiphon.routing.domain.exits import Exit, Way, exits
from antiphon.routing.domain.nodes import NodeId, kind_of
from antiphon.routing.domain.scheme import Scheme

INCOMING = "incoming"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`way` and `detail` label the transition that leads here; both empty for the first step and for strays."""

    depth: int
    kind: str
    node_id: NodeId | None = None
    name: str = ""
    way: Way | None = None
    detail: str = ""
    again: bool = False
    stray: bool = False


def outline(scheme: Scheme) -> tuple[Row, ...]:
    """Rows from top to bottom; the first stands for the incoming call or message."""
    placed: set[NodeId] = set()
    rows = [Row(depth=0, kind=INCOMING)]
    if scheme.start is not None:
        rows.extend(_below(scheme, scheme.start, placed, depth=1))
    led_to = {way.to for node in scheme.nodes if node.id not in placed for way in exits(node) if way.to != node.id}
    roots_first = sorted(scheme.nodes, key=lambda node: node.id in led_to)
    for node in roots_first:
        if node.id not in placed:
            rows.extend(_below(scheme, node.id, placed, depth=0))
    return tuple(rows)


def _below(scheme: Scheme, root: NodeId, placed: set[NodeId], depth: int) -> Iterator[Row]:
    """The rows of one tree, depth first, in the author's order of exits."""
    ahead: list[tuple[int, NodeId, Exit | None]] = [(depth, root, None)]
    while ahead:
        level, node_id, way = ahead.pop()
        node = scheme.node(node_id)
        if node is None:
            continue  # validation reports it
        again = node_id in placed
        placed.add(node_id)
        yield Row(
            depth=level,
            kind=kind_of(type(node)),
            node_id=node_id,
            name=node.name,
            way=way.way if way else None,
            detail=way.detail if way else "",
            again=again,
            stray=depth == 0,
        )
        if not again:
            ahead.extend((level + 1, after.to, after) for after in reversed(exits(node)) if after.to is not None)
