"""A fact of the bus: its event, its envelope, and the subject under which it lies."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from nats.aio.msg import Msg


@dataclass(frozen=True, slots=True)
class Fact:
    """One delivered event with its envelope."""

    event: Any
    tenant: str
    key: str
    id: str
    sequence: int
    """Position in the stream of all facts."""


def kind_of(subject: str) -> str:
    """Of the event: its protobuf name."""
    return ".".join(subject.split(".", 4)[:4])


def subject_of(event: type[Message] | Message, tenant: str = "*", key: str = ">") -> str:
    """The subject of an event, or a filter for all of its kind."""
    return f"{event.DESCRIPTOR.full_name}.{tenant}.{key}"


def event_type(name: str) -> type[Message]:
    """The message class of `antiphon.<service>.v1.<Event>`."""
    kind = _CLASSES.get(name)
    if kind is None:
        package, _, event = name.rpartition(".")
        kind = _CLASSES[name] = getattr(importlib.import_module(f"{package}.events_pb2"), event)
    return kind


def decode(message: Msg) -> Fact:
    """A stored NATS message as a fact. Raises DecodeError or a look-up error for anything that is not one."""
    kind = event_type(kind_of(message.subject))
    _, _, _, _, tenant, key = message.subject.split(".", 5)
    event_id = (message.headers or {}).get("Nats-Msg-Id", "")
    return Fact(kind.FromString(message.data), tenant, key, event_id, message.metadata.sequence.stream)


_CLASSES: dict[str, type[Message]] = {}
