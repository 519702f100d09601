"""Drafts of one person on all their devices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from antiphon.channels.domain.draft import Draft, checked
from antiphon.kit.errors import Common, DomainError

if TYPE_CHECKING:
    from antiphon.channels.app.desk import Desk
    from antiphon.channels.app.person import Person
    from antiphon.channels.store.drafts import DraftStore

Tell: TypeAlias = Callable[[str, str, str], Awaitable[None]]
"""(tenant, conversation, person)"""


class Drafts:
    def __init__(self, store: DraftStore, desk: Desk, tell: Tell) -> None:
        self.store = store
        self.desk = desk
        self.tell = tell

    async def get(self, person: Person, conversation_id: str) -> Draft | None:
        """Raises UNKNOWN_CONVERSATION."""
        it = await self.desk.get(person, conversation_id)
        return await self.store.get(it.tenant, it.id, _writer(person))

    async def put(self, person: Person, conversation_id: str, draft: Draft) -> Draft:
        """What is kept now: this one, or one that was typed later elsewhere. Raises UNKNOWN_CONVERSATION, INVALID."""
        it = await self.desk.get(person, conversation_id)
        wanted, writer = checked(draft, self.desk.conversations.now()), _writer(person)
        if not await self.store.put(it.tenant, it.id, writer, wanted):
            return await self.store.get(it.tenant, it.id, writer) or wanted
        await self.tell(it.tenant, it.id, writer)
        return wanted


def _writer(person: Person) -> str:
    if not person.caller.person_id:
        raise DomainError(Common.DENIED, "only people write drafts")
    return person.caller.person_id
