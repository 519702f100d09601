"""What a campaign says by itself: prompts in their order, keys that answer them, and two keys that always work.

    it = Announcement(prompts, opt_out_key="9", agent_key="0")
    it.begin()     # Speak("Your bill is due.")
    it.spoken()    # Await(6.0): this prompt wants a key, or Speak(the next), or Done("heard")
    it.key("9")    # Done("opt_out")
    it.silent()    # nobody pressed anything: said once more, then passed over

A prompt may depend on the answer of one before it. A key is taken while the prompt is still being said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

PAUSE = 6.0
"""Seconds in which a key is waited for."""
OPT_OUT, AGENT, HEARD = "opt_out", "agent", "heard"
_TIMES = 2


@dataclass(frozen=True, slots=True)
class Prompt:
    id: str
    text: str
    keys: str = ""
    only_if: str = ""
    only_if_key: str = ""


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this; what was being said stops."""

    text: str


@dataclass(frozen=True, slots=True)
class Await:
    """Nothing is said; `silent` comes after these seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """OPT_OUT, AGENT or HEARD."""

    how: str


Step: TypeAlias = Speak | Await | Done


class Announcement:
    """One conversation with whoever answered."""

    def __init__(self, prompts: Sequence[Prompt], opt_out_key: str = "", agent_key: str = "") -> None:
        self._prompts = tuple(prompts)
        self._always = {opt_out_key: OPT_OUT, agent_key: AGENT}
        self._always.pop("", None)
        self._at = -1
        self._times = 0
        self.keys: dict[str, str] = {}
        """Prompt id → the key that answered it."""

    def begin(self) -> Step:
        return self._next()

    def spoken(self) -> Step:
        """The prompt was said to its end."""
        waits = self._prompts[self._at].keys or (self._always and self._at == len(self._prompts) - 1)
        return Await(PAUSE) if waits else self._next()

    def again(self) -> Step:
        """What was said was not heard: the engine died."""
        return Speak(self._prompts[self._at].text)

    def silent(self) -> Step:
        """Nobody pressed anything."""
        prompt = self._prompts[self._at]
        if prompt.keys and self._times < _TIMES:
            self._times += 1
            return Speak(prompt.text)
        return self._next()

    def key(self, key: str) -> Step | None:
        """None: the key means nothing here."""
        if (how := self._always.get(key)) is not None:
            self.keys[how] = key
            return Done(how)
        prompt = self._prompts[self._at]
        if key not in prompt.keys:
            return None
        self.keys[prompt.id] = key
        return self._next()

    def _next(self) -> Step:
        self._times = 1
        for at in range(self._at + 1, len(self._prompts)):
            prompt = self._prompts[at]
            if not prompt.only_if or self.keys.get(prompt.only_if) == prompt.only_if_key:
                self._at = at
                return Speak(prompt.text)
        self.keys[HEARD] = "yes"
        return Done(HEARD)
