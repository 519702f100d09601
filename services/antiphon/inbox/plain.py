"""Protobuf as plain data, by a plan that is made once for each kind of message: what `json_format.MessageToDict` gives
with names as in the proto and every field without presence, in a third of its time. A fact goes to browsers this way,
and a snapshot of a thousand conversations."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

Write: TypeAlias = Callable[[Any], Any]
_AS_TEXT = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"})
_LONG = frozenset({FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64})


def render(message: Message) -> dict[str, Any]:
    """A message with every field."""
    plain: dict[str, Any] = _write_message(cast(Descriptor, message.DESCRIPTOR))(message)
    return plain


@cache
def _write_message(kind: Descriptor) -> Write:
    if kind.full_name in _AS_TEXT:
        return lambda value: value.ToJsonString()
    if kind.full_name.startswith("google.protobuf.") or any(f.type == FieldDescriptor.TYPE_FLOAT for f in kind.fields):
        return _as_the_library
    return _Plan(kind).render


def _as_the_library(message: Message) -> Any:
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


class _Plan:
    """How messages of one kind are written."""

    def __init__(self, kind: Descriptor) -> None:
        self._blank: dict[str, Any] = {}
        self._collections: dict[str, type[list[Any] | dict[str, Any]]] = {}
        self._writes: dict[int, tuple[str, Write]] = {}
        for field in kind.fields:
            if field.is_repeated:
                entry = field.message_type
                self._collections[field.name] = dict if entry and entry.GetOptions().map_entry else list
            if not field.has_presence:
                self._blank[field.name] = None if field.is_repeated else _write_one(field)(field.default_value)

    def render(self, message: Message) -> dict[str, Any]:
        plain = dict(self._blank)
        for name, empty in self._collections.items():
            plain[name] = empty()
        for field, value in message.ListFields():
            known = self._writes.get(field.number)
            if known is None:  # not while the plan is made: kinds may contain themselves
                known = self._writes[field.number] = field.name, _write(field)
            name, write = known
            plain[name] = write(value)
        return plain


def _write(field: FieldDescriptor) -> Write:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        one = _write_one(field.message_type.fields_by_name["value"])
        return lambda value: {_key(key): one(value[key]) for key in value}
    one = _write_one(field)
    return (lambda value: [one(item) for item in value]) if field.is_repeated else one


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _write_one(field: FieldDescriptor) -> Write:
    """Of one value of a field."""
    if field.message_type is not None:
        return _write_message(field.message_type)
    if field.enum_type is not None:
        names = {value.number: value.name for value in field.enum_type.values}
        return lambda value: names.get(value, value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return lambda value: base64.b64encode(value).decode()
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return _double
    return str if field.cpp_type in _LONG else lambda value: value


def _double(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
