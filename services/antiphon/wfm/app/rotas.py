"""What agents see of the published schedules: their shifts, at the desk and in their calendars.

A person's day is that of the schedule which was published last for that person and that day. Two teams may have their
schedules side by side.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.tokens import Caller
from antiphon.wfm.app.ical import feed
from antiphon.wfm.app.solving import document_of
from antiphon.wfm.domain.changing import day_of
from antiphon.wfm.domain.reasons import refuse
from antiphon.wfm.v1 import wfm_pb2 as pb

USUAL = timedelta(days=28)
MARGIN = timedelta(days=2)
FED = (timedelta(days=35), timedelta(days=120))
"""So far back and ahead a calendar is told."""
READ_NOTED = timedelta(minutes=10)
MOST_WISHES = 200


class Kept(Protocol):
    """What this part needs of the store."""

    async def schedules(self, tenant: str, states: Any = ()) -> list[pb.Schedule]: ...
    async def preferences(self, tenant: str, people: Sequence[str]) -> dict[str, pb.Preferences]: ...
    async def put_preferences(self, tenant: str, person: str, wanted: pb.Preferences) -> None: ...
    async def calendar_of(self, tenant: str, person: str) -> dict[str, Any] | None: ...
    async def calendar_by(self, token_hash: str) -> dict[str, Any] | None: ...
    async def put_calendar(self, tenant: str, person: str, token_hash: str, now: datetime) -> None: ...
    async def note_read(self, token_hash: str, now: datetime) -> None: ...
    async def drop_calendar(self, tenant: str, person: str) -> None: ...


class Rotas:
    """Use cases of published schedules."""

    def __init__(self, store: Kept, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def mine(self, caller: Caller, request: pb.GetMyScheduleRequest) -> pb.GetMyScheduleResponse:
        """The caller's shifts that touch [from, to), and those of the team if they are asked for."""
        person = person_of(caller)
        since = moment(getattr(request, "from")) if request.HasField("from") else self._clock()
        until = moment(request.to) if request.HasField("to") else since + USUAL
        every = await self.shifts(caller.tenant, since, until)
        rows = [row for row in every if row["person"] == person]
        near = {row["schedule"] for row in rows}
        zone = rows[0]["zone"] if rows else "UTC"
        return pb.GetMyScheduleResponse(
            shifts=[_shift(row) for row in rows],
            icalendar=feed("Antiphon", zone, rows, self._clock()),
            time_zone=zone if rows else "",
            team=[_shift(row) for row in every if request.team and row["schedule"] in near and row["person"] != person],
        )

    async def shifts(self, tenant: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """Everybody's published shifts that touch the span, with zone, day, schedule and sequence."""
        rows: list[dict[str, Any]] = []
        taken: set[tuple[str, str]] = set()
        for schedule in await self.published(tenant, since, until):
            document = document_of(schedule)
            sequence = max(0, int(moment(schedule.changed_at).timestamp()) - 1_700_000_000)
            for row in document["shifts"]:
                local = day_of(document, row)
                touches = datetime.fromisoformat(row["end"]) > since and datetime.fromisoformat(row["start"]) < until
                if touches and (row["person"], local) not in taken:
                    more = {"zone": document["zone"], "day": local, "schedule": schedule.id, "sequence": sequence}
                    rows.append({**row, **more})
            taken |= {(person["id"], day) for person in document["people"] for day in days_of(schedule)}
        return sorted(rows, key=lambda row: (row["start"], row["person"]))

    async def published(self, tenant: str, since: datetime, until: datetime) -> list[pb.Schedule]:
        """Those whose days may touch the span, the latest publication first."""
        found = await self._store.schedules(tenant, [pb.SCHEDULE_STATE_PUBLISHED])
        first, last = str((since - MARGIN).date()), str((until + MARGIN).date())
        return [one for one in latest_first(found) if one.last_day >= first and one.first_day <= last]

    # ------------------------------------------------------------ wishes

    async def preferences(self, caller: Caller) -> pb.Preferences:
        person = person_of(caller)
        return (await self._store.preferences(caller.tenant, [person])).get(person, pb.Preferences())

    async def put_preferences(self, caller: Caller, wanted: pb.Preferences) -> pb.Preferences:
        """Stores wishes that can be understood."""
        person = person_of(caller)
        try:
            if wanted.prefers_start:
                datetime.strptime(wanted.prefers_start, "%H:%M")  # noqa: DTZ007 - a time of day
            for day in wanted.free_days:
                date.fromisoformat(day)
        except ValueError:
            raise refuse("preferences", "a time as 09:00 and days as 2026-03-02") from None
        if len(wanted.free_days) > MOST_WISHES or not set(wanted.free_weekdays) <= set(range(1, 8)):
            raise refuse("free_days", f"at most {MOST_WISHES} days, weekdays from 1 to 7")
        await self._store.put_preferences(caller.tenant, person, wanted)
        return wanted

    # ------------------------------------------------------------ calendars by subscription

    async def link(self, caller: Caller) -> pb.GetCalendarLinkResponse:
        found = await self._store.calendar_of(caller.tenant, person_of(caller)) or {}
        return pb.GetCalendarLinkResponse(
            made_at=timestamp(found.get("made_at")), read_at=timestamp(found.get("read_at"))
        )

    async def make_link(self, caller: Caller) -> str:
        """A token that only its hash remembers."""
        token = secrets.token_urlsafe(32)
        await self._store.put_calendar(caller.tenant, person_of(caller), _hash(token), self._clock())
        return token

    async def revoke_link(self, caller: Caller) -> None:
        await self._store.drop_calendar(caller.tenant, person_of(caller))

    async def read_calendar(self, token: str) -> str:
        """Whoever has the token reads the person's shifts, and nothing else."""
        found = await self._store.calendar_by(_hash(token)) if token else None
        if found is None:
            raise DomainError(Common.NOT_FOUND)
        now = self._clock()
        if now - (found.get("read_at") or found["made_at"]) > READ_NOTED:
            await self._store.note_read(_hash(token), now)
        every = await self.shifts(found["tenant"], now - FED[0], now + FED[1])
        rows = [row for row in every if row["person"] == found["person"]]
        return feed("Antiphon", rows[0]["zone"] if rows else "UTC", rows, now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def latest_first(schedules: Sequence[pb.Schedule]) -> list[pb.Schedule]:
    """By when they were published."""

    def told(one: pb.Schedule) -> datetime:
        return moment(one.published_at if one.HasField("published_at") else one.changed_at)

    return sorted(schedules, key=told, reverse=True)


def days_of(schedule: pb.Schedule) -> set[str]:
    """Its local days."""
    first, last = date.fromisoformat(schedule.first_day), date.fromisoformat(schedule.last_day)
    return {str(date.fromordinal(number)) for number in range(first.toordinal(), last.toordinal() + 1)}


def person_of(caller: Caller) -> str:
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
        day=row["day"],
    )


def _breaks(rows: Sequence[Mapping[str, Any]]) -> Iterator[pb.ShiftBreak]:
    for row in rows:
        yield pb.ShiftBreak(
            name=row["name"],
            start=timestamp(datetime.fromisoformat(row["start"])),
            end=timestamp(datetime.fromisoformat(row["end"])),
            paid=bool(row["paid"]),
        )
