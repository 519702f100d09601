"""What a call that goes on costs, second by second."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.billing.domain.charging import Version, micros
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.rating import NoPrice, rate_call
from antiphon.billing.domain.records import Session

AHEAD_S = 90
"""How far the steps reach: whoever looks on asks again before."""


@dataclass(frozen=True, slots=True)
class Running:
    """A call that goes on: what was authorised, what is kept for it, and since when it is talked."""

    session: Session
    reserved: int
    answered: int | None


@dataclass(frozen=True, slots=True)
class Costs:
    """(second of talk, micro-units from then on), ascending."""

    prefix: str
    steps: tuple[tuple[int, int], ...]


def costs(running: Running, version: Version, now: int) -> Costs:
    """From the second that goes on to so far ahead; priced as the record of the call will be. A direction without price
    has no steps: its call will wait in suspense."""
    answered = now if running.answered is None else running.answered
    first = max(0, -((answered - now) // SECOND))
    prefix, steps = "", list[tuple[int, int]]()
    try:
        for second in range(first, first + AHEAD_S + 1):
            rated = rate_call(version.tariff, running.session.called, answered, second)
            cost = micros(version.tariff, rated.cost)
            prefix = rated.prefix
            if not steps or steps[-1][1] != cost:
                steps.append((second, cost))
    except NoPrice:
        return Costs(prefix, tuple(steps))
    return Costs(prefix, tuple(steps))
