"""Saving a brain and bringing it back: JSON of everything that is true, and the brain that wrote it.

Only the truth is stored: policy, queues, agents, items, counters. Lines, lanes, free lists and deadlines are rebuilt,
and nothing depends on what they looked like, so a loaded brain continues byte for byte as if it had never stopped
(tested). `VERSION` changes when the shape does.

Fifty thousand items in one piece would keep everybody waiting for a tenth of a second, so a snapshot is taken
*gradually*, in pieces between decisions. While that lasts the floor notes whom it touches (`Floor.touched`); they are
written once more, until so few are left that the rest can be written at once. That moment is the one the snapshot
belongs to. In it an item may stand several times: the last row counts.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import msgspec

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.deadlines import Deadlines, Owner
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.item import Item, ItemState
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.queue import Queue
from antiphon.acd.domain.timer import Timer

VERSION = 2
PIECE = 256  # so many items or agents are written at once: less than a millisecond
LAST_PIECE = 4 * PIECE

Plain = Any
T = TypeVar("T")


class Gradual:
    """A snapshot in the making: `advance()` between decisions until it says True, then `finish()` before the next."""

    def __init__(self, brain: Brain) -> None:
        floor = self._floor = brain.floor
        floor.touched = set()
        self._left: Iterator[Owner] = iter((*floor.agents.values(), *floor.items.values()))
        self._agents: list[bytes] = []
        self._items: list[bytes] = []
        self._gone: set[str] = set()

    def advance(self) -> bool:
        """Writes another piece. True: little enough is left to finish."""
        piece = list(islice(self._left, PIECE))
        if piece:
            self._write(piece)
            return False
        touched = self._floor.touched or set()
        if len(touched) <= LAST_PIECE:
            return True
        self._left, self._floor.touched = iter(touched), set()
        return False

    def finish(self) -> list[bytes]:
        """The snapshot of this moment, as pieces of one JSON document."""
        floor = self._floor
        self._write(floor.touched or ())
        floor.touched = None
        gone = [name for name in self._gone if name not in floor.agents and name not in floor.items]
        return _document(floor, self._agents, self._items, gone)

    def _write(self, owners: Iterable[Owner]) -> None:
        floor = self._floor
        agents = [owner for owner in owners if isinstance(owner, Agent)]
        items = [owner for owner in owners if isinstance(owner, Item)]
        self._gone.update(agent.agent_id for agent in agents if agent.agent_id not in floor.agents)
        self._gone.update(item.item_id for item in items if item.item_id not in floor.items)
        self._agents.append(_rows(agents))
        self._items.append(_rows(items))


def dump(brain: Brain) -> dict[str, Plain]:
    """The whole state in one piece, as dicts, lists, strings, integers, booleans and None."""
    floor = brain.floor
    whole = _document(floor, [_rows([*floor.agents.values()])], [_rows([*floor.items.values()])], [])
    data: dict[str, Plain] = msgspec.json.decode(b"".join(whole))
    for row in data["agents"]:
        del row["stamps"]  # derived
    return data


def _rows(owners: list[Agent] | list[Item]) -> bytes:
    """Members of a JSON array, without its brackets."""
    return msgspec.json.encode(owners)[1:-1]


def _document(floor: Floor, agents: list[bytes], items: list[bytes], gone: list[str]) -> list[bytes]:
    rest = {
        "version": VERSION,
        "policy": floor.policy,
        "queues": [*floor.queues.values()],
        "finished": [*floor.finished],
        "met": [*floor.met.items()],
        "counts": [floor.item_count, floor.agent_count, floor.offer_count],
        "gone": gone,
    }
    pieces = [msgspec.json.encode(rest)[:-1]]
    for name, rows in (("agents", agents), ("items", items)):
        pieces.append(f',"{name}":['.encode())
        for number, row in enumerate(filter(None, rows)):
            pieces += [b",", row] if number else [row]
        pieces.append(b"]")
    return [*pieces, b"}"]


def load(data: dict[str, Plain]) -> Brain:
    """The brain that was dumped, by this release or the one before."""
    if data["version"] not in (1, VERSION):
        raise ValueError(f"snapshot version {data['version']}, expected {VERSION}")
    brain = Brain(_as(Policy, data["policy"]))
    floor = brain.floor
    for row in data["queues"]:
        queue = _as(Queue, row)
        floor.queues[queue.queue_id] = queue
        floor.index.open_queue(queue.queue_id, queue.settings.strategy)
    for row in _last(data, "agents", "agent_id"):
        agent = _as(Agent, {"roster": row["seats"]} | row)
        floor.agents[agent.agent_id] = agent
        floor.index.seat(agent)
    entered = {"entered": True} if data["version"] == 1 else {}
    for row in _last(data, "items", "item_id"):
        item = _as(Item, entered | row)
        floor.items[item.item_id] = item
        if item.state is ItemState.WAITING:
            floor.index.place(item)
        elif item.offers and Timer.MORE in item.timers:
            floor.begin_ringing(item, item.offers[0].queue_id)
    for agent in floor.agents.values():
        floor.index.list_free(agent, floor.rooms.of(agent))
    floor.deadlines = Deadlines([*floor.items.values(), *floor.agents.values()])
    floor.finished.extend(data["finished"])
    floor.met.update(data.get("met", ()))
    floor.item_count, floor.agent_count, floor.offer_count = data["counts"]
    floor.mark_told()
    return brain


def _last(data: dict[str, Plain], kind: str, name: str) -> list[dict[str, Plain]]:
    """The last row of each that is not gone, in the order in which they came."""
    rows = {row[name]: row for row in data[kind]}
    for gone in data.get("gone", ()):
        rows.pop(gone, None)
    return sorted(rows.values(), key=lambda row: int(row["seq"]))


def _as(kind: type[T], data: Plain) -> T:
    """Plain data as what was dumped; a field that an older release did not have takes its default."""
    return msgspec.convert(data, kind, str_keys=True)
