"""What the record of a call says when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from antiphon.media.domain.call import Call, State, left

ANSWERED = "answered"
ABANDONED = "abandoned"
VOICEMAIL = "voicemail"
FAX = "fax"
"""A document was received, or delivered."""
BLOCKED = "blocked"
BUSY = "busy"
NO_ANSWER = "no_answer"
FAILED = "failed"
RECEIVED = "received"
"""The scheme told the caller what he needed; nobody was meant to talk."""
CALLBACK = "callback"
"""He was promised to be called back."""
LOST = "lost"
"""The replica died; another one closed the call."""
MACHINE = "machine"
"""A campaign reached an answering machine, even where an agent heard it for a moment."""

SPECIAL = frozenset({VOICEMAIL, FAX, BLOCKED, CALLBACK, LOST, MACHINE})


def outcome(call: Call, wish: str = "") -> str:
    """The one word: whoever talked was answered; else what the end itself says; else what the caller waited for."""
    if wish in SPECIAL:
        return wish
    if call.bridged_at is not None:
        return ANSWERED
    if wish:
        return wish
    if call.state in (State.QUEUED, State.RINGING):
        return ABANDONED
    return RECEIVED if call.answered_at is not None else ABANDONED


def closed(call: Call, now: datetime, wish: str = "", by: str = "system") -> Call:
    """The record: every leg has an end, the call an outcome. Closing a closed one changes nothing."""
    if call.state is State.ENDED:
        return call
    result = replace(call, outcome=outcome(call, wish), state=State.ENDED, ended_at=now, consulting="")
    for leg in call.legs:
        result = left(result, leg.id, now, by=by)
    return result
