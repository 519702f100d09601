"""Cutting a TCP stream into messages by Content-Length (RFC 3261 18.3), and keep-alives (RFC 5626 3.5.1)."""

from __future__ import annotations

import re

from antiphon.media.sip.message import LONGEST
from antiphon.media.sip.syntax import ParseError

_LENGTH = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\S*)[ \t]*\r?$")
PONG = b"\r\n"


class Framer:
    """Feed it what arrives; it gives whole messages. After a ParseError the stream is beyond repair: close it."""

    def __init__(self) -> None:
        self._rest = b""
        self.pings = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are complete now; counts the double line breaks that want a pong in `pings`."""
        self._rest += data
        messages = []
        while message := self._next():
            messages.append(message)
        if len(self._rest) > LONGEST:
            raise ParseError("the message is too long", 513)
        return messages

    def _next(self) -> bytes:
        while self._rest.startswith(b"\r\n\r\n"):
            self.pings += 1
            self._rest = self._rest[4:]
        if self._rest[:2] == b"\r\n" and len(self._rest) > 2 and self._rest[2:3] != b"\r":
            self._rest = self._rest[2:]
        end = self._rest.find(b"\r\n\r\n")
        if end <= 0:
            return b""
        lengths = set(_LENGTH.findall(self._rest[: end + 2]))
        if len(lengths) > 1 or not all(one.isdigit() and len(one) < 6 for one in lengths):
            raise ParseError("the length is malformed")
        total = end + 4 + (int(lengths.pop()) if lengths else 0)
        if total > LONGEST:
            raise ParseError("the message is too long", 513)
        if len(self._rest) < total:
            return b""
        message, self._rest = self._rest[:total], self._rest[total:]
        return message
