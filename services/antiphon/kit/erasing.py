"""Finding a person's traces in stored documents: what a service does when somebody's data has to go.

`Traces` knows the words by which a person is known and finds them in any document, whatever its shape: in texts, in
names of keys, and in bytes (protobuf, JSON with or without escapes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SHORTEST = 5
"""Shorter words stand in too many documents of others."""
PHONE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Traces:
    """The words of one person: names, numbers by their last digits, addresses, ids of accounts."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str], numbers: Iterable[str], others: Iterable[str]) -> Traces:
        digits = (re.sub(r"\D", "", number) for number in numbers)
        found = [*names, *(one[-PHONE_DIGITS:] for one in digits if len(one) >= PHONE_DIGITS), *others]
        return cls(tuple(sorted({one for one in found if len(one) >= SHORTEST})))

    def within(self, value: Any) -> bool:
        """True when any of the words stands anywhere in a document."""
        match value:
            case str():
                return any(word in value for word in self.words)
            case bytes() | bytearray() | memoryview():
                return any(form in bytes(value) for form in self._forms())
            case Mapping():
                return any(self.within(key) or self.within(one) for key, one in value.items())
            case list() | tuple():
                return any(self.within(one) for one in value)
            case _:
                return False

    def without(self, value: Any) -> Any:
        """The document with every text that holds one of the words emptied; bytes that hold one are emptied too."""
        match value:
            case str():
                return "" if self.within(value) else value
            case bytes() | bytearray() | memoryview():
                return b"" if self.within(value) else value
            case Mapping():
                return {key: self.without(one) for key, one in value.items() if not self.within(key)}
            case list() | tuple():
                return [self.without(one) for one in value]
            case _:
                return value

    def _forms(self) -> Iterable[bytes]:
        for word in self.words:
            yield word.encode()
            if not word.isascii():
                yield json.dumps(word)[1:-1].encode()
