"""Shifts of the demo tenant: ten weeks of history, a forecast with an adjustment, this week's schedule, published.

Made in the background once the desk is open, and only where nobody has made a schedule. History goes into the store of
workforce management, for it never happened: told as facts it would reach people's screens.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.kit import logs, mongo
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask
from antiphon.kit.protos import plain, struct
from antiphon.kit.settings import Platform
from antiphon.up.demo_tenant import DemoTenant
from antiphon.wfm.domain.adherence import AWAY, PAUSE, WORK
from antiphon.wfm.store import Store
from antiphon.wfm.v1 import wfm_pb2 as wfm
from antiphon.wfm.v1.wfm_pb2_grpc import WfmServiceStub

ZONE = "Europe/Kyiv"
QUEUE = "Сервіс"
DAYS, OPENS, CLOSES = 70, 9, 18
WEEKEND = 0.6
TRIES = 240
log = logs.get("up.demo")


async def ensure(peers: Peers, platform: Platform, tenant: DemoTenant, clock: Clock) -> None:
    """Looks before it makes. What goes wrong is said in the log: a demo without shifts is still a demo."""
    try:
        await Making(peers, platform, tenant, clock).make()
    except (DomainError, TimeoutError) as error:
        log.warning("the demo has no shifts", reason=getattr(error, "message", "") or type(error).__name__)


class Making:
    """One pass."""

    def __init__(self, peers: Peers, platform: Platform, tenant: DemoTenant, clock: Clock) -> None:
        self._stub: Any = WfmServiceStub(peers.channel("wfm"))
        self._peers = peers
        self._store = Store(mongo.database(platform, "wfm"))
        self._tenant = tenant
        self._queue = tenant.queues[QUEUE]
        self._now = clock()
        self._today = self._now.astimezone(ZoneInfo(ZONE)).date()
        self._agents = [person.id for person in tenant.people if person.role in ("agent", "supervisor")]

    async def make(self) -> None:
        if (await self._ask("ListSchedules", wfm.ListSchedulesRequest())).schedules:
            return
        await self._store.keep_history(self._tenant.tenant, list(self._contacts()), [])
        forecast = await self._forecast()
        plan = await self._plan(forecast)
        schedule = await self._published(plan)
        await self._store.keep_history(self._tenant.tenant, [], list(self._states(plain(schedule.document))))

    async def _ask(self, name: str, request: Any) -> Any:
        return await ask(getattr(self._stub, name), request, self._peers.own(self._tenant.tenant), within=60)

    def _at(self, day: date, hour: float) -> datetime:
        moment = datetime.combine(day, time(int(hour), round(hour % 1 * 60) % 60), ZoneInfo(ZONE))
        return moment.astimezone(UTC)

    def _contacts(self) -> Iterator[dict[str, Any]]:
        """Mondays are busier, noon too; one in twenty gives up."""
        chance = random.Random(7)  # noqa: S311 - small talk
        for back in range(DAYS, -1, -1):
            day = self._today - timedelta(days=back)
            busy = WEEKEND if day.weekday() >= 5 else 1.25 if day.weekday() == 0 else 1.0
            for half in range(2 * OPENS, 2 * CLOSES):
                mean = 5.5 * busy * (0.6 + 0.7 * math.exp(-(((half - 23) / 5) ** 2)))
                for number in range(round(chance.gauss(mean, math.sqrt(mean) / 2))):
                    offered = self._at(day, half / 2) + timedelta(seconds=chance.uniform(0, 1800))
                    if offered < self._now - timedelta(minutes=15):
                        yield self._contact(f"demo-{day}-{half}-{number}", offered, chance)

    def _contact(self, name: str, offered: datetime, chance: random.Random) -> dict[str, Any]:
        wait = timedelta(seconds=chance.expovariate(1 / 14))
        found = {"id": name, "queue": self._queue, "offered_at": offered}
        if chance.random() < 0.05:
            return {**found, "abandoned_at": offered + timedelta(seconds=chance.uniform(20, 120))}
        talk = timedelta(seconds=chance.gammavariate(4, 50))
        agent = chance.choice(self._agents)
        return {**found, "agent": agent, "answered_at": offered + wait, "ended_at": offered + wait + talk}

    def _states(self, document: dict[str, Any]) -> Iterator[tuple[str, datetime, str, str]]:
        """What people did in the shifts that are over: mostly what was planned; some come late, some lunch longer."""
        for number, row in enumerate(document["shifts"]):
            start, end = (datetime.fromisoformat(row[name]) for name in ("start", "end"))
            if end > self._now:
                continue
            late = timedelta(minutes=25 if number % 6 == 2 else 0)
            yield row["person"], start + late, WORK, ""
            for pause in row["breaks"]:
                longer = timedelta(minutes=12 if number % 4 == 1 else 0)
                yield row["person"], datetime.fromisoformat(pause["start"]), PAUSE, pause["name"]
                yield row["person"], datetime.fromisoformat(pause["end"]) + longer, WORK, ""
            yield row["person"], end, AWAY, ""

    async def _forecast(self) -> wfm.Forecast:
        request = wfm.MakeForecastRequest(
            name=QUEUE, queue_id=self._queue, days=14, time_zone=ZONE, country="UA", interval_minutes=30
        )
        made: wfm.Forecast = (await self._ask("MakeForecast", request)).forecast
        day = str(self._today + timedelta(days=1))
        if any(row.start.startswith(day) for row in made.intervals):
            change = wfm.Adjustment(to=f"{day}T24:00", factor=1.15, reason="Знижки на сайті")
            setattr(change, "from", f"{day}T00:00")
            adjust = wfm.AdjustForecastRequest(forecast_id=made.id, rev=made.rev, adjustment=change)
            made = (await self._ask("AdjustForecast", adjust)).forecast
        return made

    async def _plan(self, forecast: wfm.Forecast) -> wfm.Plan:
        """This week and the next: a shift of eight hours and a half that begins between eight and half past nine."""
        asked = wfm.Demand(queue_id=self._queue, service_level=0.8, within_seconds=60, patience_seconds=120)
        staffing = wfm.GetStaffingRequest(demands=[wfm.Demand(forecast_id=forecast.id, service_level=0.8)])
        staffing.demands[0].within_seconds, staffing.demands[0].patience_seconds = 60, 120
        table = (await self._ask("GetStaffing", staffing)).intervals
        lunch = {"name": "lunch", "minutes": 30, "between": [210, 300]}
        shift = {"name": "day", "from": "08:00", "to": "09:30", "every": 30, "length": 510, "break": [lunch]}
        monday = self._today - timedelta(days=self._today.weekday())
        usual = {(date.fromisoformat(row.start[:10]).weekday(), row.start[10:]): row.agents for row in table}
        days = [monday + timedelta(days=number) for number in range(14)]
        content = {
            "zone": ZONE,
            "country": "UA",
            "from": str(monday),
            "days": 14,
            "interval": 30,
            "shift": [shift],
            "person": [{"id": agent, "days": "5", "cost_per_hour": 18_000} for agent in self._agents],
            "need": [
                {"start": f"{day}{at}", "agents": agents}
                for day in days
                for (weekday, at), agents in usual.items()
                if weekday == day.weekday()
            ],
        }
        plan = wfm.Plan(name="Перша лінія", content=struct(content), demands=[asked])
        plan.approval.notice_hours = 24
        stored: wfm.Plan = (await self._ask("PutPlan", wfm.PutPlanRequest(plan=plan))).plan
        return stored

    async def _published(self, plan: wfm.Plan) -> wfm.Schedule:
        started = wfm.StartScheduleRequest(request_id=f"demo-{self._today}", plan_id=plan.id, seconds=10)
        schedule = (await self._ask("StartSchedule", started)).schedule
        for _ in range(TRIES):
            schedule = (await self._ask("GetSchedule", wfm.GetScheduleRequest(schedule_id=schedule.id))).schedule
            if schedule.state != wfm.SCHEDULE_STATE_SOLVING:
                break
            await asyncio.sleep(0.5)
        publish = wfm.PublishScheduleRequest(schedule_id=schedule.id, rev=schedule.rev)
        done: wfm.Schedule = (await self._ask("PublishSchedule", publish)).schedule
        return done
