"""The history: pages of interactions, and one of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Any, Protocol

from antiphon.insight.app import asking, convert
from antiphon.insight.app.asking import Question
from antiphon.insight.domain.interaction import Interaction
from antiphon.insight.domain.millis import Millis
from antiphon.insight.domain.report import is_behind
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.kit.clock import Clock, to_millis
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Caller

USUAL, MOST = 50, 200


class Kept(Protocol):
    """What this part needs of the store."""

    async def one(self, tenant: str, about: str) -> Interaction: ...
    def newest(self, tenant: str, question: Question) -> AsyncIterator[Interaction]: ...
    async def queues(self, tenant: str) -> dict[str, dict[str, Any]]: ...
    async def unfold(self, tenant: str, by: str, now: datetime) -> int: ...
    async def rebuild(self, tenant: str) -> tuple[dict[str, Any] | None, int]: ...


class History:
    """Answers about interactions."""

    def __init__(self, store: Kept, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, caller: Caller, request: pb.ListInteractionsRequest) -> pb.ListInteractionsResponse:
        """One page."""
        limit = min(request.limit or USUAL, MOST)
        page = pb.ListInteractionsResponse()
        last: Interaction | None = None
        async with aclosing(self.read(caller, await self.asked(caller, request))) as found:
            async for it in found:
                if last is not None and len(page.interactions) == limit:
                    page.next_page = asking.page(last.started, last.id)
                    break
                page.interactions.append(convert.interaction(it))
                last = it
        return page

    async def get(self, caller: Caller, interaction_id: str) -> pb.Interaction:
        """One, if the caller may see it. Raises NOT_FOUND."""
        return convert.interaction(await self.find(caller, interaction_id))

    async def find(self, caller: Caller, interaction_id: str) -> Interaction:
        """The same, to go on with."""
        it = await self._store.one(caller.tenant, interaction_id)
        is_own = any(spell.agent == caller.person_id for spell in it.spells)
        if not (caller.may(asking.EVERYTHING) or is_own) or not caller.sees_project(it.project):
            raise DomainError(Common.NOT_FOUND, interaction=interaction_id)
        return it

    async def asked(self, caller: Caller, request: Any) -> Question:
        """The question of a request. Raises INVALID."""
        return asking.question(caller, request, to_millis(self._clock()), await promises(self._store, caller.tenant))

    async def read(self, caller: Caller, question: Question) -> AsyncGenerator[Interaction, None]:
        """What answers it, newest first."""
        async for it in self._store.newest(caller.tenant, question):
            figure = question.figure
            if figure is None or is_behind(
                it, figure, question.wanted, question.limits, question.since, question.until
            ):
                yield it

    async def rebuild(self, caller: Caller) -> int:
        """All of the tenant's interactions are made again from their facts."""
        return await self._store.unfold(caller.tenant, caller.subject, self._clock())

    async def rebuilt(self, caller: Caller) -> pb.GetRebuildResponse:
        """How far the last time is."""
        told, left = await self._store.rebuild(caller.tenant)
        if told is None:
            return pb.GetRebuildResponse()
        facts = told["facts"]
        return pb.GetRebuildResponse(
            begun_at=timestamp(told["begun_at"]), by=told["by"], facts=facts, left=min(left, facts)
        )


async def promises(store: Any, tenant: str) -> dict[str, Millis]:
    """Each queue's promised time, where it has one."""
    cards = await store.queues(tenant)
    return {queue: card["promise"] for queue, card in cards.items() if card["promise"]}
