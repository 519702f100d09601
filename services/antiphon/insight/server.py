"""gRPC ↔ use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.insight.app.exports import Exports
from antiphon.insight.app.history import History
from antiphon.insight.app.reports import Reports
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.insight.v1 import insight_pb2_grpc
from antiphon.kit.tokens import current_caller

SERVICE = pb.DESCRIPTOR.services_by_name["InsightService"].full_name


@dataclass(frozen=True, slots=True)
class UseCases:
    """Everything that can be asked."""

    history: History
    reports: Reports
    exports: Exports


class InsightServicer(insight_pb2_grpc.InsightServiceServicer):
    """One use case a method."""

    def __init__(self, cases: UseCases) -> None:
        self._cases = cases

    async def ListInteractions(self, request: pb.ListInteractionsRequest, context: Any) -> pb.ListInteractionsResponse:
        return await self._cases.history.list(current_caller(), request)

    async def GetInteraction(self, request: pb.GetInteractionRequest, context: Any) -> pb.GetInteractionResponse:
        found = await self._cases.history.get(current_caller(), request.interaction_id)
        return pb.GetInteractionResponse(interaction=found)

    async def ExportInteractions(
        self, request: pb.ExportInteractionsRequest, context: Any
    ) -> AsyncIterator[pb.ExportInteractionsResponse]:
        file = await self._cases.exports.interactions(current_caller(), request)
        yield pb.ExportInteractionsResponse(name=file.name, media_type=file.media_type)
        async for chunk in file.chunks:
            yield pb.ExportInteractionsResponse(chunk=chunk)

    async def GetReport(self, request: pb.GetReportRequest, context: Any) -> pb.GetReportResponse:
        return await self._cases.reports.get(current_caller(), request)

    async def ExportReport(
        self, request: pb.ExportReportRequest, context: Any
    ) -> AsyncIterator[pb.ExportReportResponse]:
        file = await self._cases.exports.report(current_caller(), request)
        yield pb.ExportReportResponse(name=file.name, media_type=file.media_type)
        async for chunk in file.chunks:
            yield pb.ExportReportResponse(chunk=chunk)

    async def RebuildHistory(self, request: pb.RebuildHistoryRequest, context: Any) -> pb.RebuildHistoryResponse:
        return pb.RebuildHistoryResponse(interactions=await self._cases.history.rebuild(current_caller()))

    async def GetRebuild(self, request: pb.GetRebuildRequest, context: Any) -> pb.GetRebuildResponse:
        return await self._cases.history.rebuilt(current_caller())


def add(server: grpc.aio.Server, servicer: InsightServicer) -> None:
    insight_pb2_grpc.add_InsightServiceServicer_to_server(servicer, server)
