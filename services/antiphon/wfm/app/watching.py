"""Adherence, live: what is published against what the ACD tells of each agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

from antiphon.kit.clock import Clock
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.tokens import Caller
from antiphon.wfm.app.rotas import Rotas
from antiphon.wfm.domain.adherence import AWAY, WORK, Stretch, agree, at, measure
from antiphon.wfm.domain.reasons import refuse
from antiphon.wfm.v1 import wfm_pb2 as pb

MOST = timedelta(days=32)
USUAL = timedelta(hours=8)
GRACE_S = 60


class States(Protocol):
    """What agents did."""

    async def states(self, tenant: str, since: datetime, until: datetime) -> list[dict[str, Any]]: ...


class Watching:
    """The use case."""

    def __init__(self, rotas: Rotas, states: States, clock: Clock) -> None:
        self._rotas = rotas
        self._states = states
        self._clock = clock

    async def adherence(self, caller: Caller, request: pb.GetAdherenceRequest) -> list[pb.Adherence]:
        """One a planned person, in the order of their ids."""
        now = self._clock()
        until = moment(request.to) if request.HasField("to") else now
        since = moment(getattr(request, "from")) if request.HasField("from") else until - USUAL
        if not timedelta() < until - since <= MOST or request.grace_seconds < 0:
            raise refuse("from", f"a span up to {MOST.days} days, a grace that is not negative")
        until = min(until, now)
        grace = timedelta(seconds=request.grace_seconds or GRACE_S)
        wanted = planned(await self._rotas.shifts(caller.tenant, since, max(until, now)))
        actual = stretches(await self._states.states(caller.tenant, since, until), until)
        return [
            _adherence(person, wanted[person], actual.get(person, []), (since, until), grace)
            for person in sorted(wanted)
        ]


def planned(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Stretch]]:
    """By person, from published shifts."""
    found: dict[str, list[Stretch]] = {}
    for row in rows:
        found.setdefault(row["person"], []).extend(_parts(row))
    return found


def _parts(row: Mapping[str, Any]) -> Iterator[Stretch]:
    """Work, break, work, …"""
    reached = datetime.fromisoformat(row["start"])
    for pause in sorted(row["breaks"], key=lambda one: str(one["start"])):
        begin, end = datetime.fromisoformat(pause["start"]), datetime.fromisoformat(pause["end"])
        if reached < begin:
            yield Stretch(reached, begin, WORK)
        yield Stretch(begin, end, pause["name"])
        reached = end
    if reached < (end := datetime.fromisoformat(row["end"])):
        yield Stretch(reached, end, WORK)


def stretches(rows: Sequence[Mapping[str, Any]], until: datetime) -> dict[str, list[Stretch]]:
    """By agent, from changes of state; the last one lasts until now."""
    by_agent: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_agent.setdefault(row["agent"], []).append(row)
    return {
        agent: [
            Stretch(one["at"], other["at"], one["state"], one["reason"])
            for one, other in pairwise([*changes, {"at": until}])
        ]
        for agent, changes in by_agent.items()
    }


def _adherence(
    person: str, plan: list[Stretch], actual: list[Stretch], span: tuple[datetime, datetime], grace: timedelta
) -> pb.Adherence:
    measured = measure(plan, actual, span, grace)
    latest = span[1]
    wanted, doing = at(plan, latest), actual[-1] if actual else None
    state = doing.what if doing else AWAY
    minute = timedelta(minutes=1)
    return pb.Adherence(
        person_id=person,
        planned_now=wanted.what if wanted else "",
        actual_now=state,
        reason=doing.reason if doing else "",
        adheres=wanted is None or agree(wanted.what, state),
        planned_minutes=measured.planned / minute,
        in_plan_minutes=measured.in_plan / minute,
        worked_minutes=measured.worked / minute,
        adherence=measured.adherence,
        conformance=measured.conformance,
        deviations=[
            pb.Deviation(
                **{"from": timestamp(one.start)},
                to=timestamp(one.end),
                planned=one.planned,
                actual=one.actual,
                reason=one.reason,
            )
            for one in measured.deviations
        ],
    )
