"""gRPC ↔ use cases."""

from __future__ import annotations

from typing import Any

import grpc

from antiphon.kit.tokens import current_caller
from antiphon.routing.app.dialling import Dialling
from antiphon.routing.app.reception import Reception
from antiphon.routing.app.rules import Rules
from antiphon.routing.app.schemes import Schemes
from antiphon.routing.v1 import routing_pb2 as pb
from antiphon.routing.v1 import routing_pb2_grpc

SERVICE = pb.DESCRIPTOR.services_by_name["RoutingService"].full_name


class RoutingServicer(routing_pb2_grpc.RoutingServiceServicer):
    """One use case per method."""

    def __init__(self, reception: Reception, dialling: Dialling, schemes: Schemes, rules: Rules) -> None:
        self._reception = reception
        self._dialling = dialling
        self._schemes = schemes
        self._rules = rules

    async def Next(self, request: pb.NextRequest, context: Any) -> pb.NextResponse:
        return await self._reception.next(current_caller(), request)

    async def RouteCall(self, request: pb.RouteCallRequest, context: Any) -> pb.RouteCallResponse:
        return await self._dialling.route(current_caller(), request)

    async def ListSchemes(self, request: pb.ListSchemesRequest, context: Any) -> pb.ListSchemesResponse:
        return pb.ListSchemesResponse(schemes=await self._schemes.every(current_caller()))

    async def GetScheme(self, request: pb.GetSchemeRequest, context: Any) -> pb.GetSchemeResponse:
        return await self._schemes.get(current_caller(), request.scheme_id, request.version)

    async def PutScheme(self, request: pb.PutSchemeRequest, context: Any) -> pb.PutSchemeResponse:
        return await self._schemes.put(current_caller(), request.scheme)

    async def PublishScheme(self, request: pb.PublishSchemeRequest, context: Any) -> pb.PublishSchemeResponse:
        scheme = await self._schemes.publish(current_caller(), request.scheme_id, request.rev, request.reason)
        return pb.PublishSchemeResponse(scheme=scheme)

    async def RollbackScheme(self, request: pb.RollbackSchemeRequest, context: Any) -> pb.RollbackSchemeResponse:
        scheme = await self._schemes.roll_back(current_caller(), request.scheme_id, request.version, request.reason)
        return pb.RollbackSchemeResponse(scheme=scheme)

    async def SimulateScheme(self, request: pb.SimulateSchemeRequest, context: Any) -> pb.SimulateSchemeResponse:
        return pb.SimulateSchemeResponse(steps=await self._schemes.simulate(current_caller(), request))

    async def ListBindings(self, request: pb.ListBindingsRequest, context: Any) -> pb.ListBindingsResponse:
        return pb.ListBindingsResponse(bindings=await self._schemes.bindings(current_caller()))

    async def PutBinding(self, request: pb.PutBindingRequest, context: Any) -> pb.PutBindingResponse:
        return pb.PutBindingResponse(binding=await self._schemes.bind(current_caller(), request.binding))

    async def ListCalendars(self, request: pb.ListCalendarsRequest, context: Any) -> pb.ListCalendarsResponse:
        return pb.ListCalendarsResponse(calendars=await self._rules.calendars(current_caller()))

    async def PutCalendar(self, request: pb.PutCalendarRequest, context: Any) -> pb.PutCalendarResponse:
        return pb.PutCalendarResponse(calendar=await self._rules.put_calendar(current_caller(), request.calendar))

    async def DeleteCalendar(self, request: pb.DeleteCalendarRequest, context: Any) -> pb.DeleteCalendarResponse:
        await self._rules.delete_calendar(current_caller(), request.calendar_id)
        return pb.DeleteCalendarResponse()

    async def ListCallerLists(self, request: pb.ListCallerListsRequest, context: Any) -> pb.ListCallerListsResponse:
        return pb.ListCallerListsResponse(lists=await self._rules.caller_lists(current_caller()))

    async def PutCallerList(self, request: pb.PutCallerListRequest, context: Any) -> pb.PutCallerListResponse:
        return pb.PutCallerListResponse(list=await self._rules.put_caller_list(current_caller(), request.list))

    async def DeleteCallerList(self, request: pb.DeleteCallerListRequest, context: Any) -> pb.DeleteCallerListResponse:
        await self._rules.delete_caller_list(current_caller(), request.list_id)
        return pb.DeleteCallerListResponse()


def add(server: grpc.aio.Server, servicer: RoutingServicer) -> None:
    routing_pb2_grpc.add_RoutingServiceServicer_to_server(servicer, server)
