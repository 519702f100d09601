"""Personal lines: an internal SIP line belongs to one named employee with an extension."""

from __future__ import annotations

from .reasons import Reason


def missing(name: str, extension: str, *, disabled: bool) -> Reason | None:
    """Why somebody cannot have a line; None when they can."""
    if disabled:
        return Reason.DISABLED
    if not has_full_name(name):
        return Reason.NO_FULL_NAME
    return None if extension else Reason.NO_EXTENSION


def has_full_name(name: str) -> bool:
    """First name and surname: two words at least."""
    return len(name.split()) > 1
