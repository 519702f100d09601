"""A kind of channel as data: which settings and secrets it takes and what its provider knows it by. Checked here, shown
as a form by the desk; a new kind brings its own in its folder (`*/kind.py`) and is listed in `channels/kinds.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from antiphon.kit.errors import invalid

MAX_ITEMS = 100
MAX_SECRET = 500


@dataclass(frozen=True, slots=True)
class Field:
    """One setting or secret. `hint` says what it looks like: the sentence shown when it does not."""

    name: str
    hint: str = ""
    limit: int = 200
    required: bool = False
    pattern: str = ""
    choices: tuple[str, ...] = ()
    many: bool = False
    """A list of texts."""
    number: tuple[int, int] | None = None
    """A whole number between these, both included."""

    def check(self, where: str, value: object) -> Any:
        """The value as it is stored. Raises INVALID, naming `where`."""
        if self.many:
            if not isinstance(value, list) or len(value) > MAX_ITEMS:
                raise invalid(where, f"a list of at most {MAX_ITEMS} texts is required")
            return [self._text(where, item) for item in value]
        if self.number is not None:
            return self._whole(where, value, *self.number)
        return self._text(where, value)

    def _text(self, where: str, value: object) -> str:
        if not isinstance(value, str) or len(value) > self.limit:
            raise invalid(where, f"a text of at most {self.limit} characters is required")
        text = value.strip()
        if text and self.choices and text not in self.choices:
            raise invalid(where, f"one of {', '.join(self.choices)}")
        if text and self.pattern and not re.fullmatch(self.pattern, text):
            raise invalid(where, self.hint)
        return text

    def _whole(self, where: str, value: object, least: int, most: int) -> int:
        is_whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
        if not is_whole or not least <= int(value) <= most:  # type: ignore[call-overload]
            raise invalid(where, f"a whole number from {least} to {most} is required")
        return int(value)  # type: ignore[call-overload, no-any-return]


Account: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, str]], str]
Refine: TypeAlias = Callable[[dict[str, Any], bool], dict[str, Any]]
Window: TypeAlias = Callable[[Mapping[str, Any]], timedelta | None]


@dataclass(frozen=True, slots=True)
class FirstWord:
    """How a conversation begins on our side."""

    of: Literal["phone", "email"]
    """What of a customer's card is written to."""
    identity: Callable[[str], str] = str
    """Whom the channel knows by it."""
    anew: bool = False
    """Each time another conversation, with a subject."""


COMMON = (Field("fallback_queue_id", limit=64), Field("language", limit=10))


def nobody(_settings: Mapping[str, Any], _secrets: Mapping[str, str]) -> str:
    """The provider's account is not something that only one channel may have."""
    return ""


def as_given(settings: dict[str, Any], _any_origin: bool) -> dict[str, Any]:
    """The fields say all there is to check."""
    return settings


def always(_settings: Mapping[str, Any]) -> timedelta | None:
    """We may write whenever we like."""
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    settings: tuple[Field, ...] = ()
    secrets: tuple[Field, ...] = ()
    account: Account = nobody
    """What only one channel may be connected to (a bot, a number, a mailbox), from the settings and the secrets that
    were given; empty when these do not say it."""
    refine: Refine = as_given
    """What no single field can check; the flag says whether this installation admits any site. Raises INVALID."""
    window: Window = always
    """How long after the customer's last message we may write freely; None is always."""
    first: FirstWord | None = None
    """How we write first; None where only customers begin."""
    is_public: bool = False
    """Browsers reach it by a public key."""
    hosts: tuple[str, ...] = ()
    """Settings that say where we connect to: names or addresses of hosts, or whole addresses."""
    path: str = ""
    """Where the provider, or a browser, reaches this channel: {id} is the channel's."""
    shows_word: bool = False
    """The provider's set-up page asks for a word that it repeats to us; the administrator copies it from ours."""

    def check_settings(self, given: Mapping[str, Any], any_origin: bool) -> dict[str, Any]:
        """The settings as stored. Raises INVALID, naming the field; an unknown one is a mistake, not a wish."""
        known = {field.name: field for field in (*COMMON, *self.settings)}
        checked = {}
        for name, value in given.items():
            if name not in known:
                raise invalid(f"settings.{name}", f"a {self.name} channel has no such setting")
            checked[name] = known[name].check(f"settings.{name}", value)
        for field in self.settings:
            if field.required and checked.get(field.name) in (None, "", []):
                raise invalid(f"settings.{field.name}", field.hint or "it is required")
        return self.refine(checked, any_origin)

    def check_secrets(self, given: Mapping[str, str], kept: frozenset[str]) -> dict[str, str]:
        """The secrets that were given; those in `kept` are there already. Raises INVALID, naming the field."""
        known = {field.name: field for field in self.secrets}
        checked = {}
        for name, value in given.items():
            if name not in known:
                raise invalid(f"secrets.{name}", f"a {self.name} channel has no such secret")
            if not 1 <= len(value) <= max(MAX_SECRET, known[name].limit):
                raise invalid(f"secrets.{name}", f"1 to {MAX_SECRET} characters")
            checked[name] = known[name].check(f"secrets.{name}", value)
        for field in self.secrets:
            if field.required and not checked.get(field.name) and field.name not in kept:
                raise invalid(f"secrets.{field.name}", field.hint or "it is required")
        return checked
