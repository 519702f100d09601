"""Saving a brain and bringing it back: `dump` gives plain JSON types, `load` the brain that wrote them.

Only the truth is stored: policy, queues, agents, items, counters. Lines, lanes, free lists and the heap of deadlines
are rebuilt, and nothing depends on what they looked like, so a loaded brain continues byte for byte as if it had never
stopped (tested). `VERSION` changes when the shape does; a follower that meets another version replays the journal.
"""

from dataclasses import fields, is_dataclass
from enum import Enum, IntEnum
from typing import Any

from antiphon.acd.domain.agent import Agent, AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.deadlines import Deadlines
from antiphon.acd.domain.item import Item, ItemState, Offer, Step
from antiphon.acd.domain.policy import Delays, Policy, WrapUp, WrapUpMode
from antiphon.acd.domain.queue import Queue, QueueSettings
from antiphon.acd.domain.timer import Timer

VERSION = 1

Plain = Any
_DERIVED = ("place", "stamps")


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
        "counts": [floor.item_count, floor.agent_count, floor.offer_count],
    }


def _plain(value: object) -> Plain:
    if isinstance(value, IntEnum):
        return int(value)
    if isinstance(value, Enum):
        return str(value.value)
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name not in _DERIVED}
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(member) for key, member in value.items()}
    return value


def load(data: dict[str, Plain]) -> Brain:
    """The brain that was dumped."""
    if data["version"] != VERSION:
        raise ValueError(f"snapshot version {data['version']}, expected {VERSION}")
    brain = Brain(_policy(data["policy"]))
    floor = brain.floor
    for queue in map(_queue, data["queues"]):
        floor.queues[queue.queue_id] = queue
        floor.index.open_queue(queue.queue_id, queue.settings.strategy)
    for agent in map(_agent, data["agents"]):
        floor.agents[agent.agent_id] = agent
        floor.index.seat(agent)
    for item in map(_item, data["items"]):
        floor.items[item.item_id] = item
        if item.state is ItemState.WAITING:
            floor.index.place(item)
    for agent in floor.agents.values():
        floor.index.list_free(agent, floor.rooms.of(agent))
    floor.deadlines = Deadlines([*floor.items.values(), *floor.agents.values()])
    floor.finished.extend(data["finished"])
    floor.item_count, floor.agent_count, floor.offer_count = data["counts"]
    floor.mark_told()
    return brain


def _pairs(rows: Plain) -> tuple[Plain, ...]:
    return tuple(tuple(row) for row in rows)


def _policy(data: dict[str, Plain]) -> Policy:
    blocked_by = tuple(tuple(ChannelClass(cls) for cls in row) for row in data["blocked_by"])
    return Policy(
        **data
        | {
            "blocked_by": blocked_by,
            "ring_ms": tuple(data["ring_ms"]),
            "lease_ms": tuple(data["lease_ms"]),
            "pass_ms_by_reason": _pairs(data["pass_ms_by_reason"]),
            "delays": _delays(data.get("delays")) or Delays(),
        }
    )


def _queue(data: dict[str, Plain]) -> Queue:
    settings = data["settings"]
    wrap_up = settings["wrap_up"]
    return Queue(
        QueueSettings(
            **settings
            | {
                "wrap_up": WrapUp(WrapUpMode(wrap_up["mode"]), wrap_up["limit_ms"]),
                "level_delays": _pairs(settings["level_delays"]),
                "delays": _delays(settings.get("delays")),
            }
        ),
        data["manned_level"],
    )


def _agent(data: dict[str, Plain]) -> Agent:
    return Agent(
        **data
        | {
            "seats": tuple(Seat(**seat) for seat in data["seats"]),
            "skills": dict(data["skills"]),
            "capacity": tuple(data["capacity"]),
            "state": AgentState(data["state"]),
            "load": list(data["load"]),
            "held": list(data["held"]),
            "timers": _timers(data.get("timers", {})),
        }
    )


def _timers(data: dict[str, Plain]) -> dict[Timer, int]:
    return {Timer(int(kind)): at for kind, at in data.items()}


def _delays(data: Plain) -> Delays | None:
    return None if data is None else Delays(**data)


def _step(data: dict[str, Plain]) -> Step:
    skills = None if data["skills"] is None else _pairs(data["skills"])
    return Step(data["lasts_ms"], skills, tuple(data["add_queues"]), data["only"])


def _item(data: dict[str, Plain]) -> Item:
    return Item(
        **data
        | {
            "queues": tuple(data["queues"]),
            "cls": ChannelClass(data["cls"]),
            "skills": _pairs(data["skills"]),
            "attributes": dict(data["attributes"]),
            "state": ItemState(data["state"]),
            "offers": tuple(Offer(**offer) for offer in data["offers"]),
            "shunned": dict(data["shunned"]),
            "steps": tuple(_step(step) for step in data["steps"]),
            "open_levels": dict(data["open_levels"]),
            "timers": _timers(data["timers"]),
        }
    )
