"""IMAP as it stands on the wire (RFC 9051, RFC 3501): commands as bytes, bytes as responses. No input, no output.

Mailboxes are named by tenants, so a server may be broken or hostile: nothing here grows beyond a bound, and what cannot
be understood is Malformed. Only what a caller asks for is looked into; servers differ in everything else.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

MAX_LINE = 2**20
"""Bytes of a response without its literals: a search that finds 100,000 mails."""
_MAX_PIECES = 1_000
_MAX_DEPTH = 50
_MAX_UID = 2**32 - 1
_MAX_FOUND = 200_000
_STATES = frozenset({"OK", "NO", "BAD", "BYE", "PREAUTH"})

Value: TypeAlias = "bytes | list[Value] | None"
"""A string or an atom (NIL is empty); a list; None for a literal that was passed over."""


class Malformed(Exception):
    """What the server says is no IMAP. The text names the rule, never the bytes."""


class Unsendable(ValueError):
    """A value that no command can carry."""


@dataclass(frozen=True, slots=True)
class Response:
    """`* 5 EXISTS`, `A1 OK done`, `+ idling`: who is meant, what is told, and the rest, unread."""

    tag: str
    kind: str
    number: int = 0
    pieces: tuple[bytes | None, ...] = (b"",)
    """The rest: text and literals by turns. A literal that was longer than wanted is None."""

    @property
    def size(self) -> int:
        return sum(map(len, filter(None, self.pieces)))

    @property
    def code(self) -> tuple[str, str]:
        """`[UIDVALIDITY 7]` before the text for people, in two."""
        match = re.match(rb"\[([^\]]*)\]", self.pieces[0] or b"") if self.kind in _STATES else None
        name, _, told = _text(match[1]).partition(" ") if match else ("", "", "")
        return name.upper(), told


def _text(raw: bytes) -> str:
    return raw.decode("ascii", "replace")


def command(tag: str, words: Iterable[str | bytes]) -> list[bytes]:
    """What is sent, in steps: after each but the last the server has to say that it is ready.

    `str` is ours and stands as it is; `bytes` are somebody's, and are quoted or sent as a literal. Raises Unsendable.
    """
    steps, line = [], tag.encode()
    for word in words:
        if isinstance(word, str):
            line += b" " + word.encode("ascii")
        elif b"\0" in word:
            raise Unsendable("a value with NUL")
        elif word.isascii() and len(word) < 1_000 and not re.search(rb"[\r\n]", word):
            line += b' "' + re.sub(rb'(["\\])', rb"\\\1", word) + b'"'
        else:
            steps.append(line + b" {%d}\r\n" % len(word))
            line = word
    return [*steps, line + b"\r\n"]


def folder_name(name: str) -> bytes:
    """A folder's name in modified UTF-7. One that is ASCII may be written so already, and stays."""
    if name.isascii():
        return name.encode()
    words = (_shifted(match) for match in re.finditer(r"[ -~]+|[^ -~]+", name))
    return b"".join(words)


def _shifted(match: re.Match[str]) -> bytes:
    word = match[0]
    if word.isascii() and word.isprintable():
        return word.replace("&", "&-").encode()
    encoded = b64encode(word.encode("utf-16-be", "surrogatepass"))
    return b"&" + encoded.rstrip(b"=").replace(b"/", b",") + b"-"


@dataclass
class Reader:
    """Cuts the stream into responses. A literal is passed over where those of a response exceed `max_literal` bytes."""

    max_literal: int
    _buffer: bytearray = field(default_factory=bytearray)
    _looked: int = 0
    """How much of the buffer has no end of a line in it."""
    _pieces: list[bytes | None] = field(default_factory=list)
    _line_bytes: int = 0
    _literal_bytes: int = 0
    _literal: int | None = None
    """Bytes of a literal that are still to come; those that are passed over are counted in `_over`."""
    _over: int = 0

    def feed(self, data: bytes) -> list[Response]:
        """The responses that are whole now. Raises Malformed, after which the stream means nothing."""
        self._buffer += data
        found: list[Response] = []
        while self._step(found):
            pass
        return found

    def _step(self, found: list[Response]) -> bool:
        """False when more bytes are needed."""
        if self._over:
            passed = min(self._over, len(self._buffer))
            del self._buffer[:passed]
            self._over -= passed
            return not self._over
        if self._literal is not None:
            if len(self._buffer) < self._literal:
                return False
            self._pieces.append(self._take(self._literal))
            self._literal_bytes += self._literal
            self._literal = None
            return True
        return self._line(found)

    def _line(self, found: list[Response]) -> bool:
        end = self._buffer.find(b"\n", self._looked)
        if self._line_bytes + (len(self._buffer) if end < 0 else end) > MAX_LINE or len(self._pieces) > _MAX_PIECES:
            raise Malformed("a response has no end")
        if end < 0:
            self._looked = len(self._buffer)
            return False
        line = self._take(end + 1).rstrip(b"\r\n")
        self._line_bytes += len(line)
        announced = _announced(line) if self._pieces or _carries(line) else None
        self._pieces.append(line if announced is None else line[: line.rindex(b"{")])
        if announced is None:
            self._finish(found)
        elif self._literal_bytes + announced > self.max_literal:
            self._pieces.append(None)
            self._over = announced
        else:
            self._literal = announced
        return True

    def _finish(self, found: list[Response]) -> None:
        pieces, self._pieces = tuple(self._pieces), []
        self._line_bytes = self._literal_bytes = 0
        if len(pieces) > 1 or (pieces[0] or b"").strip():
            found.append(_response(pieces))

    def _take(self, count: int) -> bytes:
        with memoryview(self._buffer) as view:
            taken = bytes(view[:count])
        del self._buffer[:count]
        self._looked = 0
        return taken


def _announced(line: bytes) -> int | None:
    """The length of the literal that follows. Raises Malformed for one that nobody would send."""
    match = re.search(rb"\{(\d+)\+?\}[ \t]*\Z", line[-64:])
    if match is None:
        return None
    if len(match[1]) > 10:
        raise Malformed("a literal without measure")
    return int(match[1])


def _carries(line: bytes) -> bool:
    """False for lines that end in words for people: there, braces are only braces."""
    tag, kind, *_ = (*line.split(None, 2), b"", b"")
    return tag == b"*" and _text(kind).upper() not in _STATES


def _response(pieces: tuple[bytes | None, ...]) -> Response:
    first = (pieces[0] or b"").lstrip()
    if first.startswith(b"+"):
        return Response("+", "", pieces=(first[1:].lstrip(), *pieces[1:]))
    tag, kind, rest = (*first.split(None, 2), b"", b"")[:3]
    number = 0
    if tag == b"*" and kind.isdigit():
        number = whole(kind)
        kind, rest = (*rest.split(None, 1), b"", b"")[:2]
    if not re.fullmatch(rb"[A-Za-z0-9*]{1,32}", tag):
        raise Malformed("a line is no response")
    known = re.fullmatch(rb"[A-Za-z][A-Za-z0-9-]{0,63}", kind)
    return Response(_text(tag), _text(kind).upper() if known else "", number, (rest, *pieces[1:]))


_TOKEN = re.compile(
    rb"""[ \t]+
    | (?P<open>\() | (?P<close>\))
    | "(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)"
    | (?P<atom>(?:BODY|BINARY)\[[^\]]{0,200}\][^ \t()"]* | [^ \t()"]+)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def values(pieces: Sequence[bytes | None]) -> list[Value]:
    """What the rest of a response says. A list that is never closed ends with the response. Raises Malformed."""
    whole: list[Value] = []
    nest = [whole]
    for index, piece in enumerate(pieces):
        if index % 2:
            nest[-1].append(piece)
            continue
        for match in _tokens((piece or b"").removesuffix(b"~")):
            _place(match, nest)
    return whole


def _tokens(text: bytes) -> Iterator[re.Match[bytes]]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Malformed("a quote is not closed")
        yield match
        at = match.end()


def _place(match: re.Match[bytes], nest: list[list[Value]]) -> None:
    if match["open"]:
        if len(nest) > _MAX_DEPTH:
            raise Malformed("lists in lists without end")
        inner: list[Value] = []
        nest[-1].append(inner)
        nest.append(inner)
    elif match["close"]:
        if len(nest) > 1:
            nest.pop()
    elif (quoted := match["quoted"]) is not None:
        nest[-1].append(re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL))
    elif (atom := match["atom"]) is not None:
        nest[-1].append(b"" if atom.upper() == b"NIL" else atom)


def fetched(response: Response) -> Mapping[str, Value]:
    """The items of a FETCH by their names. Raises Malformed."""
    told = values(response.pieces)
    items = told[0] if told and isinstance(told[0], list) else []
    names = (_text(name).upper() if isinstance(name, bytes) else "" for name in items[::2])
    return dict(zip(names, items[1::2], strict=False))


def whole(value: Value) -> int:
    """A number, or 0."""
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) <= 20 else 0


def uids(responses: Iterable[Response]) -> list[int]:
    """What SEARCH and ESEARCH responses found, in order, each once. Raises Malformed."""
    found: set[int] = set()
    for response in responses:
        told = (response.pieces[0] or b"").upper().split()
        if response.kind == "ESEARCH":
            told = told[told.index(b"ALL") + 1 :][:1] if b"ALL" in told else []
            told = told[0].split(b",") if told else []
        for word in told:
            first, _, last = word.partition(b":")
            low, high = sorted((whole(first), whole(last or first)))
            if not 1 <= low <= high <= _MAX_UID:
                continue
            if high - low + len(found) > _MAX_FOUND:
                raise Malformed("a search finds more than a mailbox holds")
            found.update(range(low, high + 1))
    return sorted(found)
