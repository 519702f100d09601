"""What proves that a person is who they say: never shown, never in an event, kept apart from the person's card."""

from __future__ import annotations

from dataclasses import dataclass

from .passwords import REMEMBERED


@dataclass(frozen=True, slots=True)
class Credentials:
    """The secrets of one person, hashed or sealed."""

    person_id: str
    epoch: int = 0
    """Grows with every change; a sign-in that began before a change does not succeed after it."""
    password_hash: str = ""
    """Empty: no password yet, nobody can sign in."""
    old_hashes: tuple[str, ...] = ()
    """The last passwords, the present one included, the newest first."""
    totp: bytes = b""
    """The sealed secret of the second factor; empty when it is off."""
    totp_pending: bytes = b""
    """A sealed secret that waits for its first code."""
    totp_step: int = 0
    """The step of the last accepted code."""
    recovery: tuple[bytes, ...] = ()
    """Digests of the unused recovery codes."""


def remembered(credentials: Credentials, fresh: str) -> tuple[str, ...]:
    """The hashes to keep after a change of the password to `fresh`."""
    return (fresh, *credentials.old_hashes)[:REMEMBERED]
