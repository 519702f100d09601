"""Personal lines: an internal SIP line belongs to one named employee with an extension."""

from __future__ import annotations

from antiphon.directory.v1.directory_pb2 import Person

from .reasons import Reason


def missing(person: Person) -> Reason | None:
    """Why a person cannot have a line; None when they can."""
    if person.disabled:
        return Reason.DISABLED
    if not has_full_name(person.name):
        return Reason.NO_FULL_NAME
    return None if person.extension else Reason.NO_EXTENSION


def has_full_name(name: str) -> bool:
    """First name and surname: two words at least."""
    return len(name.split()) > 1
