"""gRPC ↔ use cases. Any replica answers; what another process leads is passed on to it (`passing`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.acd.app.callbacks import Callbacks
from antiphon.acd.app.calls import Calls
from antiphon.acd.app.history import History
from antiphon.acd.app.rules import Rules
from antiphon.acd.app.setup import Setup
from antiphon.acd.app.supervision import Supervision
from antiphon.acd.app.work import Work
from antiphon.acd.passing import Passing
from antiphon.acd.v1 import acd_pb2, acd_pb2_grpc
from antiphon.kit.tokens import current_caller

SERVICE = acd_pb2.DESCRIPTOR.services_by_name["AcdService"].full_name


@dataclass(frozen=True, slots=True)
class UseCases:
    """Everything that can be asked."""

    setup: Setup
    rules: Rules
    work: Work
    calls: Calls
    supervision: Supervision
    callbacks: Callbacks
    history: History


class AcdServicer(acd_pb2_grpc.AcdServiceServicer):
    """One line per method: which use case, and whether it needs the tenant's brain."""

    def __init__(self, cases: UseCases, passing: Passing) -> None:
        self._setup = cases.setup
        self._rules = cases.rules
        self._work = cases.work
        self._calls = cases.calls
        self._supervision = cases.supervision
        self._callbacks = cases.callbacks
        self._history = cases.history
        self._lead = passing.to_leader
        passing.servicer = self

    async def ListQueues(self, request: acd_pb2.ListQueuesRequest, context: Any) -> acd_pb2.ListQueuesResponse:
        return await self._setup.list_queues(current_caller(), request)

    async def ListStrategies(
        self, request: acd_pb2.ListStrategiesRequest, context: Any
    ) -> acd_pb2.ListStrategiesResponse:
        return await self._setup.list_strategies(current_caller(), request)

    async def PutQueue(self, request: acd_pb2.PutQueueRequest, context: Any) -> acd_pb2.PutQueueResponse:
        return await self._lead(self._setup.put_queue, request)

    async def DeleteQueue(self, request: acd_pb2.DeleteQueueRequest, context: Any) -> acd_pb2.DeleteQueueResponse:
        return await self._lead(self._setup.delete_queue, request)

    async def PutAgent(self, request: acd_pb2.PutAgentRequest, context: Any) -> acd_pb2.PutAgentResponse:
        return await self._lead(self._setup.put_agent, request)

    async def SetAgentState(self, request: acd_pb2.SetAgentStateRequest, context: Any) -> acd_pb2.SetAgentStateResponse:
        return await self._lead(self._work.set_agent_state, request)

    async def GetMyWork(self, request: acd_pb2.GetMyWorkRequest, context: Any) -> acd_pb2.GetMyWorkResponse:
        return await self._lead(self._work.get_my_work, request)

    async def GetBoard(self, request: acd_pb2.GetBoardRequest, context: Any) -> acd_pb2.GetBoardResponse:
        return await self._lead(self._work.get_board, request)

    async def ListWaiting(self, request: acd_pb2.ListWaitingRequest, context: Any) -> acd_pb2.ListWaitingResponse:
        return await self._lead(self._work.list_waiting, request)

    async def Enqueue(self, request: acd_pb2.EnqueueRequest, context: Any) -> acd_pb2.EnqueueResponse:
        return await self._lead(self._work.enqueue, request)

    async def Withdraw(self, request: acd_pb2.WithdrawRequest, context: Any) -> acd_pb2.WithdrawResponse:
        return await self._lead(self._work.withdraw, request)

    async def Accept(self, request: acd_pb2.AcceptRequest, context: Any) -> acd_pb2.AcceptResponse:
        return await self._lead(self._work.accept, request)

    async def Decline(self, request: acd_pb2.DeclineRequest, context: Any) -> acd_pb2.DeclineResponse:
        return await self._lead(self._work.decline, request)

    async def Pull(self, request: acd_pb2.PullRequest, context: Any) -> acd_pb2.PullResponse:
        return await self._lead(self._work.pull, request)

    async def Release(self, request: acd_pb2.ReleaseRequest, context: Any) -> acd_pb2.ReleaseResponse:
        return await self._lead(self._work.release, request)

    async def EndWrapUp(self, request: acd_pb2.EndWrapUpRequest, context: Any) -> acd_pb2.EndWrapUpResponse:
        return await self._lead(self._work.end_wrap_up, request)

    async def Transfer(self, request: acd_pb2.TransferRequest, context: Any) -> acd_pb2.TransferResponse:
        return await self._lead(self._work.transfer, request)

    async def ConnectOffer(self, request: acd_pb2.ConnectOfferRequest, context: Any) -> acd_pb2.ConnectOfferResponse:
        return await self._lead(self._calls.connect_offer, request)

    async def EndOffer(self, request: acd_pb2.EndOfferRequest, context: Any) -> acd_pb2.EndOfferResponse:
        return await self._lead(self._calls.end_offer, request)

    async def Finish(self, request: acd_pb2.FinishRequest, context: Any) -> acd_pb2.FinishResponse:
        return await self._lead(self._calls.finish, request)

    async def Occupy(self, request: acd_pb2.OccupyRequest, context: Any) -> acd_pb2.OccupyResponse:
        return await self._lead(self._calls.occupy, request)

    async def Assign(self, request: acd_pb2.AssignRequest, context: Any) -> acd_pb2.AssignResponse:
        return await self._lead(self._supervision.assign, request)

    async def EmptyQueue(self, request: acd_pb2.EmptyQueueRequest, context: Any) -> acd_pb2.EmptyQueueResponse:
        return await self._lead(self._supervision.empty_queue, request)

    async def ChooseQueues(self, request: acd_pb2.ChooseQueuesRequest, context: Any) -> acd_pb2.ChooseQueuesResponse:
        return await self._lead(self._supervision.choose_queues, request)

    async def RequestCallback(
        self, request: acd_pb2.RequestCallbackRequest, context: Any
    ) -> acd_pb2.RequestCallbackResponse:
        return await self._lead(self._calls.request_callback, request)

    async def FailCallback(self, request: acd_pb2.FailCallbackRequest, context: Any) -> acd_pb2.FailCallbackResponse:
        return await self._lead(self._calls.fail_callback, request)

    async def EstimateWait(self, request: acd_pb2.EstimateWaitRequest, context: Any) -> acd_pb2.EstimateWaitResponse:
        return await self._lead(self._calls.estimate_wait, request)

    async def PutPolicy(self, request: acd_pb2.PutPolicyRequest, context: Any) -> acd_pb2.PutPolicyResponse:
        return await self._lead(self._rules.put_policy, request)

    async def GetPolicy(self, request: acd_pb2.GetPolicyRequest, context: Any) -> acd_pb2.GetPolicyResponse:
        return await self._rules.get_policy(current_caller(), request)

    async def Explain(self, request: acd_pb2.ExplainRequest, context: Any) -> acd_pb2.ExplainResponse:
        return await self._lead(self._work.explain, request)

    async def TellWait(self, request: acd_pb2.TellWaitRequest, context: Any) -> acd_pb2.TellWaitResponse:
        return await self._history.tell_wait(current_caller(), request)

    async def ListCallbacks(self, request: acd_pb2.ListCallbacksRequest, context: Any) -> acd_pb2.ListCallbacksResponse:
        return await self._lead(self._callbacks.list_callbacks, request)

    async def PlanCallback(self, request: acd_pb2.PlanCallbackRequest, context: Any) -> acd_pb2.PlanCallbackResponse:
        return await self._lead(self._callbacks.plan_callback, request)

    async def MoveCallback(self, request: acd_pb2.MoveCallbackRequest, context: Any) -> acd_pb2.MoveCallbackResponse:
        return await self._lead(self._callbacks.move_callback, request)

    async def DropCallback(self, request: acd_pb2.DropCallbackRequest, context: Any) -> acd_pb2.DropCallbackResponse:
        return await self._lead(self._callbacks.drop_callback, request)


def add(server: grpc.aio.Server, servicer: AcdServicer) -> None:
    acd_pb2_grpc.add_AcdServiceServicer_to_server(servicer, server)
