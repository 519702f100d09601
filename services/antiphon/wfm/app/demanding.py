"""Forecasts become agents: interval by interval, for one queue or for all that one team does.

Calls alone are staffed by Erlang C, with patience by Erlang A; chats alone by the birth–death process; several together
as one pool whose strictest live target counts, long enough for all the work (`domain/blend.py`).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiphon.kit.errors import Common, DomainError
from antiphon.kit.records import Records
from antiphon.kit.tokens import Caller
from antiphon.wfm.app import models
from antiphon.wfm.domain.reasons import refuse
from antiphon.wfm.v1 import wfm_pb2 as pb

if TYPE_CHECKING:  # numpy and scipy are loaded when the first interval is staffed
    from antiphon.wfm.app.pool import Stream

LEVEL, WITHIN_S = 0.8, 20.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A demand with the forecast that says how much of it comes."""

    demand: pb.Demand
    forecast: pb.Forecast

    def streams(self) -> dict[str, Stream]:
        """By the start of the interval."""
        from antiphon.wfm.app.pool import Stream

        minutes = self.forecast.interval_minutes or 30
        one = self.demand
        patience = one.patience_seconds or float("inf")
        level, within = one.service_level or LEVEL, one.within_seconds or WITHIN_S
        return {
            row.start: Stream(
                row.contacts,
                row.contacts / (minutes * 60),
                row.aht_seconds or 180.0,
                level,
                within,
                patience,
                max(1, one.at_once),
                one.deferrable,
            )
            for row in self.forecast.intervals
        }


class Demanding:
    """The use case, and where others find forecasts."""

    def __init__(self, forecasts: Records[pb.Forecast]) -> None:
        self._forecasts = forecasts

    async def staffing(self, caller: Caller, request: pb.GetStaffingRequest) -> pb.GetStaffingResponse:
        """The table of one or of several demands."""
        asked = list(request.demands) or [
            pb.Demand(
                forecast_id=request.forecast_id,
                service_level=request.service_level,
                within_seconds=request.within_seconds,
                patience_seconds=request.patience_seconds,
                at_once=request.at_once,
            )
        ]
        wanted = [await self.wanted(caller.tenant, one, "") for one in asked]
        await models.loaded()
        lengths = {one.forecast.interval_minutes or 30 for one in wanted}
        if len(lengths) > 1 or len({one.forecast.time_zone for one in wanted}) > 1:
            raise refuse("demands", "forecasts of one time zone with intervals of one length")
        check_targets(asked)
        return await asyncio.to_thread(_table, wanted, request)

    async def wanted(self, tenant: str, demand: pb.Demand, day: str) -> Wanted:
        """The forecast that is named, else the queue's latest that holds the day. Raises NOT_FOUND."""
        if demand.forecast_id:
            named = await self._forecasts.get(tenant, demand.forecast_id)
            if named is None:
                raise DomainError(Common.NOT_FOUND, forecast=demand.forecast_id)
            return Wanted(demand, named)
        every = [one for one in await self._forecasts.all(tenant) if one.queue_id == demand.queue_id]
        holding = [one for one in every if not day or any(row.start[:10] == day for row in one.intervals)]
        if not holding:
            raise DomainError(Common.NOT_FOUND, "no forecast of the queue holds this day", queue=demand.queue_id)
        return Wanted(demand, max(holding, key=lambda one: one.made_at.ToNanoseconds()))


def check_targets(demands: Sequence[pb.Demand]) -> None:
    """Refuses by name what no target is."""
    from antiphon.wfm.domain.required import Target

    for one in demands:
        Target(one.service_level or LEVEL, one.within_seconds or WITHIN_S)
        if one.patience_seconds < 0 or one.at_once < 0:
            raise refuse("patience_seconds", "not negative")


def _table(wanted: Sequence[Wanted], request: pb.GetStaffingRequest) -> pb.GetStaffingResponse:
    from antiphon.wfm.app import pool
    from antiphon.wfm.domain.required import scheduled

    by_start: dict[str, list[pool.Stream]] = {}
    for one in wanted:
        for start, stream in one.streams().items():
            by_start.setdefault(start, []).append(stream)
    starts = sorted(by_start)
    columns = [by_start[start] for start in starts]
    agents = pool.agents(columns, request.max_occupancy or 1.0)
    planned = scheduled(agents, request.shrinkage)
    rows = []
    for start, streams, here, plan in zip(starts, columns, agents, planned.tolist(), strict=True):
        found = pool.outlook(here, streams)
        rows.append(
            pb.StaffingInterval(
                start=start,
                contacts=sum(one.contacts for one in streams),
                aht_seconds=pool.mean_s(streams),
                erlangs=pool.load(streams),
                agents=here,
                scheduled=plan,
                service_level=found.level,
                asa_seconds=found.asa_s if math.isfinite(found.asa_s) else -1.0,
                occupancy=pool.load(streams) / here if here else 0.0,
            )
        )
    first = wanted[0].forecast
    return pb.GetStaffingResponse(
        formula=pool.formula([one.demand for one in wanted]),
        interval_minutes=first.interval_minutes or 30,
        time_zone=first.time_zone,
        intervals=rows,
    )


def day_rows(wanted: Sequence[Wanted], day: str) -> Mapping[str, list[Stream]]:
    """Streams of one local day by the start of the interval."""
    found: dict[str, list[Stream]] = {}
    for one in wanted:
        for start, stream in one.streams().items():
            if start[:10] == day:
                found.setdefault(start, []).append(stream)
    return found
