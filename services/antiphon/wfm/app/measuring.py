"""What people did, measured from facts: productivity one by one (clause D05), and where planned
time goes (shrinkage)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from antiphon.kit.clock import Clock
from antiphon.kit.protos import moment
from antiphon.kit.tokens import Caller
from antiphon.wfm.app.rotas import Rotas
from antiphon.wfm.app.solving import document_of
from antiphon.wfm.app.watching import GRACE_S, MOST, planned, stretches
from antiphon.wfm.domain.adherence import AWAY, WORK, Stretch, lost, measure
from antiphon.wfm.domain.reasons import refuse
from antiphon.wfm.v1 import wfm_pb2 as pb

MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime]


class Past(Protocol):
    """What happened."""

    async def states(self, tenant: str, since: datetime, until: datetime) -> list[dict[str, Any]]: ...
    async def answered(self, tenant: str, since: datetime, until: datetime) -> list[dict[str, Any]]: ...


class Measuring:
    """The use cases."""

    def __init__(self, past: Past, rotas: Rotas, clock: Clock) -> None:
        self._past = past
        self._rotas = rotas
        self._clock = clock

    async def productivity(self, caller: Caller, request: pb.GetProductivityRequest) -> list[pb.Productivity]:
        """One a person who worked, was planned, or answered anything."""
        span = self._span(request, timedelta(days=7))
        plan = planned(await self._rotas.shifts(caller.tenant, *span))
        actual = stretches(await self._past.states(caller.tenant, *span), span[1])
        handled: dict[str, list[float]] = defaultdict(list)
        for contact in await self._past.answered(caller.tenant, *span):
            if contact.get("agent"):
                ended = contact.get("ended_at") or contact["answered_at"]
                handled[contact["agent"]].append(max(0.0, (ended - contact["answered_at"]).total_seconds()))
        people = sorted({*plan, *actual, *handled})
        found = [_productivity(one, plan.get(one, []), actual.get(one, []), handled[one], span) for one in people]
        return [one for one in found if one.contacts or one.worked_minutes or one.planned_minutes]

    async def shrinkage(self, caller: Caller, request: pb.GetShrinkageRequest) -> pb.GetShrinkageResponse:
        """Over everybody who was planned."""
        span = self._span(request, timedelta(days=28))
        plan = planned(await self._rotas.shifts(caller.tenant, *span))
        actual = stretches(await self._past.states(caller.tenant, *span), span[1])
        parts: defaultdict[str, float] = defaultdict(float)
        total = 0.0
        for person, wanted in plan.items():
            for one in wanted:
                begin, end = max(one.start, span[0]), min(one.end, span[1])
                if begin >= end:
                    continue
                total += (end - begin) / MINUTE
                if one.what != WORK:
                    parts[f"break: {one.what}"] += (end - begin) / MINUTE
                    continue
                for gone in lost(Stretch(begin, end, WORK), actual.get(person, [])):
                    named = "away" if gone.actual == AWAY else f"pause: {gone.reason}".rstrip(": ")
                    parts[named] += (gone.end - gone.start) / MINUTE
        for why, minutes in (await self._released(caller.tenant, span)).items():
            parts[why] += minutes
            total += minutes
        return pb.GetShrinkageResponse(
            shrinkage=sum(parts.values()) / total if total else -1.0,
            planned_minutes=total,
            parts=[
                pb.ShrinkagePart(what=what, minutes=minutes, share=minutes / total)
                for what, minutes in sorted(parts.items(), key=lambda part: -part[1])
            ],
        )

    async def _released(self, tenant: str, span: Span) -> Mapping[str, float]:
        """Time off that was approved, and what those who left early did not work."""
        found: defaultdict[str, float] = defaultdict(float)
        for schedule in await self._rotas.published(tenant, *span):
            for row in document_of(schedule).get("released", []):
                if span[0] <= datetime.fromisoformat(row["start"]) < span[1]:
                    found[row["why"]] += row["minutes"]
        return found

    def _span(self, request: Any, usual: timedelta) -> Span:
        now = self._clock()
        until = min(moment(request.to), now) if request.HasField("to") else now
        since = moment(getattr(request, "from")) if request.HasField("from") else until - usual
        if not timedelta() < until - since <= MOST:
            raise refuse("from", f"a span up to {MOST.days} days that has begun")
        return since, until


def _productivity(
    person: str, plan: Sequence[Stretch], actual: Sequence[Stretch], handled: Sequence[float], span: Span
) -> pb.Productivity:
    measured = measure(plan, actual, span, timedelta(seconds=GRACE_S))
    worked, total = measured.worked / MINUTE, sum(handled) / 60
    return pb.Productivity(
        person_id=person,
        contacts=len(handled),
        handled_minutes=total,
        aht_seconds=60 * total / len(handled) if handled else 0.0,
        worked_minutes=worked,
        occupancy=total / worked if worked else -1.0,
        contacts_per_hour=60 * len(handled) / worked if worked else 0.0,
        planned_minutes=measured.planned / MINUTE,
        adherence=measured.adherence,
        conformance=measured.conformance,
    )
