"""Everything routing knows about one call or conversation, carried by the interaction itself.

Routing keeps no session: the channel stores what `step` returned and sends it with the next event, so any
replica can continue and a restart loses nothing. The interaction keeps the version of the scheme it started
with.

    START ─Started→ INPUT ⇄ DIGITS ⇄ HTTP ⇄ QUEUE ⇄ RING ⇄ VOICEMAIL ⇄ FAX ─accepted→ PERSON, or CONFERENCE
    any of them → ENDED
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from antiphon.routing.domain.events import (
    EnqueueEnded,
    Event,
    Failed,
    FaxEnded,
    HttpAnswered,
    HttpFailed,
    Input,
    RingEnded,
    Started,
    TimedOut,
    VoicemailEnded,
)
from antiphon.routing.domain.nodes import Goto
from antiphon.routing.domain.values import Facts, Value


class Awaiting(StrEnum):
    START = "start"
    INPUT = "input"
    HTTP = "http"
    QUEUE = "queue"
    DIGITS = "digits"
    RING = "ring"
    VOICEMAIL = "voicemail"
    FAX = "fax"
    CONFERENCE = "conference"
    PERSON = "person"  # an agent has it; the scheme has said its part
    ENDED = "ended"


FITTING: Mapping[Awaiting, tuple[type, ...]] = {
    Awaiting.START: (Started,),
    Awaiting.INPUT: (Input, TimedOut, Failed),
    Awaiting.HTTP: (HttpAnswered, HttpFailed, Failed),
    Awaiting.QUEUE: (EnqueueEnded, Failed),
    Awaiting.DIGITS: (Input, TimedOut, Failed),
    Awaiting.RING: (RingEnded, Failed),
    Awaiting.VOICEMAIL: (VoicemailEnded, Failed),
    Awaiting.FAX: (FaxEnded, Failed),
    Awaiting.CONFERENCE: (Failed,),
    Awaiting.PERSON: (),
    Awaiting.ENDED: (),
}

VERB_AWAITED: Mapping[Awaiting, tuple[str, ...]] = {
    Awaiting.INPUT: ("menu",),
    Awaiting.HTTP: ("http_call",),
    Awaiting.QUEUE: ("enqueue",),
    Awaiting.DIGITS: ("collect", "menu"),  # a chat gets it as a menu without options
    Awaiting.RING: ("ring",),
    Awaiting.VOICEMAIL: ("voicemail",),
    Awaiting.FAX: ("fax",),
    Awaiting.CONFERENCE: ("conference",),
}
VOICE = "voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """`turn` counts effective steps, `visited` all nodes, `attempts` the repeats of the present menu."""

    id: str
    channel: str  # voice, webchat, telegram, email …
    address: str  # what the customer reached: number, bot, widget
    caller: str  # E.164, `<channel>:<id>`, or "" when hidden
    contact: Mapping[str, Value] = field(default_factory=dict)  # facts of the contact card
    language: str = ""
    started_at: datetime
    scheme_id: str
    version: int
    node_id: Goto = None
    awaiting: Awaiting = Awaiting.START
    attempts: int = 0
    turn: int = 0
    visited: int = 0
    variables: Mapping[str, Value] = field(default_factory=dict)

    @property
    def is_call(self) -> bool:
        return self.channel == VOICE

    def awaits(self, event: Event) -> bool:
        """Whether the event is of a kind that answers what is awaited; says nothing about its turn."""
        if isinstance(event, Failed) and event.verb not in VERB_AWAITED.get(self.awaiting, ()):
            return False
        return isinstance(event, FITTING[self.awaiting])


ROOTS = ("channel", "address", "caller", "language", "contact", "var")


def facts(interaction: Interaction) -> Facts:
    """What conditions and templates can name; every name begins with one of ROOTS."""
    return {
        "channel": interaction.channel,
        "address": interaction.address,
        "caller": interaction.caller,
        "language": interaction.language,
        **{f"contact.{name}": value for name, value in interaction.contact.items()},
        **{f"var.{name}": value for name, value in interaction.variables.items()},
    }
