"""What the core wants done."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.media.sip.call import Call
from antiphon.media.sip.events import Event
from antiphon.media.sip.uri import Hop


@dataclass(frozen=True, slots=True)
class Displaced:
    """An INVITE with Replaces came for this call. Answer `by`; this call is then hung up by the stack."""

    by: Call


AnyEvent = Event | Displaced


@dataclass(frozen=True, slots=True)
class Send:
    """Put these bytes on the way."""

    data: bytes
    hop: Hop


@dataclass(frozen=True, slots=True)
class Invited:
    """A new call came in and wants to be rung, answered or rejected."""

    call: Call


@dataclass(frozen=True, slots=True)
class Told:
    """A call has something to tell."""

    call: Call
    event: AnyEvent


Effect = Send | Invited | Told
