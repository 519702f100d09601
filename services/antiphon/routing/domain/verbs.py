"""What a channel is told to do. It never decides: it executes these in order and reports what came of it.

Texts are final: the language is chosen and the names are filled in. `language` tells a voice channel how to
pronounce the words. `Menu`, `Collect`, `HttpCall`, `Enqueue`, `Ring`, `Voicemail`, `Fax` and `Conference` are always
the last of a step; the channel answers them with an event. What stands below `Wait` only a call is told to do.
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


@dataclass(frozen=True, slots=True)
class Play:
    source: str
    repeat: int
    language: str


@dataclass(frozen=True, slots=True)
class Collect:
    """Answered by `Input` with all digits, or by `TimedOut`. A chat is asked in words."""

    text: str
    language: str
    min_digits: int
    max_digits: int
    terminator: str
    timeout_s: int
    digit_timeout_s: int


@dataclass(frozen=True, slots=True)
class RingTarget:
    """`who` is "person", "group", "number" or "account". A person's `forward_to` is rung when their phones are not
    registered; the application fills it in."""

    who: str
    value: str
    forward_to: str = ""


@dataclass(frozen=True, slots=True)
class Ring:
    """Answered by `RingEnded`. `mode` is "all" or "sequential"."""

    targets: tuple[RingTarget, ...]
    mode: str
    timeout_s: int
    music: str
    pass_caller: bool


@dataclass(frozen=True, slots=True)
class Voicemail:
    """Answered by `VoicemailEnded`. `box` is "person" or "group"."""

    box: str
    box_id: str
    text: str
    language: str
    max_length_s: int


@dataclass(frozen=True, slots=True)
class Fax:
    """Answered by `FaxEnded`. `box` is "person" or "group"."""

    box: str
    box_id: str
    email: str


@dataclass(frozen=True, slots=True)
class Record:
    on: bool


@dataclass(frozen=True, slots=True)
class Conference:
    """The rest of the call, unless the channel reports that it failed."""

    room: str
    pin: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    queue_id: str
    number: str
    text: str
    language: str


CallVerb = Play | Collect | Ring | Voicemail | Fax | Record | Conference | Callback
Verb = Say | Menu | HttpCall | Enqueue | Close | Wait | CallVerb
