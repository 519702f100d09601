"""The life of a campaign: draft → scheduled → running ⇄ paused → finished."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """The numbers are those of the proto."""

    DRAFT = 1
    SCHEDULED = 2
    RUNNING = 3
    PAUSED = 4
    FINISHED = 5


NEXT: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SCHEDULED, State.RUNNING}),
    State.SCHEDULED: frozenset({State.DRAFT, State.RUNNING}),
    State.RUNNING: frozenset({State.PAUSED, State.FINISHED}),
    State.PAUSED: frozenset({State.RUNNING, State.FINISHED}),
    State.FINISHED: frozenset(),
}


def may_become(before: State, after: State) -> bool:
    """Whether this step, or none at all, is allowed."""
    return before is after or after in NEXT[before]
