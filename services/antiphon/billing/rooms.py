"""gRPC ↔ use cases of payments, documents and the back office: one line per method, as in `server`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.alarms import Alarms
from antiphon.billing.app.cases import Cases
from antiphon.billing.app.clients import Clients
from antiphon.billing.app.documents import Documents
from antiphon.billing.app.incidents import INCIDENT, Incidents
from antiphon.billing.app.incidents import message as incident_message
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.monthly import Monthly
from antiphon.billing.app.office import Office
from antiphon.billing.app.overview import Readings, days_between, limit
from antiphon.billing.app.payments import PAYMENT, Payments, payment_message
from antiphon.billing.app.price_lists import PriceLists
from antiphon.billing.app.repairs import RepairTimes
from antiphon.billing.app.statements import Statements
from antiphon.billing.app.vouchers import Vouchers
from antiphon.billing.passing import Asker, Passing
from antiphon.billing.v1 import clients_pb2 as kb
from antiphon.billing.v1 import (
    clients_pb2_grpc,
    documents_pb2_grpc,
    office_pb2_grpc,
    payments_pb2_grpc,
)
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1 import payments_pb2 as pb
from antiphon.kit.tokens import Caller, Signer, current_caller


@dataclass(frozen=True, slots=True)
class Rooms:
    """What can be asked here."""

    payments: Payments
    statements: Statements
    documents: Documents
    clients: Clients
    office: Office
    cases: Cases
    monthly: Monthly
    vouchers: Vouchers
    incidents: Incidents
    repairs: RepairTimes
    alarms: Alarms
    prices: PriceLists
    accounts: Accounts
    reading: Readings


class PaymentsServicer(payments_pb2_grpc.PaymentsServiceServicer):
    """Money that comes in."""

    def __init__(self, rooms: Rooms, passing: Passing, signer: Signer) -> None:
        self._rooms = rooms
        self._signer = signer
        self._write = passing.to_writer
        passing.servicers["PaymentsService"] = self

    async def StartTopUp(self, request: pb.StartTopUpRequest, context: Any) -> pb.StartTopUpResponse:
        return await self._write(self._rooms.payments.start, request)

    async def TakeProviderNotice(
        self, request: pb.TakeProviderNoticeRequest, context: Any
    ) -> pb.TakeProviderNoticeResponse:
        tenant = self._rooms.payments.read_notice(request).tenant  # its signature says whose it is, not the caller
        asker = Asker(Caller(tenant, "service:billing"), self._signer.for_tenant(tenant))
        return await self._write(self._rooms.payments.take, request, asker)

    async def ListPayments(self, request: pb.ListPaymentsRequest, context: Any) -> pb.ListPaymentsResponse:
        account_id = account_of(current_caller().tenant)
        found = await self._rooms.reading.papers(account_id, PAYMENT, limit(request.limit))
        return pb.ListPaymentsResponse(payments=[payment_message(paper) for paper in found])

    async def ClaimPayment(self, request: pb.ClaimPaymentRequest, context: Any) -> pb.ClaimPaymentResponse:
        return await self._write(self._rooms.payments.claim, request)

    async def ImportStatement(self, request: pb.ImportStatementRequest, context: Any) -> pb.ImportStatementResponse:
        return await self._write(self._rooms.statements.take, request)

    async def ResolveLine(self, request: pb.ResolveLineRequest, context: Any) -> pb.ResolveLineResponse:
        return await self._write(self._rooms.statements.resolve, request)


class DocumentsServicer(documents_pb2_grpc.DocumentsServiceServicer):
    """Accounting documents."""

    def __init__(self, rooms: Rooms, passing: Passing) -> None:
        self._rooms, self._documents = rooms, rooms.documents
        self._write = passing.to_writer
        passing.servicers["DocumentsService"] = self

    async def ListDocuments(self, request: db.ListDocumentsRequest, context: Any) -> db.ListDocumentsResponse:
        return await self._documents.listed(current_caller(), limit(request.limit))

    async def MakeDocument(self, request: db.MakeDocumentRequest, context: Any) -> db.MakeDocumentResponse:
        return await self._write(self._make, request)

    async def _make(self, caller: Caller, request: db.MakeDocumentRequest) -> db.MakeDocumentResponse:
        match request.kind:
            case db.DOCUMENT_KIND_RECEIPT:
                paper = await self._rooms.vouchers.receipt(caller, request.payment_id)
            case db.DOCUMENT_KIND_CLIENT_STATEMENT:
                days = days_between(request.first, request.last or request.first)
                paper = await self._rooms.clients.document(caller, request.project_id, days)
            case db.DOCUMENT_KIND_REGISTER:
                days = days_between(request.first, request.last or request.first)
                paper = await self._rooms.vouchers.register(caller, days)
            case _:
                return await self._documents.make(caller, request)
        return db.MakeDocumentResponse(document=self._documents.message(paper))

    async def GetDocumentFile(self, request: db.GetDocumentFileRequest, context: Any) -> db.GetDocumentFileResponse:
        return await self._documents.file(current_caller(), request)

    async def VerifyDocument(self, request: db.VerifyDocumentRequest, context: Any) -> db.VerifyDocumentResponse:
        return await self._documents.verify(request)

    async def ObjectToDocument(self, request: db.ObjectToDocumentRequest, context: Any) -> db.ObjectToDocumentResponse:
        return await self._write(self._documents.object_to, request)


class ClientsServicer(clients_pb2_grpc.ClientsServiceServicer):
    """Clients of the centre."""

    def __init__(self, rooms: Rooms, passing: Passing) -> None:
        self._clients = rooms.clients
        self._write = passing.to_writer
        passing.servicers["ClientsService"] = self

    async def ListRateCards(self, request: kb.ListRateCardsRequest, context: Any) -> kb.ListRateCardsResponse:
        return await self._clients.listed(current_caller())

    async def PutRateCard(self, request: kb.PutRateCardRequest, context: Any) -> kb.PutRateCardResponse:
        return await self._write(self._clients.put, request)

    async def GetClientStatement(
        self, request: kb.GetClientStatementRequest, context: Any
    ) -> kb.GetClientStatementResponse:
        return await self._clients.statement(current_caller(), request)

    async def ListClientTotals(self, request: kb.ListClientTotalsRequest, context: Any) -> kb.ListClientTotalsResponse:
        return await self._clients.totals(current_caller(), request)

    async def GetCampaignCost(self, request: kb.GetCampaignCostRequest, context: Any) -> kb.GetCampaignCostResponse:
        return await self._clients.campaign(current_caller(), request)


class OfficeServicer(office_pb2_grpc.OfficeServiceServicer):
    """The back office."""

    def __init__(self, rooms: Rooms, passing: Passing) -> None:
        self._rooms = rooms
        self._write = passing.to_writer
        passing.servicers["OfficeService"] = self

    async def AskFor(self, request: ob.AskForRequest, context: Any) -> ob.AskForResponse:
        return await self._write(self._rooms.office.ask_for, request)

    async def Decide(self, request: ob.DecideRequest, context: Any) -> ob.DecideResponse:
        return await self._write(self._decide, request)

    async def _decide(self, caller: Caller, request: ob.DecideRequest) -> ob.DecideResponse:
        answer = await self._rooms.office.decide(caller, request)
        if answer.request.correction_id:
            await self._rooms.documents.complete(caller, answer.request.correction_id)
        return answer

    async def ConfirmRefund(self, request: ob.ConfirmRefundRequest, context: Any) -> ob.ConfirmRefundResponse:
        return await self._write(self._rooms.office.confirm, request)

    async def ListRequests(self, request: ob.ListRequestsRequest, context: Any) -> ob.ListRequestsResponse:
        return await self._rooms.office.listed(current_caller(), limit(request.limit))

    async def PutIncident(self, request: ob.PutIncidentRequest, context: Any) -> ob.PutIncidentResponse:
        return await self._write(self._rooms.incidents.put, request)

    async def ListIncidents(self, request: ob.ListIncidentsRequest, context: Any) -> ob.ListIncidentsResponse:
        found = await self._papers(INCIDENT, request.limit)
        return ob.ListIncidentsResponse(incidents=[incident_message(paper) for paper in found])

    async def GetSlaReport(self, request: ob.GetSlaReportRequest, context: Any) -> ob.GetSlaReportResponse:
        account = await self._rooms.accounts.record(current_caller())
        return await self._rooms.repairs.report(account, request.month)

    async def CreditOutages(self, request: ob.CreditOutagesRequest, context: Any) -> ob.CreditOutagesResponse:
        return await self._write(self._rooms.incidents.credit, request)

    async def OpenCase(self, request: ob.OpenCaseRequest, context: Any) -> ob.OpenCaseResponse:
        return await self._write(self._rooms.cases.open_case, request)

    async def DecideCase(self, request: ob.DecideCaseRequest, context: Any) -> ob.DecideCaseResponse:
        return await self._write(self._rooms.cases.decide_case, request)

    async def ReadPriceList(self, request: ob.ReadPriceListRequest, context: Any) -> ob.ReadPriceListResponse:
        return await self._rooms.prices.read(current_caller(), request)

    async def ShadowRate(self, request: ob.ShadowRateRequest, context: Any) -> ob.ShadowRateResponse:
        account = await self._rooms.accounts.record(current_caller())
        return await self._rooms.prices.shadow(current_caller(), request, account)

    async def ListCases(self, request: ob.ListCasesRequest, context: Any) -> ob.ListCasesResponse:
        return await self._rooms.cases.listed(current_caller(), limit(request.limit))

    async def GetCase(self, request: ob.GetCaseRequest, context: Any) -> ob.GetCaseResponse:
        return await self._rooms.cases.get(current_caller(), request)

    async def EditCase(self, request: ob.EditCaseRequest, context: Any) -> ob.EditCaseResponse:
        return await self._write(self._rooms.cases.edit, request)

    async def BlockCalls(self, request: ob.BlockCallsRequest, context: Any) -> ob.BlockCallsResponse:
        return await self._write(self._rooms.cases.block, request)

    async def ListCallBlocks(self, request: ob.ListCallBlocksRequest, context: Any) -> ob.ListCallBlocksResponse:
        return await self._rooms.cases.blocks(current_caller())

    async def ListAlarms(self, request: ob.ListAlarmsRequest, context: Any) -> ob.ListAlarmsResponse:
        return await self._rooms.alarms.listed(current_caller(), limit(request.limit))

    async def CloseAlarm(self, request: ob.CloseAlarmRequest, context: Any) -> ob.CloseAlarmResponse:
        return await self._write(self._rooms.alarms.close_by_hand, request)

    async def _papers(self, kind: str, asked: int) -> Any:
        return await self._rooms.reading.papers(account_of(current_caller().tenant), kind, limit(asked))


def add(server: grpc.aio.Server, rooms: Rooms, passing: Passing, signer: Signer) -> None:
    payments_pb2_grpc.add_PaymentsServiceServicer_to_server(PaymentsServicer(rooms, passing, signer), server)
    documents_pb2_grpc.add_DocumentsServiceServicer_to_server(DocumentsServicer(rooms, passing), server)
    clients_pb2_grpc.add_ClientsServiceServicer_to_server(ClientsServicer(rooms, passing), server)
    office_pb2_grpc.add_OfficeServiceServicer_to_server(OfficeServicer(rooms, passing), server)
