"""What every change has in common: the next revision, the names of the changed fields, the audit entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar, cast
from zoneinfo import available_timezones

from google.protobuf.message import Message

from antiphon.directory.domain.person import PRIVATE
from antiphon.directory.v1.directory_pb2 import AuditEntry, Person
from antiphon.directory.v1.events_pb2 import PersonChanged
from antiphon.kit import protos
from antiphon.kit.clock import Clock, from_millis, to_millis
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id

M = TypeVar("M", bound=Message)
_ZONES = frozenset(available_timezones())


def whole_millis(clock: Clock) -> Clock:
    """A clock that reads whole milliseconds: what the database keeps, so that an answer equals its later reading."""
    return lambda: from_millis(to_millis(clock()))


def revised(wanted: M, before: M | None, prefix: str, now: datetime) -> M:
    """A copy of `wanted` as it will be stored: a fresh id and revision 1, or the next revision of `before`.
    Raises STALE when `wanted` was made from another revision."""
    after = cast(Any, type(wanted)())
    after.CopyFrom(wanted)
    if before is None:
        after.id, after.rev = new_id(prefix, now), 1
        return cast(M, after)
    if cast(Any, before).rev != after.rev:
        raise DomainError(Common.STALE, rev=cast(Any, before).rev)
    after.rev += 1
    return cast(M, after)


def changed(before: Message | None, after: Message) -> str:
    """The names of the fields that differ, never their values."""
    old = before if before is not None else type(after)()
    names = (field.name for field in after.DESCRIPTOR.fields if field.name not in ("id", "rev", "created_at"))
    return ",".join(name for name in names if getattr(old, name) != getattr(after, name))


def entry(actor: str, action: str, subject: str, now: datetime, **facts: object) -> AuditEntry:
    """An audit entry; empty facts are left out."""
    told = {name: str(value) for name, value in facts.items() if value not in ("", None)}
    return AuditEntry(
        id=new_id("au", now), at=protos.timestamp(now), actor=actor, action=action, object=subject, facts=told
    )


def time_zone(name: str) -> str:
    """An IANA time zone, UTC when empty. Raises INVALID."""
    if name and name not in _ZONES:
        raise invalid("time_zone", "not the name of a time zone")
    return name or "UTC"


def person_changed(person: Person, now: datetime) -> PersonChanged:
    """The fact that a card changed. It is told to every colleague, so it holds only what every colleague may see."""
    event = PersonChanged(occurred_at=protos.timestamp(now), person=person)
    hide_private(event.person)
    return event


def hide_private(card: Person) -> None:
    """Blanks what only the person and those who manage people see."""
    for field in PRIVATE:
        card.ClearField(field)  # type: ignore[arg-type]
