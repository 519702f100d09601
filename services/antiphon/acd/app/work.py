"""What people and services ask of the ACD while work flows: states, offers, items, transfers, and why.

Every command is answered after it is journalled. The caller is the agent: nobody takes work in another's name; a
supervisor may set states, release and transfer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from itertools import islice
from typing import TypeVar

from antiphon.acd.app import messages
from antiphon.acd.app.checks import check_request
from antiphon.acd.app.keeper import Scene
from antiphon.acd.app.shards import Shards
from antiphon.acd.domain import explain, inputs, views
from antiphon.acd.domain.item import Item, ItemState, Step
from antiphon.acd.domain.millis import MINUTE
from antiphon.acd.domain.reasons import Reason
from antiphon.acd.domain.timer import Timer
from antiphon.acd.v1 import acd_pb2
from antiphon.kit.bus import Fact
from antiphon.kit.clock import to_millis
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

T = TypeVar("T")
SUPERVISE, WATCH = "work.supervise", "work.watch"


class Work:
    """Live use cases."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    async def _submit(self, caller: Caller, *facts: inputs.Input, answer: Callable[[Scene], T]) -> T:
        keeper = await self._shards.keeper(caller.tenant)
        return await keeper.submit(*facts, answer=answer)

    async def set_agent_state(
        self, caller: Caller, request: acd_pb2.SetAgentStateRequest
    ) -> acd_pb2.SetAgentStateResponse:
        agent_id = request.agent_id or _person(caller)
        if agent_id != caller.person_id and not caller.may(SUPERVISE):
            raise DomainError(Common.DENIED, "only a supervisor sets another's state", permission=SUPERVISE)
        state = messages.agent_state(request.state)
        if state is None:
            raise invalid("state", "a state is needed")
        if len(request.reason) > 80:
            raise invalid("reason", "at most 80 characters")
        if request.state == acd_pb2.AGENT_STATE_NOT_READY:
            await self._submit(caller, answer=lambda scene: _check_break(scene, request.reason))
        fact = inputs.AgentStateSet(agent_id, state, request.reason, caller.subject)
        agent = await self._submit(caller, fact, answer=lambda scene: _agent(scene, agent_id))
        return acd_pb2.SetAgentStateResponse(agent=agent)

    async def get_my_work(self, caller: Caller, _: acd_pb2.GetMyWorkRequest) -> acd_pb2.GetMyWorkResponse:
        agent_id = _person(caller)

        def answer(scene: Scene) -> acd_pb2.GetMyWorkResponse:
            agent = scene.brain.floor.agents.get(agent_id)
            if agent is None:
                return acd_pb2.GetMyWorkResponse(agent=acd_pb2.Agent(agent_id=agent_id))
            held = [scene.brain.floor.items[item_id] for item_id in agent.held]
            return acd_pb2.GetMyWorkResponse(
                agent=messages.agent(agent, scene.brain),
                items=[messages.item(item) for item in held],
                offers=[offer for item in held for offer in _offers(scene, item, agent_id)],
            )

        return await self._submit(caller, answer=answer)

    async def get_board(self, caller: Caller, _: acd_pb2.GetBoardRequest) -> acd_pb2.GetBoardResponse:
        def answer(scene: Scene) -> acd_pb2.GetBoardResponse:
            seen = [queue for queue in scene.queues.values() if caller.sees_project(queue.project_id)]
            names = {queue.id for queue in seen}
            agents = [
                agent
                for agent in scene.brain.floor.agents.values()
                if not caller.projects or any(seat.queue_id in names for seat in agent.seats)
            ]
            return acd_pb2.GetBoardResponse(
                queues=[_status(scene, queue.id) for queue in seen if queue.id in scene.brain.floor.queues],
                agents=[messages.agent(agent, scene.brain) for agent in agents],
            )

        return await self._submit(caller, answer=answer)

    async def list_waiting(self, caller: Caller, request: acd_pb2.ListWaitingRequest) -> acd_pb2.ListWaitingResponse:
        limit = _limit(request.limit, 100, 500)

        def answer(scene: Scene) -> acd_pb2.ListWaitingResponse:
            _check_sees(scene, caller, request.queue_id)
            line = islice(views.waiting_list(scene.brain, request.queue_id), limit)
            floor = scene.brain.floor
            return acd_pb2.ListWaitingResponse(items=[messages.item(floor.items[view.item_id]) for view in line])

        return await self._submit(caller, answer=answer)

    async def enqueue(self, caller: Caller, request: acd_pb2.EnqueueRequest) -> acd_pb2.EnqueueResponse:
        check_request(request)
        known = await self._submit(caller, answer=lambda scene: scene.queues)
        queue = known.get(request.queue_id)
        fact = inputs.WorkEnqueued(
            item_id=request.item_id,
            queue_id=request.queue_id,
            channel=request.channel,
            priority=request.priority,
            skills={**(queue.skills if queue is not None else {}), **request.skills},
            preferred=request.preferred_agent_id or None,
            preferred_wait_ms=request.preferred_for.ToMilliseconds(),
            contact_id=request.contact_id,
            attributes={messages.SUBJECT: request.subject},
            any_of=messages.alternatives(request.any_of),
            value=request.value,
            steps=messages.steps(request.steps) or _plan_of(queue, known),
            excluded=tuple(request.excluded_agent_ids),
            callback=request.callback,
            not_before=to_millis(request.not_before.ToDatetime(UTC)) if request.HasField("not_before") else 0,
        )

        def answer(scene: Scene) -> acd_pb2.EnqueueResponse:
            view = views.item_view(scene.brain, request.item_id)
            item = messages.item(scene.brain.floor.items[request.item_id])
            return acd_pb2.EnqueueResponse(item=item, position=view.position or 0)

        return await self._submit(caller, fact, answer=answer)

    async def withdraw(self, caller: Caller, request: acd_pb2.WithdrawRequest) -> acd_pb2.WithdrawResponse:
        if request.reason not in [reason.value for reason in inputs.Left]:
            raise invalid("reason", "customer_left, closed or snoozed is needed")
        fact = inputs.WorkWithdrawn(request.item_id, inputs.Left(request.reason))
        await self._submit(caller, fact, answer=lambda scene: None)
        return acd_pb2.WithdrawResponse()

    async def accept(self, caller: Caller, request: acd_pb2.AcceptRequest) -> acd_pb2.AcceptResponse:
        fact = inputs.OfferAccepted(request.item_id, request.version, _person(caller))
        item = await self._submit(caller, fact, answer=_item_of(request.item_id))
        return acd_pb2.AcceptResponse(item=item)

    async def decline(self, caller: Caller, request: acd_pb2.DeclineRequest) -> acd_pb2.DeclineResponse:
        fact = inputs.OfferDeclined(request.item_id, request.version, _person(caller), request.reason[:80])
        await self._submit(caller, fact, answer=lambda scene: None)
        return acd_pb2.DeclineResponse()

    async def pull(self, caller: Caller, request: acd_pb2.PullRequest) -> acd_pb2.PullResponse:
        """An item that is offered to the caller at this moment is accepted: to them it is the same wish."""
        person = _person(caller)
        pulled = inputs.WorkPulled(request.item_id, person)
        try:
            item = await self._submit(caller, pulled, answer=_item_of(request.item_id))
        except DomainError as error:
            if error.reason is not Reason.ILLEGAL_TRANSITION:
                raise
            version = await self._submit(caller, answer=lambda scene: _version_offered(scene, request.item_id, person))
            if version is None:
                raise
            accepted = inputs.OfferAccepted(request.item_id, version, person)
            item = await self._submit(caller, accepted, answer=_item_of(request.item_id))
        return acd_pb2.PullResponse(item=item)

    async def release(self, caller: Caller, request: acd_pb2.ReleaseRequest) -> acd_pb2.ReleaseResponse:
        holder = await self._submit(
            caller, answer=lambda scene: _holder(scene, caller, request.item_id, request.disposition)
        )
        facts: list[inputs.Input] = [inputs.WorkReleased(request.item_id, holder)]
        item = await self._submit(caller, *facts, answer=_item_of(request.item_id))
        if request.disposition and item.state == acd_pb2.ITEM_STATE_WRAP:
            ended = inputs.WrapUpEnded(request.item_id, holder, request.disposition)
            item = await self._submit(caller, ended, answer=_item_of(request.item_id))
        return acd_pb2.ReleaseResponse(item=item)

    async def end_wrap_up(self, caller: Caller, request: acd_pb2.EndWrapUpRequest) -> acd_pb2.EndWrapUpResponse:
        holder = await self._submit(
            caller, answer=lambda scene: _holder(scene, caller, request.item_id, request.disposition)
        )
        fact = inputs.WrapUpEnded(request.item_id, holder, request.disposition)
        item = await self._submit(caller, fact, answer=_item_of(request.item_id))
        return acd_pb2.EndWrapUpResponse(item=item)

    async def transfer(self, caller: Caller, request: acd_pb2.TransferRequest) -> acd_pb2.TransferResponse:
        await self._submit(caller, answer=lambda scene: _check_may_move(scene, caller, request.item_id))
        fact = inputs.WorkTransferred(request.item_id, request.queue_id or None, request.agent_id or None)
        item = await self._submit(caller, fact, answer=_item_of(request.item_id))
        return acd_pb2.TransferResponse(item=item)

    async def explain(self, caller: Caller, request: acd_pb2.ExplainRequest) -> acd_pb2.ExplainResponse:
        def answer(scene: Scene) -> acd_pb2.ExplainResponse:
            item = scene.brain.floor.item(request.item_id)
            if item.agent_id != caller.person_id and not item.offers:
                _check_sees(scene, caller, item.queue_id)
            made = scene.decisions.get(item.item_id, {})
            why = made.get(item.agent_id or caller.person_id) or next(reversed(made.values()), None)
            waits = explain.why_waiting(scene.brain, item.item_id)
            return acd_pb2.ExplainResponse(
                item=messages.item(item),
                decision=messages.decision(why[2]) if why is not None else None,
                waits_because={obstacle.value: count for obstacle, count in waits.obstacles} if waits else {},
                why_not=_why_not(scene, item),
            )

        return await self._submit(caller, answer=answer)

    async def hear_message(self, fact: Fact) -> None:
        """A conversation is alive: its lease begins anew, so that a long chat is not taken for a forgotten one."""
        conversation = fact.event.conversation
        if not conversation.work_id or not conversation.assignee_id or not self._shards.leads(fact.tenant):
            return
        keeper = await self._shards.keeper(fact.tenant)
        if not await keeper.submit(answer=lambda scene: _lease_is_old(scene, conversation.work_id)):
            return
        renewed = inputs.LeaseRenewed(conversation.work_id, conversation.assignee_id)
        try:
            await keeper.submit(renewed, answer=lambda scene: None)
        except DomainError as refusal:
            if refusal.retry:
                raise  # otherwise the item has moved on meanwhile: nothing to renew


def _plan_of(queue: acd_pb2.Queue | None, known: dict[str, acd_pb2.Queue]) -> tuple[Step, ...]:
    """The queue's plan, without queues that were deleted meanwhile: customers must not be refused for that."""
    steps = messages.steps(queue.steps) if queue is not None else ()
    return tuple(replace(step, add_queues=tuple(name for name in step.add_queues if name in known)) for step in steps)


def _check_break(scene: Scene, reason: str) -> None:
    """Where the tenant names its breaks, a break is one of them; "after:" promises it for when the tasks are done."""
    codes = [known.code for known in scene.policy.breaks]
    if codes and reason.removeprefix("after:") not in codes:
        raise invalid("reason", f"one of {', '.join(codes)} is needed")


def _person(caller: Caller) -> str:
    if not caller.person_id:
        raise DomainError(Common.DENIED, "only a person takes work")
    return caller.person_id


def _item_of(item_id: str) -> Callable[[Scene], acd_pb2.WorkItem]:
    return lambda scene: messages.item(scene.brain.floor.item(item_id))


def _agent(scene: Scene, agent_id: str) -> acd_pb2.Agent:
    return messages.agent(scene.brain.floor.agent(agent_id), scene.brain)


def _offers(scene: Scene, item: Item, agent_id: str) -> list[acd_pb2.Offer]:
    version, made_at, why = scene.decisions.get(item.item_id, {}).get(agent_id, (0, scene.now, None))
    return [
        messages.offer(offer, item.item_id, made_at, why if offer.version == version else None)
        for offer in item.offers
        if offer.agent_id == agent_id
    ]


def _why_not(scene: Scene, item: Item) -> dict[str, str]:
    if not item.offers:
        return {}
    others = explain.why_not_others(scene.brain, item.item_id)
    return {agent_id: obstacle.value for agent_id, obstacle in others.items()}


def _status(scene: Scene, queue_id: str) -> acd_pb2.QueueStatus:
    view, counters = views.queue_view(scene.brain, queue_id), scene.tally.of(queue_id)
    live = [item.state for item in scene.brain.floor.items.values() if item.queue_id == queue_id]
    return acd_pb2.QueueStatus(
        queue_id=queue_id,
        waiting=view.waiting,
        oldest_since=messages.stamp(view.oldest_since),
        offered=live.count(ItemState.OFFERED),
        connected=live.count(ItemState.CONNECTED),
        ready=view.agents_free,
        logged_in=view.agents_logged_in,
        entered=counters.entered,
        answered=counters.answered,
        answered_in_time=counters.answered_in_time,
        abandoned=counters.abandoned,
        overflowed=counters.overflowed,
    )


def _holder(scene: Scene, caller: Caller, item_id: str, disposition: str) -> str:
    """Who holds the item, if the caller may end it. Checks the disposition before anything is changed."""
    item = scene.brain.floor.item(item_id)
    if item.agent_id is None or (item.agent_id != caller.person_id and not caller.may(SUPERVISE)):
        raise DomainError(Reason.NOT_YOURS, item=item_id)
    record = scene.queues.get(item.queue_id)
    codes = [known.code for known in record.dispositions] if record is not None else []
    if disposition and disposition not in codes:
        raise DomainError(Reason.UNKNOWN_DISPOSITION, disposition=disposition)
    return item.agent_id


def _version_offered(scene: Scene, item_id: str, agent_id: str) -> int | None:
    """The offer of an item that an agent has now."""
    offers = scene.brain.floor.item(item_id).offers
    return next((offer.version for offer in offers if offer.agent_id == agent_id), None)


def _check_may_move(scene: Scene, caller: Caller, item_id: str) -> None:
    item = scene.brain.floor.item(item_id)
    mine = item.agent_id == caller.person_id or any(offer.agent_id == caller.person_id for offer in item.offers)
    if not mine and not caller.may(SUPERVISE):
        raise DomainError(Reason.NOT_YOURS, item=item_id)


def _check_sees(scene: Scene, caller: Caller, queue_id: str) -> None:
    """A member of the queue, or whoever may watch; others do not learn that it exists."""
    record, agent = scene.queues.get(queue_id), scene.brain.floor.agents.get(caller.person_id)
    sits = agent is not None and any(seat.queue_id == queue_id for seat in agent.seats)
    watches = caller.may(WATCH) and record is not None and caller.sees_project(record.project_id)
    if not sits and not watches:
        raise DomainError(Reason.UNKNOWN_QUEUE, queue=queue_id)


def _lease_is_old(scene: Scene, item_id: str) -> bool:
    """True a quarter of an hour after the last renewal: every message need not be journalled."""
    item = scene.brain.floor.items.get(item_id)
    ends = item.timers.get(Timer.LEASE) if item is not None else None
    if item is None or ends is None:
        return False
    return ends - scene.now < scene.brain.floor.policy.lease_ms[item.cls] - 15 * MINUTE


def _limit(asked: int, usual: int, most: int) -> int:
    if asked < 0 or asked > most:
        raise invalid("limit", f"0 to {most}")
    return asked or usual
