"""Forecasts as records: made from a queue's history, changed by hand with the base kept apart."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import new_id
from antiphon.kit.protos import timestamp
from antiphon.kit.records import Records
from antiphon.kit.tokens import Caller
from antiphon.wfm.app import models
from antiphon.wfm.app.counting import counted
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse
from antiphon.wfm.v1 import wfm_pb2 as pb

if TYPE_CHECKING:  # numpy, scipy and the calendars are loaded when the first forecast is made, not at the start
    from antiphon.wfm.app import forecasting

MOST_HISTORY = timedelta(days=1000)


class Past(Protocol):
    """Where history is."""

    async def contacts(self, tenant: str, queue_id: str, since: datetime, until: datetime) -> list[dict[str, Any]]: ...


class Predicting:
    """Use cases of forecasts."""

    def __init__(self, forecasts: Records[pb.Forecast], past: Past, clock: Clock) -> None:
        self._forecasts = forecasts
        self._past = past
        self._clock = clock

    async def make(self, caller: Caller, request: pb.MakeForecastRequest) -> pb.Forecast:
        """Forecasts and stores."""
        await models.loaded()
        from antiphon.wfm.app import forecasting
        from antiphon.wfm.app.histories import zone_of
        from antiphon.wfm.app.intervals import table

        minutes = request.interval_minutes or 30
        zone = zone_of(request.time_zone or "UTC")
        special = {_day(day): name for day, name in request.special_days.items()}
        order = forecasting.Order(minutes, request.days or 28, zone.key, request.country or None, special)
        if request.csv:
            rows: Sequence[Mapping[str, str]] = table(request.csv)
        else:
            rows = await self._rows(caller.tenant, request.queue_id, minutes, zone)
        one = await asyncio.to_thread(_made, rows, order)
        forecast = pb.Forecast(
            id=new_id("fc"),
            name=request.name or f"{request.queue_id} {one.forecast.dates[0]} {self._clock():%H:%M:%S}",
            queue_id=request.queue_id,
            time_zone=zone.key,
            made_at=timestamp(self._clock()),
            interval_minutes=minutes,
            intervals=[_interval(row) for row in forecasting.intervals(one, zone.key)],
        )
        if (measured := one.forecast.accuracy) is not None:
            forecast.wape, forecast.naive_wape = 100 * measured.wape, 100 * measured.naive_wape
            forecast.origins, forecast.day_variance = measured.origins, measured.day_variance
        return await self._forecasts.put(caller.tenant, forecast)

    async def every(self, caller: Caller) -> list[pb.Forecast]:
        """Without their intervals."""
        found = await self._forecasts.all(caller.tenant)
        for one in found:
            del one.intervals[:]
        return found

    async def get(self, caller: Caller, forecast_id: str) -> pb.Forecast:
        found = await self._forecasts.get(caller.tenant, forecast_id)
        if found is None:
            raise DomainError(Common.NOT_FOUND, forecast=forecast_id)
        return found

    async def adjust(self, caller: Caller, request: pb.AdjustForecastRequest) -> pb.Forecast:
        """Changes [from, to), says by whom."""
        forecast = await self.get(caller, request.forecast_id)
        forecast.rev = request.rev
        change = request.adjustment
        begin, end = getattr(change, "from"), change.to
        chosen = [row for row in forecast.intervals if begin <= row.start < end]
        if not chosen or change.factor < 0:
            raise refuse("adjustment", "it touches no interval of the forecast, or its factor is negative")
        change.by, change.factor = caller.subject, change.factor or 1.0
        change.at.CopyFrom(timestamp(self._clock()) or change.at)
        change.undone_by = ""
        change.ClearField("undone_at")
        forecast.adjustments.append(change)
        _recounted(forecast)
        return await self._forecasts.put(caller.tenant, forecast)

    async def undo(self, caller: Caller, request: pb.UndoAdjustmentRequest) -> pb.Forecast:
        """Takes an adjustment back; that it was there, and who took it back, stays."""
        forecast = await self.get(caller, request.forecast_id)
        forecast.rev = request.rev
        if not 0 <= request.index < len(forecast.adjustments) or forecast.adjustments[request.index].undone_by:
            raise refuse("index", "there is no such adjustment in force")
        change = forecast.adjustments[request.index]
        change.undone_by = caller.subject
        change.undone_at.CopyFrom(timestamp(self._clock()) or change.undone_at)
        _recounted(forecast)
        return await self._forecasts.put(caller.tenant, forecast)

    async def _rows(self, tenant: str, queue_id: str, minutes: int, zone: ZoneInfo) -> list[dict[str, str]]:
        """Whole days of the queue's history; today is not over and says nothing yet."""
        now = self._clock()
        until = datetime.combine(now.astimezone(zone).date(), datetime.min.time(), zone)
        found = await self._past.contacts(tenant, queue_id, now - MOST_HISTORY, until)
        if not found:
            raise Refusal(Reason.TOO_LITTLE_HISTORY, "history: it is empty", days=0)
        return [
            {"start": start.isoformat(), "contacts": str(one.offered), "aht_s": str(one.aht_s) if one.handled else ""}
            for start, one in counted(found, minutes).items()
        ]


def _recounted(forecast: pb.Forecast) -> None:
    """The base with every adjustment that is in force, in their order."""
    for row in forecast.intervals:
        row.contacts = row.base
        for change in forecast.adjustments:
            if not change.undone_by and getattr(change, "from") <= row.start < change.to:
                row.contacts = max(0.0, row.contacts * change.factor + change.extra)


def _made(rows: Sequence[Mapping[str, str]], order: forecasting.Order) -> forecasting.Told:
    from antiphon.wfm.app import forecasting

    one, *others = forecasting.run(forecasting.histories(rows, order), order, {}, lambda _: None)
    if others:
        raise refuse("csv", "one queue at a time")
    if not isinstance(one, forecasting.Told):
        raise Refusal(Reason.TOO_LITTLE_HISTORY, str(one[1]["message"]))
    return one


def _interval(row: Mapping[str, Any]) -> pb.ForecastInterval:
    return pb.ForecastInterval(
        start=row["start"],
        contacts=row["contacts"],
        base=row["base"],
        low=row["low"],
        high=row["high"],
        aht_seconds=row.get("aht_s", 0.0),
        special=row["special"],
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse("special_days", f"`{text[:20]}`: a date as 2026-03-10 is needed") from None
