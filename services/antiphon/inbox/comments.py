"""The comments of the protos at run time: they are the API reference, so the published description says the same.

`make proto` writes api.binpb, the descriptors with their source information (descriptor.proto: SourceCodeInfo).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet

_FILE = Path(__file__).parent / "api.binpb"
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6  # field numbers in FileDescriptorProto
_FIELD, _NESTED, _NESTED_ENUM = 2, 3, 4  # in DescriptorProto; methods and enum values are 2 as well


@cache
def comments() -> dict[str, str]:
    """Full name of a message, field, enum, enum value or method → its comment."""
    files = FileDescriptorSet.FromString(_FILE.read_bytes())
    return {name: text for file in files.file for name, text in _of_file(file)}


def comment(full_name: str) -> str:
    """The comment on something of the protos; empty when it has none."""
    return comments().get(full_name, "")


def _of_file(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    names = dict(_names(file))
    for location in file.source_code_info.location:
        name = names.get(tuple(location.path))
        text = " ".join(location.leading_comments.split()) or " ".join(location.trailing_comments.split())
        if name and text:
            yield name, text


def _names(file: FileDescriptorProto) -> Iterator[tuple[Sequence[int], str]]:
    for index, message in enumerate(file.message_type):
        yield from _of_message(message, (_MESSAGE, index), f"{file.package}.{message.name}")
    for index, enum in enumerate(file.enum_type):
        yield from _of_enum(enum, (_ENUM, index), f"{file.package}.{enum.name}")
    for index, service in enumerate(file.service):
        name = f"{file.package}.{service.name}"
        yield (_SERVICE, index), name
        for number, method in enumerate(service.method):
            yield (_SERVICE, index, 2, number), f"{name}.{method.name}"


def _of_message(message: DescriptorProto, path: tuple[int, ...], name: str) -> Iterator[tuple[Sequence[int], str]]:
    yield path, name
    for number, field in enumerate(message.field):
        yield (*path, _FIELD, number), f"{name}.{field.name}"
    for number, nested in enumerate(message.nested_type):
        yield from _of_message(nested, (*path, _NESTED, number), f"{name}.{nested.name}")
    for number, enum in enumerate(message.enum_type):
        yield from _of_enum(enum, (*path, _NESTED_ENUM, number), f"{name}.{enum.name}")


def _of_enum(enum: EnumDescriptorProto, path: tuple[int, ...], name: str) -> Iterator[tuple[Sequence[int], str]]:
    yield path, name
    for number, value in enumerate(enum.value):
        yield (*path, 2, number), f"{name}.{value.name}"
