"""Telling the world: facts to the bus, and a mark in NATS KV of how far each tenant's journal has been told."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

from google.protobuf.message import Message
from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import APIError, KeyNotFoundError
from nats.js.kv import KeyValue

from antiphon.acd.v1 import events_pb2
from antiphon.kit import tracing
from antiphon.kit.bus import Bus
from antiphon.kit.errors import Common, DomainError

BUCKET = "acd_told"
_ABOUT_WORK = (
    events_pb2.WorkQueued, events_pb2.WorkOffered, events_pb2.WorkAccepted, events_pb2.WorkAbandoned,
    events_pb2.WorkScheduled, events_pb2.WorkOverflowed, events_pb2.WrapUpStarted, events_pb2.WorkCompleted,
)  # fmt: skip


class Told:
    """The bus and the marks."""

    def __init__(self, bus: Bus, marks: KeyValue) -> None:
        self._bus = bus
        self._marks = marks

    @classmethod
    async def open(cls, bus: Bus) -> Told:
        """Creates the bucket of marks where it is missing."""
        while True:
            try:
                return cls(bus, await bus.js.create_key_value(KeyValueConfig(bucket=BUCKET, replicas=bus.replicas)))
            except APIError:
                return cls(bus, await bus.js.key_value(BUCKET))
            except NatsError:
                await asyncio.sleep(0.1)

    async def tell(self, event: Message, tenant: str, key: str, event_id: str) -> None:
        """Publishes, for as long as it takes: a fact that was journalled is told. It belongs to the trace of what the
        item is about, whoever caused it."""
        subject = event.item.subject if isinstance(event, _ABOUT_WORK) else ""
        with tracing.about(subject, type(event).__name__) if subject else nullcontext():
            while True:
                try:
                    await self._bus.publish(event, tenant=tenant, key=key, event_id=event_id)
                    return
                except DomainError as error:
                    if not error.retry:
                        raise

    async def told(self, tenant: str) -> int:
        """The journal sequence up to which everything was told."""
        try:
            return int((await self._marks.get(tenant)).value or b"0")
        except KeyNotFoundError:
            return 0
        except (NatsError, APIError, TimeoutError) as error:
            raise DomainError(Common.UNAVAILABLE, "the bus does not answer") from error

    async def mark_told(self, tenant: str, sequence: int) -> None:
        """Moves the mark. Losing it only means that the last facts are told twice, with the same ids."""
        try:
            await self._marks.put(tenant, str(sequence).encode())
        except (NatsError, APIError, TimeoutError):
            return
