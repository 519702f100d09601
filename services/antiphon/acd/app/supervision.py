"""What is decided by hand: this item to that agent, a queue emptied, in which of his queues an agent works."""

from __future__ import annotations

from antiphon.acd.app import messages
from antiphon.acd.app.audit import Audit
from antiphon.acd.app.keeper import Scene
from antiphon.acd.app.shards import Shards
from antiphon.acd.domain import inputs
from antiphon.acd.domain.reasons import Reason
from antiphon.acd.v1 import acd_pb2
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

SUPERVISE = "work.supervise"


class Supervision:
    """Use cases of supervisors, and of agents choosing their queues."""

    def __init__(self, shards: Shards, audit: Audit) -> None:
        self._shards = shards
        self._audit = audit

    async def assign(self, caller: Caller, request: acd_pb2.AssignRequest) -> acd_pb2.AssignResponse:
        keeper = await self._shards.keeper(caller.tenant)

        def check(scene: Scene) -> None:
            item = scene.brain.floor.item(request.item_id)
            _check_project(scene, caller, item.queue_id)

        await keeper.submit(answer=check)
        fact = inputs.WorkAssigned(request.item_id, request.agent_id, caller.subject)
        item = await keeper.submit(fact, answer=lambda scene: messages.item(scene.brain.floor.item(request.item_id)))
        await self._audit.record(caller, "work.assigned", f"work:{request.item_id}", agent=request.agent_id)
        return acd_pb2.AssignResponse(item=item)

    async def empty_queue(self, caller: Caller, request: acd_pb2.EmptyQueueRequest) -> acd_pb2.EmptyQueueResponse:
        if request.to.way == acd_pb2.WAY_UNSPECIFIED:
            raise invalid("to", "where to is needed")
        keeper = await self._shards.keeper(caller.tenant)
        await keeper.submit(answer=lambda scene: _check_project(scene, caller, request.queue_id))
        fact = inputs.QueueEmptied(request.queue_id, messages.overflow(request.to))
        await keeper.submit(fact, answer=lambda scene: None)
        to = acd_pb2.Way.Name(request.to.way).removeprefix("WAY_").lower()
        await self._audit.record(caller, "queue.emptied", f"queue:{request.queue_id}", to=request.to.queue_id or to)
        return acd_pb2.EmptyQueueResponse()

    async def choose_queues(self, caller: Caller, request: acd_pb2.ChooseQueuesRequest) -> acd_pb2.ChooseQueuesResponse:
        agent_id = request.agent_id or caller.person_id
        if agent_id != caller.person_id and not caller.may(SUPERVISE):
            raise DomainError(Common.DENIED, "only a supervisor chooses for another", permission=SUPERVISE)
        keeper = await self._shards.keeper(caller.tenant)
        wanted = await keeper.submit(answer=lambda scene: _queues(scene, agent_id, request))
        fact = inputs.QueuesChosen(agent_id, wanted)
        agent = await keeper.submit(
            fact, answer=lambda scene: messages.agent(scene.brain.floor.agent(agent_id), scene.brain)
        )
        return acd_pb2.ChooseQueuesResponse(agent=agent)


def _queues(scene: Scene, agent_id: str, request: acd_pb2.ChooseQueuesRequest) -> tuple[str, ...] | None:
    """The queues asked for; of a profile, those in which the agent has a seat. None: all of his."""
    if not request.profile:
        return tuple(request.queue_ids) or None
    found = [profile for profile in scene.policy.profiles if profile.name == request.profile]
    if not found:
        raise invalid("profile", "the policy has no such profile")
    mine = {seat.queue_id for seat in scene.brain.floor.agent(agent_id).roster}
    return tuple(queue_id for queue_id in found[0].queue_ids if queue_id in mine)


def _check_project(scene: Scene, caller: Caller, queue_id: str) -> None:
    record = scene.queues.get(queue_id)
    if record is None or not caller.sees_project(record.project_id):
        raise DomainError(Reason.UNKNOWN_QUEUE, queue=queue_id)
