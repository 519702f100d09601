"""gRPC ↔ use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.insight.app.evaluating import Evaluations
from antiphon.insight.app.exports import Exports
from antiphon.insight.app.history import History
from antiphon.insight.app.missing import Missing
from antiphon.insight.app.quality import Quality
from antiphon.insight.app.reports import Reports
from antiphon.insight.app.scorecards import Scorecards
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.insight.v1 import insight_pb2_grpc, quality_pb2_grpc
from antiphon.insight.v1 import quality_pb2 as quality
from antiphon.kit.tokens import current_caller

SERVICES = (
    pb.DESCRIPTOR.services_by_name["InsightService"].full_name,
    quality.DESCRIPTOR.services_by_name["QualityService"].full_name,
)


@dataclass(frozen=True, slots=True)
class UseCases:
    """Everything that can be asked."""

    history: History
    reports: Reports
    exports: Exports
    missing: Missing


@dataclass(frozen=True, slots=True)
class QualityCases:
    """Everything that can be asked about the quality of work."""

    scorecards: Scorecards
    evaluations: Evaluations
    quality: Quality


class InsightServicer(insight_pb2_grpc.InsightServiceServicer):
    """One use case a method."""

    def __init__(self, cases: UseCases) -> None:
        self._cases = cases

    async def ListInteractions(self, request: pb.ListInteractionsRequest, context: Any) -> pb.ListInteractionsResponse:
        return await self._cases.history.list(current_caller(), request)

    async def GetInteraction(self, request: pb.GetInteractionRequest, context: Any) -> pb.GetInteractionResponse:
        found = await self._cases.history.get(current_caller(), request.interaction_id)
        return pb.GetInteractionResponse(interaction=found)

    async def ListMissed(self, request: pb.ListMissedRequest, context: Any) -> pb.ListMissedResponse:
        return await self._cases.missing.list(current_caller(), request)

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


class QualityServicer(quality_pb2_grpc.QualityServiceServicer):
    """One use case a method."""

    def __init__(self, cases: QualityCases) -> None:
        self._cases = cases

    async def ListScorecards(
        self, request: quality.ListScorecardsRequest, context: Any
    ) -> quality.ListScorecardsResponse:
        return await self._cases.scorecards.list(current_caller(), request)

    async def PutScorecard(self, request: quality.PutScorecardRequest, context: Any) -> quality.PutScorecardResponse:
        stored = await self._cases.scorecards.put(current_caller(), request.scorecard)
        return quality.PutScorecardResponse(scorecard=stored)

    async def ArchiveScorecard(
        self, request: quality.ArchiveScorecardRequest, context: Any
    ) -> quality.ArchiveScorecardResponse:
        stored = await self._cases.scorecards.archive(current_caller(), request)
        return quality.ArchiveScorecardResponse(scorecard=stored)

    async def Evaluate(self, request: quality.EvaluateRequest, context: Any) -> quality.EvaluateResponse:
        made = await self._cases.evaluations.evaluate(current_caller(), request)
        return quality.EvaluateResponse(evaluation=made)

    async def ListEvaluations(
        self, request: quality.ListEvaluationsRequest, context: Any
    ) -> quality.ListEvaluationsResponse:
        return await self._cases.evaluations.list(current_caller(), request)

    async def GetEvaluation(self, request: quality.GetEvaluationRequest, context: Any) -> quality.GetEvaluationResponse:
        found = await self._cases.evaluations.get(current_caller(), request.evaluation_id)
        return quality.GetEvaluationResponse(evaluation=found)

    async def AcknowledgeEvaluation(
        self, request: quality.AcknowledgeEvaluationRequest, context: Any
    ) -> quality.AcknowledgeEvaluationResponse:
        read = await self._cases.evaluations.acknowledge(current_caller(), request.evaluation_id)
        return quality.AcknowledgeEvaluationResponse(evaluation=read)

    async def GetQualityReport(
        self, request: quality.GetQualityReportRequest, context: Any
    ) -> quality.GetQualityReportResponse:
        return await self._cases.quality.report(current_caller(), request)


def add(server: grpc.aio.Server, servicer: InsightServicer, quality_servicer: QualityServicer) -> None:
    insight_pb2_grpc.add_InsightServiceServicer_to_server(servicer, server)
    quality_pb2_grpc.add_QualityServiceServicer_to_server(quality_servicer, server)
