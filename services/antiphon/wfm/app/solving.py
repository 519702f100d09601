"""Plans become schedules: solved in the background, told how far, stopped on request, checked, published.

One schedule is solved at a time in a process, in a thread of its own; how far it is and that somebody is still at it is
noted every second. When a process dies, its schedule is FAILED for everybody who asks: start it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from antiphon.kit import logs
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import derived_id, new_id
from antiphon.kit.protos import moment, plain, struct, timestamp
from antiphon.kit.records import Records
from antiphon.kit.tokens import Caller
from antiphon.wfm.check import check
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse
from antiphon.wfm.settings import Settings
from antiphon.wfm.v1 import wfm_pb2 as pb
from antiphon.wfm.v1.events_pb2 import SchedulePublished

if TYPE_CHECKING:  # the solver is loaded when the first plan is stored, not at the start
    from antiphon.wfm.app.program import Step
    from antiphon.wfm.domain.plan import Plan

SECONDS = 30.0
SILENT = timedelta(seconds=30)
"""After so long without a word from whoever solves it a schedule is given up."""
log = logs.get("wfm")


class Kept(Protocol):
    """What this part needs of the store."""

    async def schedules(self, tenant: str, states: Any = ()) -> list[pb.Schedule]: ...
    async def schedule(self, tenant: str, schedule_id: str) -> pb.Schedule: ...
    async def save_schedule(
        self, tenant: str, schedule: pb.Schedule, event: Message | None = None, change: pb.Change | None = None
    ) -> pb.Schedule: ...
    async def delete_schedule(self, tenant: str, schedule_id: str) -> None: ...
    async def preferences(self, tenant: str, people: Sequence[str]) -> dict[str, pb.Preferences]: ...
    async def note_progress(self, schedule_id: str, progress: dict[str, Any]) -> None: ...
    async def progress(self, schedule_id: str) -> dict[str, Any] | None: ...
    async def ask_stop(self, tenant: str, schedule_id: str) -> None: ...
    async def stop_asked(self, schedule_id: str) -> bool: ...


@dataclass(slots=True)
class _Job:
    tenant: str
    schedule: pb.Schedule
    plan: Plan
    zone: str
    seconds: float
    step: Step | None = None
    stop: bool = False


class Solving:
    """Use cases of plans and schedules, and the worker that solves."""

    def __init__(self, store: Kept, plans: Records[pb.Plan], clock: Clock, settings: Settings) -> None:
        self._store = store
        self._plans = plans
        self._clock = clock
        self._settings = settings
        self._waiting: asyncio.Queue[_Job] = asyncio.Queue(settings.most_waiting)

    async def plans(self, caller: Caller) -> list[pb.Plan]:
        return await self._plans.all(caller.tenant)

    async def put_plan(self, caller: Caller, plan: pb.Plan) -> pb.Plan:
        """Stores a plan that can be read as one."""
        if plan.id and await self._plans.get(caller.tenant, plan.id) is None:
            raise DomainError(Common.NOT_FOUND, plan=plan.id)
        await asyncio.to_thread(_read, plan.content)
        if not plan.name.strip():
            raise invalid("name", "a plan has a name")
        if not plan.id:
            plan.id, plan.rev = new_id("pl"), 0
        elif plan.rev < 1:
            raise invalid("rev", "the revision that was read is needed to change a plan")
        return await self._plans.put(caller.tenant, plan)

    async def start(self, caller: Caller, request: pb.StartScheduleRequest) -> pb.Schedule:
        """Stores the schedule as SOLVING and queues the work."""
        if not request.request_id:
            raise refuse("request_id", "is missing")
        record = await self._plans.get(caller.tenant, request.plan_id)
        if record is None:
            raise DomainError(Common.NOT_FOUND, plan=request.plan_id)
        seconds = request.seconds or SECONDS
        if not 0 < seconds <= self._settings.most_seconds:
            raise refuse("seconds", f"above 0, at most {self._settings.most_seconds:g}")
        wishes = await self._store.preferences(caller.tenant, _people(record.content))
        plan, zone = await asyncio.to_thread(_read, record.content, wishes)
        if request.keep_schedule_id:
            from antiphon.wfm.app import scheduling

            before = document_of(await self._store.schedule(caller.tenant, request.keep_schedule_id))
            plan = scheduling.keep(plan, before, only_locked=request.only_locked)
        if self._waiting.full():
            raise DomainError(Common.TOO_MANY, "too many schedules wait to be solved")
        wanted = pb.Schedule(
            id=derived_id("sc", caller.tenant, request.request_id),
            name=request.name or record.name,
            plan_id=record.id,
            state=pb.SCHEDULE_STATE_SOLVING,
            gap=-1,
            first_day=str(plan.dates[0]),
            last_day=str(plan.dates[-1]),
            changed_at=timestamp(self._clock()),
        )
        await self._store.note_progress(wanted.id, {"at": self._clock()})
        stored = await self._store.save_schedule(caller.tenant, wanted)
        if stored.rev == 1 and stored.state == pb.SCHEDULE_STATE_SOLVING and stored.changed_at == wanted.changed_at:
            self._waiting.put_nowait(_Job(caller.tenant, stored, plan, zone, seconds))
        return stored

    async def stop(self, caller: Caller, schedule_id: str) -> None:
        await self._store.schedule(caller.tenant, schedule_id)
        await self._store.ask_stop(caller.tenant, schedule_id)

    async def every(self, caller: Caller) -> list[pb.Schedule]:
        """Without their documents."""
        found = await self._store.schedules(caller.tenant)
        for one in found:
            one.ClearField("document")
        return [await self._as_of_now(one) for one in found]

    async def get(self, caller: Caller, schedule_id: str) -> pb.Schedule:
        """With which rules it breaks now."""
        found = await self._as_of_now(await self._store.schedule(caller.tenant, schedule_id))
        if found.document.fields:
            found.faults[:] = await asyncio.to_thread(check, document_of(found))
        return found

    async def publish(self, caller: Caller, request: pb.PublishScheduleRequest) -> pb.Schedule:
        """Checks once more and publishes; what was published for the same people and days only is replaced."""
        schedule = await self._store.schedule(caller.tenant, request.schedule_id)
        if schedule.state not in (pb.SCHEDULE_STATE_READY, pb.SCHEDULE_STATE_REPLACED, pb.SCHEDULE_STATE_PUBLISHED):
            raise Refusal(Reason.NOT_READY)
        faults = await asyncio.to_thread(check, document_of(schedule))
        if faults:
            raise Refusal(Reason.BREAKS_RULES, "; ".join(faults[:5]), faults=len(faults))
        schedule.rev, schedule.state = request.rev, pb.SCHEDULE_STATE_PUBLISHED
        schedule.changed_at.CopyFrom(timestamp(self._clock()) or schedule.changed_at)
        schedule.published_at.CopyFrom(schedule.changed_at)
        schedule.ClearField("faults")
        stored = await self._store.save_schedule(caller.tenant, schedule, published(schedule, self._clock, ()))
        people = _scheduled(stored)
        for other in await self._store.schedules(caller.tenant, [pb.SCHEDULE_STATE_PUBLISHED]):
            within = stored.first_day <= other.first_day and other.last_day <= stored.last_day
            if other.id != stored.id and within and _scheduled(other) <= people:
                other.state = pb.SCHEDULE_STATE_REPLACED
                await self._store.save_schedule(caller.tenant, other)
        return stored

    async def run(self) -> None:
        """The worker, for ever."""
        while True:
            job = await self._waiting.get()
            solving = asyncio.ensure_future(asyncio.to_thread(self._solve, job))
            try:
                while not solving.done():
                    await asyncio.wait({solving}, timeout=1.0)
                    job.stop = job.stop or await self._store.stop_asked(job.schedule.id)
                    await self._store.note_progress(job.schedule.id, _noted(job, self._clock))
            finally:
                job.stop = True  # the process ends: the thread must not hold it up
            await self._finish(job, solving)

    def _solve(self, job: _Job) -> dict[str, Any]:
        from antiphon.wfm.app import scheduling
        from antiphon.wfm.app.program import Effort

        def watch(step: Step) -> None:
            job.step = step

        effort = Effort(job.seconds, watch=watch, stop=lambda: job.stop)
        return scheduling.document(scheduling.solve(job.plan, effort, effort), job.zone)

    async def _finish(self, job: _Job, solving: asyncio.Future[dict[str, Any]]) -> None:
        schedule = job.schedule
        try:
            document = solving.result()
            schedule.document.CopyFrom(struct(document))
            schedule.state = pb.SCHEDULE_STATE_READY
            schedule.gap = max(document["summary"]["cover_gap"], document["summary"]["roster_gap"])
            schedule.seconds = document["summary"]["cover_s"] + document["summary"]["roster_s"]
        except Refusal as refused:
            schedule.state, schedule.why = pb.SCHEDULE_STATE_FAILED, f"{refused.reason.name}: {refused.message}"
        schedule.changed_at.CopyFrom(timestamp(self._clock()) or schedule.changed_at)
        try:
            await self._store.save_schedule(job.tenant, schedule)
        except DomainError as error:
            log.warning("a schedule was changed while it was solved", tenant=job.tenant, reason=error.reason.name)

    async def _as_of_now(self, schedule: pb.Schedule) -> pb.Schedule:
        """With its progress; FAILED when nobody has been at it for a while."""
        if schedule.state != pb.SCHEDULE_STATE_SOLVING:
            return schedule
        noted = await self._store.progress(schedule.id) or {}
        schedule.phase, schedule.seconds = noted.get("phase", ""), noted.get("seconds", 0.0)
        schedule.gap = noted.get("gap", -1.0)
        if self._clock() - noted.get("at", moment(schedule.changed_at)) > SILENT:
            schedule.state, schedule.why = pb.SCHEDULE_STATE_FAILED, "whoever solved it is gone; start it again"
        return schedule


def _noted(job: _Job, clock: Clock) -> dict[str, Any]:
    if job.step is None:
        return {"at": clock()}
    gap = job.step.gap if job.step.gap < 1e20 else -1.0
    return {"at": clock(), "phase": job.step.phase, "seconds": job.step.seconds, "gap": gap}


def published(schedule: pb.Schedule, clock: Clock, people: tuple[str, ...]) -> SchedulePublished:
    """What is told when agents see another schedule."""
    return SchedulePublished(
        occurred_at=timestamp(clock()),
        schedule_id=schedule.id,
        rev=schedule.rev + 1,
        first_day=schedule.first_day,
        last_day=schedule.last_day,
        person_ids=people,
    )


def _scheduled(schedule: pb.Schedule) -> set[str]:
    return {person["id"] for person in document_of(schedule)["people"]}


def document_of(schedule: pb.Schedule) -> dict[str, Any]:
    """The document as it was made."""
    if not schedule.document.fields:
        raise Refusal(Reason.NOT_READY)
    return plain(schedule.document)


def _people(content: Struct) -> list[str]:
    rows = plain(content).get("person", [])
    return [str(row.get("id")) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _wishing(row: Mapping[str, Any], wishes: Mapping[str, pb.Preferences]) -> dict[str, Any]:
    """A person of the plan with what he would like, where the plan says nothing of it."""
    wanted = wishes.get(str(row.get("id")))
    if wanted is None:
        return dict(row)
    mine: dict[str, Any] = {"free_weekdays": list(wanted.free_weekdays)}
    if wanted.prefers_start:
        mine["prefers_start"] = wanted.prefers_start
    if wanted.free_days:
        mine["wants_free"] = list(wanted.free_days)
    return {**mine, **row}


def _read(content: Struct, wishes: Mapping[str, pb.Preferences] | None = None) -> tuple[Plan, str]:
    """The plan and its time zone, from what the record holds."""
    from antiphon.wfm.app import planfile

    values = plain(content)
    need: Any = values.pop("need", [])
    people: Any = values.pop("person", [])
    unknown = set(values) - planfile.KNOWN
    if unknown:
        raise refuse(min(unknown), "unknown")
    if not all(isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows) for rows in (need, people)):
        raise refuse("need", "lists of objects")
    if wishes:
        people = [_wishing(row, wishes) for row in people]
    try:
        if isinstance(values.get("from"), str):
            values["from"] = date.fromisoformat(values["from"])
        return planfile.build(values, need, people), str(values.get("zone", "UTC"))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise refuse("content", f"is no plan: {error}") from error
