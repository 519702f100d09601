"""Missed calls: who is to be called back, read anew from the interactions each time."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from typing import Any, Protocol

from antiphon.insight.app import asking, convert
from antiphon.insight.domain.interaction import Interaction
from antiphon.insight.domain.millis import Millis
from antiphon.insight.domain.missed import Missed, by_age, customers, keys_of
from antiphon.insight.domain.reasons import Reason, refuse
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.kit.clock import Clock, to_millis
from antiphon.kit.errors import DomainError
from antiphon.kit.tokens import Caller

_USUAL_DAYS, _USUAL, _MOST, _SHOWN = 7, 200, 1_000, 50
MOST_LOST = 10_000
"""Lost calls of a span that are looked through."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Which lost calls are meant."""

    since: Millis
    until: Millis
    queues: frozenset[str] | None
    """None is all; "" is none."""
    lines: frozenset[str]
    projects: frozenset[str]


class Kept(Protocol):
    """What this part needs of the store."""

    async def lost(self, tenant: str, question: Lost, most: int) -> list[Interaction]: ...
    async def around(
        self, tenant: str, keys: Collection[str], since: Millis, projects: Set[str]
    ) -> list[Interaction]: ...


class Asks(Protocol):
    """Who knows where the caller works."""

    async def own_queues(self) -> frozenset[str]: ...


class Missing:
    """Answers who reached nobody."""

    def __init__(self, store: Kept, asks: Asks, clock: Clock) -> None:
        self._store = store
        self._asks = asks
        self._clock = clock

    async def list(self, caller: Caller, request: pb.ListMissedRequest) -> pb.ListMissedResponse:
        """Who waits longest first. Raises INVALID, TOO_MANY_ROWS."""
        now = to_millis(self._clock())
        if request.limit < 0:
            raise refuse("limit", "not negative")
        found = await self._find(caller, await self._question(caller, request, now))
        digits = re.sub(r"\D", "", request.party)
        shown = [one for one in found if digits in one.party] if digits else found
        return pb.ListMissedResponse(
            callers=[_told(one) for one in shown[: min(request.limit or _USUAL, _MOST)]],
            total=len(shown),
            ages=[pb.MissedAges(queue_id=queue, counts=row) for queue, row in sorted(by_age(shown, now).items())],
        )

    async def _question(self, caller: Caller, request: pb.ListMissedRequest, now: Millis) -> Lost:
        since, until = asking.span(request, now, _USUAL_DAYS)
        asking.few(request.queue_ids, request.lines)
        queues = frozenset(request.queue_ids) or None
        if not caller.may(asking.EVERYTHING):
            own = await self._asks.own_queues()
            queues = own if queues is None else own & queues
        return Lost(since, until, queues, frozenset(request.lines), asking.projects(caller, request.project_id))

    async def _find(self, caller: Caller, question: Lost) -> Sequence[Missed]:
        lost = await self._store.lost(caller.tenant, question, MOST_LOST + 1)
        if len(lost) > MOST_LOST:
            raise DomainError(Reason.TOO_MANY_ROWS, most=MOST_LOST)
        if not lost:
            return []
        keys = {key for it in lost for key in keys_of(it)}
        around = await self._store.around(caller.tenant, keys, lost[0].ended or 0, question.projects)
        return customers(lost, around)


def _told(one: Missed) -> pb.MissedCaller:
    promise: Any = one.promise
    return pb.MissedCaller(
        contact_id=one.contact, party=one.party, since=convert.stamp(one.since), last_at=convert.stamp(one.last),
        calls=len(one.calls), queue_id=one.queue, line=one.line, interaction_ids=[it.id for it in one.calls[-_SHOWN:]],
        tries=len(one.tries), tried_at=convert.stamp(one.tries[-1].started) if one.tries else None,
        calling=one.is_called, promised=promise is not None,
        promised_at=convert.stamp(promise.due) if promise is not None else None,
    )  # fmt: skip
