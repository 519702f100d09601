"""Telling what happened to one customer, entry by entry of the journal: each step of the wait, why this agent, why not
the others, and what kept everybody away while he waited.

The steps are the effects that were journalled. Why not the others is known only to a brain that decides along: a
`Teller` has one as long as the entries follow from what it knows, and goes on without it when they do not (the
beginning of the journal is gone).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from antiphon.acd.app.journal import Entry
from antiphon.acd.app.messages import SUBJECT
from antiphon.acd.domain import explain
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.decision import Decision
from antiphon.acd.domain.effects import Effect, OfferEnded, WorkOffered
from antiphon.acd.domain.inputs import Input, WorkEnqueued, WorkOccupied
from antiphon.acd.domain.item import FINISHED
from antiphon.acd.domain.millis import Millis
from antiphon.kit.errors import DomainError

_QUIET = {"AgentStateChanged"}
_LOST = (DomainError, KeyError, AssertionError)
"""What a brain says whose past is not whole."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to the customer; `facts` for programs, `text` for people."""

    at: Millis
    item_id: str
    what: str
    text: str
    facts: dict[str, Any]
    why: Decision | None = None
    """Of an offer."""


class Teller:
    """Hears entries in order and tells the lines about `name`: an item, a contact, or what an item is about."""

    def __init__(self, name: str, brain: Brain) -> None:
        self._name = name
        self._brain: Brain | None = brain
        self._mine = {item.item_id for item in brain.floor.items.values() if self._is_named(item)}
        self._kept_back: dict[str, dict[str, int]] = {}

    def hear(self, entry: Entry) -> Iterator[Line]:
        for fact, journalled in zip(entry.inputs, entry.effects, strict=True):
            self._meet(fact)
            self._decide(fact, entry.at)
            for effect in journalled:
                if getattr(effect, "item_id", None) in self._mine and type(effect).__name__ not in _QUIET:
                    yield self._line(effect, entry.at)
        yield from self._waiting(entry.at)

    def _is_named(self, item: Any) -> bool:
        return self._name in (item.item_id, item.contact_id, item.attributes.get(SUBJECT))

    def _meet(self, fact: Input) -> None:
        if isinstance(fact, WorkEnqueued | WorkOccupied) and self._is_named(fact):
            self._mine.add(fact.item_id)

    def _decide(self, fact: Input, at: Millis) -> None:
        if self._brain is None:
            return
        try:
            self._brain.handle(fact, now=at)
        except _LOST:
            self._brain = None  # what came before is not in the journal any more

    def _line(self, effect: Effect, at: Millis) -> Line:
        facts: dict[str, Any] = msgspec.to_builtins(effect)
        item_id, what = facts.pop("item_id"), facts.pop("kind")
        if isinstance(effect, WorkOffered):
            others = self._others(item_id)
            facts["others"] = {agent_id: reason.value for agent_id, reason in others.items()}
            sentences = [f"Offered to {effect.agent_id}.", *explain.why_me(effect.why)]
            sentences += [f"{agent_id}: {reason.value}." for agent_id, reason in others.items()]
            return Line(at, item_id, what, " ".join(sentences), facts, effect.why)
        if isinstance(effect, OfferEnded):
            text = f"The offer to {effect.agent_id} ended: {effect.how.value}."
            return Line(at, item_id, what, text, facts)
        return Line(at, item_id, what, ", ".join(f"{name} {value}" for name, value in facts.items()), facts)

    def _others(self, item_id: str) -> dict[str, explain.Obstacle]:
        if self._brain is None or item_id not in self._brain.floor.items:
            return {}
        try:
            return explain.why_not_others(self._brain, item_id)
        except _LOST:
            self._brain = None
            return {}

    def _waiting(self, at: Millis) -> Iterator[Line]:
        if self._brain is None:
            return
        for item_id in self._mine:
            item = self._brain.floor.items.get(item_id)
            if item is None or item.state in FINISHED:
                continue
            try:
                why = explain.why_waiting(self._brain, item_id)
            except _LOST:
                self._brain = None
                return
            now = {obstacle.value: count for obstacle, count in why.obstacles} if why is not None else {}
            if why is not None and now != self._kept_back.get(item_id):
                yield Line(at, item_id, "waits", _waits(why), {"position": why.position, **now})
            self._kept_back[item_id] = now


def _waits(why: explain.WhyWaiting) -> str:
    kept = ", ".join(f"{count} {obstacle.value}" for obstacle, count in why.obstacles) or "the queue has nobody"
    return f"Number {why.position} in line. Why nobody takes it: {kept}."
