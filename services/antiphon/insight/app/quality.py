"""The report of quality: read the evaluations of the span, add them up, answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol
from zoneinfo import ZoneInfo

from antiphon.insight.app import convert
from antiphon.insight.app.evaluating import Asked, Kept, narrowed
from antiphon.insight.domain.intervals import Intervals, Step
from antiphon.insight.domain.millis import Millis
from antiphon.insight.domain.quality import By, QualityReport, Row
from antiphon.insight.domain.reasons import refuse
from antiphon.insight.v1 import quality_pb2 as pb
from antiphon.kit.clock import Clock, to_millis
from antiphon.kit.tokens import Caller

_MOST_KEYS = 4


class Records(Protocol):
    """What this part needs of the store."""

    def evaluations(self, tenant: str, asked: Asked) -> AsyncIterator[Kept]: ...


class Asks(Protocol):
    """Who knows the tenant's time zone."""

    async def zone(self, tenant: str) -> ZoneInfo: ...


class Quality:
    """Answers with averages."""

    def __init__(self, store: Records, asks: Asks, clock: Clock) -> None:
        self._store = store
        self._asks = asks
        self._clock = clock

    async def report(self, caller: Caller, request: pb.GetQualityReportRequest) -> pb.GetQualityReportResponse:
        """Raises INVALID, TOO_MANY_ROWS."""
        asked = narrowed(caller, request, to_millis(self._clock()))
        group_by = [By(one) for one in request.group_by if one]
        if len(group_by) > _MOST_KEYS or len({*request.group_by}) < len(request.group_by):
            raise refuse("group_by", f"at most {_MOST_KEYS} different ones")
        step = Step(request.step)
        zone = await self._asks.zone(caller.tenant)
        report = QualityReport(Intervals(step, zone, asked.since, asked.until), group_by)
        async for one in self._store.evaluations(caller.tenant, asked):
            report.add(one.it, one.card)
        answer = pb.GetQualityReportResponse(total=_row((), report.total), time_zone=zone.key, names=report.names)
        for key, row in report.in_order():
            start, end = (key.start, report.intervals.end_of(key.start)) if step is not Step.NONE else (None, None)
            answer.rows.append(_row(key.values, row, start, end))
        return answer


def _row(keys: tuple[str, ...], row: Row, start: Millis | None = None, end: Millis | None = None) -> pb.QualityRow:
    return pb.QualityRow(
        start=convert.stamp(start), end=convert.stamp(end), keys=keys, evaluations=row.evaluations, score=row.score,
        acknowledged=row.acknowledged,
    )  # fmt: skip
