"""How long a session lives: twelve hours after its last use, and thirty days at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=30)
NOTED_EVERY = timedelta(minutes=1)
"""A use is written down at most this often."""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a person is signed in. Its secret is known to the browser alone, `digest` is stored."""

    id: str
    tenant: str
    person_id: str
    digest: bytes
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    issuer: str = ""
    """The provider that opened it; empty when nobody else did."""
    provider_session: str = ""
    """Its name there (`sid`), when the provider names sessions."""


def expiry(created_at: datetime, now: datetime) -> datetime:
    """When a session that is used now ends."""
    return min(now + IDLE, created_at + ABSOLUTE)


def is_open(session: Session, now: datetime) -> bool:
    return now < session.expires_at
