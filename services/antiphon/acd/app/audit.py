"""What people changed about the distribution of work, for directory's audit log: names of fields, no values."""

from __future__ import annotations

from typing import Protocol

from google.protobuf.message import Message

from antiphon.kit.tokens import Caller


class Audit(Protocol):
    """Where it is written."""

    async def record(self, caller: Caller, action: str, subject: str, **facts: str) -> None: ...


def changed(before: Message | None, after: Message) -> str:
    """The names of the fields that differ."""
    old = before if before is not None else type(after)()
    names = (field.name for field in after.DESCRIPTOR.fields if field.name not in ("id", "rev"))
    return ",".join(name for name in names if getattr(old, name) != getattr(after, name))
