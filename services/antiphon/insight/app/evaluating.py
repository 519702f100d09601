"""Evaluations: made by supervisors, read and acknowledged by agents."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from antiphon.insight.app import asking, convert
from antiphon.insight.app.scorecards import Audit, Stored, of_version
from antiphon.insight.domain.interaction import Interaction
from antiphon.insight.domain.millis import Millis
from antiphon.insight.domain.reasons import Reason, refuse
from antiphon.insight.domain.scorecard import Evaluation, Judgement, Part, Scorecard, evaluate, judge
from antiphon.insight.v1 import quality_pb2 as pb
from antiphon.kit.clock import Clock, to_millis
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import derived_id
from antiphon.kit.tokens import Caller

JUDGES = "quality.write"
USUAL, MOST = 50, 200
_USUAL_DAYS, _ATTEMPTS = 30, 5


@dataclass(frozen=True, slots=True)
class Kept:
    """An evaluation as it is kept, with the version of the scorecard by which it was made."""

    id: str
    it: Evaluation
    card: Scorecard
    rev: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """Which evaluations are meant. Empty is all."""

    since: Millis
    until: Millis
    agents: frozenset[str]
    queues: frozenset[str]
    scorecards: frozenset[str]
    evaluators: frozenset[str]
    projects: frozenset[str]
    interaction: str = ""
    unread: bool = False
    after: tuple[Millis, str] | None = None


class Records(Protocol):
    """What this part needs of the store."""

    async def scorecard(self, tenant: str, scorecard_id: str) -> Stored: ...
    async def mark_used(self, tenant: str, stored: Stored) -> bool: ...
    async def evaluation(self, tenant: str, evaluation_id: str) -> Kept | None: ...
    async def put_evaluation(self, tenant: str, before: Kept | None, after: Kept) -> bool: ...
    def evaluations(self, tenant: str, asked: Asked) -> AsyncGenerator[Kept, None]: ...


class Interactions(Protocol):
    """Who knows what may be judged."""

    async def find(self, caller: Caller, interaction_id: str) -> Interaction: ...


class Evaluations:
    """Use cases of those who judge and of those who are judged."""

    def __init__(self, store: Records, interactions: Interactions, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._interactions = interactions
        self._audit = audit
        self._clock = clock

    async def evaluate(self, caller: Caller, request: pb.EvaluateRequest) -> pb.Evaluation:
        """Raises INVALID, NOT_FOUND, OWN_WORK, STALE, ARCHIVED, ACKNOWLEDGED."""
        part = _part(await self._interactions.find(caller, request.interaction_id), request.agent_id)
        names = (request.interaction_id, request.scorecard_id, caller.person_id, part.agent)
        evaluation_id = derived_id("ev", caller.tenant, *names)
        for _ in range(_ATTEMPTS):
            before = await self._store.evaluation(caller.tenant, evaluation_id)
            after = await self._judged(caller, request, part, before or evaluation_id)
            if after is before:
                return told(after)
            if await self._store.put_evaluation(caller.tenant, before, after):
                action = "evaluation.changed" if before is not None else "evaluation.made"
                await self._record(caller, action, after)
                return told(after)
        raise DomainError(Common.STALE)

    async def _judged(self, caller: Caller, request: pb.EvaluateRequest, part: Part, before: Kept | str) -> Kept:
        stored = await self._store.scorecard(caller.tenant, request.scorecard_id)
        card, now = stored.version(request.version), to_millis(self._clock())
        if card is None:
            raise refuse("version", "the scorecard has no such version")
        judgement = judge(card, request.points, request.comment.strip(), now)
        if isinstance(before, Kept):
            again = before.it.judged_again(card, caller.person_id, judgement)
            return before if again is before.it else Kept(before.id, again, card, before.rev + 1)
        if stored.archived:
            raise DomainError(Reason.ARCHIVED)
        made = evaluate(card, part, caller.person_id, judgement)
        if card.version != stored.card.version or not await self._store.mark_used(caller.tenant, stored):
            raise DomainError(Common.STALE)
        return Kept(before, made, card)

    async def list(self, caller: Caller, request: pb.ListEvaluationsRequest) -> pb.ListEvaluationsResponse:
        """One page, the newest first. Raises INVALID."""
        limit = min(request.limit or USUAL, MOST)
        if limit < 0:
            raise refuse("limit", "not negative")
        page = pb.ListEvaluationsResponse()
        last: Kept | None = None
        async with aclosing(self._store.evaluations(caller.tenant, self._asked(caller, request))) as found:
            async for one in found:
                if last is not None and len(page.evaluations) == limit:
                    page.next_page = asking.page(last.it.made, last.id)
                    break
                page.evaluations.append(told(one))
                last = one
        return page

    async def get(self, caller: Caller, evaluation_id: str) -> pb.Evaluation:
        """Raises NOT_FOUND."""
        return told(await self._visible(caller, evaluation_id))

    async def acknowledge(self, caller: Caller, evaluation_id: str) -> pb.Evaluation:
        """Raises NOT_FOUND, NOT_YOUR_EVALUATION."""
        for _ in range(_ATTEMPTS):
            before = await self._visible(caller, evaluation_id)
            read = before.it.acknowledge(caller.person_id, to_millis(self._clock()))
            if read is before.it:
                return told(before)
            after = Kept(before.id, read, before.card, before.rev + 1)
            if await self._store.put_evaluation(caller.tenant, before, after):
                await self._record(caller, "evaluation.acknowledged", after)
                return told(after)
        raise DomainError(Common.STALE)

    def _asked(self, caller: Caller, request: pb.ListEvaluationsRequest) -> Asked:
        asked = narrowed(caller, request, to_millis(self._clock()))
        agents = asked.agents
        if not caller.may(JUDGES):
            if not caller.person_id:
                raise DomainError(Common.DENIED, permission=JUDGES)
            agents = frozenset({caller.person_id})
        since = asked.since if request.HasField("since") or not request.interaction_id else 0
        return Asked(
            since, asked.until, agents, asked.queues, asked.scorecards, asked.evaluators, asked.projects,
            request.interaction_id, request.unread, asking.after(request.page),
        )  # fmt: skip

    async def _visible(self, caller: Caller, evaluation_id: str) -> Kept:
        found = await self._store.evaluation(caller.tenant, evaluation_id)
        if found is None or not caller.sees_project(found.it.part.project):
            raise DomainError(Common.NOT_FOUND, evaluation=evaluation_id)
        if not caller.may(JUDGES) and found.it.part.agent != caller.person_id:
            raise DomainError(Common.NOT_FOUND, evaluation=evaluation_id)
        return found

    async def _record(self, caller: Caller, action: str, one: Kept) -> None:
        part = one.it.part
        facts = {"interaction": part.interaction, "agent": part.agent, "scorecard": one.it.scorecard}
        await self._audit.record(caller, action, f"evaluation:{one.id}", version=str(one.it.version), **facts)


def narrowed(caller: Caller, request: Any, now: Millis) -> Asked:
    """What the filters of a list and of a report say. Raises INVALID."""
    since, until = asking.span(request, now, _USUAL_DAYS)
    asking.few(request.agent_ids, request.queue_ids, request.scorecard_ids, request.evaluator_ids)
    return Asked(
        since,
        until if request.HasField("until") else until + 1,  # what is made at this moment is there
        frozenset(request.agent_ids),
        frozenset(request.queue_ids),
        frozenset(request.scorecard_ids),
        frozenset(request.evaluator_ids),
        frozenset(caller.projects),
    )


def _part(it: Interaction, agent: str) -> Part:
    """Raises INVALID: whoever did not have it has no part in it."""
    queues = [spell.queue for spell in it.spells if spell.agent == agent]
    if not queues:
        raise refuse("agent_id", "who had the interaction")
    return Part(it.id, agent, queues[-1], it.project)


def told(one: Kept) -> pb.Evaluation:
    """All of it."""
    it = one.it
    return pb.Evaluation(
        id=one.id, interaction_id=it.part.interaction, agent_id=it.part.agent, queue_id=it.part.queue,
        evaluator_id=it.evaluator, scorecard=of_version(one.card), judgement=_judgement(it.now),
        earlier=[_judgement(each) for each in it.history[:-1]], made_at=convert.stamp(it.made),
        acknowledged_at=convert.stamp(it.acknowledged), project_id=it.part.project,
    )  # fmt: skip


def _judgement(it: Judgement) -> pb.Judgement:
    return pb.Judgement(at=convert.stamp(it.at), points=dict(it.points), score=it.score, comment=it.comment)
