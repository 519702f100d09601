"""gRPC ↔ the operator's numbers for rent; like `server.py`, for `NumberPoolService`."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.v1 import pool_pb2 as pb
from antiphon.directory.v1 import pool_pb2_grpc
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["NumberPoolService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    pool_pb2_grpc.add_NumberPoolServiceServicer_to_server(NumberPoolServicer(app), server)


class NumberPoolServicer(pool_pb2_grpc.NumberPoolServiceServicer):
    def __init__(self, app: App) -> None:
        self._pool = app.pool

    async def ListPoolNumbers(self, request: pb.ListPoolNumbersRequest, context: Context) -> pb.ListPoolNumbersResponse:
        return pb.ListPoolNumbersResponse(numbers=await self._pool.all(current_caller()))

    async def PutPoolNumber(self, request: pb.PutPoolNumberRequest, context: Context) -> pb.PutPoolNumberResponse:
        return pb.PutPoolNumberResponse(number=await self._pool.put(current_caller(), request.number))

    async def DeletePoolNumber(
        self, request: pb.DeletePoolNumberRequest, context: Context
    ) -> pb.DeletePoolNumberResponse:
        await self._pool.delete(current_caller(), request.number_id)
        return pb.DeletePoolNumberResponse()

    async def ListOfferedNumbers(
        self, request: pb.ListOfferedNumbersRequest, context: Context
    ) -> pb.ListOfferedNumbersResponse:
        return pb.ListOfferedNumbersResponse(numbers=await self._pool.offered(request.country, request.e164))

    async def TakePoolNumber(self, request: pb.TakePoolNumberRequest, context: Context) -> pb.TakePoolNumberResponse:
        number_id = await self._pool.take(current_caller(), request.order_id, request.e164)
        return pb.TakePoolNumberResponse(number_id=number_id)

    async def ReturnPoolNumber(
        self, request: pb.ReturnPoolNumberRequest, context: Context
    ) -> pb.ReturnPoolNumberResponse:
        await self._pool.give_back(current_caller(), request.order_id)
        return pb.ReturnPoolNumberResponse()
