"""What a person writes and has not sent: one text a person and conversation, whichever device it was typed on.

The newest typing wins, by the moment of its last key. A device that was away and brings older words changes nothing;
one whose clock runs ahead cannot win for ever, because no moment lies in the future.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from antiphon.kit.errors import invalid

MOST = 20_000
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Draft:
    reply: str
    note: str
    typed_at: datetime
    device: str = ""


def checked(draft: Draft, now: datetime) -> Draft:
    """As it may be kept. Raises INVALID."""
    if len(draft.reply) > MOST or len(draft.note) > MOST:
        raise invalid("draft", f"at most {MOST} characters")
    if len(draft.device) > 64:
        raise invalid("draft.device", "at most 64 characters")
    return replace(draft, typed_at=min(draft.typed_at, now))


def newest(kept: Draft | None, brought: Draft) -> Draft:
    """Which of the two holds; of one moment what came last."""
    return brought if kept is None or brought.typed_at >= kept.typed_at else kept
