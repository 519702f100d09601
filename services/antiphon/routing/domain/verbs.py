"""What a channel is told to do. It never decides: it executes these in order and reports what came of it.

Texts are final: the language is chosen and the names are filled in. `language` tells a voice channel how to
pronounce the words. `Menu`, `HttpCall` and `Enqueue` are always the last of a step; the channel answers
them with an event.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Menu:
    """Answered by `Input` or, after `timeout_s` (0: never), by `TimedOut`."""

    text: str
    language: str
    options: tuple[Choice, ...]
    timeout_s: int


@dataclass(frozen=True, slots=True)
class HttpCall:
    """Executed by routing itself, not by the channel; answered by `HttpAnswered` or `HttpFailed`."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    timeout_s: int


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Answered by `EnqueueEnded`. `greeting` is said once, before the music; `max_wait_s` 0 is for ever."""

    queue_id: str
    priority: int
    skills: Mapping[str, int]
    max_wait_s: int
    greeting: str
    language: str


@dataclass(frozen=True, slots=True)
class Close:
    text: str
    language: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Keep the interaction open: a person is talking, the scheme has nothing to add."""


Verb = Say | Menu | HttpCall | Enqueue | Close | Wait
