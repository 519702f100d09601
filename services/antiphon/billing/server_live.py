"""gRPC ↔ what goes on now. Any replica answers."""

from __future__ import annotations

from typing import Any

import grpc

from antiphon.billing.app.live import Live
from antiphon.billing.v1 import live_pb2 as pb
from antiphon.billing.v1 import live_pb2_grpc
from antiphon.kit.tokens import current_caller


class LiveServicer(live_pb2_grpc.LiveServiceServicer):
    """One line per method."""

    def __init__(self, live: Live) -> None:
        self._live = live

    async def ListRunningCalls(self, request: pb.ListRunningCallsRequest, context: Any) -> pb.ListRunningCallsResponse:
        return await self._live.running(current_caller())


def add(server: grpc.aio.Server, live: Live) -> None:
    live_pb2_grpc.add_LiveServiceServicer_to_server(LiveServicer(live), server)
