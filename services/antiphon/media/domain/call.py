"""A call: its state, its legs, its times. The one aggregate of media.

    RECEPTION ⇄ QUEUED ⇄ RINGING → TALKING ⇄ HELD ⇄ CONSULTING, CONFERENCE, VOICEMAIL, FAX; every one → ENDED

The state is one value and `NEXT` says which moves there are; anything else raises IllegalMove and names both sides. A
call is immutable: whoever changes it gets another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any


class Direction(Enum):
    """Where a call came from and went to."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class State(Enum):
    """Where a call is."""

    RECEPTION = "reception"
    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    CONSULTING = "consulting"
    CONFERENCE = "conference"
    VOICEMAIL = "voicemail"
    FAX = "fax"
    ENDED = "ended"


_S = State
NEXT: dict[State, frozenset[State]] = {
    _S.RECEPTION: frozenset({_S.QUEUED, _S.RINGING, _S.TALKING, _S.VOICEMAIL, _S.FAX, _S.CONFERENCE, _S.ENDED}),
    _S.QUEUED: frozenset({_S.RECEPTION, _S.RINGING, _S.TALKING, _S.VOICEMAIL, _S.ENDED}),
    _S.RINGING: frozenset({_S.RECEPTION, _S.QUEUED, _S.TALKING, _S.VOICEMAIL, _S.FAX, _S.ENDED}),
    _S.TALKING: frozenset({_S.RECEPTION, _S.QUEUED, _S.RINGING, _S.HELD, _S.CONSULTING, _S.CONFERENCE, _S.ENDED}),
    _S.HELD: frozenset({_S.RECEPTION, _S.QUEUED, _S.RINGING, _S.TALKING, _S.CONSULTING, _S.CONFERENCE, _S.ENDED}),
    _S.CONSULTING: frozenset({_S.RECEPTION, _S.RINGING, _S.TALKING, _S.HELD, _S.CONFERENCE, _S.ENDED}),
    _S.CONFERENCE: frozenset({_S.RECEPTION, _S.TALKING, _S.ENDED}),
    _S.VOICEMAIL: frozenset({_S.RECEPTION, _S.ENDED}),
    _S.FAX: frozenset({_S.RECEPTION, _S.ENDED}),
    _S.ENDED: frozenset(),
}


class IllegalMove(RuntimeError):
    """A call cannot go from one state to the other."""


class Role(Enum):
    """What a leg is in the call."""

    CALLER = "caller"
    AGENT = "agent"
    COLLEAGUE = "colleague"
    OUTSIDE = "outside"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Figures:
    """How a leg sounded; None is not known."""

    packets: int = 0
    loss: float | None = None
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    mos: float | None = None
    exceeded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """One end of a call, as the record tells it."""

    id: str
    role: Role
    started_at: datetime
    person_id: str = ""
    number: str = ""
    trunk_id: str = ""
    account_id: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    code: int = 0
    ended_by: str = ""
    quality: Figures | None = None
    carrier: str = ""
    """Who is reached over the trunk."""
    why: tuple[str, ...] = ()
    """Why this trunk was tried, and which were left out."""
    rang_at: datetime | None = None

    @property
    def is_up(self) -> bool:
        """Answered and not over."""
        return self.answered_at is not None and self.ended_at is None


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is now."""

    id: str
    tenant: str
    direction: Direction
    started_at: datetime
    state: State = State.RECEPTION
    rev: int = 0
    caller: str = ""
    called: str = ""
    number_id: str = ""
    contact_id: str = ""
    agent_id: str = ""
    queue_id: str = ""
    item_id: str = ""
    scheme_id: str = ""
    project_id: str = ""
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""
    recorded: bool = False
    recording_paused: bool = False
    recording_id: str = ""
    consulting: str = ""
    sip_call_id: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    """What was pressed at a campaign's prompts."""
    campaign: bool = False
    answered_by: str = ""
    """"person" or "machine", where that was listened for."""
    asked_at: datetime | None = None
    """When the caller was asked for a rating: nobody talks from then on."""
    rating: int = 0
    legs: tuple[Leg, ...] = field(default=())

    def leg(self, leg_id: str) -> Leg:
        """Raises KeyError."""
        for leg in self.legs:
            if leg.id == leg_id:
                return leg
        raise KeyError(leg_id)

    def has(self, leg_id: str) -> bool:
        return any(leg.id == leg_id for leg in self.legs)

    @property
    def people(self) -> frozenset[str]:
        """Who took part, on any leg that was answered."""
        return frozenset(leg.person_id for leg in self.legs if leg.person_id and leg.answered_at)

    @property
    def present(self) -> frozenset[str]:
        """Who is in the call now or is being rung."""
        return frozenset(leg.person_id for leg in self.legs if leg.person_id and leg.ended_at is None)

    @property
    def talked(self) -> timedelta | None:
        """From the first bridge to the end of the talk."""
        if self.bridged_at is None or self.ended_at is None:
            return None
        return (self.asked_at or self.ended_at) - self.bridged_at

    @property
    def trunks(self) -> frozenset[str]:
        """The trunks that carry a leg of it now."""
        return frozenset(leg.trunk_id for leg in self.legs if leg.trunk_id and leg.ended_at is None)


def moved(call: Call, to: State, **changes: Any) -> Call:
    """The call in another state (the same state is no move). Raises IllegalMove."""
    if to is not call.state and to not in NEXT[call.state]:
        raise IllegalMove(f"{call.state.name} -> {to.name}")
    return replace(call, state=to, **changes)


def joined(call: Call, leg: Leg) -> Call:
    """With one leg more."""
    return replace(call, legs=(*call.legs, leg))


def with_leg(call: Call, leg_id: str, **changes: Any) -> Call:
    """With a leg changed."""
    legs = tuple(replace(leg, **changes) if leg.id == leg_id else leg for leg in call.legs)
    return replace(call, legs=legs)


def answered(call: Call, leg_id: str, now: datetime) -> Call:
    """A leg was answered. Once."""
    if call.leg(leg_id).answered_at is not None:
        return call
    return with_leg(call, leg_id, answered_at=now, code=200)


def rang(call: Call, leg_id: str, now: datetime) -> Call:
    """A leg rings. The first time counts."""
    if not call.has(leg_id) or call.leg(leg_id).rang_at is not None:
        return call
    return with_leg(call, leg_id, rang_at=now)


def left(call: Call, leg_id: str, now: datetime, *, code: int = 0, by: str = "") -> Call:
    """A leg is over; the first who says so is right."""
    leg = call.leg(leg_id)
    if leg.ended_at is not None:
        return call
    return with_leg(call, leg_id, ended_at=now, code=code or leg.code, ended_by=by or leg.ended_by)


def bridged(call: Call, now: datetime) -> Call:
    """Two sides are connected."""
    return replace(call, bridged_at=call.bridged_at or now, answered_at=call.answered_at or now)
