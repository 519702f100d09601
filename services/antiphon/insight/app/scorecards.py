"""Scorecards: kept with all versions by which somebody was evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from antiphon.insight.domain.scorecard import Criterion, Scorecard
from antiphon.insight.v1 import quality_pb2 as pb
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Stored:
    """A scorecard as it is kept."""

    card: Scorecard
    """Its newest version."""
    rev: int = 0
    used: bool = False
    """Somebody was evaluated by the newest version."""
    archived: bool = False
    earlier: Mapping[int, Scorecard] | None = None

    def version(self, number: int) -> Scorecard | None:
        return self.card if number == self.card.version else (self.earlier or {}).get(number)


class Kept(Protocol):
    """What this part needs of the store."""

    async def scorecards(self, tenant: str) -> list[Stored]: ...
    async def scorecard(self, tenant: str, scorecard_id: str) -> Stored: ...
    async def put_scorecard(self, tenant: str, before: Stored | None, after: Stored) -> bool: ...


class Audit(Protocol):
    """Where it is written who did what."""

    async def record(self, caller: Caller, action: str, subject: str, **facts: str) -> None: ...


class Scorecards:
    """Configuration use cases."""

    def __init__(self, store: Kept, audit: Audit, new_id: Callable[[str], str]) -> None:
        self._store = store
        self._audit = audit
        self._new_id = new_id

    async def list(self, caller: Caller, request: pb.ListScorecardsRequest) -> pb.ListScorecardsResponse:
        found = [one for one in await self._store.scorecards(caller.tenant) if _is_wanted(one, request)]
        found.sort(key=lambda one: (one.card.name.casefold(), one.card.id))
        return pb.ListScorecardsResponse(scorecards=[told(one) for one in found])

    async def put(self, caller: Caller, wanted: pb.Scorecard) -> pb.Scorecard:
        """Raises INVALID, NOT_FOUND, STALE."""
        criteria = tuple(
            Criterion(one.id or self._new_id("cr"), one.name.strip(), one.weight, one.scale, one.fatal)
            for one in wanted.criteria
        )
        name = wanted.name.strip()
        if not wanted.id:
            stored = Stored(Scorecard(self._new_id("sc"), name, criteria), rev=1)
            await self._store.put_scorecard(caller.tenant, None, stored)
        else:
            stored = await self._change(caller, wanted.id, lambda before: _revised(before, wanted.rev, name, criteria))
        await self._audit.record(
            caller, "scorecard.put", f"scorecard:{stored.card.id}", version=str(stored.card.version)
        )
        return told(stored)

    async def archive(self, caller: Caller, request: pb.ArchiveScorecardRequest) -> pb.Scorecard:
        """Raises NOT_FOUND."""
        stored = await self._change(
            caller, request.scorecard_id, lambda before: replace(before, archived=request.archived)
        )
        action = "scorecard.archived" if request.archived else "scorecard.restored"
        await self._audit.record(caller, action, f"scorecard:{stored.card.id}")
        return told(stored)

    async def _change(self, caller: Caller, scorecard_id: str, change: Callable[[Stored], Stored]) -> Stored:
        for _ in range(_ATTEMPTS):
            before = await self._store.scorecard(caller.tenant, scorecard_id)
            after = change(before)
            if after == before:
                return before
            after = replace(after, rev=before.rev + 1)
            if await self._store.put_scorecard(caller.tenant, before, after):
                return after
        raise DomainError(Common.STALE)


def _is_wanted(one: Stored, request: pb.ListScorecardsRequest) -> bool:
    return request.include_archived or not one.archived


def _revised(before: Stored, rev: int, name: str, criteria: tuple[Criterion, ...]) -> Stored:
    """A version that was used is kept as it is beside the new one."""
    if rev != before.rev:
        raise DomainError(Common.STALE)
    card = before.card.revised(name, criteria, used=before.used)
    if card.version == before.card.version:
        return replace(before, card=card)
    return replace(before, card=card, used=False, earlier={**(before.earlier or {}), before.card.version: before.card})


def told(it: Stored) -> pb.Scorecard:
    """The newest version."""
    shown = of_version(it.card)
    shown.rev, shown.used, shown.archived = it.rev, it.used, it.archived
    return shown


def of_version(card: Scorecard) -> pb.Scorecard:
    return pb.Scorecard(
        id=card.id, name=card.name, version=card.version,
        criteria=[
            pb.Criterion(id=one.id, name=one.name, weight=one.weight, scale=one.scale, fatal=one.fatal)
            for one in card.criteria
        ],
    )  # fmt: skip
