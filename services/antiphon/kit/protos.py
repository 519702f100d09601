"""Between protobuf's well-known types and Python's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp(at: datetime | None) -> Timestamp | None:
    """A protobuf Timestamp, or None for None: `Message(at=timestamp(x))` leaves the field unset."""
    if at is None:
        return None
    since = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) - _EPOCH  # quicker than `FromDatetime`
    return Timestamp(seconds=since.days * 86400 + since.seconds, nanos=since.microseconds * 1000)


def moment(stamp: Timestamp) -> datetime:
    """An aware UTC datetime."""
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)


def duration(length: timedelta | None) -> Duration | None:
    """A protobuf Duration, or None for None."""
    if length is None:
        return None
    result = Duration()
    result.FromTimedelta(length)
    return result


def struct(value: dict[str, Any]) -> Struct:
    """Plain JSON-able data as a protobuf Struct (numbers become doubles)."""
    result = Struct()
    result.update(value)
    return result


def plain(value: Struct) -> dict[str, Any]:
    """A Struct as plain data; whole numbers come back as int."""
    return {key: _whole(item) for key, item in MessageToDict(value).items()}


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value
