"""What agents' time was spent on, from the states that the ACD told.

A state lasts until the next one. Whoever holds work, rings or wraps up is busy, whatever he is set to; otherwise ready,
or on a break (not ready, not responding, disabled); offline is no time at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from antiphon.insight.domain.intervals import Intervals
from antiphon.insight.domain.millis import Millis


class State(StrEnum):
    """What an agent's time counts as."""

    READY = "ready"
    BUSY = "busy"
    PAUSE = "pause"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Moment:
    """From when on an agent was in a state."""

    agent: str
    at: Millis
    order: int
    state: State


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time in a state inside one interval."""

    agent: str
    start: Millis
    """Of the interval."""
    state: State
    lasted: Millis


def stretches(moments: Iterable[Moment], intervals: Intervals, now: Millis) -> Iterator[Stretch]:
    """The time of every agent inside the span, cut at the borders of intervals."""
    until = min(intervals.until, now)
    by_agent: dict[str, list[Moment]] = {}
    for moment in sorted(moments, key=lambda it: (it.at, it.order)):
        by_agent.setdefault(moment.agent, []).append(moment)
    for agent, told in by_agent.items():
        told.append(Moment(agent, until, 0, State.OFFLINE))
        for one, after in pairwise(told):
            if one.state is not State.OFFLINE:
                begin, end = max(one.at, intervals.since), min(after.at, until)
                yield from _cut(one, begin, end, intervals)


def _cut(one: Moment, begin: Millis, end: Millis, intervals: Intervals) -> Iterator[Stretch]:
    while begin < end:
        start = intervals.start_of(begin)
        stop = min(end, intervals.end_of(start))
        yield Stretch(one.agent, start, one.state, stop - begin)
        begin = stop
