"""What agents see of the published schedules, and how they ask for another: swaps and time off, with approval.

A day's shifts are those of the schedule that was published last for it. An approved change is written into that
schedule's document, in one transaction with the request and with what is told of both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from google.protobuf.message import Message

from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import derived_id
from antiphon.kit.protos import moment, struct, timestamp
from antiphon.kit.tokens import Caller
from antiphon.wfm.app.ical import feed
from antiphon.wfm.app.solving import document_of, published
from antiphon.wfm.check import check
from antiphon.wfm.domain.changing import freed, shift_of, swapped
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse
from antiphon.wfm.v1 import wfm_pb2 as pb
from antiphon.wfm.v1.events_pb2 import ChangeUpdated


class Kept(Protocol):
    """What this part needs of the store."""

    async def schedules(self, tenant: str, states: Any = ()) -> list[pb.Schedule]: ...
    async def save_schedule(
        self, tenant: str, schedule: pb.Schedule, event: Message | None = None, change: pb.Change | None = None
    ) -> pb.Schedule: ...
    async def changes(self, tenant: str, person_id: str) -> list[pb.Change]: ...
    async def change(self, tenant: str, change_id: str) -> pb.Change: ...
    async def save_change(self, tenant: str, change: pb.Change, before: int, event: Message) -> pb.Change: ...


class Rotas:
    """Use cases of published schedules."""

    def __init__(self, store: Kept, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def mine(self, caller: Caller, request: pb.GetMyScheduleRequest) -> pb.GetMyScheduleResponse:
        """The caller's shifts that touch [from, to)."""
        person = _person(caller)
        since, until = moment(getattr(request, "from")), moment(request.to)
        rows = [row for row in await self.shifts(caller.tenant, since, until) if row["person"] == person]
        zone = rows[0]["zone"] if rows else "UTC"
        return pb.GetMyScheduleResponse(
            shifts=[_shift(row) for row in rows], icalendar=feed("Antiphon", zone, rows, self._clock())
        )

    async def shifts(self, tenant: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """Everybody's published shifts that touch the span, with the `zone` in which their days are."""
        rows: list[dict[str, Any]] = []
        taken: set[str] = set()
        for schedule in await self._published(tenant):
            document = document_of(schedule)
            for row in document["shifts"]:
                local = str(datetime.fromisoformat(row["start"]).astimezone(ZoneInfo(document["zone"])).date())
                touches = datetime.fromisoformat(row["end"]) > since and datetime.fromisoformat(row["start"]) < until
                if touches and local not in taken:
                    rows.append({**row, "zone": document["zone"]})
            taken |= _days(schedule)
        return sorted(rows, key=lambda row: (row["start"], row["person"]))

    async def ask(self, caller: Caller, request: pb.RequestChangeRequest) -> pb.Change:
        """Stores a request whose shifts exist."""
        person = _person(caller)
        if not request.request_id or request.kind not in (pb.CHANGE_KIND_SWAP, pb.CHANGE_KIND_TIME_OFF):
            raise refuse("kind", "a swap or time off, with a request_id")
        swap = request.kind == pb.CHANGE_KIND_SWAP
        if swap == (not request.other_person_id) or request.other_person_id == person:
            raise refuse("other_person_id", "a swap names a colleague, time off nobody")
        change = pb.Change(
            id=derived_id("ch", caller.tenant, person, request.request_id),
            kind=request.kind,
            state=pb.CHANGE_STATE_ASKED if swap else pb.CHANGE_STATE_PENDING,
            person_id=person,
            day=request.day,
            other_person_id=request.other_person_id,
            other_day=request.other_day,
            note=request.note[:500],
            asked_at=timestamp(self._clock()),
        )
        await self._found(caller.tenant, change)
        return await self._store.save_change(caller.tenant, change, 0, self._told(change))

    async def changes(self, caller: Caller) -> list[pb.Change]:
        """A supervisor's are everybody's."""
        return await self._store.changes(caller.tenant, "" if caller.may("work.supervise") else _person(caller))

    async def answer(self, caller: Caller, request: pb.AnswerChangeRequest) -> pb.Change:
        """The colleague's word."""
        change = await self._store.change(caller.tenant, request.change_id)
        if change.other_person_id != _person(caller):
            raise Refusal(Reason.NOT_YOURS)
        if change.state != pb.CHANGE_STATE_ASKED:
            raise Refusal(Reason.DECIDED)
        change.state = pb.CHANGE_STATE_PENDING if request.agreed else pb.CHANGE_STATE_REFUSED
        if not request.agreed:
            change.decided_by = caller.subject
        return await self._store.save_change(caller.tenant, change, pb.CHANGE_STATE_ASKED, self._told(change))

    async def decide(self, caller: Caller, request: pb.DecideChangeRequest) -> pb.Change:
        """Approved: the published schedule is another, if the checker finds no new fault in it."""
        change = await self._store.change(caller.tenant, request.change_id)
        if change.state not in (pb.CHANGE_STATE_ASKED, pb.CHANGE_STATE_PENDING):
            raise Refusal(Reason.DECIDED)
        before = change.state
        if request.approved and before == pb.CHANGE_STATE_ASKED:
            raise Refusal(Reason.NOT_READY, "the colleague has not agreed yet")
        change.decided_by, change.reason = caller.subject, request.reason[:500]
        change.state = pb.CHANGE_STATE_APPROVED if request.approved else pb.CHANGE_STATE_REFUSED
        if not request.approved:
            return await self._store.save_change(caller.tenant, change, before, self._told(change))
        schedule, document, mine, theirs = await self._found(caller.tenant, change)
        if change.kind == pb.CHANGE_KIND_SWAP:
            after = swapped(document, mine, change.other_person_id, theirs)
        else:
            after = freed(document, mine, change.day)
        faults = await asyncio.to_thread(_new_faults, document, after, change.kind == pb.CHANGE_KIND_TIME_OFF)
        if faults:
            raise Refusal(Reason.BREAKS_RULES, "; ".join(faults[:5]), faults="; ".join(faults))
        schedule.document.CopyFrom(struct(after))
        people = tuple(sorted({change.person_id, change.other_person_id} - {""}))
        await self._store.save_schedule(caller.tenant, schedule, published(schedule, self._clock, people), change)
        return change

    async def _found(self, tenant: str, change: pb.Change) -> tuple[pb.Schedule, dict[str, Any], int, int | None]:
        """The published schedule of the day, and which shifts are meant. Raises NO_SHIFT."""
        for schedule in await self._published(tenant):
            if change.day not in _days(schedule):
                continue
            document = document_of(schedule)
            mine = shift_of(document, change.person_id, change.day)
            theirs = shift_of(document, change.other_person_id, change.other_day) if change.other_day else None
            known = {person["id"] for person in document["people"]}
            if change.other_person_id and change.other_person_id not in known:
                raise refuse("other_person_id", "the colleague is not in this schedule")
            if mine is None or (change.other_day and theirs is None):
                break
            return schedule, document, mine, theirs
        raise Refusal(Reason.NO_SHIFT)

    async def _published(self, tenant: str) -> list[pb.Schedule]:
        """The latest first: for a day that two hold, the first counts."""
        return await self._store.schedules(tenant, [pb.SCHEDULE_STATE_PUBLISHED])

    def _told(self, change: pb.Change) -> ChangeUpdated:
        return ChangeUpdated(
            occurred_at=timestamp(self._clock()),
            change_id=change.id,
            person_id=change.person_id,
            other_person_id=change.other_person_id,
            state=int(change.state),
        )


def _days(schedule: pb.Schedule) -> set[str]:
    first, last = date.fromisoformat(schedule.first_day), date.fromisoformat(schedule.last_day)
    return {str(date.fromordinal(number)) for number in range(first.toordinal(), last.toordinal() + 1)}


def _new_faults(before: Mapping[str, Any], after: Mapping[str, Any], time_off: bool) -> list[str]:
    """Faults that the change would bring. Fewer days than agreed are what time off is about."""
    known = set(check(before))
    found = [fault for fault in check(after) if fault not in known]
    return [fault for fault in found if not (time_off and fault.startswith("days a week"))]


def _person(caller: Caller) -> str:
    if not caller.person_id:
        raise DomainError(Common.DENIED, "only a person has shifts")
    return caller.person_id


def _shift(row: Mapping[str, Any]) -> pb.Shift:
    return pb.Shift(
        person_id=row["person"],
        pattern=row["pattern"],
        start=timestamp(datetime.fromisoformat(row["start"])),
        end=timestamp(datetime.fromisoformat(row["end"])),
        breaks=list(_breaks(row["breaks"])),
    )


def _breaks(rows: Sequence[Mapping[str, Any]]) -> Iterator[pb.ShiftBreak]:
    for row in rows:
        yield pb.ShiftBreak(
            name=row["name"],
            start=timestamp(datetime.fromisoformat(row["start"])),
            end=timestamp(datetime.fromisoformat(row["end"])),
            paid=bool(row["paid"]),
        )
