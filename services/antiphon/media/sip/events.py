"""What a call tells about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Our INVITE is on its way: 180, 183 … with the early media of the other side, if any."""

    code: int
    sdp: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """Our INVITE was answered; the ACK is sent (or waits for `confirm` if the INVITE had no offer)."""

    sdp: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """Our INVITE came to nothing; the last event of the call. 487 after our own CANCEL, 408 if nobody answered."""

    code: int
    reason: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Acked:
    """The other side has our answer (or our answer to its re-INVITE). `sdp` only if our 2xx carried the offer."""

    sdp: bytes = b""


@dataclass(frozen=True, slots=True)
class Reoffered:
    """The other side wants another session: hold, resume, new codecs. Exactly one `reply(sdp)` or `reply(488)`.

    An empty `sdp` asks for an offer of ours; the answer comes with `Acked`. Without a reply the stack refuses with 488
    after ten seconds; the reply is False when it is too late for it. Offers that change nothing are answered by the
    stack and are not told.
    """

    sdp: bytes
    reply: Callable[[bytes | int], bool]


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A digit by INFO. `duration` in milliseconds."""

    digit: str
    duration: int


@dataclass(frozen=True, slots=True)
class Referred:
    """The other side wants to transfer the call: blind, or attended with a Replaces value.

    `reply(202)` accepts; then `Call.notify(code)` tells it how the new call fares, a final code ends it. Any other code
    refuses. Without a reply the stack declines with 603 after ten seconds.
    """

    to: str
    replaces: str
    referred_by: str
    reply: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over; the last event. `cause` is a Reason header's value, `cancelled`, or nothing."""

    by_remote: bool
    cause: str = ""


Event = Progress | Answered | Failed | Acked | Reoffered | Dtmf | Referred | Ended
