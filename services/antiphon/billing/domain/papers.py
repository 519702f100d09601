"""Papers: what stands beside the money of an account and explains it: orders, notices, payments, requests, documents.

A paper has a kind, an id that is unique in it, a state and a number in the account's gapless series of its kind. It is
never deleted; a change replaces it as a whole, in the transaction of the postings it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as it is now. `data` holds text, whole numbers, booleans, lists and maps of them."""

    kind: str
    id: str
    state: str
    at: int
    """When it was made."""
    by: str
    """Who made it."""
    number: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return key_of(self.kind, self.id)

    def to(self, state: str, **data: Any) -> Paper:
        """The same paper in another state, with what was learnt meanwhile."""
        return replace(self, state=state, data={**self.data, **data})


def key_of(kind: str, paper_id: str) -> str:
    """A paper's name within its account."""
    return f"{kind}/{paper_id}"
