"""Which bytes of a file a Range header asks for (RFC 9110, section 14): one range; anything else means the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to but without `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


def asked(header: str, size: int) -> Span | None:
    """The part that is asked for; None for the whole file. An empty span: nothing of it is there."""
    found = _ONE.match(header.replace(" ", ""))
    if found is None or found.group(1) == found.group(2) == "":
        return None
    first, last = found.groups()
    if first == "":  # the last so many bytes
        return Span(max(size - int(last), 0), size)
    start, end = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None  # not a range at all
    return Span(start, end) if start < size else Span(size, size)
