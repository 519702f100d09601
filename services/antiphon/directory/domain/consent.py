"""Whether a customer may be addressed for a purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

KINDS = ("messages", "attachments", "recordings", "voicemails")
"""What has a term after which it is deleted."""


class Purpose(IntEnum):
    """The purposes of the proto, with the same numbers."""

    SERVICE = 1
    MARKETING = 2
    THIRD_PARTY = 3


@dataclass(frozen=True, slots=True)
class Consent:
    id: str
    contact_id: str
    purpose: Purpose
    given_at: datetime
    until: datetime | None = None
    source: str = ""
    withdrawn_at: datetime | None = None
    author: str = ""


def may(newest: Consent | None, purpose: Purpose, now: datetime, *, blocked: bool) -> tuple[bool, str]:
    """The answer and why. Who is served has asked for it; everything else needs the customer's word."""
    if blocked:
        return False, "blocked"
    if newest is None:
        return purpose is Purpose.SERVICE, "never_given"
    if newest.withdrawn_at is not None:
        return False, "withdrawn"
    if newest.until is not None and now >= newest.until:
        return False, "ran_out"
    return True, "given"
