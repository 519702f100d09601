"""The smallest pieces of SIP syntax: the error every parser here raises, tokens, quoted strings, splitting of lists.

Strict where a guess could be exploited (who sent it, where does it go), forgiving where every implementation is (white
space, folding, case). All parsers of this package raise `ParseError` and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"  # noqa: S105 — the grammar's token
HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?)"
QUOTED = r'"(?:[^"\\]|\\.)*"'

_PARAM = re.compile(rf"\s*({TOKEN})\s*(?:=\s*({QUOTED}|[^\s\";,<>]+)\s*)?(?:;|$)", re.DOTALL)
_SIMPLE = re.compile(rf"{TOKEN}(?:=[^\s\";,<>=]+)?(?:;{TOKEN}(?:=[^\s\";,<>=]+)?)*")

Params = tuple[tuple[str, str | None], ...]


class ParseError(ValueError):
    """The text is not SIP. `status` is the answer it deserves if it was a request (400 unless a better one exists)."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


def split(text: str, separator: str = ",") -> list[str]:
    """Cuts at a separator outside quotes and angle brackets; an empty piece is an error (RFC 4475 3.1.2.1)."""
    if '"' not in text and "<" not in text:
        pieces = [piece.strip() for piece in text.split(separator)]
    else:
        pieces = [piece.strip() for piece in _cut(text, separator)]
    if not all(pieces):
        raise ParseError("an empty element in a list")
    return pieces


def _cut(text: str, separator: str) -> Iterator[str]:
    begin, position, quoted, bracketed = 0, 0, False, False
    while position < len(text):
        char = text[position]
        if quoted:
            if char == "\\":
                position += 1
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char in "<>":
            bracketed = char == "<"
        elif char == separator and not bracketed:
            yield text[begin:position]
            begin = position + 1
        position += 1
    if quoted:
        raise ParseError("a quoted string does not end")
    yield text[begin:]


def params(text: str) -> Params:
    """Parameters after the first semicolon: `Tag=1;lr` -> (("tag", "1"), ("lr", None))."""
    found: list[tuple[str, str | None]] = []
    if _SIMPLE.fullmatch(text):
        for piece in text.split(";"):
            name, equals, value = piece.partition("=")
            found.append((name.lower(), value if equals else None))
        return tuple(found)
    position = 0
    while position < len(text):
        match = _PARAM.match(text, position)
        if match is None:
            raise ParseError("a parameter is malformed")
        name, value = match.group(1).lower(), match.group(2)
        found.append((name, unquote(value) if value is not None and value[0] == '"' else value))
        position = match.end()
        if position == len(text) and text[position - 1] == ";":
            raise ParseError("a parameter is empty")
    return tuple(found)


def param(of: Params, name: str) -> str | None:
    """The value of a parameter: None if it is absent, "" if it stands there without a value."""
    for key, value in of:
        if key == name:
            return value or ""
    return None


def unquote(text: str) -> str:
    """The content of a quoted string, escapes resolved."""
    inner = text[1:-1]
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if "\\" in inner else inner


def quote(text: str) -> str:
    """A quoted string; line breaks cannot be smuggled in."""
    clean = re.sub(r"[\r\n\x00]", " ", text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def render(of: Params) -> str:
    """Parameters as they stand in a message, each with its leading semicolon."""
    if not of:
        return ""
    return "".join(f";{name}" if value is None else f";{name}={_value(value)}" for name, value in of)


_PLAIN = re.compile(r"[^\s\";,<>]+")


def _value(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote(text)


def number(text: str, highest: int, what: str) -> int:
    """A decimal number between 0 and `highest`."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20 or int(digits) > highest:
        raise ParseError(f"{what} is not a number up to {highest}")
    return int(digits)
