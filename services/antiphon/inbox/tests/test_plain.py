"""Every message of every service is written as the library writes it."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

import antiphon
from antiphon.inbox.plain import render

pytestmark = pytest.mark.domain

ROOT = Path(next(iter(antiphon.__path__)))
MODULES = sorted(
    f"antiphon.{'.'.join(file.relative_to(ROOT).with_suffix('').parts)}" for file in ROOT.glob("*/v1/*_pb2.py")
)
SCALARS: dict[int, list[Any]] = {
    FieldDescriptor.CPPTYPE_STRING: ["", "é\n\"", "x"],
    FieldDescriptor.CPPTYPE_BOOL: [True, False],
    FieldDescriptor.CPPTYPE_INT32: [0, -5, 2**31 - 1],
    FieldDescriptor.CPPTYPE_UINT32: [0, 2**32 - 1],
    FieldDescriptor.CPPTYPE_INT64: [0, -(2**53) - 1],
    FieldDescriptor.CPPTYPE_UINT64: [2**64 - 1],
    FieldDescriptor.CPPTYPE_DOUBLE: [0.0, 1.5, 2.0, float("inf"), float("-inf"), float("nan")],
    FieldDescriptor.CPPTYPE_FLOAT: [0.1, 2.0],
    FieldDescriptor.CPPTYPE_ENUM: [0, 1, 99],
}  # fmt: skip


def kinds(module: str) -> list[type[Message]]:
    found = vars(importlib.import_module(module)).values()
    return [one for one in found if isinstance(one, type) and issubclass(one, Message)]


def one_of(field: Any, rnd: random.Random) -> Any:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b"\x00\xff"
    return rnd.choice(SCALARS[field.cpp_type])


def fill(message: Any, rnd: random.Random, depth: int) -> None:
    """Some of its fields, in a way that is the same in every run."""
    if message.DESCRIPTOR.full_name in ("google.protobuf.Timestamp", "google.protobuf.Duration"):
        message.seconds, message.nanos = rnd.randrange(2**31), rnd.choice([0, 5_000_000])
    elif message.DESCRIPTOR.full_name == "google.protobuf.Struct":
        message.update({"a": 1, "b": [None, True, {"c": 1.5}]})
    elif depth and not message.DESCRIPTOR.full_name.startswith("google.protobuf."):
        for field in message.DESCRIPTOR.fields:
            if rnd.random() < 0.7:
                fill_field(message, field, rnd, depth)


def fill_field(message: Any, field: Any, rnd: random.Random, depth: int) -> None:
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, item = (field.message_type.fields_by_name[name] for name in ("key", "value"))
        if item.message_type is None:
            value[one_of(key, rnd)] = one_of(item, rnd)
        else:
            fill(value[one_of(key, rnd)], rnd, depth - 1)
    elif field.message_type is not None:
        if not field.is_repeated:
            value.SetInParent()
        fill(value.add() if field.is_repeated else value, rnd, depth - 1)
    elif field.is_repeated:
        value.extend([one_of(field, rnd), one_of(field, rnd)])
    else:
        setattr(message, field.name, one_of(field, rnd))


@pytest.mark.parametrize("module", MODULES)
def test_it_is_written_as_the_library_writes_it(module: str) -> None:
    for kind in kinds(module):
        for seed in range(4):
            message = kind()
            fill(message, random.Random(seed), 4 if seed else 0)
            wanted = json_format.MessageToDict(
                message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
            )
            assert same(render(message), wanted), kind.DESCRIPTOR.full_name


def same(one: Any, other: Any) -> bool:
    """Whatever the order of fields."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other
