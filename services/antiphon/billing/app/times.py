"""Instants: datetimes and messages ↔ nanoseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.billing.domain.instants import SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanos(at: datetime) -> int:
    """An instant, exactly."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1_000


def stamp(instant: int | None) -> Timestamp | None:
    """An instant as a message; None stays unset."""
    return None if instant is None else Timestamp(seconds=instant // SECOND, nanos=instant % SECOND)


def instant_of(message: Timestamp) -> int:
    """The inverse of `stamp`."""
    return message.seconds * SECOND + message.nanos
