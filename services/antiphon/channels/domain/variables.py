"""Variables of canned answers and macros: {customer.name}, {agent.first_name}, {customer.first_name|there}.

The desk fills them in while a person writes (inbox/web: pages/desk/model/canned.ts); here for macros. A name that does
not exist is refused when the text is saved; braces that hold no name are just text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NAMES = frozenset(
    {
        "customer.name", "customer.first_name", "agent.name", "agent.first_name", "conversation.no",
        "conversation.subject",
    }
)  # fmt: skip
_GAP = re.compile(r"\{([a-z]+\.[a-z_]+)(?:\|([^{}|]*))?\}")


def unknown(text: str) -> str:
    """The first variable that does not exist; empty when all do."""
    return next((found[1] for found in _GAP.finditer(text) if found[1] not in NAMES), "")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with values; where nothing is known stands what follows the bar."""
    return _GAP.sub(lambda found: values.get(found[1], "") or found[2] or "", text)


def first_name(name: str) -> str:
    """The first word of a name."""
    return name.split()[0] if name.split() else ""
