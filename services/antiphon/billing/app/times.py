"""Instants: datetimes and messages ↔ nanoseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.billing.domain.instants import SECOND

LAST = (1 << 63) - 1
"""Instants are kept in eight bytes: from 1677 to 2262."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanos(at: datetime) -> int:
    """An instant, exactly."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1_000


def stamp(instant: int | None) -> Timestamp | None:
    """An instant as a message; None stays unset."""
    return None if instant is None else Timestamp(seconds=instant // SECOND, nanos=instant % SECOND)


def instant_of(message: Timestamp) -> int:
    """The inverse of `stamp`. A message may name any year from 1 to 9999; what no book can keep is the last it can."""
    return max(-LAST, min(LAST, message.seconds * SECOND + message.nanos))
