"""gRPC ↔ use cases of the operator's support; like `server.py`, for `SupportService`."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.v1 import support_pb2 as pb
from antiphon.directory.v1 import support_pb2_grpc
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["SupportService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    support_pb2_grpc.add_SupportServiceServicer_to_server(SupportServicer(app), server)


class SupportServicer(support_pb2_grpc.SupportServiceServicer):
    def __init__(self, app: App) -> None:
        self._support = app.support

    async def FindSubscriber(self, request: pb.FindSubscriberRequest, context: Context) -> pb.FindSubscriberResponse:
        found = await self._support.find(current_caller(), request.number, request.extension, request.reason)
        return pb.FindSubscriberResponse(subscriber=found)

    async def ForwardSubscriber(
        self, request: pb.ForwardSubscriberRequest, context: Context
    ) -> pb.ForwardSubscriberResponse:
        return pb.ForwardSubscriberResponse(subscriber=await self._support.forward(current_caller(), request))
