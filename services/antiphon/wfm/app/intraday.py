"""Today: what was forecast, what came, who was planned and who is there; how the day will end, and what could be done.

Until now everything is measured, from now on it is predicted: the forecast in the light of what came
(`models.intraday`) before the people who are planned, by the formulas that staffed the day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.protos import timestamp
from antiphon.kit.records import Records
from antiphon.kit.tokens import Caller
from antiphon.wfm.app.advising import advice
from antiphon.wfm.app.demanding import LEVEL, WITHIN_S, Demanding, Wanted, check_targets, day_rows
from antiphon.wfm.app.rotas import Rotas
from antiphon.wfm.app.solving import document_of
from antiphon.wfm.app.watching import stretches
from antiphon.wfm.domain.adherence import WORK, Stretch
from antiphon.wfm.domain.changing import presence
from antiphon.wfm.domain.reasons import refuse
from antiphon.wfm.v1 import wfm_pb2 as pb

if TYPE_CHECKING:
    from antiphon.wfm.app.pool import Stream


class Past(Protocol):
    """What happened."""

    async def contacts(self, tenant: str, queue_id: str, since: datetime, until: datetime) -> list[dict[str, Any]]: ...
    async def states(self, tenant: str, since: datetime, until: datetime) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Today:
    """Everything the day is told from."""

    now: datetime
    starts: tuple[datetime, ...]
    step: timedelta
    wanted: tuple[Wanted, ...]
    contacts: Mapping[str, list[dict[str, Any]]]
    document: Mapping[str, Any]
    shifts: tuple[Mapping[str, Any], ...]
    actual: Mapping[str, list[Stretch]]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.document["zone"])

    @property
    def over(self) -> int:
        """How many intervals are over."""
        return sum(start + self.step <= self.now for start in self.starts)


class Intraday:
    """The use case."""

    def __init__(self, past: Past, rotas: Rotas, plans: Records[pb.Plan], demanding: Demanding, clock: Clock) -> None:
        self._past = past
        self._rotas = rotas
        self._plans = plans
        self._demanding = demanding
        self._clock = clock

    async def look(self, caller: Caller, request: pb.GetIntradayRequest) -> pb.GetIntradayResponse:
        """The day of one plan."""
        now = self._clock()
        asked = _day(request.day) if request.day else None
        day_at = datetime.combine(asked, time(12), UTC) if asked else now
        published = await self._rotas.published(caller.tenant, day_at - timedelta(days=1), day_at + timedelta(days=1))
        local = {one.id: str(asked or now.astimezone(ZoneInfo(document_of(one)["zone"])).date()) for one in published}
        holding = [one for one in published if one.first_day <= local[one.id] <= one.last_day]
        chosen = next((one for one in holding if request.plan_id in ("", one.plan_id)), None)
        plan = await self._plans.get(caller.tenant, chosen.plan_id) if chosen else None
        if chosen is None or plan is None:
            raise DomainError(Common.NOT_FOUND, "no schedule is published for this day")
        today = await self._gathered(caller.tenant, plan, chosen, local[chosen.id])
        answer = await asyncio.to_thread(told, today)
        answer.plan_id, answer.schedule_id, answer.day = plan.id, chosen.id, local[chosen.id]
        answer.plan_ids[:] = list(dict.fromkeys(one.plan_id for one in holding))
        return answer

    async def _gathered(self, tenant: str, plan: pb.Plan, schedule: pb.Schedule, day: str) -> Today:
        if not plan.demands:
            raise refuse("demands", "the plan names no queue that its people work for")
        check_targets(list(plan.demands))
        wanted = [await self._demanding.wanted(tenant, one, day) for one in plan.demands]
        document = document_of(schedule)
        zone, step = ZoneInfo(document["zone"]), timedelta(minutes=wanted[0].forecast.interval_minutes or 30)
        begin = datetime.combine(_day(day), time.min, zone).astimezone(UTC)
        end = datetime.combine(_day(day) + timedelta(days=1), time.min, zone).astimezone(UTC)
        now = self._clock()
        contacts = {one.queue_id: await self._past.contacts(tenant, one.queue_id, begin, end) for one in plan.demands}
        until = max(begin, min(now, end))
        states = await self._past.states(tenant, begin, until)
        every = await self._rotas.shifts(tenant, begin, end)
        people = {person["id"] for person in document["people"]}
        return Today(
            now,
            tuple(begin + step * number for number in range(round((end - begin) / step))),
            step,
            tuple(wanted),
            contacts,
            document,
            tuple(row for row in every if row["person"] in people),
            {agent: parts for agent, parts in stretches(states, until).items() if agent in people},
        )


def told(today: Today) -> pb.GetIntradayResponse:
    """The whole answer from what was gathered."""
    from antiphon.wfm.app import pool

    names = [f"{start.astimezone(today.zone):%Y-%m-%dT%H:%M}" for start in today.starts]
    planned = day_rows(today.wanted, names[0][:10])
    scales, expected, seen = _scales(today, names)
    columns = [_scaled(today, planned.get(name, []), scales) for name in names]
    needed = pool.agents(columns)
    minutes = round(today.step / timedelta(minutes=1))
    there = presence(today.shifts, minutes, today.starts[0])
    came = _came(today)
    rows = []
    for number, (start, name, streams) in enumerate(zip(today.starts, names, columns, strict=True)):
        is_over = number < today.over
        said = planned.get(name, [])
        staffed = there.get(start, 0.0)
        in_time, judged, offered = came.get(start, (0, 0, 0))
        level = (in_time / judged if judged else -1.0) if is_over else pool.outlook(staffed, streams).level
        rows.append(
            pb.IntradayInterval(
                start=timestamp(start),
                forecast=sum(one.contacts for one in said),
                actual=offered if is_over else -1.0,
                reforecast=offered if is_over else sum(one.contacts for one in streams),
                aht_seconds=pool.mean_s(streams),
                needed=needed[number],
                staffed=round(staffed, 3),
                present=round(_present(today, start), 2) if is_over else -1.0,
                service_level=level if is_over or streams else -1.0,
            )
        )
    so_far, predicted = _levels(today, rows, came)
    first = today.wanted[0].demand
    return pb.GetIntradayResponse(
        time_zone=today.zone.key,
        interval_minutes=minutes,
        at=timestamp(today.now),
        intervals=rows,
        scale=seen[0] if expected <= 0 else _overall(scales, today),
        expected=expected,
        seen=seen[1],
        service_level=so_far,
        predicted=predicted,
        target=first.service_level or LEVEL,
        within_seconds=first.within_seconds or WITHIN_S,
        formula=pool.formula([one.demand for one in today.wanted]),
        advice=advice(today, rows, columns),
    )


def _scales(today: Today, names: Sequence[str]) -> tuple[list[float], float, tuple[float, float]]:
    """By how much each demand differs today; what was expected and seen of all."""
    import numpy as np

    from antiphon.wfm.domain.forecast import intraday

    scales, expected, seen = [], 0.0, 0.0
    for one in today.wanted:
        rows = {row.start: row.contacts for row in one.forecast.intervals}
        said = np.array([rows.get(name, 0.0) for name in names])
        counts = np.zeros(len(names))
        for contact in today.contacts.get(one.demand.queue_id, []):
            place = int((contact["offered_at"] - today.starts[0]) / today.step)
            counts[min(place, len(names) - 1)] += 1
        found = intraday(said, counts, today.over, one.forecast.day_variance or 0.01)
        scales.append(found.scale)
        expected, seen = expected + found.expected, seen + found.seen
    return scales, expected, (1.0, seen)


def _overall(scales: Sequence[float], today: Today) -> float:
    weights = [sum(row.contacts for row in one.forecast.intervals) for one in today.wanted]
    return sum(s * w for s, w in zip(scales, weights, strict=True)) / (sum(weights) or 1.0)


def _scaled(today: Today, streams: Sequence[Stream], scales: Sequence[float]) -> list[Stream]:
    if len(streams) != len(scales):  # a queue that is closed in this interval
        mean = sum(scales) / len(scales)
        return [one.scaled(mean) for one in streams]
    return [one.scaled(scale) for one, scale in zip(streams, scales, strict=True)]


def _came(today: Today) -> dict[datetime, tuple[int, int, int]]:
    """By interval: answered in time, answered or lost, offered."""
    found: dict[datetime, tuple[int, int, int]] = {}
    for one in today.wanted:
        within = timedelta(seconds=one.demand.within_seconds or WITHIN_S)
        for contact in today.contacts.get(one.demand.queue_id, []):
            offered = contact["offered_at"]
            start = today.starts[0] + (offered - today.starts[0]) // today.step * today.step
            answered, lost = contact.get("answered_at"), contact.get("abandoned_at")
            in_time = answered is not None and answered - offered <= within
            before = found.get(start, (0, 0, 0))
            judged = in_time or lost is not None or answered is not None or today.now - offered > within
            found[start] = (before[0] + in_time, before[1] + judged, before[2] + 1)
    return found


def _present(today: Today, start: datetime) -> float:
    """How many were at work on average."""
    end = start + today.step
    total = timedelta()
    for parts in today.actual.values():
        for one in parts:
            if one.what == WORK and one.start < end and one.end > start:
                total += min(one.end, end) - max(one.start, start)
    return total / today.step


def _levels(
    today: Today, rows: Sequence[pb.IntradayInterval], came: Mapping[datetime, tuple[int, int, int]]
) -> tuple[float, float]:
    """So far, and with the rest of the day as it is predicted."""
    in_time = sum(one[0] for one in came.values())
    judged = sum(one[1] for one in came.values())
    so_far = in_time / judged if judged else -1.0
    rest = [row for row in rows[today.over :] if row.service_level >= 0]
    total = judged + sum(row.reforecast for row in rest)
    good = in_time + sum(row.reforecast * row.service_level for row in rest)
    return so_far, good / total if total else -1.0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse("day", f"`{text[:20]}`: a date as 2026-03-02 is needed") from None
