"""A protobuf record as a Mongo document and back, field by field, so that documents can be read and queried.

The record's `id` is `_id`; a timestamp is a date, an enum its number, a map a list of name and value (names may then
hold dots). Fields that a document has and the proto does not are kept out; absent ones get their default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.kit import protos
from antiphon.kit.mongo import Document

M = TypeVar("M", bound=Message)


def to_document(record: Message) -> Document:
    """The document of a record, `id` as `_id`."""
    document = {field.name: _value(record, field) for field in record.DESCRIPTOR.fields}
    if "id" in document:
        document["_id"] = document.pop("id")
    return document


def to_record(kind: type[M], document: Mapping[str, Any]) -> M:
    """The record of a document."""
    record = kind()
    for field in kind.DESCRIPTOR.fields:
        value = document.get("_id" if field.name == "id" else field.name)
        if value is None:
            continue
        if _is_map(field):
            getattr(record, field.name).update({pair["name"]: pair["value"] for pair in value})
        elif field.is_repeated:
            getattr(record, field.name).extend(_part(field, item) for item in value)
        elif field.message_type is not None:
            getattr(record, field.name).CopyFrom(_part(field, value))
        else:
            setattr(record, field.name, value)
    return record


def _value(record: Message, field: Any) -> Any:
    value = getattr(record, field.name)
    if _is_map(field):
        return [{"name": name, "value": value[name]} for name in sorted(value)]
    if field.is_repeated:
        return [_plain(item) for item in value]
    if field.message_type is not None and not record.HasField(field.name):
        return None
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Timestamp):
        return protos.moment(value)
    return to_document(value) if isinstance(value, Message) else value


def _part(field: Any, value: Any) -> Any:
    if field.message_type is None:
        return value
    if field.message_type.full_name == Timestamp.DESCRIPTOR.full_name:
        return protos.timestamp(value)
    return to_record(GetMessageClass(field.message_type), value)


def _is_map(field: Any) -> bool:
    return bool(field.message_type is not None and field.message_type.GetOptions().map_entry)
