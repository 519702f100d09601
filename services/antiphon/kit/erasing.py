"""Finding a person's traces in stored documents, and a service's part when somebody's data has to go.

`Traces` knows the words by which a person is known and finds them in any document, whatever its shape: in texts, in
names of keys, and in bytes (protobuf, JSON with or without escapes). Numbers are found however they are written, names
in any case. `Rounds` asks for what has to be erased, erases, and confirms.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from antiphon.kit import logs
from antiphon.kit.bus import Fact
from antiphon.kit.errors import DomainError

SHORTEST = 5
"""Shorter words stand in too many documents of others."""
PHONE_DIGITS = 9
MASK = "•••"
_BETWEEN_DIGITS = r"[\s\-().\u00a0]{0,2}"
_COUNTRY = rf"\+?(?:\d{_BETWEEN_DIGITS}){{0,4}}"
"""What may stand before the last digits: it is masked with them."""
_BEGINS, _AGAIN, _AFTER_FAILURE = 2.0, 15.0, 2.0
"""Seconds: services of one start come up in any order; between two looks without a word; after a failure."""
log = logs.get("erasing")


@dataclass(frozen=True)
class Traces:
    """The words of one person: full names, numbers by their last digits, addresses, ids of accounts."""

    words: tuple[str, ...]
    numbers: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str], numbers: Iterable[str], others: Iterable[str]) -> Traces:
        """A name of one word is that of many people: only what belongs to the person's records is found by it."""
        full = (name.strip() for name in names if len(name.split()) > 1)
        digits = (re.sub(r"\D", "", number) for number in numbers)
        words = {one for one in (*full, *others) if len(one) >= SHORTEST}
        return cls(
            tuple(sorted(words)), tuple(sorted({one[-PHONE_DIGITS:] for one in digits if len(one) >= PHONE_DIGITS}))
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        forms = [_COUNTRY + _BETWEEN_DIGITS.join(number) for number in self.numbers]
        for word in self.words:
            parts = word.split()
            forms.append(r"\s+".join(re.escape(part) for part in parts))
            if not word.isascii():
                forms.append(r"\s+".join(re.escape(json.dumps(part)[1:-1]) for part in parts))
        return re.compile("|".join(sorted(forms, key=len, reverse=True)) or r"(?!)", re.IGNORECASE)

    def within(self, value: Any) -> bool:
        """True when any of the words stands anywhere in a document."""
        match value:
            case str():
                return self._pattern.search(value) is not None
            case bytes() | bytearray() | memoryview():
                return self._pattern.search(bytes(value).decode("utf-8", "replace")) is not None
            case Mapping():
                return any(self.within(key) or self.within(one) for key, one in value.items())
            case list() | tuple():
                return any(self.within(one) for one in value)
            case int():
                return str(value) in self.words
            case _:
                return False

    def masked(self, text: str) -> str:
        """The text with a mask in place of the words."""
        return self._pattern.sub(MASK, text)

    def are(self, number: str) -> bool:
        """True for one of the person's numbers."""
        return re.sub(r"\D", "", number)[-PHONE_DIGITS:] in self.numbers


class Asks(Protocol):
    """Directory's part of it."""

    async def next_erasure(self) -> Any: ...
    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None: ...


class Rounds:
    """A service's part in erasures. Whatever happens in between, what is not confirmed is done again: `erase` may meet
    what it has erased already."""

    def __init__(self, asks: Asks, erase: Callable[[Any], Awaitable[dict[str, int]]]) -> None:
        self._asks = asks
        self._erase = erase
        self._woken = asyncio.Event()

    async def hear(self, fact: Fact) -> None:
        """A contact was erased: there may be something to do. Which copy of the service hears it does not matter."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.sleep(_BEGINS)
        while True:
            self._woken.clear()
            pause = _AGAIN if await self.round() else _AFTER_FAILURE
            try:
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def round(self) -> bool:
        """Everything that is wanted now. False when something was in the way."""
        try:
            while (wanted := await self._asks.next_erasure()).erasure_id:
                await self._asks.report_erasure(wanted.erasure_id, await self._erase(wanted))
        except DomainError as error:
            log.info("an erasure has to wait", reason=error.reason.name)
            return False
        except Exception:
            log.exception("an erasure was interrupted")
            return False
        return True


def traces_of(wanted: Any) -> Traces:
    """Of directory's answer: names, numbers, addresses, accounts."""
    accounts = [one.value for one in wanted.identities]
    return Traces.of(wanted.names, [*wanted.phones, *accounts], [*wanted.emails, *accounts])
