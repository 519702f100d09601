"""How many dials to begin now: the door of the pacer.

    decision = decide(State(Mode.PREDICTIVE, floor, learned), now)

The service and the simulator call the very same function every second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from antiphon.dialer.domain.floor import Decision, Floor, Hold, Limits, Mode
from antiphon.dialer.domain.learning import Learned
from antiphon.dialer.domain.predictive import PATIENCE, ahead

FEWEST_PREDICTIVE = 5
"""With fewer agents nothing can be predicted: progressive."""
TOO_LATE = 0.9
"""When one call in ten reaches its agent only after this share of a person's patience, agents are held."""
_OF_AGENTS = frozenset({Mode.PROGRESSIVE, Mode.POWER, Mode.PREDICTIVE})


@dataclass(frozen=True, slots=True)
class State:
    """All that a decision depends on, besides the time."""

    mode: Mode
    floor: Floor
    learned: Learned
    limits: Limits = field(default_factory=Limits)
    lines_per_agent: float = 1.0
    """For `power`."""
    hold: Hold = Hold.AUTO


def decide(state: State, now: float) -> Decision:
    """How many dials to begin, and why. Never raises; the count is never negative."""
    wanted = _wanted(state, now)
    floor, limits = state.floor, state.limits
    bounds = (
        (limits.contacts, "contacts that may be dialled now"),
        (limits.lines - floor.lines, "free lines"),
        (limits.at_once, "dials at once"),
    )
    least, of_what = min(bounds, key=lambda bound: bound[0])
    if wanted.count <= least:
        return wanted
    return Decision(max(0, least), wanted.mode, f"{wanted.why}; only {max(0, least)} {of_what}", wanted.held)


def _wanted(state: State, now: float) -> Decision:
    floor = state.floor
    if state.mode in _OF_AGENTS and (because := _held_because(state, now)):
        held = progressive(floor, because)
        return Decision(held.count, state.mode, held.why, held=True)
    match state.mode:
        case Mode.MANUAL:
            return Decision(0, Mode.MANUAL, "agents dial themselves")
        case Mode.PREVIEW:
            return Decision(floor.idle, Mode.PREVIEW, f"{floor.idle} agents are free for a preview")
        case Mode.PROGRESSIVE:
            return progressive(floor)
        case Mode.POWER:
            wanted = int(state.lines_per_agent * floor.idle + 1e-9) - floor.ringing.size - floor.waiting
            why = f"{state.lines_per_agent:g} lines for each of {floor.idle} free agents, {floor.ringing.size} ring"
            return Decision(max(0, wanted), Mode.POWER, why)
        case Mode.PREDICTIVE:
            return _predictive(state, now)
        case Mode.MESSAGE:
            free = state.limits.lines - floor.lines
            return Decision(max(0, free), Mode.MESSAGE, f"{max(0, free)} of {state.limits.lines} lines are free")
        case _:
            assert_never(state.mode)


def _held_because(state: State, now: float) -> str:
    """Why an agent must be on the line before the contact is; empty: he need not."""
    tally, slow = state.learned.tally, state.learned.connects.quantile(0.9, now)
    if state.hold is not Hold.AUTO:
        return "agents are held on the line" if state.hold is Hold.ALWAYS else ""
    if slow > TOO_LATE * PATIENCE:
        return f"agents are held on the line: one call in ten reached them after {slow:.1f} s"
    ahead_of = state.mode is not Mode.PROGRESSIVE and state.floor.agents >= FEWEST_PREDICTIVE
    if tally.is_small(state.floor.agents) and tally.room < 1 and (ahead_of or tally.abandoned):
        known = f"{tally.abandoned} of {tally.answered} abandoned"
        return f"agents are held on the line: {known}, no room for one more within {tally.limit:.1%}"
    return ""


def progressive(floor: Floor, because: str = "") -> Decision:
    """One dial for each agent who is free."""
    wanted = floor.idle - floor.ringing.size - floor.waiting
    why = f"{floor.idle} agents free, {floor.ringing.size} dials ring, {floor.waiting} people wait"
    return Decision(max(0, wanted), Mode.PROGRESSIVE, f"{because}: {why}" if because else why)


def _predictive(state: State, now: float) -> Decision:
    floor = state.floor
    if floor.agents < FEWEST_PREDICTIVE:
        return progressive(floor, f"fewer than {FEWEST_PREDICTIVE} agents")
    certain = floor.idle - floor.ringing.size - floor.waiting
    count, risk, permitted = ahead(floor, state.learned, now, state.limits.at_once)
    if count <= certain:
        return Decision(max(0, certain), Mode.PREDICTIVE, f"{certain} agents free without a dial")
    why = f"risk {risk:.3f} of {permitted:.3f} permitted; answers {state.learned.rate.mean:.3f}"
    return Decision(count, Mode.PREDICTIVE, f"{why}; {floor.ringing.size} ring, {floor.idle} free")
