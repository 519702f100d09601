"""How people get another schedule: swaps, offered shifts, time off; and what a supervisor proposes to them: overtime,
leaving early.

An approved change is written into the published schedule's document, in one transaction with the request and with what
is told of both. Two who agree at the same moment meet at the schedule's revision: the later one looks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from google.protobuf.message import Message

from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import derived_id
from antiphon.kit.protos import moment, struct, timestamp
from antiphon.kit.records import Records
from antiphon.kit.tokens import Caller
from antiphon.wfm.app.rotas import days_of, latest_first, person_of
from antiphon.wfm.app.solving import document_of, published
from antiphon.wfm.check import check
from antiphon.wfm.domain.changing import (
    Document,
    freed,
    lengthened,
    shift_of,
    short_intervals,
    shortened,
    swapped,
)
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse
from antiphon.wfm.v1 import wfm_pb2 as pb
from antiphon.wfm.v1.events_pb2 import ChangeUpdated

PROPOSED = (pb.CHANGE_KIND_OVERTIME, pb.CHANGE_KIND_LEAVE_EARLY)
TRIES = 5
MOST_ASKED = 200
BY_RULE = "rule:approval"


class Kept(Protocol):
    """What this part needs of the store."""

    async def schedules(self, tenant: str, states: Any = ()) -> list[pb.Schedule]: ...
    async def save_schedule(
        self, tenant: str, schedule: pb.Schedule, event: Message | None = None, change: pb.Change | None = None
    ) -> pb.Schedule: ...
    async def changes(self, tenant: str, person_id: str) -> list[pb.Change]: ...
    async def proposed(self, tenant: str, proposal_id: str) -> list[pb.Change]: ...
    async def change(self, tenant: str, change_id: str) -> pb.Change: ...
    async def save_change(self, tenant: str, change: pb.Change, before: int, event: Message) -> pb.Change: ...


@dataclass(frozen=True, slots=True)
class Found:
    """The published schedule that a change is about, and which shifts."""

    schedule: pb.Schedule
    document: Document
    mine: int
    theirs: int | None


class Requests:
    """Use cases of changes."""

    def __init__(self, store: Kept, plans: Records[pb.Plan], clock: Clock) -> None:
        self._store = store
        self._plans = plans
        self._clock = clock

    async def ask(self, caller: Caller, request: pb.RequestChangeRequest) -> pb.Change:
        """Stores a request whose shifts exist; grants time off that needs nobody's word."""
        person = person_of(caller)
        if not request.request_id or request.kind not in (pb.CHANGE_KIND_SWAP, pb.CHANGE_KIND_TIME_OFF):
            raise refuse("kind", "a swap or time off, with a request_id")
        swap = request.kind == pb.CHANGE_KIND_SWAP
        alone = not request.other_person_id
        if request.other_person_id == person or (not swap and not alone) or (alone and request.other_day):
            raise refuse("other_person_id", "a swap names a colleague or nobody, time off nobody")
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
        found = await self._found(caller.tenant, change)
        stored = await self._store.save_change(caller.tenant, change, 0, self._told(change))
        if stored.state == pb.CHANGE_STATE_PENDING and await self._goes_alone(caller.tenant, stored, found):
            return await self._granted(caller.tenant, stored, BY_RULE) or stored
        return stored

    async def changes(self, caller: Caller) -> list[pb.Change]:
        """A supervisor's are everybody's; an agent's his own, those that ask him, and shifts offered in his team."""
        if caller.may("work.supervise"):
            return await self._store.changes(caller.tenant, "")
        person = person_of(caller)
        found = await self._store.changes(caller.tenant, person)
        offered = [one for one in found if person not in (one.person_id, one.other_person_id)]
        if not offered:
            return found
        team = await self._team(caller.tenant, person)
        return [one for one in found if one not in offered or one.person_id in team]

    async def answer(self, caller: Caller, request: pb.AnswerChangeRequest) -> pb.Change:
        """The word of whoever is asked."""
        change = await self._store.change(caller.tenant, request.change_id)
        person = person_of(caller)
        if change.kind in PROPOSED:
            return await self._reply(caller, change, request.agreed)
        is_open = not change.other_person_id and change.kind == pb.CHANGE_KIND_SWAP and change.person_id != person
        if is_open and request.agreed and change.state == pb.CHANGE_STATE_ASKED:
            change.other_person_id = person
            await self._found(caller.tenant, change)  # who takes it has to be in that schedule
        if change.other_person_id != person:
            raise Refusal(Reason.NOT_YOURS)
        if change.state != pb.CHANGE_STATE_ASKED:
            raise Refusal(Reason.DECIDED)
        change.state = pb.CHANGE_STATE_PENDING if request.agreed else pb.CHANGE_STATE_REFUSED
        if not request.agreed:
            change.decided_by = caller.subject
        stored = await self._store.save_change(caller.tenant, change, pb.CHANGE_STATE_ASKED, self._told(change))
        if request.agreed and await self._goes_alone(caller.tenant, stored, await self._found(caller.tenant, stored)):
            return await self._granted(caller.tenant, stored, BY_RULE) or stored
        return stored

    async def decide(self, caller: Caller, request: pb.DecideChangeRequest) -> pb.Change:
        """Approved: the published schedule is another, if the checker finds no new fault in it."""
        change = await self._store.change(caller.tenant, request.change_id)
        if change.state not in (pb.CHANGE_STATE_ASKED, pb.CHANGE_STATE_PENDING):
            raise Refusal(Reason.DECIDED)
        before = change.state
        if request.approved and before == pb.CHANGE_STATE_ASKED:
            raise Refusal(Reason.NOT_READY, "whoever is asked has not agreed yet")
        change.decided_by, change.reason = caller.subject, request.reason[:500]
        change.state = pb.CHANGE_STATE_APPROVED if request.approved else pb.CHANGE_STATE_REFUSED
        if not request.approved:
            return await self._store.save_change(caller.tenant, change, before, self._told(change))
        return await self._written(caller.tenant, change)

    async def propose(self, caller: Caller, request: pb.ProposeChangesRequest) -> list[pb.Change]:
        """One change for each person, all with one number of how many are wanted."""
        begin, end = moment(getattr(request, "from")), moment(request.to)
        people = list(dict.fromkeys(request.person_ids))
        if request.kind not in PROPOSED or not request.request_id or not people or len(people) > MOST_ASKED:
            raise refuse("kind", "overtime or leaving early, of somebody, with a request_id")
        if not timedelta() < end - begin <= timedelta(hours=24) or end <= self._clock():
            raise refuse("from", "a part of a day that is not over")
        group = derived_id("pp", caller.tenant, request.request_id)
        made = []
        for person in people:
            change = pb.Change(
                id=derived_id("ch", caller.tenant, group, person),
                kind=request.kind,
                state=pb.CHANGE_STATE_ASKED,
                person_id=person,
                note=request.note[:500],
                asked_at=timestamp(self._clock()),
                proposal_id=group,
                wanted=request.wanted or len(people),
                to=request.to,
            )
            getattr(change, "from").CopyFrom(getattr(request, "from"))
            change.day = await self._day_of(caller.tenant, change)
            made.append(change)
        return [await self._store.save_change(caller.tenant, one, 0, self._told(one)) for one in made]

    # ------------------------------------------------------------

    async def _reply(self, caller: Caller, change: pb.Change, agreed: bool) -> pb.Change:
        """Who agrees has it at once, while it is wanted."""
        if change.person_id != person_of(caller):
            raise Refusal(Reason.NOT_YOURS)
        if change.state != pb.CHANGE_STATE_ASKED:
            raise Refusal(Reason.DECIDED)
        change.decided_by = caller.subject
        if not agreed:
            change.state = pb.CHANGE_STATE_REFUSED
            return await self._store.save_change(caller.tenant, change, pb.CHANGE_STATE_ASKED, self._told(change))
        if moment(change.to) <= self._clock():
            raise Refusal(Reason.DECIDED, "the time is over")
        change.state = pb.CHANGE_STATE_APPROVED

        async def still_wanted() -> None:
            others = await self._store.proposed(caller.tenant, change.proposal_id)
            if sum(one.state == pb.CHANGE_STATE_APPROVED for one in others) >= change.wanted:
                raise Refusal(Reason.DECIDED, "enough others have agreed")

        return await self._written(caller.tenant, change, still_wanted)

    async def _granted(self, tenant: str, change: pb.Change, by: str) -> pb.Change | None:
        """Approved by a rule of the plan; None where it breaks a rule of the schedule: then a person decides."""
        approved = pb.Change()
        approved.CopyFrom(change)
        approved.state, approved.decided_by = pb.CHANGE_STATE_APPROVED, by
        try:
            return await self._written(tenant, approved)
        except Refusal as refused:
            if refused.reason is not Reason.BREAKS_RULES:
                raise
            return None

    async def _written(self, tenant: str, change: pb.Change, before: Callable[[], Any] | None = None) -> pb.Change:
        """The change in the schedule; tried anew when the schedule was changed meanwhile."""
        for left in reversed(range(TRIES)):
            if before is not None:
                await before()
            found = await self._found(tenant, change)
            after = changed(found, change)
            faults = await asyncio.to_thread(_new_faults, found.document, after, change.kind)
            if faults:
                raise Refusal(Reason.BREAKS_RULES, "; ".join(faults[:5]), faults="; ".join(faults))
            schedule = found.schedule
            schedule.document.CopyFrom(struct(after))
            schedule.changed_at.CopyFrom(timestamp(self._clock()) or schedule.changed_at)
            people = tuple(sorted({change.person_id, change.other_person_id} - {""}))
            try:
                await self._store.save_schedule(tenant, schedule, published(schedule, self._clock, people), change)
            except DomainError as error:
                if error.reason is not Common.STALE or not left:
                    raise
                continue
            return change
        raise DomainError(Common.STALE)

    async def _goes_alone(self, tenant: str, change: pb.Change, found: Found) -> bool:
        """Whether the plan asks for no supervisor: it says so, it is early enough, and enough people stay."""
        plan = await self._plans.get(tenant, found.schedule.plan_id)
        rules = plan.approval if plan is not None else pb.Approval()
        starts = datetime.fromisoformat(found.document["shifts"][found.mine]["start"])
        if starts - self._clock() < timedelta(hours=rules.notice_hours):
            return False
        if change.kind == pb.CHANGE_KIND_SWAP:
            return rules.swaps_alone
        before, after = short_intervals(found.document), short_intervals(changed(found, change))
        return rules.time_off_alone and all(lack <= before.get(start, 0.0) + 1e-6 for start, lack in after.items())

    async def _found(self, tenant: str, change: pb.Change) -> Found:
        """Raises NO_SHIFT."""
        for schedule in await self._published(tenant):
            if change.day not in days_of(schedule):
                continue
            document = document_of(schedule)
            known = {person["id"] for person in document["people"]}
            if change.person_id not in known:
                continue
            if change.other_person_id and change.other_person_id not in known:
                raise refuse("other_person_id", "the colleague is not in this schedule")
            mine = shift_of(document, change.person_id, change.day)
            theirs = shift_of(document, change.other_person_id, change.other_day) if change.other_day else None
            if mine is None or (change.other_day and theirs is None):
                break
            return Found(schedule, document, mine, theirs)
        raise Refusal(Reason.NO_SHIFT)

    async def _day_of(self, tenant: str, change: pb.Change) -> str:
        """The day whose shift is touched by the span of a proposal. Raises NO_SHIFT."""
        begin, end = moment(getattr(change, "from")), moment(change.to)
        for schedule in await self._published(tenant):
            zone = ZoneInfo(document_of(schedule)["zone"])
            for at in (begin, begin - timedelta(days=1), end):
                change.day = str(at.astimezone(zone).date())
                try:
                    changed(await self._found(tenant, change), change)
                except Refusal:
                    continue
                return change.day
        raise Refusal(Reason.NO_SHIFT, "no shift touches this time", person=change.person_id)

    async def _team(self, tenant: str, person: str) -> set[str]:
        team: set[str] = set()
        for schedule in await self._published(tenant):
            people = {one["id"] for one in document_of(schedule)["people"]}
            team |= people if person in people else set()
        return team

    async def _published(self, tenant: str) -> list[pb.Schedule]:
        return latest_first(await self._store.schedules(tenant, [pb.SCHEDULE_STATE_PUBLISHED]))

    def _told(self, change: pb.Change) -> ChangeUpdated:
        return ChangeUpdated(
            occurred_at=timestamp(self._clock()),
            change_id=change.id,
            person_id=change.person_id,
            other_person_id=change.other_person_id,
            state=int(change.state),
        )


def changed(found: Found, change: pb.Change) -> Document:
    """The document after it. Raises NO_SHIFT where the shift does not touch the span."""
    span = (moment(getattr(change, "from")).astimezone(UTC), moment(change.to).astimezone(UTC))
    if change.kind == pb.CHANGE_KIND_OVERTIME:
        return lengthened(found.document, found.mine, span)
    if change.kind == pb.CHANGE_KIND_LEAVE_EARLY:
        return shortened(found.document, found.mine, span)
    if change.kind == pb.CHANGE_KIND_TIME_OFF:
        return freed(found.document, found.mine, change.day)
    if not change.other_person_id:
        return found.document
    return swapped(found.document, found.mine, change.other_person_id, found.theirs)


def _new_faults(before: Mapping[str, Any], after: Mapping[str, Any], kind: pb.ChangeKind.ValueType) -> list[str]:
    """Faults that the change would bring. Fewer days than agreed are what time off is about."""
    known = set(check(before))
    found = [fault for fault in check(after) if fault not in known]
    return [fault for fault in found if not (kind == pb.CHANGE_KIND_TIME_OFF and fault.startswith("days a week"))]
