"""Schedules changed by hand: shifts given and moved, every broken rule named at once; copies to try what if."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from antiphon.kit.clock import Clock
from antiphon.kit.ids import derived_id
from antiphon.kit.protos import struct, timestamp
from antiphon.kit.tokens import Caller
from antiphon.wfm.app.solving import Kept, document_of, published
from antiphon.wfm.check import check
from antiphon.wfm.domain.changing import Edit, edited
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse
from antiphon.wfm.v1 import wfm_pb2 as pb

MOST_EDITS = 500


class Editing:
    """Use cases of a schedule that is there."""

    def __init__(self, store: Kept, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def edit(self, caller: Caller, request: pb.EditScheduleRequest) -> pb.Schedule:
        """Stores the edits, or only shows what they would do."""
        schedule = await self._store.schedule(caller.tenant, request.schedule_id)
        if schedule.state in (pb.SCHEDULE_STATE_SOLVING, pb.SCHEDULE_STATE_FAILED):
            raise Refusal(Reason.NOT_READY)
        if not 0 < len(request.edits) <= MOST_EDITS:
            raise refuse("edits", f"from 1 to {MOST_EDITS}")
        edits = [Edit(one.person_id, one.day, one.pattern, one.start, one.locked) for one in request.edits]
        before = document_of(schedule)
        after, faults = await asyncio.to_thread(_looked_at, before, edits)
        if schedule.state == pb.SCHEDULE_STATE_PUBLISHED and not request.preview:
            new = sorted(set(faults) - set(await asyncio.to_thread(check, before)))
            if new:
                raise Refusal(Reason.BREAKS_RULES, "; ".join(new[:5]), faults="; ".join(new))
        schedule.document.CopyFrom(struct(after))
        stored = schedule if request.preview else await self._stored(caller, schedule, request)
        stored.faults[:] = faults
        return stored

    async def _stored(self, caller: Caller, schedule: pb.Schedule, request: pb.EditScheduleRequest) -> pb.Schedule:
        schedule.rev = request.rev
        schedule.ClearField("faults")
        schedule.changed_at.CopyFrom(timestamp(self._clock()) or schedule.changed_at)
        told = None
        if schedule.state == pb.SCHEDULE_STATE_PUBLISHED:
            people = tuple(sorted({edit.person_id for edit in request.edits}))
            told = published(schedule, self._clock, people)
        return await self._store.save_schedule(caller.tenant, schedule, told)

    async def copy(self, caller: Caller, request: pb.CopyScheduleRequest) -> pb.Schedule:
        """Another schedule with the same shifts, not published."""
        if not request.request_id:
            raise refuse("request_id", "is missing")
        before = await self._store.schedule(caller.tenant, request.schedule_id)
        copied = pb.Schedule()
        copied.CopyFrom(before)
        document_of(before)  # NOT_READY where there is nothing to copy
        copied.id = derived_id("sc", caller.tenant, "copy", request.request_id)
        copied.rev, copied.state = 0, pb.SCHEDULE_STATE_READY
        copied.name = request.name.strip() or before.name
        copied.ClearField("published_at")
        copied.ClearField("faults")
        copied.changed_at.CopyFrom(timestamp(self._clock()) or copied.changed_at)
        return await self._store.save_schedule(caller.tenant, copied)

    async def delete(self, caller: Caller, schedule_id: str) -> None:
        await self._store.delete_schedule(caller.tenant, schedule_id)


def _looked_at(before: Mapping[str, Any], edits: list[Edit]) -> tuple[dict[str, Any], list[str]]:
    after = edited(dict(before), edits)
    return after, check(after)
