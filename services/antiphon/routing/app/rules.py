"""Working hours and caller lists: what schemes ask. Neither is deleted while a scheme still asks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.ids import new_id
from antiphon.kit.tokens import Caller
from antiphon.routing.app import forms
from antiphon.routing.app.memory import Memory
from antiphon.routing.domain.nodes import CallerList, Hours
from antiphon.routing.domain.reasons import Reason
from antiphon.routing.domain.versions import History
from antiphon.routing.v1 import routing_pb2 as pb

if TYPE_CHECKING:
    from antiphon.routing.store import Store


class Rules:
    """Use cases of the pages "Working hours" and "Lists"."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store = store
        self._memory = memory

    async def calendars(self, caller: Caller) -> list[pb.Calendar]:
        return await self._store.calendars.all(caller.tenant)

    async def put_calendar(self, caller: Caller, calendar: pb.Calendar) -> pb.Calendar:
        _check_name(calendar.name)
        if len(calendar.special_days) > 1000 or len(calendar.week) > 7:
            raise invalid("special_days", "at most 1000 special days and seven weekdays")
        forms.calendar(calendar)
        if not calendar.id:
            calendar.id, calendar.rev = new_id("ca"), 0
        stored = await self._store.calendars.put(caller.tenant, calendar)
        self._memory.forget(caller.tenant)
        return stored

    async def delete_calendar(self, caller: Caller, calendar_id: str) -> None:
        await self._refuse_if_asked(caller.tenant, calendar_id)
        await self._store.calendars.delete(caller.tenant, calendar_id)
        self._memory.forget(caller.tenant)

    async def caller_lists(self, caller: Caller) -> list[pb.CallerList]:
        return await self._store.caller_lists.all(caller.tenant)

    async def put_caller_list(self, caller: Caller, record: pb.CallerList) -> pb.CallerList:
        _check_name(record.name)
        if record.kind == pb.CALLER_LIST_KIND_UNSPECIFIED:
            raise invalid("kind", "black, white or a list for schemes is needed")
        if len(record.patterns) > 10_000 or any(not 1 <= len(pattern) <= 120 for pattern in record.patterns):
            raise invalid("patterns", "at most 10000 patterns of 1 to 120 characters")
        if any("*" in pattern[:-1] for pattern in record.patterns):
            raise invalid("patterns", "a star stands at the end only")
        if not record.id:
            record.id, record.rev = new_id("cl"), 0
        stored = await self._store.caller_lists.put(caller.tenant, record)
        self._memory.forget(caller.tenant)
        return stored

    async def delete_caller_list(self, caller: Caller, list_id: str) -> None:
        await self._refuse_if_asked(caller.tenant, list_id)
        await self._store.caller_lists.delete(caller.tenant, list_id)
        self._memory.forget(caller.tenant)

    async def _refuse_if_asked(self, tenant: str, record_id: str) -> None:
        for history, name, _ in await self._store.schemes(tenant):
            if record_id in _asked(history):
                raise DomainError(Reason.IN_USE, f"the scheme {name!r} asks it", scheme=history.scheme_id)


def _asked(history: History) -> Iterator[str]:
    """Calendars and lists of the live version and of the draft."""
    live = history.versions[-1:]
    contents = [version.scheme for version in live] + ([history.draft.scheme] if history.draft else [])
    for content in contents:
        for node in content.nodes:
            if isinstance(node, Hours):
                yield node.calendar_id
            elif isinstance(node, CallerList):
                yield node.list_id


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= 80:
        raise invalid("name", "a name of 1 to 80 characters is needed")
