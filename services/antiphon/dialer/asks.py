"""What the dialler asks: the ACD who works, media to call and what became of a call."""

from __future__ import annotations

from antiphon.acd.v1 import acd_pb2, acd_pb2_grpc
from antiphon.directory.v1 import deals_pb2, deals_pb2_grpc, directory_pb2, directory_pb2_grpc, privacy_pb2_grpc
from antiphon.directory.v1 import privacy_pb2 as privacy
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask
from antiphon.media.v1 import media_pb2, media_pb2_grpc


class Asks:
    """One method a question, asked as the dialler itself. All raise DomainError."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._acd = acd_pb2_grpc.AcdServiceStub(peers.channel("acd"))
        self._directory = directory_pb2_grpc.DirectoryServiceStub(peers.channel("directory"))
        self._deals = deals_pb2_grpc.DealServiceStub(peers.channel("directory"))
        self._privacy = privacy_pb2_grpc.PrivacyServiceStub(peers.channel("directory"))
        self._media = media_pb2_grpc.MediaServiceStub(peers.channel("media"))

    async def board(self, tenant: str) -> acd_pb2.GetBoardResponse:
        request = acd_pb2.GetBoardRequest()
        answer: acd_pb2.GetBoardResponse = await ask(self._acd.GetBoard, request, self._peers.own(tenant), within=2)
        return answer

    async def has_queue(self, tenant: str, queue_id: str) -> bool:
        answer = await ask(self._acd.ListQueues, acd_pb2.ListQueuesRequest(), self._peers.own(tenant))
        return any(queue.id == queue_id for queue in answer.queues)

    async def phones(self, tenant: str, contact_id: str) -> list[str]:
        """The numbers of a customer."""
        request = directory_pb2.GetContactRequest(contact_id=contact_id)
        answer = await ask(self._directory.GetContact, request, self._peers.own(tenant))
        own = [one.value for one in answer.contact.identities if one.channel in ("phone", "sms")]
        return [*answer.contact.phones, *own]

    async def record_sale(self, tenant: str, request: deals_pb2.RecordSaleRequest) -> None:
        await ask(self._deals.RecordSale, request, self._peers.own(tenant))

    async def originate(self, tenant: str, request: media_pb2.OriginateRequest) -> media_pb2.Call:
        answer = await ask(self._media.Originate, request, self._peers.own(tenant))
        call: media_pb2.Call = answer.call
        return call

    async def call(self, tenant: str, call_id: str) -> media_pb2.Call | None:
        """A call, going on or over; None when media never made it."""
        request = media_pb2.GetCallRequest(call_id=call_id)
        try:
            answer = await ask(self._media.GetCall, request, self._peers.own(tenant))
        except DomainError as error:
            if error.reason.name == "UNKNOWN_CALL":
                return None
            raise
        call: media_pb2.Call = answer.call
        return call

    async def next_erasure(self) -> privacy.NextErasureResponse:
        """What this service has to erase next; an empty id when nothing."""
        answer: privacy.NextErasureResponse = await ask(
            self._privacy.NextErasure, privacy.NextErasureRequest(), self._peers.own("")
        )
        return answer

    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None:
        request = privacy.ReportErasureRequest(erasure_id=erasure_id, counts=counts)
        await ask(self._privacy.ReportErasure, request, self._peers.own(""))
