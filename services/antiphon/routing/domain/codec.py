"""Domain values as plain JSON documents and back: the stored form and the form of the API.

The form is read off the dataclasses, so a new kind of node needs no line here: a field is a key, a mapping
an object, a tuple an array, and a member of a union of dataclasses (node, verb, event) carries its `kind`.
Decoding is strict: an unknown kind or field, a missing field or a wrong type is `Invalid` with the path to
it. Whether a scheme makes sense is not asked here. Schemes, calendars, caller lists, interactions and
decisions all pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, time
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from antiphon.routing.domain.events import Event
from antiphon.routing.domain.nodes import Node, kind_of
from antiphon.routing.domain.reasons import Reason, Refused
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.values import Json
from antiphon.routing.domain.verbs import Verb

T = TypeVar("T")

TAGGED = frozenset((*get_args(Node), *get_args(Verb), *get_args(Event)))


class Invalid(Refused):
    """`path` leads to the place: `nodes[3].options[0].key`; empty for the document itself."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(Reason.INVALID_DOCUMENT, message, path=path)
        self.path = path


def scheme_to_json(scheme: Scheme) -> dict[str, Json]:
    document: dict[str, Json] = encode(scheme)
    return document


def scheme_from_json(document: Json) -> Scheme:
    """The scheme, or Invalid."""
    return decode(Scheme, document)


def encode(value: object) -> Json:
    """The JSON form of a domain value; every field is written, defaults too."""
    match value:
        case Enum():
            return value.value
        case None | str() | int() | float():
            return value
        case datetime() | time():
            return value.isoformat()
        case Mapping():
            return {str(key): encode(item) for key, item in value.items()}
        case tuple() | list():
            return [encode(item) for item in value]
        case frozenset():
            return sorted(encode(item) for item in value)
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    kind = {"kind": kind_of(type(value))} if type(value) in TAGGED else {}
    return kind | {field.name: encode(getattr(value, field.name)) for field in fields(value)}


def decode(wanted: type[T], document: Json) -> T:
    """A value of a domain dataclass, or Invalid."""
    decoded: T = _decode(wanted, document, "")
    return decoded


def _decode(wanted: Any, document: Json, path: str) -> Any:
    if wanted is Any:
        return document
    origin = get_origin(wanted)
    if isinstance(wanted, UnionType):
        return _one_of(get_args(wanted), document, path)
    if origin is Literal:
        return _member(get_args(wanted), document, path)
    if origin is not None:
        return _collection(origin, get_args(wanted), document, path)
    if is_dataclass(wanted):
        return _record(wanted, document, path)
    if issubclass(wanted, Enum):
        return wanted(_member([member.value for member in wanted], document, path))
    if wanted in (datetime, time):
        return _moment(wanted.fromisoformat, document, path)
    return _exactly(wanted, document, path)


def _one_of(members: tuple[Any, ...], document: Json, path: str) -> Any:
    """A union: nothing, a dataclass told by its kind, or the member of exactly this JSON type."""
    if document is None and NoneType in members:
        return None
    kinds = {kind_of(member): member for member in members if member in TAGGED}
    if kinds:
        kind = _exactly(dict, document, path).get("kind")
        return _record(kinds[_member(list(kinds), kind, _under(path, "kind"))], document, path)
    for member in members:
        if (get_origin(member) or member) is (tuple if isinstance(document, list) else type(document)):
            return _decode(member, document, path)
    return _decode(members[0], document, path)


def _record(wanted: Any, document: Json, path: str) -> Any:
    hints = _hints(wanted)
    given = dict(_exactly(dict, document, path))
    if wanted in TAGGED:
        _member([kind_of(wanted)], given.pop("kind", None), _under(path, "kind"))
    for key in given:
        if key not in hints:
            raise Invalid(_under(path, str(key)), f"there is no field {key!r}")
    for field in fields(wanted):
        if field.name not in given and field.default is MISSING and field.default_factory is MISSING:
            raise Invalid(_under(path, field.name), "this field is required")
    return wanted(**{key: _decode(hints[key], item, _under(path, key)) for key, item in given.items()})


def _collection(origin: Any, items: tuple[Any, ...], document: Json, path: str) -> Any:
    if issubclass(origin, Mapping):
        pairs = _exactly(dict, document, path).items()
        return {_exactly(str, key, path): _decode(items[1], item, _under(path, str(key))) for key, item in pairs}
    array = _exactly(list, document, path)
    return origin(_decode(items[0], item, f"{path}[{number}]") for number, item in enumerate(array))


def _member(allowed: Any, document: Json, path: str) -> Json:
    if not any(type(document) is type(value) and document == value for value in allowed):
        raise Invalid(path, f"expected one of {', '.join(map(str, allowed))}")
    return document


def _moment(read: Callable[[str], T], document: Json, path: str) -> T:
    try:
        return read(_exactly(str, document, path))
    except ValueError as error:
        raise Invalid(path, "expected an ISO 8601 time") from error


def _exactly(wanted: type[T], document: Json, path: str) -> T:
    """No conversions: true is not 1, "1" is not 1. Only 5.0 is 5: JSON and Struct know one kind of number."""
    if wanted is int and isinstance(document, float) and document.is_integer():
        document = int(document)
    if type(document) is wanted:
        return document
    names = {dict: "an object", list: "an array", str: "a text", int: "a whole number", bool: "true or false"}
    raise Invalid(path, f"expected {names.get(wanted, wanted.__name__)}")


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


@cache
def _hints(wanted: type) -> Mapping[str, Any]:
    return get_type_hints(wanted)
