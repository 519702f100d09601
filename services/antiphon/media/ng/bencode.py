"""Bencode as rtpengine speaks it: integers, byte strings, lists, dictionaries. Decoded strings are text.

What is not UTF-8 in an answer is decoded with replacement: rtpengine echoes what a peer sent, and a peer may send
anything. Malformed input raises `Malformed` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "int | str | list[Value] | dict[str, Value]"
Sendable: TypeAlias = "int | str | bytes | Sequence[Sendable] | Mapping[str, Sendable]"

_DEEPEST = 50


class Malformed(ValueError):
    """These bytes are not bencode."""


def encode(value: Sendable) -> bytes:
    """The bencode of a value; booleans become integers."""
    match value:
        case int():
            return b"i%de" % value
        case str():
            return encode(value.encode())
        case bytes():
            return b"%d:%b" % (len(value), value)
        case Mapping():
            return b"d" + b"".join(encode(key) + encode(item) for key, item in value.items()) + b"e"
        case _:
            return b"l" + b"".join(encode(item) for item in value) + b"e"


def decode(data: bytes) -> Value:
    """The value that these bytes hold, to the last byte."""
    try:
        value, end = _read(data, 0, 0)
    except (IndexError, ValueError) as error:
        raise Malformed(str(error)) from error
    if end != len(data):
        raise Malformed(f"{len(data) - end} bytes too many")
    return value


def decode_first(data: bytes) -> tuple[Value, int] | None:
    """The first value of a stream and how many bytes it took; None until it is whole."""
    try:
        return _read(data, 0, 0)
    except (IndexError, ValueError):
        return None


def _read(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    match data[at : at + 1]:
        case b"i":
            end = data.index(b"e", at)
            return int(data[at + 1 : end]), end + 1
        case b"l":
            items: list[Value] = []
            at += 1
            while data[at] != ord("e"):
                item, at = _read(data, at, depth + 1)
                items.append(item)
            return items, at + 1
        case b"d":
            return _read_dictionary(data, at + 1, depth)
        case _:
            return _read_text(data, at)


def _read_dictionary(data: bytes, at: int, depth: int) -> tuple[dict[str, Value], int]:
    found: dict[str, Value] = {}
    while data[at] != ord("e"):
        key, at = _read_text(data, at)
        found[key], at = _read(data, at, depth + 1)
    return found, at + 1


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    colon = data.index(b":", at)
    length = int(data[at:colon])
    end = colon + 1 + length
    if length < 0 or end > len(data):
        raise ValueError("a string reaches beyond the end")
    return data[colon + 1 : end].decode(errors="replace"), end
