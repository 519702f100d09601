"""The past, from a journal export: decided again, and explained.

`replay` lets an ordinary brain decide everything once more and compares byte for byte. `story` does the same and tells
what concerns one customer: each step of the wait, why this agent, why not the others, and what kept everybody away
while he waited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from antiphon.acd.app.journal import Entry, decode, encode
from antiphon.acd.domain import explain
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.effects import Effect, OfferEnded, WorkOffered
from antiphon.acd.domain.item import FINISHED
from antiphon.acd.domain.millis import Millis

QUIET = {"AgentStateChanged"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to the customer; `facts` for programs, `text` for people."""

    at: Millis
    item_id: str
    what: str
    text: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that would be decided otherwise now."""

    entry: str
    number: int
    journalled: str
    decided: str


def entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of an export. Raises ValueError for anything else."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield decode(line.encode())
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"line {number} is not a journal entry: {error}") from error


def replay(lines: Iterable[str]) -> tuple[int, list[Difference]]:
    """(inputs decided again, differences). A journal is replayed from its beginning."""
    brain, count, found = Brain(), 0, []
    for entry in entries(lines):
        for number, (fact, journalled) in enumerate(zip(entry.inputs, entry.effects, strict=True)):
            count += 1
            decided = tuple(brain.handle(fact, now=entry.at))
            was, now = (encode(Entry(entry.id, entry.at, (fact,), (group,))) for group in (journalled, decided))
            if was != now:
                found.append(Difference(entry.id, number, was.decode(), now.decode()))
    return count, found


def story(lines: Iterable[str], name: str) -> Iterator[Line]:
    """Everything about one item, or about all items of one contact."""
    brain = Brain()
    kept_back: dict[str, dict[str, int]] = {}
    for entry in entries(lines):
        for fact in entry.inputs:
            mine = [effect for effect in brain.handle(fact, now=entry.at) if _concerns(brain, effect, name)]
            for effect in mine:
                yield _line(brain, effect, entry.at)
        for item in brain.floor.items.values():
            if name in (item.item_id, item.contact_id) and item.state not in FINISHED:
                why = explain.why_waiting(brain, item.item_id)
                now = {obstacle.value: count for obstacle, count in why.obstacles} if why is not None else {}
                if why is not None and now != kept_back.get(item.item_id):
                    yield Line(entry.at, item.item_id, "waits", _waits(why), {"position": why.position, **now})
                kept_back[item.item_id] = now


def _concerns(brain: Brain, effect: Effect, name: str) -> bool:
    item_id = getattr(effect, "item_id", None)
    if item_id is None or type(effect).__name__ in QUIET:
        return False
    item = brain.floor.items.get(item_id)
    return item_id == name or (item is not None and item.contact_id == name)


def _line(brain: Brain, effect: Effect, at: Millis) -> Line:
    facts: dict[str, Any] = msgspec.to_builtins(effect)
    item_id, what = facts.pop("item_id"), facts.pop("kind")
    if isinstance(effect, WorkOffered):
        others = explain.why_not_others(brain, item_id)
        facts["others"] = {agent_id: reason.value for agent_id, reason in others.items()}
        sentences = [f"Offered to {effect.agent_id}.", *explain.why_me(effect.why)]
        sentences += [f"{agent_id}: {reason.value}." for agent_id, reason in others.items()]
        return Line(at, item_id, what, " ".join(sentences), facts)
    if isinstance(effect, OfferEnded):
        return Line(at, item_id, what, f"The offer to {effect.agent_id} ended: {effect.how.value}.", facts)
    return Line(at, item_id, what, ", ".join(f"{name} {value}" for name, value in facts.items()), facts)


def _waits(why: explain.WhyWaiting) -> str:
    kept = ", ".join(f"{count} {obstacle.value}" for obstacle, count in why.obstacles) or "the queue has nobody"
    return f"Number {why.position} in line. Why nobody takes it: {kept}."
