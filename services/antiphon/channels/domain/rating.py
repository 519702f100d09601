"""How a customer rated a conversation: asked, answered, explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rating:
    asked_at: datetime
    score: int = 0
    answered_at: datetime | None = None
    comment: str = ""
