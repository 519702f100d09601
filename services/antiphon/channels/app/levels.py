"""Keeps service levels: turns the clocks of a conversation with each change, and says what came near or broke.

Policies are the tenant's records; their working hours are routing's calendars. Both are remembered for a short while.
While routing does not answer, the calendars known last are used; where none is known yet, nothing is measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from antiphon.channels import convert
from antiphon.channels.domain import sla as rules
from antiphon.channels.domain.business_time import Hours, Span
from antiphon.channels.domain.conversation import Change, Conversation, Status
from antiphon.channels.domain.message import Direction
from antiphon.channels.domain.sla import Norm, Policy, Turn
from antiphon.channels.v1 import workbench_pb2 as pb
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.routing.v1 import routing_pb2

if TYPE_CHECKING:
    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.asks import Asks
    from antiphon.channels.store import WorkbenchStore

_FRESH = 10.0
_TENANTS = 5_000
log = logs.get("channels")


@dataclass(frozen=True, slots=True)
class _Book:
    policies: tuple[Policy, ...]
    at: float


class Levels:
    def __init__(self, store: WorkbenchStore, asks: Asks, conversations: Conversations) -> None:
        self.store = store
        self.asks = asks
        self.conversations = conversations
        self._books: dict[str, _Book] = {}
        self._calendars: dict[str, dict[str, Hours]] = {}

    def forget(self, tenant: str) -> None:
        """A policy or a calendar changed."""
        self._books.pop(tenant, None)

    async def measure(self, _base: Conversation | None, change: Change) -> Change:
        """The change with its clocks turned."""
        book = await self._book(change.after.tenant)
        if book is None or (not book.policies and change.after.sla is None):
            return change
        it = change.after
        policy = next((p for p in book.policies if p.fits(it.queue_id, it.channel, it.priority.value)), None)
        now = self.conversations.now()
        turn = _turn(change)
        measured = rules.measure(it.sla, policy, turn, now)
        if measured is it.sla and not turn.alarms:
            return change
        return replace(change.with_fields(sla=measured), told=(*change.told, *turn.alarms))

    async def ring(self, tenant: str, conversation_id: str) -> None:
        """Marks and tells what is due by the clock."""

        async def decide(it: Conversation) -> Change | None:
            if it.sla is None:
                return None
            sla, alarms = rules.ring(it.sla, self.conversations.now())
            return replace(Change(it).with_fields(sla=sla), told=alarms) if alarms else None

        await self.conversations.change(tenant, conversation_id, decide)

    async def _book(self, tenant: str) -> _Book | None:
        now = asyncio.get_running_loop().time()
        known = self._books.get(tenant)
        if known is not None and now - known.at < _FRESH:
            return known
        records = [one for one in await self.store.policies.all(tenant) if one.enabled]
        if any(one.calendar_id for one in records) and not await self._refresh(tenant):
            return known
        calendars = self._calendars.get(tenant, {})
        ordered = sorted(records, key=lambda one: (one.place, one.name))
        if len(self._books) > _TENANTS:
            self._books.clear()
        book = self._books[tenant] = _Book(tuple(policy(one, calendars.get(one.calendar_id)) for one in ordered), now)
        return book

    async def _refresh(self, tenant: str) -> bool:
        """Asks routing for the working hours. False while they were never known."""
        try:
            found = await self.asks.calendars(tenant)
        except DomainError as error:
            log.warning("working hours are not known", reason=error.reason.name)
            return tenant in self._calendars
        self._calendars[tenant] = {calendar.id: hours(calendar) for calendar in found}
        return True


def policy(record: pb.SlaPolicy, working: Hours | None) -> Policy:
    """A record as the clocks know it. A calendar that is gone counts around the clock."""
    norms = {
        Norm.FIRST_REPLY: record.first_reply.ToTimedelta(),
        Norm.NEXT_REPLY: record.next_reply.ToTimedelta(),
        Norm.RESOLUTION: record.resolution.ToTimedelta(),
    }
    return Policy(
        record.id, record.rev, {norm: target for norm, target in norms.items() if target > timedelta(0)},
        queue_ids=frozenset(record.queue_ids),
        channels=frozenset(record.channels),
        priorities=frozenset(convert.PRIORITIES[one].value for one in record.priorities),
        warn_percent=record.warn_percent or 75,
        hours=working,
        pause_snoozed=record.pause_snoozed,
        pause_answered=record.pause_answered,
    )  # fmt: skip


def hours(calendar: routing_pb2.Calendar) -> Hours:
    """Routing's calendar as working hours."""
    week: list[tuple[Span, ...]] = [()] * 7
    for day in calendar.week:
        week[day.weekday - 1] += _spans(day.spans)
    special = {day.date: _spans(day.spans) for day in calendar.special_days}
    return Hours(ZoneInfo(calendar.time_zone), tuple(week), special)


def _spans(spans: Sequence[routing_pb2.Span]) -> tuple[Span, ...]:
    return tuple((_wall(getattr(span, "from")), _wall(span.to)) for span in spans)


def _wall(text: str) -> time:
    return time(0) if text == "24:00" else time(int(text[:2]), int(text[3:5]))


def _turn(change: Change) -> Turn:
    it = change.after
    answers = [m.at for m in change.added if m.direction is Direction.OUT and m.author.startswith("person:")]
    return Turn(
        live=it.is_live,
        snoozed=it.status is Status.SNOOZED,
        waits_since=it.waiting_since,
        answered_at=answers[0] if answers else None,
        ended_at=it.closed_at if not it.is_live else None,
    )
