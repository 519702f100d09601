"""A tenant of workforce management for service tests: whoever asks, and the ACD that tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from antiphon.acd.v1 import acd_pb2
from antiphon.acd.v1 import events_pb2 as acd
from antiphon.kit.clock import SettableClock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.protos import moment, struct, timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, token_for
from antiphon.kit.tokens import Caller
from antiphon.wfm.v1 import wfm_pb2 as pb
from antiphon.wfm.v1.wfm_pb2_grpc import WfmServiceStub

SUPERVISOR = frozenset({"work.watch", "work.supervise", "work.take"})
AGENT = frozenset({"work.take"})
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
CLOCK = SettableClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))


class Centre:
    """A tenant: whoever asks, and the ACD that tells."""

    def __init__(self, rt: Runtime, platforms: dict[str, Platform], tenant: str) -> None:
        self._rt, self._platforms, self.tenant = rt, platforms, tenant
        self._stub = WfmServiceStub(rt.peers.channel("wfm"))
        self._told = 0

    async def ask(self, name: str, request: Any, person: str = "boss", rights: frozenset[str] = SUPERVISOR) -> Any:
        caller = Caller(self.tenant, f"person:{person}", rights)
        headers = metadata(token_for(self._platforms["directory"], caller))
        return await ask(getattr(self._stub, name), request, headers, within=60)

    async def refused(self, name: str, request: Any, person: str = "boss", rights: Any = SUPERVISOR) -> DomainError:
        with pytest.raises(DomainError) as refused:
            await self.ask(name, request, person, rights)
        return refused.value

    async def tell(self, event: Message, key: str) -> None:
        """Twice, as it may happen."""
        bus = await self._bus()
        self._told += 1
        for copy in range(2):
            await bus.publish(event, tenant=self.tenant, key=key, event_id=f"{self.tenant}-{self._told}-{copy}")

    async def _bus(self) -> Any:
        if not hasattr(self, "_open"):
            self._open = await self._rt.bus()
        return self._open

    async def contact(self, item_id: str, at: datetime, talk_s: float | None = 120, agent: str = "") -> None:
        """Offered, answered ten seconds later and talked to, or abandoned."""
        item = acd_pb2.WorkItem(id=item_id, queue_id="qu_1", channel="voice", enqueued_at=timestamp(at))
        await self.tell(acd.WorkQueued(occurred_at=timestamp(at), item=item), item_id)
        later = timestamp(at + timedelta(seconds=10))
        if talk_s is None:
            await self.tell(acd.WorkAbandoned(occurred_at=later, item=item), item_id)
            return
        item.agent_id = agent
        await self.tell(acd.WorkAccepted(occurred_at=later, item=item), item_id)
        ended = timestamp(at + timedelta(seconds=10 + talk_s))
        await self.tell(acd.WorkCompleted(occurred_at=ended, item=item), item_id)

    async def agent(self, person: str, at: datetime, state: acd_pb2.AgentState.ValueType, reason: str = "") -> None:
        agent = acd_pb2.Agent(agent_id=person, state=state, reason=reason)
        await self.tell(acd.AgentChanged(occurred_at=timestamp(at), agent=agent), person)

    async def history(self, hours: int = 24) -> list[pb.Interval]:
        request = pb.GetHistoryRequest(queue_id="qu_1", to=timestamp(MONDAY + timedelta(hours=hours)))
        getattr(request, "from").CopyFrom(timestamp(MONDAY))
        return list((await self.ask("GetHistory", request)).intervals)

    async def published(self, people: int = 4, days: str = "3-5") -> pb.Schedule:
        """A week of a small team, solved and published."""
        given = content(people, person=[{"id": f"p{number}", "days": days} for number in range(people)])
        plan = await self.ask("PutPlan", pb.PutPlanRequest(plan=pb.Plan(name="Team", content=struct(given))))
        request = pb.StartScheduleRequest(request_id="r1", plan_id=plan.plan.id)
        started = await self.ask("StartSchedule", request)
        assert started.schedule.state == pb.SCHEDULE_STATE_SOLVING
        assert (await self.ask("StartSchedule", request)).schedule.id == started.schedule.id
        ready = await self.solved(started.schedule.id)
        assert ready.state == pb.SCHEDULE_STATE_READY, ready.why
        done = await self.ask("PublishSchedule", pb.PublishScheduleRequest(schedule_id=ready.id, rev=ready.rev))
        schedule: pb.Schedule = done.schedule
        return schedule

    async def solved(self, schedule_id: str) -> pb.Schedule:
        async def over() -> pb.Schedule | None:
            found = await self.ask("GetSchedule", pb.GetScheduleRequest(schedule_id=schedule_id))
            return found.schedule if found.schedule.state != pb.SCHEDULE_STATE_SOLVING else None

        found: pb.Schedule = await eventually(over, within=120)
        return found

    async def mine(self, person: str) -> pb.GetMyScheduleResponse:
        request = pb.GetMyScheduleRequest(to=timestamp(MONDAY + timedelta(days=8)))
        getattr(request, "from").CopyFrom(timestamp(MONDAY))
        found: pb.GetMyScheduleResponse = await self.ask("GetMySchedule", request, person, AGENT)
        return found

    async def days(self, person: str) -> list[str]:
        return [f"{moment(shift.start):%Y-%m-%d}" for shift in (await self.mine(person)).shifts]


def content(people: int, **changes: Any) -> dict[str, Any]:
    lunch = {"name": "lunch", "minutes": 30, "between": [210, 300]}
    shift = {"name": "day", "from": "08:00", "to": "10:00", "every": 60, "length": 510, "break": [lunch]}
    return {
        "from": "2026-03-02",
        "days": 7,
        "zone": "UTC",
        "country": "RU",
        "shift": [shift],
        "person": [{"id": f"p{number}", "days": "3-5"} for number in range(people)],
        "need": [
            {"start": f"2026-03-{2 + day:02d}T{hour:02d}:00", "agents": 2} for day in range(5) for hour in range(8, 18)
        ],
        **changes,
    }
