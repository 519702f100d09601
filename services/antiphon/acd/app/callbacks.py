"""Callbacks as people plan them: a customer was promised a call at a certain time.

The item's channel is "callback", which takes an agent's room for voice: nobody else rings him while he calls. Its
subject is "contact:<id>"; whom to dial is read from the contact when the time has come.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from antiphon.acd.app import messages
from antiphon.acd.app.keeper import Scene
from antiphon.acd.app.shards import Shards
from antiphon.acd.domain import inputs
from antiphon.acd.domain.item import FINISHED, Item
from antiphon.acd.domain.millis import MINUTE
from antiphon.acd.domain.reasons import Reason
from antiphon.acd.domain.timer import Timer
from antiphon.acd.v1 import acd_pb2
from antiphon.kit.clock import Millis, to_millis
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import derived_id
from antiphon.kit.tokens import Caller

CHANNEL = "callback"
ALONE = 10 * MINUTE
"""How long who promised the call is waited for before anybody of the queue is asked."""
_MOST = 200
_LATEST = timedelta(days=366) // timedelta(milliseconds=1)
_CANCELLED, _NO_ANSWER = "cancelled", "no_answer"


class Callbacks:
    """Use cases of agents and supervisors."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    async def list_callbacks(self, caller: Caller, _: acd_pb2.ListCallbacksRequest) -> acd_pb2.ListCallbacksResponse:
        def answer(scene: Scene) -> acd_pb2.ListCallbacksResponse:
            seen = [item for item in scene.brain.floor.items.values() if _is_open(item) and _sees(scene, caller, item)]
            seen.sort(key=lambda item: (item.timers.get(Timer.CALL, item.enqueued_at), item.seq))
            return acd_pb2.ListCallbacksResponse(callbacks=[_callback(item) for item in seen[:_MOST]])

        keeper = await self._shards.keeper(caller.tenant)
        return await keeper.submit(answer=answer)

    async def plan_callback(self, caller: Caller, request: acd_pb2.PlanCallbackRequest) -> acd_pb2.PlanCallbackResponse:
        at = _moment(request)
        keeper = await self._shards.keeper(caller.tenant)
        item_id = await keeper.submit(answer=lambda scene: _new_id(scene, caller, request, at))
        fact = _enqueued(caller, request, item_id, at)
        made = await keeper.submit(fact, answer=lambda scene: _callback(scene.brain.floor.item(item_id)))
        return acd_pb2.PlanCallbackResponse(callback=made)

    async def move_callback(self, caller: Caller, request: acd_pb2.MoveCallbackRequest) -> acd_pb2.MoveCallbackResponse:
        at = _moment(request)
        keeper = await self._shards.keeper(caller.tenant)

        def check(scene: Scene) -> None:
            _check_may(scene, caller, _open(scene, request.item_id))
            _check_time(scene, at)

        await keeper.submit(answer=check)
        fact = inputs.CallbackWanted(request.item_id, at)
        moved = await keeper.submit(fact, answer=lambda scene: _callback(scene.brain.floor.item(request.item_id)))
        return acd_pb2.MoveCallbackResponse(callback=moved)

    async def drop_callback(self, caller: Caller, request: acd_pb2.DropCallbackRequest) -> acd_pb2.DropCallbackResponse:
        if request.reason not in (_CANCELLED, _NO_ANSWER):
            raise invalid("reason", f"{_CANCELLED} or {_NO_ANSWER} is needed")
        keeper = await self._shards.keeper(caller.tenant)
        await keeper.submit(answer=lambda scene: _check_may(scene, caller, scene.brain.floor.item(request.item_id)))
        fact: inputs.Input = inputs.WorkWithdrawn(request.item_id, inputs.Left.CLOSED)
        if request.reason == _NO_ANSWER:
            fact = inputs.CallbackFailed(request.item_id, caller.person_id)
        item = await keeper.submit(fact, answer=lambda scene: messages.item(scene.brain.floor.item(request.item_id)))
        return acd_pb2.DropCallbackResponse(item=item)


def _moment(request: acd_pb2.PlanCallbackRequest | acd_pb2.MoveCallbackRequest) -> Millis:
    return to_millis(request.at.ToDatetime(UTC)) if request.HasField("at") else 0


def _is_open(item: Item) -> bool:
    return item.callback and item.state not in FINISHED


def _sees(scene: Scene, caller: Caller, item: Item) -> bool:
    record = scene.queues.get(item.queue_id)
    if record is None or not caller.sees_project(record.project_id):
        return False
    return caller.may("work.watch") or _may(scene, caller, item)


def _may(scene: Scene, caller: Caller, item: Item) -> bool:
    """Who has it, for whom it waits, members of its queue, supervisors."""
    agent = scene.brain.floor.agents.get(caller.person_id)
    sits = agent is not None and any(seat.queue_id in item.queues for seat in agent.roster)
    return sits or caller.person_id in (item.agent_id, _asked_first(item)) or caller.may("work.supervise")


def _check_may(scene: Scene, caller: Caller, item: Item) -> None:
    if not item.callback:
        raise invalid("item_id", "this is no callback")
    if not _may(scene, caller, item):
        raise DomainError(Reason.NOT_A_MEMBER, queue=item.queue_id)


def _open(scene: Scene, item_id: str) -> Item:
    item = scene.brain.floor.item(item_id)
    if item.state in FINISHED:
        raise DomainError(Reason.UNKNOWN_ITEM, item=item_id)
    return item


def _check_time(scene: Scene, at: Millis) -> None:
    if not scene.now - MINUTE <= at <= scene.now + _LATEST:
        raise invalid("at", "a time within a year from now is needed")


def _new_id(scene: Scene, caller: Caller, request: acd_pb2.PlanCallbackRequest, at: Millis) -> str:
    """Checks who plans what, when and where; the same request has the same id."""
    _check_time(scene, at)
    if not caller.person_id:
        raise DomainError(Common.DENIED, "only a person plans a callback")
    if not 0 < len(request.request_id) <= 80:
        raise invalid("request_id", "1 to 80 characters are needed")
    if not 0 < len(request.contact_id) <= 64:
        raise invalid("contact_id", "who is to be called is needed")
    record = scene.queues.get(request.queue_id)
    if record is None or not caller.sees_project(record.project_id):
        raise DomainError(Reason.UNKNOWN_QUEUE, queue=request.queue_id)
    agent = scene.brain.floor.agents.get(caller.person_id)
    if (agent is None or request.queue_id not in {seat.queue_id for seat in agent.roster}) and not caller.may(
        "work.supervise"
    ):
        raise DomainError(Reason.NOT_A_MEMBER, queue=request.queue_id)
    return derived_id("cb", caller.tenant, caller.person_id, request.request_id)


def _enqueued(caller: Caller, request: acd_pb2.PlanCallbackRequest, item_id: str, at: Millis) -> inputs.WorkEnqueued:
    return inputs.WorkEnqueued(
        item_id=item_id,
        queue_id=request.queue_id,
        channel=CHANNEL,
        preferred=caller.person_id if request.mine else None,
        preferred_wait_ms=ALONE if request.mine else 0,
        contact_id=request.contact_id,
        attributes={messages.SUBJECT: f"contact:{request.contact_id}"},
        callback=True,
        not_before=at,
    )


def _asked_first(item: Item) -> str:
    return (item.steps[0].only or "") if item.steps else ""


def _callback(item: Item) -> acd_pb2.Callback:
    return acd_pb2.Callback(item=messages.item(item), agent_id=_asked_first(item))
