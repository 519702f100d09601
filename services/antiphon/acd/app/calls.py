"""What channels ask for on behalf of agents: their phone answered, rang in vain, or is in a call of its own.

Only services may; the agent is named in the request, because his phone is the caller's word for him.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from antiphon.acd.app import messages
from antiphon.acd.app.keeper import Scene
from antiphon.acd.app.shards import Shards
from antiphon.acd.domain import inputs
from antiphon.acd.domain.estimate import estimate
from antiphon.acd.v1 import acd_pb2
from antiphon.kit.clock import to_millis
from antiphon.kit.errors import invalid
from antiphon.kit.protos import duration
from antiphon.kit.tokens import Caller


class Calls:
    """Commands of channels. Each is answered after it is journalled and may be repeated."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    async def _submit(self, caller: Caller, item_id: str, fact: inputs.Input) -> acd_pb2.WorkItem:
        keeper = await self._shards.keeper(caller.tenant)
        return await keeper.submit(fact, answer=lambda scene: messages.item(scene.brain.floor.item(item_id)))

    async def connect_offer(self, caller: Caller, request: acd_pb2.ConnectOfferRequest) -> acd_pb2.ConnectOfferResponse:
        fact = inputs.OfferAccepted(request.item_id, request.version, request.agent_id)
        return acd_pb2.ConnectOfferResponse(item=await self._submit(caller, request.item_id, fact))

    async def end_offer(self, caller: Caller, request: acd_pb2.EndOfferRequest) -> acd_pb2.EndOfferResponse:
        how = messages.FAILURES.get(request.how)
        if how is None:
            raise invalid("how", "how the offer failed is needed")
        fact = inputs.OfferFailed(request.item_id, request.version, request.agent_id, how)
        return acd_pb2.EndOfferResponse(item=await self._submit(caller, request.item_id, fact))

    async def finish(self, caller: Caller, request: acd_pb2.FinishRequest) -> acd_pb2.FinishResponse:
        left = inputs.Left.CLOSED if request.reason == inputs.Left.CLOSED else inputs.Left.CUSTOMER_LEFT
        fact = inputs.WorkWithdrawn(request.item_id, left, request.reason[:80])
        return acd_pb2.FinishResponse(item=await self._submit(caller, request.item_id, fact))

    async def occupy(self, caller: Caller, request: acd_pb2.OccupyRequest) -> acd_pb2.OccupyResponse:
        if not (request.item_id and request.agent_id and request.channel):
            raise invalid("item_id", "item, agent and channel are needed")
        fact = inputs.WorkOccupied(
            item_id=request.item_id,
            agent_id=request.agent_id,
            channel=request.channel,
            contact_id=request.contact_id,
            attributes={messages.SUBJECT: request.subject},
            force=request.force,
        )
        return acd_pb2.OccupyResponse(item=await self._submit(caller, request.item_id, fact))

    async def request_callback(
        self, caller: Caller, request: acd_pb2.RequestCallbackRequest
    ) -> acd_pb2.RequestCallbackResponse:
        at = to_millis(request.at.ToDatetime(UTC)) if request.HasField("at") else 0
        fact = inputs.CallbackWanted(request.item_id, at)
        return acd_pb2.RequestCallbackResponse(item=await self._submit(caller, request.item_id, fact))

    async def fail_callback(self, caller: Caller, request: acd_pb2.FailCallbackRequest) -> acd_pb2.FailCallbackResponse:
        fact = inputs.CallbackFailed(request.item_id, request.agent_id)
        return acd_pb2.FailCallbackResponse(item=await self._submit(caller, request.item_id, fact))

    async def estimate_wait(self, caller: Caller, request: acd_pb2.EstimateWaitRequest) -> acd_pb2.EstimateWaitResponse:
        def answer(scene: Scene) -> acd_pb2.EstimateWaitResponse:
            queue_id = request.queue_id
            if request.item_id:
                queue_id = scene.brain.floor.item(request.item_id).queue_id
            found = estimate(scene.brain, queue_id, scene.tally.pace(queue_id), scene.now, request.item_id)
            expected, least, most = (
                duration(timedelta(milliseconds=span)) for span in (found.expected, found.least, found.most)
            )
            return acd_pb2.EstimateWaitResponse(
                position=found.position, expected=expected, least=least, most=most, method=found.method.value
            )

        keeper = await self._shards.keeper(caller.tenant)
        return await keeper.submit(answer=answer)
