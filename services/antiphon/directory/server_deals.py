"""gRPC ↔ deals; like `server.py`, for `DealService`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.domain.deals import Pipeline
from antiphon.directory.v1 import deals_pb2 as pb
from antiphon.directory.v1 import deals_pb2_grpc
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["DealService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    deals_pb2_grpc.add_DealServiceServicer_to_server(DealServicer(app), server)


class DealServicer(deals_pb2_grpc.DealServiceServicer):
    def __init__(self, app: App) -> None:
        self._deals = app.deals
        self._reports = app.deal_reports

    async def GetPipelines(self, request: pb.GetPipelinesRequest, context: Context) -> pb.GetPipelinesResponse:
        pipelines, rev = await self._deals.pipelines(current_caller().tenant)
        return pb.GetPipelinesResponse(pipelines=map(_pipeline, pipelines), rev=rev)

    async def PutPipelines(self, request: pb.PutPipelinesRequest, context: Context) -> pb.PutPipelinesResponse:
        pipelines, rev = await self._deals.put_pipelines(current_caller(), request)
        return pb.PutPipelinesResponse(pipelines=map(_pipeline, pipelines), rev=rev)

    async def ListDeals(self, request: pb.ListDealsRequest, context: Context) -> pb.ListDealsResponse:
        return await self._deals.list(current_caller(), request)

    async def GetDeal(self, request: pb.GetDealRequest, context: Context) -> pb.GetDealResponse:
        return pb.GetDealResponse(deal=await self._deals.get(current_caller(), request.deal_id))

    async def PutDeal(self, request: pb.PutDealRequest, context: Context) -> pb.PutDealResponse:
        request.deal.ClearField("origin")
        return pb.PutDealResponse(deal=await self._deals.put(current_caller(), request.deal))

    async def DeleteDeal(self, request: pb.DeleteDealRequest, context: Context) -> pb.DeleteDealResponse:
        await self._deals.delete(current_caller(), request.deal_id)
        return pb.DeleteDealResponse()

    async def RecordSale(self, request: pb.RecordSaleRequest, context: Context) -> pb.RecordSaleResponse:
        return pb.RecordSaleResponse(deal=await self._deals.sold(current_caller(), request))

    async def GetDealReport(self, request: pb.GetDealReportRequest, context: Context) -> pb.GetDealReportResponse:
        return await self._reports.report(current_caller(), request)

    async def ExportDeals(
        self, request: pb.ExportDealsRequest, context: Context
    ) -> AsyncIterator[pb.ExportDealsResponse]:
        file = await self._reports.file(current_caller(), request)
        yield pb.ExportDealsResponse(name=file.name, media_type=file.media_type)
        async for chunk in file.chunks:
            yield pb.ExportDealsResponse(chunk=chunk)


def _pipeline(one: Pipeline) -> pb.Pipeline:
    stages = [pb.DealStage(key=it.key, name=it.name, state=int(it.state)) for it in one.stages]  # type: ignore[arg-type]
    return pb.Pipeline(id=one.id, name=one.name, stages=stages)
