"""The one way to change a conversation: look, decide, write on top of what was looked at, and look again when somebody
was faster. A lock per conversation keeps this replica from racing itself; the revision keeps replicas apart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakValueDictionary

from antiphon.channels.domain.conversation import Change, Conversation
from antiphon.kit.clock import Clock, from_millis, to_millis
from antiphon.kit.errors import Common, DomainError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from antiphon.channels.store import ConversationStore

Measure: TypeAlias = Callable[["Conversation | None", Change], "Awaitable[Change]"]
Decide: TypeAlias = Callable[[Conversation], "Awaitable[Change | None]"]
_TRIES = 20


class Locks:
    """A lock per name that exists only while somebody holds or wants it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            yield


class Conversations:
    def __init__(self, store: ConversationStore, clock: Clock) -> None:
        self.store = store
        self._clock = clock
        self.locks = Locks()
        self.measure: Measure = _unmeasured
        """Turns the clocks of the service level with every change."""

    async def save(self, base: Conversation | None, change: Change) -> Conversation:
        """Writes a change with its clocks turned. Raises STALE when somebody was faster."""
        return await self.store.save(base, await self.measure(base, change))

    def now(self) -> datetime:
        """The present in whole milliseconds, as the database keeps it: what is told equals what is read later."""
        return from_millis(to_millis(self._clock()))

    async def change(
        self, tenant: str, conversation_id: str, decide: Decide, seen: Conversation | None = None
    ) -> Conversation:
        """Applies a decision; None changes nothing. `decide` may run several times, at first on what was `seen` just
        now, if anything. Raises UNKNOWN_CONVERSATION and what `decide` raises."""
        async with self.locks.of(conversation_id):
            for _ in range(_TRIES):
                base, seen = seen or await self.store.get(tenant, conversation_id), None
                change = await decide(base)
                if change is None or (change.after == base and not change.added):
                    return base
                try:
                    return await self.save(base, change)
                except DomainError as error:
                    if error.reason is not Common.STALE:
                        raise
                await asyncio.sleep(0)
        raise DomainError(Common.UNAVAILABLE, "the conversation changes too fast")


async def _unmeasured(_base: Conversation | None, change: Change) -> Change:
    return change
