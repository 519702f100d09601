"""A call as a trace: the call itself, its states one after the other, and each leg from INVITE to BYE. All of it hangs
under the call's root, beside what was asked and told meanwhile."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from antiphon.kit import tracing
from antiphon.kit.clock import to_millis
from antiphon.media.domain.call import Call, State


def name_of(call_id: str) -> str:
    """What the trace of a call is found by."""
    return f"call:{call_id}"


class Past:
    """What has been of a call, besides what its record says."""

    def __init__(self, call: Call) -> None:
        self.dialogs: dict[str, str] = {}
        """SIP Call-ID of every leg there was → its tag."""
        self.steps: list[tuple[datetime, State]] = [(call.started_at, call.state)]
        """When it came into which state."""

    def moved(self, state: State, now: datetime) -> None:
        """The call is in this state, perhaps since long."""
        if state is not self.steps[-1][1]:
            self.steps.append((now, state))


def told(call: Call, past: Past) -> None:
    """The call is over."""
    thing, ended = name_of(call.id), call.ended_at or call.started_at
    about = {"tenant": call.tenant, "call": call.id, "direction": call.direction.value, "outcome": call.outcome}
    tracing.whole(thing, "call", call.started_at, ended, **about)
    for (since, state), (until, _) in pairwise((*past.steps, (ended, State.ENDED))):
        if state is not State.ENDED:
            tracing.note(thing, state.value, _nanos(since), _nanos(until))
    for leg in call.legs:
        facts: dict[str, object] = {"leg": leg.id, "sip.code": leg.code, "ended_by": leg.ended_by}
        if leg.answered_at is not None:
            facts["rang_ms"] = to_millis(leg.answered_at) - to_millis(leg.started_at)
        name = f"SIP leg {leg.role.value}"
        tracing.note(thing, name, _nanos(leg.started_at), _nanos(leg.ended_at or ended), **facts)


def _nanos(at: datetime) -> int:
    return to_millis(at) * 1_000_000


def trace_of(call_id: str) -> str:
    """The id that a collector of traces knows the call by."""
    return tracing.of(name_of(call_id))
