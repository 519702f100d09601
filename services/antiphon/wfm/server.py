"""gRPC ↔ use cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.kit.tokens import current_caller
from antiphon.wfm.app.counting import Counting
from antiphon.wfm.app.predicting import Predicting
from antiphon.wfm.app.rotas import Rotas
from antiphon.wfm.app.solving import Solving
from antiphon.wfm.app.watching import Watching
from antiphon.wfm.v1 import wfm_pb2 as pb
from antiphon.wfm.v1 import wfm_pb2_grpc

SERVICE = pb.DESCRIPTOR.services_by_name["WfmService"].full_name


@dataclass(frozen=True, slots=True)
class UseCases:
    """Everything that can be asked."""

    counting: Counting
    predicting: Predicting
    solving: Solving
    rotas: Rotas
    watching: Watching


class WfmServicer(wfm_pb2_grpc.WfmServiceServicer):
    """One use case a method."""

    def __init__(self, cases: UseCases) -> None:
        self._counting = cases.counting
        self._predicting = cases.predicting
        self._solving = cases.solving
        self._rotas = cases.rotas
        self._watching = cases.watching

    async def GetHistory(self, request: pb.GetHistoryRequest, context: Any) -> pb.GetHistoryResponse:
        return await self._counting.history(current_caller(), request)

    async def MakeForecast(self, request: pb.MakeForecastRequest, context: Any) -> pb.MakeForecastResponse:
        return pb.MakeForecastResponse(forecast=await self._predicting.make(current_caller(), request))

    async def ListForecasts(self, request: pb.ListForecastsRequest, context: Any) -> pb.ListForecastsResponse:
        return pb.ListForecastsResponse(forecasts=await self._predicting.every(current_caller()))

    async def GetForecast(self, request: pb.GetForecastRequest, context: Any) -> pb.GetForecastResponse:
        return pb.GetForecastResponse(forecast=await self._predicting.get(current_caller(), request.forecast_id))

    async def AdjustForecast(self, request: pb.AdjustForecastRequest, context: Any) -> pb.AdjustForecastResponse:
        return pb.AdjustForecastResponse(forecast=await self._predicting.adjust(current_caller(), request))

    async def ListPlans(self, request: pb.ListPlansRequest, context: Any) -> pb.ListPlansResponse:
        return pb.ListPlansResponse(plans=await self._solving.plans(current_caller()))

    async def PutPlan(self, request: pb.PutPlanRequest, context: Any) -> pb.PutPlanResponse:
        return pb.PutPlanResponse(plan=await self._solving.put_plan(current_caller(), request.plan))

    async def StartSchedule(self, request: pb.StartScheduleRequest, context: Any) -> pb.StartScheduleResponse:
        return pb.StartScheduleResponse(schedule=await self._solving.start(current_caller(), request))

    async def StopSchedule(self, request: pb.StopScheduleRequest, context: Any) -> pb.StopScheduleResponse:
        await self._solving.stop(current_caller(), request.schedule_id)
        return pb.StopScheduleResponse()

    async def ListSchedules(self, request: pb.ListSchedulesRequest, context: Any) -> pb.ListSchedulesResponse:
        return pb.ListSchedulesResponse(schedules=await self._solving.every(current_caller()))

    async def GetSchedule(self, request: pb.GetScheduleRequest, context: Any) -> pb.GetScheduleResponse:
        return pb.GetScheduleResponse(schedule=await self._solving.get(current_caller(), request.schedule_id))

    async def PublishSchedule(self, request: pb.PublishScheduleRequest, context: Any) -> pb.PublishScheduleResponse:
        return pb.PublishScheduleResponse(schedule=await self._solving.publish(current_caller(), request))

    async def GetMySchedule(self, request: pb.GetMyScheduleRequest, context: Any) -> pb.GetMyScheduleResponse:
        return await self._rotas.mine(current_caller(), request)

    async def RequestChange(self, request: pb.RequestChangeRequest, context: Any) -> pb.RequestChangeResponse:
        return pb.RequestChangeResponse(change=await self._rotas.ask(current_caller(), request))

    async def ListChanges(self, request: pb.ListChangesRequest, context: Any) -> pb.ListChangesResponse:
        return pb.ListChangesResponse(changes=await self._rotas.changes(current_caller()))

    async def AnswerChange(self, request: pb.AnswerChangeRequest, context: Any) -> pb.AnswerChangeResponse:
        return pb.AnswerChangeResponse(change=await self._rotas.answer(current_caller(), request))

    async def DecideChange(self, request: pb.DecideChangeRequest, context: Any) -> pb.DecideChangeResponse:
        return pb.DecideChangeResponse(change=await self._rotas.decide(current_caller(), request))

    async def GetAdherence(self, request: pb.GetAdherenceRequest, context: Any) -> pb.GetAdherenceResponse:
        return pb.GetAdherenceResponse(people=await self._watching.adherence(current_caller(), request))


def add(server: grpc.aio.Server, servicer: WfmServicer) -> None:
    wfm_pb2_grpc.add_WfmServiceServicer_to_server(servicer, server)
