"""What a channel reports to `step`.

`turn` names the turn of the interaction that the event answers: a timer, a button or a queue result belongs
to the turn in which it was asked for. With it, an event delivered twice or late is recognised however alike
the questions are. None means that the channel cannot know (typed text), and then only the kind of the event
must fit.
"""

from dataclasses import dataclass
from enum import StrEnum

from antiphon.routing.domain.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Started(Answer):
    """The call came in, or the first message of a conversation."""


@dataclass(frozen=True, slots=True)
class Input(Answer):
    """Typed or spoken `text`, or the `key` of a pressed button or digit."""

    text: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class TimedOut(Answer):
    """Nobody answered the menu in time."""


@dataclass(frozen=True, slots=True)
class HttpAnswered(Answer):
    """`json` is None when the answer was not JSON. A status outside 200–299 takes the error exit."""

    status: int
    json: Json = None


@dataclass(frozen=True, slots=True)
class HttpFailed(Answer):
    """No answer at all: `reason` is for people."""

    reason: str


class Ending(StrEnum):
    TIMEOUT = "timeout"
    CLOSED = "closed"
    ACCEPTED = "accepted"
    ABANDONED = "abandoned"
    REFUSED = "refused"  # the ACD would not take it; ends like a closed queue


@dataclass(frozen=True, slots=True)
class EnqueueEnded(Answer):
    how: Ending


class Ringing(StrEnum):
    """How ringing people ended; `ANSWERED` when the conversation that followed is over too."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class RingEnded(Answer):
    how: Ringing


@dataclass(frozen=True, slots=True)
class FaxEnded(Answer):
    """`fax_id` is empty when not a page came."""

    fax_id: str = ""


@dataclass(frozen=True, slots=True)
class VoicemailEnded(Answer):
    """`voicemail_id` is empty when nothing was recorded."""

    voicemail_id: str = ""


@dataclass(frozen=True, slots=True)
class Failed(Answer):
    """A verb could not be executed: `verb` is its kind, such as "menu", "enqueue", "http_call" or "ring"."""

    verb: str
    reason: str


Event = (
    Started
    | Input
    | TimedOut
    | HttpAnswered
    | HttpFailed
    | EnqueueEnded
    | RingEnded
    | VoicemailEnded
    | FaxEnded
    | Failed
)
