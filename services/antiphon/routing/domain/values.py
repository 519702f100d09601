"""What a variable may hold, and how an answer in JSON becomes one.

Variables travel with the interaction through every channel, so they are small: scalars and flat lists of
scalars. Anything else that another system answers becomes None, and long strings are cut at `LONGEST`
characters.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

Scalar = str | int | float | bool | None
Value = Scalar | tuple[Scalar, ...]
Facts = Mapping[str, Value]
Json = Any  # whatever json.loads returns

LONGEST = 2_000  # characters of a string, items of a list


def from_json(document: Json) -> Value:
    if isinstance(document, (list, tuple)):
        return tuple(_scalar(item) for item in document[:LONGEST])
    return _scalar(document)


def pick(document: Json, path: str) -> Value:
    """The value at a dotted path ("customer.plans.0.name"); None when the answer has no such place."""
    for part in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, Sequence) and not isinstance(document, str) and is_index(part):
            document = document[int(part)] if int(part) < len(document) else None
        else:
            return None
    return from_json(document)


def is_index(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 6


def as_text(value: Value) -> str:
    """The way a value is said to a person or put into a request."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(as_text(item) for item in value)
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def _scalar(item: Json) -> Scalar:
    match item:
        case str():
            return item[:LONGEST]
        case bool() | None:
            return item
        case int() if abs(item) < 10**18:
            return item
        case float() if isfinite(item):
            return item
        case _:
            return None
