"""What `Next` reads of a tenant's configuration, kept in memory until a fact says that it is another.

A caller waits for every question to the database; what is asked changes a few times a day. Published versions never
change at all. The rest is dropped the moment somebody changes it here, when a fact tells that it was changed in another
replica (milliseconds later), and at the latest after half a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from antiphon.kit.errors import DomainError
from antiphon.routing.app import forms
from antiphon.routing.domain.reasons import Reason
from antiphon.routing.domain.versions import Version
from antiphon.routing.domain.world import World

if TYPE_CHECKING:
    from antiphon.routing.store import Store

T = TypeVar("T")
_LONGEST = 30.0
_TENANTS, _ANSWERS = 10_000, 10_000
"""How many tenants, and how many answers of one."""


@dataclass(slots=True)
class _Tenant:
    """What is known of one tenant; a new one takes its place when something changed."""

    until: float
    answers: dict[object, Any] = field(default_factory=dict)


class Memory:
    """The database's answers of one replica."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tenants: dict[str, _Tenant] = {}

    async def bound(self, tenant: str, address: str) -> str:
        """The scheme that receives an address. Raises UNKNOWN_ADDRESS, which is not remembered."""

        async def read() -> str:
            scheme_id = await self._store.bound(tenant, address)
            if scheme_id is None:
                raise DomainError(Reason.UNKNOWN_ADDRESS, address=address)
            return scheme_id

        return await self._known(tenant, ("bound", address), read)

    async def version(self, tenant: str, scheme_id: str, number: int = 0) -> Version:
        """A version of a scheme, the live one by default. Raises UNKNOWN_SCHEME, NOT_PUBLISHED, UNKNOWN_VERSION."""

        async def read() -> Version:
            history, _, _ = await self._store.scheme(tenant, scheme_id)
            return history.version(number) if number else history.live

        return await self._known(tenant, ("version", scheme_id, number), read)

    async def world(self, tenant: str) -> World:
        """The tenant's calendars and lists."""

        async def read() -> World:
            lists = await self._store.caller_lists.all(tenant)
            rules = [rule for rule in map(forms.rule, lists) if rule is not None]
            return World(
                calendars={record.id: forms.calendar(record) for record in await self._store.calendars.all(tenant)},
                lists={record.id: forms.callers(record) for record in lists},
                rules=tuple(rules),
            )

        return await self._known(tenant, "world", read)

    def forget(self, tenant: str) -> None:
        """Something of this tenant was changed. What is being read just now is not kept either."""
        self._tenants.pop(tenant, None)

    async def _known(self, tenant: str, what: object, read: Callable[[], Awaitable[T]]) -> T:
        now = asyncio.get_running_loop().time()
        kept = self._tenants.get(tenant)
        if kept is None or now > kept.until or len(kept.answers) >= _ANSWERS:
            if len(self._tenants) >= _TENANTS:
                self._tenants.clear()
            kept = self._tenants[tenant] = _Tenant(now + _LONGEST)
        if what not in kept.answers:
            kept.answers[what] = await read()  # of a tenant that was forgotten meanwhile nobody finds it
        answer: T = kept.answers[what]
        return answer
