"""A passkey as directory keeps it: the public half, whose it is, and how often it was used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ANSWER = timedelta(minutes=5)
"""How long a challenge waits for its answer."""
FRESH = timedelta(minutes=10)
"""How young a session must be where no password can be shown again."""
MOST = 20


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys belong: the origin of the desk, and its host."""

    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class Passkey:
    credential: bytes
    """The id that the device has given it, unique over all tenants."""
    id: str
    tenant: str
    person_id: str
    public_key: bytes
    sign_count: int
    """Grows with every use where the device counts; a device that falls behind was copied."""
    title: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """Random bytes that a device has to sign, known by digest only, answered once."""

    person_id: str
    """Who adds a passkey; empty for a sign-in, which anybody may begin."""
    expires_at: datetime
