"""gRPC ↔ use cases of the operator's people. What they read and do on behalf of a customer are the use cases of that
customer's own cabinet: which one follows from the message that was set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.protobuf.message import Message

from antiphon.billing.app.calls import Calls
from antiphon.billing.app.customers import Behalf, CustomerList, Marks
from antiphon.billing.app.errands import Errands
from antiphon.billing.app.giving import Giving
from antiphon.billing.app.overview import limit
from antiphon.billing.app.worklists import Worklists
from antiphon.billing.passing import Asker, Passing
from antiphon.billing.rooms import Rooms
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1 import operator_pb2 as pb
from antiphon.billing.v1 import operator_pb2_grpc
from antiphon.kit.errors import invalid
from antiphon.kit.tokens import Caller, Signer, current_caller, reset_caller, set_caller

Act = Callable[[Caller, Any], Awaitable[Message]]
READS = {
    "account": ("BillingService", "GetAccount"),
    "entries": ("CabinetService", "ListEntries"),
    "charges": ("CabinetService", "ListCharges"),
    "orders": ("CabinetService", "ListOrders"),
    "notices": ("CabinetService", "ListNotices"),
    "trail": ("CabinetService", "ListTrail"),
    "spending": ("CabinetService", "GetSpending"),
    "documents": ("DocumentsService", "ListDocuments"),
    "file": ("DocumentsService", "GetDocumentFile"),
    "payments": ("PaymentsService", "ListPayments"),
    "requests": ("OfficeService", "ListRequests"),
    "cases": ("OfficeService", "ListCases"),
    "alarms": ("OfficeService", "ListAlarms"),
    "incidents": ("OfficeService", "ListIncidents"),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What can be asked here."""

    behalf: Behalf
    listing: CustomerList
    marks: Marks
    work: Worklists
    rooms: Rooms
    calls: Calls
    giving: Giving
    errands: Errands


class OperatorServicer(operator_pb2_grpc.OperatorServiceServicer):
    """The operator's people."""

    def __init__(self, desk: Desk, passing: Passing) -> None:
        self._desk = desk
        self._passing = passing
        self._write = passing.to_writer
        passing.servicers["OperatorService"] = self

    async def ListCustomers(self, request: pb.ListCustomersRequest, context: Any) -> pb.ListCustomersResponse:
        return await self._desk.listing.listed(current_caller(), request)

    async def ReadCustomer(self, request: pb.ReadCustomerRequest, context: Any) -> pb.ReadCustomerResponse:
        asked = request.WhichOneof("ask")
        if asked is None:
            raise invalid("ask", "is missing")
        caller = current_caller()
        behalf = await self._desk.behalf.of(caller, request.customer_id)
        record = await self._desk.behalf.customer(caller, request.customer_id)
        if not await self._desk.marks.is_left(record, behalf.subject):
            mark = pb.ActForCustomerRequest(customer_id=request.customer_id)
            await self._write(self._look, mark)
        service, method = READS[asked]
        bound = set_caller(behalf)
        try:
            found = await getattr(self._passing.servicers[service], method)(getattr(request, asked), None)
        finally:
            reset_caller(bound)
        return pb.ReadCustomerResponse(**{asked: found})

    async def _look(self, caller: Caller, request: pb.ActForCustomerRequest) -> pb.ActForCustomerResponse:
        behalf = await self._desk.behalf.of(caller, request.customer_id)
        await self._desk.marks.leave(await self._desk.behalf.customer(caller, request.customer_id), behalf.subject)
        return pb.ActForCustomerResponse()

    async def ActForCustomer(self, request: pb.ActForCustomerRequest, context: Any) -> pb.ActForCustomerResponse:
        return await self._write(self._act, request)

    async def _act(self, caller: Caller, request: pb.ActForCustomerRequest) -> pb.ActForCustomerResponse:
        rooms = self._desk.rooms
        acts: Mapping[str, Act] = {
            "ask_for": rooms.office.ask_for,
            "rerate": self._desk.calls.rerate,
            "document": rooms.documents.make,
            "open_case": rooms.cases.open_case,
            "edit_case": rooms.cases.edit,
            "decide_case": rooms.cases.decide_case,
            "block": rooms.cases.block,
            "close_alarm": rooms.alarms.close_by_hand,
        }
        return pb.ActForCustomerResponse(**await self._done(caller, request, acts))

    async def DecideForCustomer(
        self, request: pb.DecideForCustomerRequest, context: Any
    ) -> pb.DecideForCustomerResponse:
        return await self._write(self._decide, request)

    async def _decide(self, caller: Caller, request: pb.DecideForCustomerRequest) -> pb.DecideForCustomerResponse:
        acts: Mapping[str, Act] = {"decide": self._decided, "confirm": self._desk.rooms.office.confirm}
        return pb.DecideForCustomerResponse(**await self._done(caller, request, acts))

    async def _decided(self, behalf: Caller, request: ob.DecideRequest) -> ob.DecideResponse:
        answer = await self._desk.rooms.office.decide(behalf, request)
        if answer.request.correction_id:
            await self._desk.rooms.documents.complete(behalf, answer.request.correction_id)
        return answer

    async def _done(self, caller: Caller, request: Any, acts: Mapping[str, Act]) -> dict[str, Any]:
        behalf = await self._desk.behalf.of(caller, request.customer_id)
        asked = request.WhichOneof("act")
        if asked is None:
            raise invalid("act", "is missing")
        return {asked: await acts[asked](behalf, getattr(request, asked))}

    async def ListWork(self, request: pb.ListWorkRequest, context: Any) -> pb.ListWorkResponse:
        return await self._desk.work.listed(current_caller(), request)

    async def GetMonthEnd(self, request: pb.GetMonthEndRequest, context: Any) -> pb.GetMonthEndResponse:
        return await self._desk.work.month_end(current_caller(), request)

    async def OfferPayment(self, request: pb.OfferPaymentRequest, context: Any) -> pb.OfferPaymentResponse:
        return await self._write(self._desk.giving.offer, request)

    async def DecidePayment(self, request: pb.DecidePaymentRequest, context: Any) -> pb.DecidePaymentResponse:
        return await self._write(self._desk.giving.decide, request)

    async def TakeGivenPayment(self, request: pb.TakeGivenPaymentRequest, context: Any) -> pb.TakeGivenPaymentResponse:
        return await self._write(self._desk.giving.take, request)

    async def PutErrand(self, request: pb.PutErrandRequest, context: Any) -> pb.PutErrandResponse:
        return await self._write(self._desk.errands.put, request)

    async def ListErrands(self, request: pb.ListErrandsRequest, context: Any) -> pb.ListErrandsResponse:
        return await self._desk.errands.listed(current_caller(), limit(request.limit))


def rounds(desk: Desk, commands: Commands, leads: Callable[[str], bool]) -> Callable[[], Awaitable[None]]:
    """What goes on by itself: payments on their way, errands."""

    async def round_() -> None:
        await desk.giving.round(leads, commands.give)
        await desk.errands.round()

    return round_


class Commands:
    """Commands to customers' accounts in billing's own name, written wherever they are."""

    def __init__(self, passing: Passing, signer: Signer) -> None:
        self._passing = passing
        self._signer = signer

    async def give(self, tenant: str, request: pb.TakeGivenPaymentRequest) -> pb.TakeGivenPaymentResponse:
        answer: pb.TakeGivenPaymentResponse = await self.send(tenant, request)
        return answer

    async def send(self, tenant: str, request: Message) -> Any:
        """What the servicer of this request's method would answer."""
        asker = Asker(Caller(tenant, "service:billing"), self._signer.for_tenant(tenant))
        method = type(request).__name__.removesuffix("Request")
        servicer = self._passing.servicers[_AT[method]]

        async def here(caller: Caller, asked: Message) -> Message:
            bound = set_caller(caller)
            try:
                return cast(Message, await getattr(servicer, method)(asked, None))
            finally:
                reset_caller(bound)

        return await self._passing.to_writer(here, request, asker)


_AT = {
    "TakeGivenPayment": "OperatorService",
    "PutIncident": "OfficeService",
    "CreditOutages": "OfficeService",
    "RerateSuspense": "BillingService",
}


def add(server: grpc.aio.Server, desk: Desk, passing: Passing) -> None:
    operator_pb2_grpc.add_OperatorServiceServicer_to_server(OperatorServicer(desk, passing), server)
