"""A message of a conversation, and how far its delivery has come.

Delivery is one state that only moves forward: STORED → SENT → DELIVERED → READ. FAILED ends an attempt that never
arrived; when the provider later reports DELIVERED or READ after all, that wins, because it is a fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from antiphon.channels.domain.reasons import Reason
from antiphon.kit.errors import DomainError, invalid

MAX_TEXT = 4000
MAX_CLIENT_ID = 100
MAX_ATTACHMENTS = 10
NOTHING: Mapping[str, str] = MappingProxyType({})


class Kind(Enum):
    TEXT = "text"
    NOTE = "note"
    EVENT = "event"
    MENU = "menu"
    TEMPLATE = "template"


class Direction(Enum):
    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class Delivery(Enum):
    NONE = ""
    STORED = "stored"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


_NEXT = {
    Delivery.NONE: frozenset[Delivery](),
    Delivery.STORED: frozenset({Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.FAILED}),
    Delivery.SENT: frozenset({Delivery.DELIVERED, Delivery.READ, Delivery.FAILED}),
    Delivery.DELIVERED: frozenset({Delivery.READ}),
    Delivery.READ: frozenset[Delivery](),
    Delivery.FAILED: frozenset({Delivery.DELIVERED, Delivery.READ}),
}


def advances(current: Delivery, to: Delivery) -> bool:
    """True when a delivery report changes something; a late or repeated one does not."""
    return to in _NEXT[current]


def before(to: Delivery) -> tuple[Delivery, ...]:
    """The states from which `to` can be reached."""
    return tuple(state for state, following in _NEXT.items() if to in following)


@dataclass(frozen=True, slots=True)
class Attachment:
    id: str
    name: str
    media_type: str
    size: int
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Template:
    """Which approved text of the provider, and what stands in its gaps: "body.1" → "Olha"."""

    name: str
    language: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Usage:
    """What the provider counts of a message that it took: so many of a service that billing prices."""

    service: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `seq` is 0 until a conversation has taken it."""

    client_id: str
    kind: Kind
    direction: Direction
    author: str
    at: datetime
    text: str = ""
    author_name: str = ""
    conversation_id: str = ""
    seq: int = 0
    attachments: tuple[Attachment, ...] = ()
    options: tuple[Option, ...] = ()
    delivery: Delivery = Delivery.NONE
    failure: str = ""
    event: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    group_id: str = ""
    reply_to: str = ""
    edited_at: datetime | None = None
    deleted: bool = False
    rev: int = 1
    ext_id: str = ""
    """What the provider calls it; several ids are separated by commas when a text had to be split."""
    mentions: tuple[str, ...] = ()
    """Colleagues named in a note."""
    template: Template | None = None
    usage: Usage | None = None
    """Of a channel that costs money; set once, when the provider took it."""

    @property
    def for_customer(self) -> bool:
        """Notes and events are not part of what is sent to a provider."""
        return self.kind in (Kind.TEXT, Kind.MENU, Kind.TEMPLATE)


def check_text(text: str, has_files: bool) -> str:
    """The text as it is stored. Raises TOO_LONG, EMPTY. Counts characters, not bytes; refuses NUL, which no provider
    takes."""
    if len(text) > MAX_TEXT:
        raise DomainError(Reason.TOO_LONG, limit=MAX_TEXT, length=len(text))
    if "\x00" in text:
        raise invalid("text", "a text must not contain NUL")
    if not text.strip() and not has_files:
        raise DomainError(Reason.EMPTY)
    return text


def check_client_id(client_id: str) -> str:
    """Raises INVALID for an id that is missing or too long."""
    if not client_id or len(client_id) > MAX_CLIENT_ID or not client_id.isprintable():
        raise invalid("client_id", f"a client_id of 1 to {MAX_CLIENT_ID} printable characters is required")
    return client_id
