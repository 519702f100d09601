"""Texts that a provider has approved, with gaps: {{1}}, {{2}} or {{name}}. They may be sent when nothing else may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.channels.domain.reasons import Reason
from antiphon.kit.errors import DomainError

MAX_VALUE = 1000
_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Approved:
    name: str
    language: str
    category: str = ""
    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: tuple[str, ...] = ()
    why_not: str = ""
    """Why it cannot be sent from here."""

    @property
    def gaps(self) -> tuple[str, ...]:
        """In order, each once: "header.1", "body.1", "body.name"."""
        found = [f"header.{gap}" for gap in _GAP.findall(self.header)]
        return tuple(dict.fromkeys([*found, *(f"body.{gap}" for gap in _GAP.findall(self.body))]))

    def filled(self, values: Mapping[str, str]) -> str:
        """What the customer will see. Raises UNKNOWN_TEMPLATE when it does not fit the values, or cannot be sent."""
        if self.why_not or set(values) != set(self.gaps):
            raise DomainError(Reason.UNKNOWN_TEMPLATE, self.why_not or "its gaps are others", name=self.name)
        for value in values.values():
            if not value.strip() or len(value) > MAX_VALUE or not value.isprintable():
                raise DomainError(Reason.UNKNOWN_TEMPLATE, "a gap takes one line of text", name=self.name)
        parts = [_put(self.header, "header", values), _put(self.body, "body", values), self.footer]
        return "\n\n".join(part for part in parts if part)


def _put(text: str, part: str, values: Mapping[str, str]) -> str:
    return _GAP.sub(lambda found: values[f"{part}.{found[1]}"], text)
