"""gRPC ↔ use cases. Permissions are the interceptor's, by the option beside each method."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.dialer.app import messages
from antiphon.dialer.app.campaigns import Campaigns
from antiphon.dialer.app.cards import get_card
from antiphon.dialer.app.forbidden import Forbidden
from antiphon.dialer.app.lists import Lists
from antiphon.dialer.app.previews import Previews
from antiphon.dialer.app.proof import Proof
from antiphon.dialer.app.report import get_report
from antiphon.dialer.app.results import Results
from antiphon.dialer.app.saying import get_status
from antiphon.dialer.app.world import World
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.dialer.v1 import dialer_pb2_grpc
from antiphon.kit.errors import invalid
from antiphon.kit.tokens import current_caller

SERVICE = pb.DESCRIPTOR.services_by_name["DialerService"].full_name
_LONGEST_PAGE, _PAGE = 200, 50


@dataclass(frozen=True, slots=True)
class App:
    """Everything that can be asked."""

    world: World
    campaigns: Campaigns
    lists: Lists
    forbidden: Forbidden
    previews: Previews
    results: Results
    proof: Proof


class DialerServicer(dialer_pb2_grpc.DialerServiceServicer):
    """One line a method."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def ListCampaigns(self, request: pb.ListCampaignsRequest, context: Any) -> pb.ListCampaignsResponse:
        return await self._app.campaigns.list_campaigns(current_caller(), request)

    async def PutCampaign(self, request: pb.PutCampaignRequest, context: Any) -> pb.PutCampaignResponse:
        return await self._app.campaigns.put(current_caller(), request)

    async def SetCampaignState(self, request: pb.SetCampaignStateRequest, context: Any) -> pb.SetCampaignStateResponse:
        return await self._app.campaigns.set_state(current_caller(), request)

    async def GetStatus(self, request: pb.GetStatusRequest, context: Any) -> pb.GetStatusResponse:
        return await get_status(self._app.world, current_caller(), request)

    async def ImportList(
        self, request_iterator: AsyncIterator[pb.ImportListRequest], context: Any
    ) -> pb.ImportListResponse:
        head, chunks = await _headed(request_iterator)
        return await self._app.lists.import_list(current_caller(), head.list, chunks)

    async def PreviewList(
        self, request_iterator: AsyncIterator[pb.PreviewListRequest], context: Any
    ) -> pb.PreviewListResponse:
        head, chunks = await _headed(request_iterator)
        return await self._app.lists.preview(current_caller(), head.list, chunks)

    async def PutList(self, request: pb.PutListRequest, context: Any) -> pb.PutListResponse:
        return await self._app.lists.put_list(current_caller(), request)

    async def RecycleList(self, request: pb.RecycleListRequest, context: Any) -> pb.RecycleListResponse:
        return await self._app.lists.recycle(current_caller(), request)

    async def ListLists(self, request: pb.ListListsRequest, context: Any) -> pb.ListListsResponse:
        return await self._app.lists.list_lists(current_caller(), request)

    async def ListBadRows(self, request: pb.ListBadRowsRequest, context: Any) -> pb.ListBadRowsResponse:
        return await self._app.lists.list_bad_rows(current_caller(), request)

    async def AddDoNotCall(self, request: pb.AddDoNotCallRequest, context: Any) -> pb.AddDoNotCallResponse:
        return await self._app.forbidden.add_do_not_call(current_caller(), request)

    async def RemoveDoNotCall(self, request: pb.RemoveDoNotCallRequest, context: Any) -> pb.RemoveDoNotCallResponse:
        return await self._app.forbidden.remove_do_not_call(current_caller(), request)

    async def ListDoNotCall(self, request: pb.ListDoNotCallRequest, context: Any) -> pb.ListDoNotCallResponse:
        return await self._app.forbidden.list_do_not_call(current_caller(), request)

    async def ImportDoNotCall(
        self, request_iterator: AsyncIterator[pb.ImportDoNotCallRequest], context: Any
    ) -> pb.ImportDoNotCallResponse:
        head, chunks = await _headed(request_iterator)
        return await self._app.forbidden.import_do_not_call(current_caller(), head.list, chunks)

    async def GetCampaignReport(
        self, request: pb.GetCampaignReportRequest, context: Any
    ) -> pb.GetCampaignReportResponse:
        return await get_report(self._app.world, current_caller(), request)

    # --- agents

    async def ListMyCampaigns(self, request: pb.ListMyCampaignsRequest, context: Any) -> pb.ListMyCampaignsResponse:
        return await self._app.previews.mine(current_caller())

    async def TakePreview(self, request: pb.TakePreviewRequest, context: Any) -> pb.TakePreviewResponse:
        return await self._app.previews.take(current_caller(), request.campaign_id)

    async def DialPreview(self, request: pb.DialPreviewRequest, context: Any) -> pb.DialPreviewResponse:
        return await self._app.previews.dial(current_caller(), request.preview_id)

    async def SkipPreview(self, request: pb.SkipPreviewRequest, context: Any) -> pb.SkipPreviewResponse:
        return await self._app.previews.skip(current_caller(), request)

    async def GetCard(self, request: pb.GetCardRequest, context: Any) -> pb.GetCardResponse:
        return await get_card(self._app.world, current_caller(), request)

    # --- what came of it

    async def ListAttempts(self, request: pb.ListAttemptsRequest, context: Any) -> pb.ListAttemptsResponse:
        campaign = await self._app.world.campaign(current_caller(), request.campaign_id)
        limit = min(max(request.limit, 0) or _PAGE, _LONGEST_PAGE)
        found = await self._app.world.store.attempts.newest(campaign.id, limit, request.after)
        mark = found[-1]["_id"] if len(found) == limit else ""
        return pb.ListAttemptsResponse(attempts=[messages.attempt(one) for one in found], next=mark)

    async def RecordResult(self, request: pb.RecordResultRequest, context: Any) -> pb.RecordResultResponse:
        return await self._app.results.record(current_caller(), request)

    async def ExportResults(
        self, request: pb.ExportResultsRequest, context: Any
    ) -> AsyncIterator[pb.ExportResultsResponse]:
        async for chunk in self._app.proof.results(current_caller(), request):
            yield pb.ExportResultsResponse(chunk=chunk)

    async def GetEvidence(self, request: pb.GetEvidenceRequest, context: Any) -> AsyncIterator[pb.GetEvidenceResponse]:
        async for chunk in self._app.proof.evidence(current_caller(), request):
            yield pb.GetEvidenceResponse(chunk=chunk)

    async def ListPacks(self, request: pb.ListPacksRequest, context: Any) -> pb.ListPacksResponse:
        return self._app.campaigns.list_packs()


async def _headed(parts: AsyncIterator[Any]) -> tuple[Any, AsyncIterator[bytes]]:
    """The first message, which names the list, and the bytes of the others."""
    head = await anext(aiter(parts), None)
    if head is None or not head.HasField("list"):
        raise invalid("list", "the first message names the list")
    return head, (part.chunk async for part in parts)


def add(server: grpc.aio.Server, app: App) -> None:
    dialer_pb2_grpc.add_DialerServiceServicer_to_server(DialerServicer(app), server)
