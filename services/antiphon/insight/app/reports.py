"""Reports: read what the span touches, add it up, answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

from antiphon.insight.app import asking, convert
from antiphon.insight.app.history import promises
from antiphon.insight.domain.figures import USUAL_SHORT, Formula, Limits
from antiphon.insight.domain.interaction import Interaction
from antiphon.insight.domain.intervals import Intervals, Step
from antiphon.insight.domain.millis import SECOND, Millis
from antiphon.insight.domain.presence import Moment, stretches
from antiphon.insight.domain.reasons import Reason, refuse
from antiphon.insight.domain.report import MOST_ROWS, Dimension, Offer, Report
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.kit.clock import Clock, to_millis
from antiphon.kit.errors import DomainError
from antiphon.kit.tokens import Caller

_MOST_KEYS = 4
_SHORTEST: dict[Step, Millis] = {Step.QUARTER: 900 * SECOND, Step.HOUR: 3600 * SECOND, Step.DAY: 82_800 * SECOND}


class Kept(Protocol):
    """What this part needs of the store."""

    def touching(self, tenant: str, since: int, until: int) -> AsyncIterator[Interaction]: ...
    def offers(self, tenant: str, since: int, until: int) -> AsyncIterator[Offer]: ...
    async def moments(self, tenant: str, since: int, until: int) -> list[Moment]: ...
    async def queues(self, tenant: str) -> dict[str, dict[str, Any]]: ...
    async def campaigns(self, tenant: str) -> dict[str, str]: ...


class Asks(Protocol):
    """Who knows the tenant's time zone."""

    async def zone(self, tenant: str) -> ZoneInfo: ...


@dataclass(frozen=True, slots=True)
class Made:
    """A finished report."""

    report: Report
    formula: Formula
    limits: Limits


class Reports:
    """Answers with figures."""

    def __init__(self, store: Kept, asks: Asks, clock: Clock) -> None:
        self._store = store
        self._asks = asks
        self._clock = clock

    async def get(self, caller: Caller, request: pb.GetReportRequest) -> pb.GetReportResponse:
        """The report as data."""
        made = await self.make(caller, request)
        report, limits = made.report, made.limits
        told = pb.GetReportResponse(
            total=convert.figures(report.total, made.formula, has_time=report.has_time),
            formula=cast("pb.Formula.ValueType", int(made.formula)),
            time_zone=report.intervals.zone.key,
            short_seconds=limits.short // SECOND,
            within_seconds=limits.within // SECOND,
            promises={queue: promise // SECOND for queue, promise in limits.promises.items()},
        )
        if Dimension.CAMPAIGN in report.group_by:
            shown = {key.values[report.group_by.index(Dimension.CAMPAIGN)] for key in report.rows}
            names = await self._store.campaigns(caller.tenant)
            told.campaign_names.update({each: names[each] for each in shown if each in names})
        has_step = report.intervals.step is not Step.NONE
        for key, row in report.in_order():
            told.rows.append(
                pb.ReportRow(
                    start=convert.stamp(key.start) if has_step else None,
                    end=convert.stamp(report.intervals.end_of(key.start)) if has_step else None,
                    keys=key.values,
                    figures=convert.figures(row, made.formula, has_time=report.has_time),
                )
            )
        return told

    async def make(self, caller: Caller, request: Any) -> Made:
        """Reads and adds up. Raises INVALID, TOO_MANY_ROWS."""
        now = to_millis(self._clock())
        since, until = asking.span(request, now)
        step = Step(request.step)
        if step in _SHORTEST and (until - since) // _SHORTEST[step] > MOST_ROWS:
            raise DomainError(Reason.TOO_MANY_ROWS, most=MOST_ROWS)
        group_by = [Dimension(one) for one in request.group_by]
        if len(group_by) > _MOST_KEYS or len(set(group_by)) < len(group_by):
            raise refuse("group_by", f"at most {_MOST_KEYS} different ones")
        short = request.short_seconds * SECOND if request.HasField("short_seconds") else USUAL_SHORT
        limits = asking.limits(request, await promises(self._store, caller.tenant), short)
        intervals = Intervals(step, await self._asks.zone(caller.tenant), since, until)
        report = Report(intervals, group_by, asking.wanted(caller, request), limits)
        await self._read(caller, report, now)
        return Made(report, Formula(request.formula or Formula.OF_OFFERED), limits)

    async def _read(self, caller: Caller, report: Report, now: Millis) -> None:
        tenant, since, until = caller.tenant, report.intervals.since, report.intervals.until
        async for it in self._store.touching(tenant, since, until):
            report.add(it)
        if caller.projects:
            return  # offers and agents' time belong to no project
        async for offer in self._store.offers(tenant, since, until):
            report.add_offer(offer)
        if report.has_time:
            moments = await self._store.moments(tenant, since, until)
            for stretch in stretches(moments, report.intervals, now):
                report.add_time(stretch)
