"""GSM gateways and SIM cards, gRPC ↔ `app/slots.py`."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.v1 import slots_pb2 as pb
from antiphon.directory.v1 import slots_pb2_grpc
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["SlotService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    slots_pb2_grpc.add_SlotServiceServicer_to_server(SlotServicer(app), server)


class SlotServicer(slots_pb2_grpc.SlotServiceServicer):
    def __init__(self, app: App) -> None:
        self._slots = app.slots

    async def ListGateways(self, request: pb.ListGatewaysRequest, context: Context) -> pb.ListGatewaysResponse:
        return pb.ListGatewaysResponse(gateways=await self._slots.gateways(current_caller()))

    async def PutGateway(self, request: pb.PutGatewayRequest, context: Context) -> pb.PutGatewayResponse:
        return pb.PutGatewayResponse(gateway=await self._slots.put_gateway(current_caller(), request.gateway))

    async def DeleteGateway(self, request: pb.DeleteGatewayRequest, context: Context) -> pb.DeleteGatewayResponse:
        await self._slots.delete_gateway(current_caller(), request.gateway_id)
        return pb.DeleteGatewayResponse()

    async def AssignSlot(self, request: pb.AssignSlotRequest, context: Context) -> pb.AssignSlotResponse:
        return pb.AssignSlotResponse(sim=await self._slots.assign(current_caller(), request))

    async def ReleaseSlot(self, request: pb.ReleaseSlotRequest, context: Context) -> pb.ReleaseSlotResponse:
        await self._slots.release(current_caller(), request.sim_id)
        return pb.ReleaseSlotResponse()

    async def ListCompanies(self, request: pb.ListCompaniesRequest, context: Context) -> pb.ListCompaniesResponse:
        return pb.ListCompaniesResponse(companies=await self._slots.companies(current_caller()))

    async def ListSims(self, request: pb.ListSimsRequest, context: Context) -> pb.ListSimsResponse:
        return pb.ListSimsResponse(sims=await self._slots.sims(current_caller()))

    async def ListRented(self, request: pb.ListRentedRequest, context: Context) -> pb.ListRentedResponse:
        return pb.ListRentedResponse(rented=await self._slots.rented(current_caller()))
