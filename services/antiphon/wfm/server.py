"""gRPC ↔ use cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.kit.tokens import current_caller
from antiphon.wfm.app.counting import Counting
from antiphon.wfm.app.demanding import Demanding
from antiphon.wfm.app.editing import Editing
from antiphon.wfm.app.intraday import Intraday
from antiphon.wfm.app.measuring import Measuring
from antiphon.wfm.app.predicting import Predicting
from antiphon.wfm.app.requests import Requests
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
    demanding: Demanding
    editing: Editing
    requests: Requests
    intraday: Intraday
    measuring: Measuring


class WfmServicer(wfm_pb2_grpc.WfmServiceServicer):
    """One use case a method."""

    def __init__(self, cases: UseCases) -> None:
        self._counting = cases.counting
        self._predicting = cases.predicting
        self._solving = cases.solving
        self._rotas = cases.rotas
        self._watching = cases.watching
        self._demanding = cases.demanding
        self._editing = cases.editing
        self._requests = cases.requests
        self._intraday = cases.intraday
        self._measuring = cases.measuring

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

    async def UndoAdjustment(self, request: pb.UndoAdjustmentRequest, context: Any) -> pb.UndoAdjustmentResponse:
        return pb.UndoAdjustmentResponse(forecast=await self._predicting.undo(current_caller(), request))

    async def GetStaffing(self, request: pb.GetStaffingRequest, context: Any) -> pb.GetStaffingResponse:
        return await self._demanding.staffing(current_caller(), request)

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

    async def EditSchedule(self, request: pb.EditScheduleRequest, context: Any) -> pb.EditScheduleResponse:
        return pb.EditScheduleResponse(schedule=await self._editing.edit(current_caller(), request))

    async def CopySchedule(self, request: pb.CopyScheduleRequest, context: Any) -> pb.CopyScheduleResponse:
        return pb.CopyScheduleResponse(schedule=await self._editing.copy(current_caller(), request))

    async def DeleteSchedule(self, request: pb.DeleteScheduleRequest, context: Any) -> pb.DeleteScheduleResponse:
        await self._editing.delete(current_caller(), request.schedule_id)
        return pb.DeleteScheduleResponse()

    async def PublishSchedule(self, request: pb.PublishScheduleRequest, context: Any) -> pb.PublishScheduleResponse:
        return pb.PublishScheduleResponse(schedule=await self._solving.publish(current_caller(), request))

    async def GetMySchedule(self, request: pb.GetMyScheduleRequest, context: Any) -> pb.GetMyScheduleResponse:
        return await self._rotas.mine(current_caller(), request)

    async def GetMyPreferences(self, request: pb.GetMyPreferencesRequest, context: Any) -> pb.GetMyPreferencesResponse:
        return pb.GetMyPreferencesResponse(preferences=await self._rotas.preferences(current_caller()))

    async def PutMyPreferences(self, request: pb.PutMyPreferencesRequest, context: Any) -> pb.PutMyPreferencesResponse:
        stored = await self._rotas.put_preferences(current_caller(), request.preferences)
        return pb.PutMyPreferencesResponse(preferences=stored)

    async def GetCalendarLink(self, request: pb.GetCalendarLinkRequest, context: Any) -> pb.GetCalendarLinkResponse:
        return await self._rotas.link(current_caller())

    async def MakeCalendarLink(self, request: pb.MakeCalendarLinkRequest, context: Any) -> pb.MakeCalendarLinkResponse:
        return pb.MakeCalendarLinkResponse(token=await self._rotas.make_link(current_caller()))

    async def RevokeCalendarLink(
        self, request: pb.RevokeCalendarLinkRequest, context: Any
    ) -> pb.RevokeCalendarLinkResponse:
        await self._rotas.revoke_link(current_caller())
        return pb.RevokeCalendarLinkResponse()

    async def ReadCalendar(self, request: pb.ReadCalendarRequest, context: Any) -> pb.ReadCalendarResponse:
        return pb.ReadCalendarResponse(icalendar=await self._rotas.read_calendar(request.token))

    async def RequestChange(self, request: pb.RequestChangeRequest, context: Any) -> pb.RequestChangeResponse:
        return pb.RequestChangeResponse(change=await self._requests.ask(current_caller(), request))

    async def ListChanges(self, request: pb.ListChangesRequest, context: Any) -> pb.ListChangesResponse:
        return pb.ListChangesResponse(changes=await self._requests.changes(current_caller()))

    async def AnswerChange(self, request: pb.AnswerChangeRequest, context: Any) -> pb.AnswerChangeResponse:
        return pb.AnswerChangeResponse(change=await self._requests.answer(current_caller(), request))

    async def DecideChange(self, request: pb.DecideChangeRequest, context: Any) -> pb.DecideChangeResponse:
        return pb.DecideChangeResponse(change=await self._requests.decide(current_caller(), request))

    async def ProposeChanges(self, request: pb.ProposeChangesRequest, context: Any) -> pb.ProposeChangesResponse:
        return pb.ProposeChangesResponse(changes=await self._requests.propose(current_caller(), request))

    async def GetIntraday(self, request: pb.GetIntradayRequest, context: Any) -> pb.GetIntradayResponse:
        return await self._intraday.look(current_caller(), request)

    async def GetProductivity(self, request: pb.GetProductivityRequest, context: Any) -> pb.GetProductivityResponse:
        return pb.GetProductivityResponse(people=await self._measuring.productivity(current_caller(), request))

    async def GetShrinkage(self, request: pb.GetShrinkageRequest, context: Any) -> pb.GetShrinkageResponse:
        return await self._measuring.shrinkage(current_caller(), request)

    async def GetAdherence(self, request: pb.GetAdherenceRequest, context: Any) -> pb.GetAdherenceResponse:
        return pb.GetAdherenceResponse(people=await self._watching.adherence(current_caller(), request))


def add(server: grpc.aio.Server, servicer: WfmServicer) -> None:
    wfm_pb2_grpc.add_WfmServiceServicer_to_server(servicer, server)
