"""Which of the found messages come first: words as they were asked for, near to each other, recent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

_HALF_LIFE = timedelta(days=30)
_NEAR = 3
"""Signs between two words of a phrase."""


def score(text: str, hits: Sequence[tuple[int, int]], query: str, at: datetime, now: datetime) -> float:
    """Higher is better. `hits` are (begin, end) in the text, in order."""
    asked = set(query.casefold().split())
    exact = sum(1 for begin, end in hits if text[begin:end].casefold() in asked)
    near = sum(1 for one, other in pairwise(hits) if other[0] - one[1] <= _NEAR)
    phrase = 4.0 if len(asked) > 1 and query.casefold().strip() in text.casefold() else 0.0
    dense = len(hits) / max(8, len(text.split()))
    fresh: float = 0.5 ** (max(timedelta(), now - at) / _HALF_LIFE)
    return phrase + 2.0 * min(exact, 4) + min(near, 4) + 2.0 * dense + fresh
