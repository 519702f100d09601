"""gRPC ↔ use cases. Permissions are the interceptor's, by the option beside each method."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.dialer.app import messages
from antiphon.dialer.app.campaigns import Campaigns
from antiphon.dialer.app.lists import Lists
from antiphon.dialer.app.proof import Proof
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
        head = await anext(aiter(request_iterator), None)
        if head is None or not head.HasField("list"):
            raise invalid("list", "the first message names the list")
        chunks = (part.chunk async for part in request_iterator)
        return await self._app.lists.import_list(current_caller(), head.list, chunks)

    async def ListLists(self, request: pb.ListListsRequest, context: Any) -> pb.ListListsResponse:
        return await self._app.lists.list_lists(current_caller(), request)

    async def ListBadRows(self, request: pb.ListBadRowsRequest, context: Any) -> pb.ListBadRowsResponse:
        return await self._app.lists.list_bad_rows(current_caller(), request)

    async def AddDoNotCall(self, request: pb.AddDoNotCallRequest, context: Any) -> pb.AddDoNotCallResponse:
        return await self._app.lists.add_do_not_call(current_caller(), request)

    async def RemoveDoNotCall(self, request: pb.RemoveDoNotCallRequest, context: Any) -> pb.RemoveDoNotCallResponse:
        return await self._app.lists.remove_do_not_call(current_caller(), request)

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


def add(server: grpc.aio.Server, app: App) -> None:
    dialer_pb2_grpc.add_DialerServiceServicer_to_server(DialerServicer(app), server)
