"""Service levels: clocks over working time that run while it is our turn.

    first reply   runs while the customer waits and no person has answered yet
    next reply    runs while the customer waits again after an answer; begins anew each time
    resolution    runs while the conversation lives; stands still while it is snoozed or the customer's turn, where the
                  policy says so; goes on from where it was when the conversation is opened again

A clock that stands still keeps the working time it has spent. `measure` looks at a conversation before and after a
change and turns the clocks on and off; `ring` says which came near or broke. Both are pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from antiphon.channels.domain.business_time import Hours, after, between

NOTHING = timedelta(0)


class Norm(Enum):
    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Policy:
    """Norms for conversations that fit; the first that fits holds. Empty sets fit all."""

    id: str
    rev: int
    norms: Mapping[Norm, timedelta]
    queue_ids: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    warn_percent: int = 75
    hours: Hours | None = None
    """None is around the clock."""
    pause_snoozed: bool = False
    pause_answered: bool = False

    def fits(self, queue_id: str, channel: str, priority: str) -> bool:
        return (
            (not self.queue_ids or queue_id in self.queue_ids)
            and (not self.channels or channel in self.channels)
            and (not self.priorities or priority in self.priorities)
        )


@dataclass(frozen=True, slots=True)
class Clock:
    """One norm of one conversation."""

    norm: Norm
    target: timedelta
    spent: timedelta = NOTHING
    """Before `since`."""
    since: datetime | None = None
    """Runs since then; None stands still."""
    due: datetime | None = None
    warn: datetime | None = None
    met_at: datetime | None = None
    warned: bool = False
    breached: bool = False


@dataclass(frozen=True, slots=True)
class Sla:
    policy_id: str
    policy_rev: int
    clocks: tuple[Clock, ...]

    def clock(self, norm: Norm) -> Clock | None:
        return next((clock for clock in self.clocks if clock.norm is norm), None)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A clock that is near its end, or past it."""

    norm: Norm
    breached: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What of a conversation decides which clocks run."""

    live: bool
    snoozed: bool
    waits_since: datetime | None
    """Since when the customer waits."""
    answered_at: datetime | None = None
    """A person answered in this very change."""
    ended_at: datetime | None = None
    alarms: list[Alarm] = field(default_factory=list, compare=False)


def measure(sla: Sla | None, policy: Policy | None, turn: Turn, now: datetime) -> Sla | None:
    """The clocks after a change. Broken norms that nobody had noticed yet are added to `turn.alarms`."""
    if policy is None:
        return None
    old = sla
    if sla is None or (sla.policy_id, sla.policy_rev) != (policy.id, policy.rev):
        sla = _adopt(sla, policy)
    clocks = tuple(_measured(sla, clock, policy, turn, now) for clock in sla.clocks)
    return old if old is not None and clocks == old.clocks and sla is old else replace(sla, clocks=clocks)


def ring(sla: Sla, now: datetime) -> tuple[Sla, tuple[Alarm, ...]]:
    """Marks what is due, each once."""
    alarms: list[Alarm] = []
    clocks = tuple(_rung(clock, now, alarms) for clock in sla.clocks)
    return replace(sla, clocks=clocks), tuple(alarms)


def _rung(clock: Clock, now: datetime, alarms: list[Alarm]) -> Clock:
    if clock.due is not None and not clock.breached and clock.due <= now:
        alarms.append(Alarm(clock.norm, breached=True))
        return replace(clock, breached=True, warned=True)
    if clock.warn is not None and not clock.warned and not clock.breached and clock.warn <= now:
        alarms.append(Alarm(clock.norm, breached=False))
        return replace(clock, warned=True)
    return clock


def next_ring(sla: Sla | None) -> datetime | None:
    """When `ring` has something to do."""
    due = [
        at
        for clock in (sla.clocks if sla else ())
        if not clock.breached and (at := clock.due if clock.warned else clock.warn) is not None
    ]
    return min(due, default=None)


def left(clock: Clock) -> timedelta:
    """Working time that is left of a clock that stands still."""
    return clock.target - clock.spent


def _adopt(sla: Sla | None, policy: Policy) -> Sla:
    """The clocks of another policy: what was spent, met and broken stays, what is allowed is new."""
    clocks = []
    for norm, target in policy.norms.items():
        known = sla.clock(norm) if sla else None
        if known is None:
            clocks.append(Clock(norm, target))
            continue
        clock = replace(Clock(norm, target, known.spent), met_at=known.met_at, breached=known.breached)
        clocks.append(clock if known.since is None else _started(clock, policy, known.since))
    return Sla(policy.id, policy.rev, tuple(clocks))


def _measured(sla: Sla, clock: Clock, policy: Policy, turn: Turn, now: datetime) -> Clock:
    match clock.norm:
        case Norm.FIRST_REPLY:
            if clock.met_at is not None:
                return clock
            runs = turn.live and turn.waits_since is not None
            met = turn.answered_at
        case Norm.NEXT_REPLY:
            runs, met = turn.live and turn.waits_since is not None and _answered_before(sla, turn), turn.answered_at
            if runs and clock.since is None:
                clock = Clock(clock.norm, clock.target, met_at=clock.met_at)
        case Norm.RESOLUTION:
            rests = (policy.pause_snoozed and turn.snoozed) or (policy.pause_answered and turn.waits_since is None)
            runs, met = turn.live and not rests, turn.ended_at
            if turn.live:
                clock = replace(clock, met_at=None)
    if met is not None and (clock.since is not None or clock.norm is not Norm.NEXT_REPLY):
        return replace(_stopped(clock, policy, turn, met), met_at=met)
    if runs and clock.since is None:
        begins = turn.waits_since if clock.norm is not Norm.RESOLUTION and turn.waits_since else now
        return _started(clock, policy, max(begins, clock.met_at) if clock.met_at else begins)
    return clock if runs else _stopped(clock, policy, turn, now)


def _answered_before(sla: Sla, turn: Turn) -> bool:
    """Only after a first answer there is a next one; in this very change it is the first."""
    first = sla.clock(Norm.FIRST_REPLY)
    return turn.answered_at is None and (first is None or first.met_at is not None)


def _started(clock: Clock, policy: Policy, at: datetime) -> Clock:
    near = clock.target * policy.warn_percent / 100
    return replace(
        clock, since=at,
        due=after(policy.hours, at, clock.target - clock.spent),
        warn=after(policy.hours, at, near - clock.spent),
    )  # fmt: skip


def _stopped(clock: Clock, policy: Policy, turn: Turn, at: datetime) -> Clock:
    if clock.since is None:
        return clock
    spent = clock.spent + between(policy.hours, clock.since, at)
    late = spent > clock.target
    if late and not clock.breached:
        turn.alarms.append(Alarm(clock.norm, breached=True))
    return replace(clock, spent=spent, since=None, due=None, warn=None, breached=clock.breached or late)
