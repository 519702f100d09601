"""What a scheme may tell a conversation to do, and a step: the verbs of one answer, persisted before they are executed.

A step is the unit of repair. It is stored together with routing's answer; executing it again from `done` changes
nothing twice, because its messages carry client ids made of (step, index) and its work items ids derived from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from antiphon.channels.domain.message import Option


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Menu:
    text: str
    options: tuple[Option, ...]
    timeout: float = 0.0
    """Seconds until TimedOut; 0 is never."""


@dataclass(frozen=True, slots=True)
class Enqueue:
    queue_id: str
    item_id: str
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    max_wait: float = 0.0
    """Seconds until EnqueueEnded("timeout"); 0 is never."""
    preferred_agent_id: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    text: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until the next event."""


Verb: TypeAlias = Say | Menu | Enqueue | Close | Wait


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    verbs: tuple[Verb, ...]
    done: int = 0
    """How many verbs are executed."""
    chain: int = 0
    """How many steps followed each other without the customer, to end a scheme that runs in circles."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that routing has to be asked about. `what` is "started", "input", "timed_out", "enqueue_ended" or
    "verb_failed"; the facts are the fields of routing's event of that name."""

    id: str
    what: str
    facts: Mapping[str, str] = field(default_factory=dict)
    chain: int = 0


@dataclass(frozen=True, slots=True)
class Timer:
    """A stored due time: what happens when nothing else did before."""

    id: str
    due: datetime
    happened: Happened
