"""Saving a brain and bringing it back: `dump` gives plain JSON types, `load` the brain that wrote them.

Only the truth is stored: policy, queues, agents, items, counters. Lines, lanes, free lists and the heap of deadlines
are rebuilt, and nothing depends on what they looked like, so a loaded brain continues byte for byte as if it had never
stopped (tested). `VERSION` changes when the shape does; a follower that meets another version replays the journal.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum, IntEnum
from typing import Any, TypeVar

import msgspec

from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.deadlines import Deadlines
from antiphon.acd.domain.item import Item, ItemState
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.queue import Queue
from antiphon.acd.domain.timer import Timer

VERSION = 1

Plain = Any
T = TypeVar("T")
_DERIVED = ("in_line", "stamps")


def dump(brain: Brain) -> dict[str, Plain]:
    """The whole state, as dicts, lists, strings, integers, booleans and None."""
    floor = brain.floor
    return {
        "version": VERSION,
        "policy": _plain(floor.policy),
        "queues": [_plain(queue) for queue in floor.queues.values()],
        "agents": [_plain(agent) for agent in floor.agents.values()],
        "items": [_plain(item) for item in floor.items.values()],
        "finished": list(floor.finished),
        "met": list(floor.met.items()),
        "counts": [floor.item_count, floor.agent_count, floor.offer_count],
    }


def _plain(value: object) -> Plain:
    if isinstance(value, IntEnum):
        return int(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__ if name not in _DERIVED}
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name not in _DERIVED}
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(member) for key, member in value.items()}
    return value


def load(data: dict[str, Plain]) -> Brain:
    """The brain that was dumped."""
    if data["version"] != VERSION:
        raise ValueError(f"snapshot version {data['version']}, expected {VERSION}")
    brain = Brain(_as(Policy, data["policy"]))
    floor = brain.floor
    for row in data["queues"]:
        queue = _as(Queue, row)
        floor.queues[queue.queue_id] = queue
        floor.index.open_queue(queue.queue_id, queue.settings.strategy)
    for row in data["agents"]:
        agent = _as(Agent, {"roster": row["seats"]} | row)
        floor.agents[agent.agent_id] = agent
        floor.index.seat(agent)
    for row in data["items"]:
        item = _as(Item, {"entered": True} | row)
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


def _as(kind: type[T], data: Plain) -> T:
    """Plain data as the dataclass that was dumped; a field that an older release did not have takes its default."""
    return msgspec.convert(data, kind, str_keys=True)
