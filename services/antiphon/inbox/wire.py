"""JSON ⇄ protobuf at the edge: strict on the way in, complete on the way out.

In: an unknown field, a wrong type, null, or a word that an enum does not have is refused and named by its path;
protobuf's own parser is more lenient (camelCase, "5" for 5, enum numbers) than a public API should be. Out: names as in
the proto, and every field without presence is there, so that a reader needs no defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import msgspec
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from antiphon.inbox import plain
from antiphon.kit.errors import DomainError, invalid

_INT_BITS = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
}
_LONG = re.compile(r"-?\d{1,19}$")
_TEXT = {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}
_FLOATS = {FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT}
AS_TEXT = {"google.protobuf.Timestamp", "google.protobuf.Duration"}
render = plain.render


def parse(kind: type[Message], data: Any) -> Message:
    """A message from decoded JSON. Raises DomainError(INVALID) that names the field."""
    _check(cast(Descriptor, kind.DESCRIPTOR), data, "")
    try:
        return json_format.ParseDict(data, kind())
    except (json_format.ParseError, ValueError, TypeError) as error:
        raise invalid("", "a value is out of range or not of its format") from error


def encode(data: Any) -> bytes:
    """Compact JSON."""
    return msgspec.json.encode(data)


def from_query(kind: type[Message], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Query parameters as data for `parse`. Raises INVALID for one that the request does not have."""
    data: dict[str, Any] = {}
    for name, text in pairs:
        field = kind.DESCRIPTOR.fields_by_name.get(name)
        if field is None or not as_parameter(cast(FieldDescriptor, field)):
            raise invalid(name, f"there is no parameter {name!r}")
        value = _scalar(cast(FieldDescriptor, field), name, text)
        if field.is_repeated:
            data.setdefault(name, []).append(value)
        elif name in data:
            raise invalid(name, f"{name} is given twice")
        else:
            data[name] = value
    return data


def as_parameter(field: FieldDescriptor) -> bool:
    """Whether a field may stand in a query: what is written as one word, moments and durations included."""
    return field.message_type is None or (field.message_type.full_name in AS_TEXT and not field.is_repeated)


def _scalar(field: FieldDescriptor, name: str, text: str) -> Any:
    if field.type == FieldDescriptor.TYPE_BOOL:
        if text not in ("true", "false"):
            raise _wrong(name, "true or false")
        return text == "true"
    convert: Callable[[str], Any] | None = None
    if field.type in _INT_BITS:
        convert = int
    elif field.type in _FLOATS:
        convert = float
    try:
        return convert(text) if convert and len(text) < 25 else text
    except ValueError:
        raise _wrong(name, "a number") from None


def _wrong(path: str, wanted: str) -> DomainError:
    return invalid(path, f"{path or 'the body'} must be {wanted}")


def _check(kind: Descriptor, value: Any, path: str) -> None:
    if kind.full_name in AS_TEXT:
        if not isinstance(value, str):
            raise _wrong(path, "a string")
    elif not isinstance(value, Mapping):
        raise _wrong(path, "an object")
    elif kind.full_name != "google.protobuf.Struct":
        for name, item in value.items():
            field = kind.fields_by_name.get(name)
            here = f"{path}.{name}" if path else str(name)
            if field is None:
                raise invalid(here, f"there is no field {here!r}")
            _check_field(field, item, here)


def _check_field(field: FieldDescriptor, value: Any, path: str) -> None:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        if not isinstance(value, Mapping):
            raise _wrong(path, "an object")
        for key, item in value.items():
            _check_one(entry.fields_by_name["value"], item, f"{path}.{key}")
    elif field.is_repeated:
        if not isinstance(value, list):
            raise _wrong(path, "a list")
        for index, item in enumerate(value):
            _check_one(field, item, f"{path}[{index}]")
    else:
        _check_one(field, value, path)


def _check_one(field: FieldDescriptor, value: Any, path: str) -> None:
    if field.message_type is not None:
        _check(field.message_type, value, path)
    elif field.enum_type is not None:
        if not isinstance(value, str) or value not in field.enum_type.values_by_name:
            raise _wrong(path, f"one of the words of {field.enum_type.name}")
    else:
        _check_plain(field, value, path)


def _check_plain(field: FieldDescriptor, value: Any, path: str) -> None:
    if field.type == FieldDescriptor.TYPE_BOOL:
        if not isinstance(value, bool):
            raise _wrong(path, "true or false")
    elif field.type in _TEXT:
        if not isinstance(value, str):
            raise _wrong(path, "a string")
    elif field.type == FieldDescriptor.TYPE_INT64:  # as text, because JavaScript's numbers end at 2^53
        if not isinstance(value, str) or not _LONG.match(value) or not -(2**63) <= int(value) < 2**63:
            raise _wrong(path, "a whole number as a string")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(path, "a number")
    elif field.type in _INT_BITS:
        least, most = _INT_BITS[field.type]
        if not isinstance(value, int) or not least <= value <= most:
            raise _wrong(path, "a whole number in range")
