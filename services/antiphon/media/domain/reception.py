"""Runs routing's verbs on a call: what is said, which digits are taken, when the caller has been silent too long.

    script = Script(verbs)
    effects = script.begin()          # Speak(…)
    effects = script.digit("1")       # barge-in: Hush(), Report("input", …)
    effects = script.spoken()         # the prompt is over: Timer(5.0) or the next verb
    effects = script.timer()          # Report("timed_out")

A digit pressed while something is said before a question answers that question already; where no question follows, it
is lost, as the caller could not know what it would mean.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from antiphon.media.domain.verbs import (
    Callback,
    Close,
    Collect,
    Conference,
    Enqueue,
    Fax,
    Menu,
    Play,
    Record,
    Ring,
    Say,
    Verb,
    Voicemail,
    Wait,
)

KEY_PAUSE = 3.0
"""Seconds for the next digit where one key is the beginning of another."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this to the caller; `spoken` comes when it was said."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Play this to the caller; `spoken` comes when it is over."""

    source: str
    repeat: int
    language: str


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop what is being said."""


@dataclass(frozen=True, slots=True)
class Timer:
    """`timer` comes after these seconds; 0 stops the clock."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Recording:
    on: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Tell routing: "input" or "timed_out"."""

    what: str
    text: str = ""
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """Something that takes the call out of reception begins."""

    verb: Enqueue | Ring | Voicemail | Fax | Conference


@dataclass(frozen=True, slots=True)
class Promise:
    """Promise to call back and say so; `spoken` comes when it was said."""

    verb: Callback


@dataclass(frozen=True, slots=True)
class HangUp:
    """All is said."""

    outcome: str


Effect: TypeAlias = Speak | Sound | Hush | Timer | Recording | Report | Begin | Promise | HangUp
_Question: TypeAlias = Menu | Collect


class Script:
    """The verbs of one answer of routing."""

    def __init__(self, verbs: Sequence[Verb]) -> None:
        self._verbs = deque(verbs)
        self._question: _Question | None = None
        self._closing: Close | None = None
        self._speaking = False
        self._said: Speak | Sound | None = None
        self._digits = ""
        self.over = False

    def begin(self) -> list[Effect]:
        """The first effects."""
        return self._go_on()

    def again(self) -> list[Effect]:
        """What was being said, or asked, was lost on the way: it is said once more. Keys that came are kept."""
        if self.over or self._said is None or not (self._speaking or self._question is not None):
            return []
        return [Timer(0), *self._speak(self._said)]

    def spoken(self) -> list[Effect]:
        """What was being said is said."""
        if self.over or not self._speaking:
            return []
        self._speaking = False
        if self._closing is not None:
            return self._end(HangUp(self._closing.outcome))
        if self._question is not None:
            return [Timer(self._patience())]
        return self._go_on()

    def digit(self, key: str) -> list[Effect]:
        """The caller pressed a key."""
        if self.over or self._closing is not None:
            return []
        if self._question is None and not self._asks_later():
            return []
        effects: list[Effect] = []
        if self._speaking:
            self._speaking = False
            effects.append(Hush())
        self._digits += key
        if self._question is None:
            return effects + self._skip_to_question()
        return effects + self._taken()

    def timer(self) -> list[Effect]:
        """The caller was silent."""
        if self.over or self._question is None or self._speaking:
            return []
        if isinstance(self._question, Collect) and len(self._digits) >= self._question.least:
            return self._end(Report("input", self._digits))
        if isinstance(self._question, Menu) and self._digits:
            return self._end(Report("input", self._digits, self._chosen(self._question)))
        return self._end(Report("timed_out"))

    def _asks_later(self) -> bool:
        return any(isinstance(verb, Menu | Collect) for verb in self._verbs)

    def _skip_to_question(self) -> list[Effect]:
        """Type-ahead: what lies before the question is not said any more, what is not speech is done."""
        effects: list[Effect] = []
        while self._verbs:
            verb = self._verbs.popleft()
            if isinstance(verb, Record):
                effects.append(Recording(verb.on))
            elif isinstance(verb, Menu | Collect):
                self._question = verb
                return effects + self._taken()
        return effects

    def _go_on(self) -> list[Effect]:
        effects: list[Effect] = []
        while self._verbs and not self._speaking and self._question is None and not self.over:
            effects += self._start(self._verbs.popleft())
        if not self._verbs and not self._speaking and self._question is None:
            self.over = True
        return effects

    def _start(self, verb: Verb) -> list[Effect]:
        match verb:
            case Say(text, language):
                return self._speak(Speak(text, language)) if text else []
            case Play(source, repeat, language):
                return self._speak(Sound(source, max(repeat, 1), language))
            case Record(on):
                return [Recording(on)]
            case Menu() | Collect():
                self._question = verb
                return self._speak(Speak(verb.text, verb.language)) if verb.text else [Timer(self._patience())]
            case Close(text, language, outcome):
                if not text:
                    return self._end(HangUp(outcome))
                self._closing = verb
                return self._speak(Speak(text, language))
            case Enqueue() | Ring() | Voicemail() | Fax() | Conference():
                return self._end(Begin(verb))
            case Callback():
                self._speaking = True
                return [Promise(verb)]
            case Wait():
                return []
            case _:
                assert_never(verb)

    def _speak(self, effect: Speak | Sound) -> list[Effect]:
        self._speaking = True
        self._said = effect
        return [effect]

    def _end(self, effect: Effect) -> list[Effect]:
        self.over = True
        return [effect]

    def _patience(self) -> float:
        if self._question is None:
            return 0.0
        if isinstance(self._question, Collect) and self._digits:
            return self._question.digit_timeout
        return self._question.timeout

    def _taken(self) -> list[Effect]:
        """One more digit is there: enough, or wait for the next."""
        question = self._question
        if isinstance(question, Menu):
            return self._menu_key(question)
        if question is None:
            return []
        if question.terminator and self._digits.endswith(question.terminator):
            given = self._digits.removesuffix(question.terminator)
            return self._end(Report("input", given) if len(given) >= question.least else Report("timed_out"))
        if question.most and len(self._digits) >= question.most:
            return self._end(Report("input", self._digits))
        return [Timer(question.digit_timeout)]

    def _menu_key(self, menu: Menu) -> list[Effect]:
        longer = any(key != self._digits and key.startswith(self._digits) for key in menu.keys)
        if longer:
            return [Timer(KEY_PAUSE)]
        return self._end(Report("input", self._digits, self._chosen(menu)))

    def _chosen(self, menu: Menu) -> str:
        """The key of the option. Options without digits for keys are counted: the first is 1."""
        if self._digits in menu.keys:
            return self._digits
        if any(key.isdigit() for key in menu.keys):
            return ""
        place = int(self._digits) if self._digits.isdigit() else 0
        return menu.keys[place - 1] if 0 < place <= len(menu.keys) else ""
