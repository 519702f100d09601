"""What is remembered of a call's SIP: one rung a message, without bodies; and how it is shown to whom.

A rung is read from the bytes on the wire, so that what the stack could not parse is seen too. Numbers and names of
accounts stand only in request lines; `masked_line` leaves their last two characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST = 300
"""Rungs of one call; what comes after is not kept."""
HIDDEN = "•••"
_HEADS = re.compile(rb"^(call-id|i|cseq|reason)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_USER = re.compile(r"(?<=sip:)[^@>;\s]+(?=@)|(?<=sips:)[^@>;\s]+(?=@)|(?<=tel:)[^>;\s]+")
_NUMBER = re.compile(r"\+?\d{5,}")
_TALK = frozenset(["INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY", "MESSAGE"])
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Rung:
    """One message. `at` is seconds of the endpoint's clock."""

    at: float
    sent: bool
    peer: str
    line: str
    sequence: str
    has_sdp: bool
    reason: str = ""


def read(data: bytes) -> tuple[str, str, str, bool, str] | None:
    """(Call-ID, first line, CSeq, has a body, Reason) of a message of a call; None for anything else."""
    head, _, body = data.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    found = {name.lower(): value for name, value in _HEADS.findall(rest)}
    call_id = found.get(b"call-id") or found.get(b"i", b"")
    sequence = found.get(b"cseq", b"").decode("utf-8", "replace").strip()
    if not call_id or sequence.rpartition(" ")[2] not in _TALK:
        return None
    reason = found.get(b"reason", b"").decode("utf-8", "replace")[:_LONGEST]
    shown = line.decode("utf-8", "replace")[:_LONGEST]
    return call_id.decode("utf-8", "replace").strip(), shown, sequence[:40], bool(body), reason


def masked_line(line: str) -> str:
    """A request line for who may not see numbers."""
    return _USER.sub(lambda user: hide(user[0]), line)


def hide(name: str) -> str:
    """+380441234567 → •••67."""
    return HIDDEN + name[-2:] if len(name) > 4 else HIDDEN


def hide_numbers(text: str) -> str:
    """The same for every number inside a text."""
    return _NUMBER.sub(lambda number: hide(number[0]), text)


def in_order(rungs: dict[str, list[Rung]]) -> Iterator[tuple[str, Rung]]:
    """(Call-ID, rung) of all of a call's dialogs."""
    every = [(call_id, rung) for call_id, its in rungs.items() for rung in its]
    yield from sorted(every, key=lambda one: one[1].at)
