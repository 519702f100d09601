"""What routing may ask for on a call, as media understands it, and how long speech must be waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


class RingMode(Enum):
    """Who is rung when."""

    ALL = "all"
    SEQUENTIAL = "sequential"


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    source: str
    repeat: int = 1
    language: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    text: str
    language: str = ""
    keys: tuple[str, ...] = ()
    timeout: float = 0.0


@dataclass(frozen=True, slots=True)
class Collect:
    text: str
    language: str = ""
    least: int = 1
    most: int = 0
    terminator: str = "#"
    timeout: float = 10.0
    digit_timeout: float = 4.0


@dataclass(frozen=True, slots=True)
class Enqueue:
    queue_id: str
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    max_wait: float = 0.0
    greeting: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One of: a person, a group, an outside number, a SIP account."""

    kind: str
    id: str
    forward_to: str = ""


@dataclass(frozen=True, slots=True)
class Ring:
    targets: tuple[Target, ...]
    mode: RingMode = RingMode.ALL
    timeout: float = 25.0
    music: str = ""
    pass_caller: bool = False


@dataclass(frozen=True, slots=True)
class Voicemail:
    person_id: str = ""
    group_id: str = ""
    text: str = ""
    language: str = ""
    most: float = 120.0


@dataclass(frozen=True, slots=True)
class Fax:
    person_id: str = ""
    group_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    on: bool


@dataclass(frozen=True, slots=True)
class Conference:
    room: str
    pin: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    queue_id: str
    number: str = ""
    text: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    text: str = ""
    language: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    pass


Verb: TypeAlias = (
    Say | Play | Menu | Collect | Enqueue | Ring | Voicemail | Fax | Record | Conference | Callback | Close | Wait
)
