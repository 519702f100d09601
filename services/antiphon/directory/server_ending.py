"""gRPC ↔ the end of a contract; like `server.py`, for `EndingService`."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.v1 import ending_pb2 as pb
from antiphon.directory.v1 import ending_pb2_grpc
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["EndingService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    ending_pb2_grpc.add_EndingServiceServicer_to_server(EndingServicer(app), server)


class EndingServicer(ending_pb2_grpc.EndingServiceServicer):
    def __init__(self, app: App) -> None:
        self._ending = app.ending

    async def EndTenancy(self, request: pb.EndTenancyRequest, context: Context) -> pb.EndTenancyResponse:
        ended = await self._ending.end(current_caller(), request.order_ids)
        return pb.EndTenancyResponse(numbers=ended.numbers, slots=ended.slots, lines=ended.lines)
