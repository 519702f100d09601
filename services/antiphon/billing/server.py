"""gRPC ↔ use cases. Any replica answers; what another process writes is passed on to it (`passing`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.billing.app import messages
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.cabinet import Cabinet
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.charging import Charging
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.overview import Overview
from antiphon.billing.app.tallying import Tallying
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.domain.rentals import PRODUCTS
from antiphon.billing.passing import Passing
from antiphon.billing.store import Store
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import billing_pb2_grpc, cabinet_pb2_grpc
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.kit.errors import invalid
from antiphon.kit.ids import is_id
from antiphon.kit.tokens import current_caller

SERVICE = pb.DESCRIPTOR.services_by_name["BillingService"].full_name
USUAL, MOST = 100, 500


@dataclass(frozen=True, slots=True)
class UseCases:
    """Everything that can be asked."""

    charging: Charging
    calls: Calls
    accounts: Accounts
    tariffs: Tariffs
    tallying: Tallying
    store: Store
    soon: Callable[[str], None]
    """Says that a tenant may have what it can be charged for."""


class BillingServicer(billing_pb2_grpc.BillingServiceServicer):
    """One line per method: which use case, and whether it needs the account's writer."""

    def __init__(self, cases: UseCases, passing: Passing) -> None:
        self._cases = cases
        self._write = passing.to_writer
        passing.servicers["BillingService"] = self

    async def Authorize(self, request: pb.AuthorizeRequest, context: Any) -> pb.AuthorizeResponse:
        return await self._write(self._cases.charging.authorize, request)

    async def Extend(self, request: pb.ExtendRequest, context: Any) -> pb.ExtendResponse:
        return await self._write(self._cases.charging.extend, request)

    async def Settle(self, request: pb.SettleRequest, context: Any) -> pb.SettleResponse:
        return await self._write(self._cases.calls.settle, request)

    async def SettleBatch(self, request: pb.SettleBatchRequest, context: Any) -> pb.SettleBatchResponse:
        return await self._write(self._cases.calls.settle_batch, request)

    async def TellTally(self, request: pb.TellTallyRequest, context: Any) -> pb.TellTallyResponse:
        return await self._cases.tallying.tell(current_caller(), request)

    async def Release(self, request: pb.ReleaseRequest, context: Any) -> pb.ReleaseResponse:
        return await self._write(self._cases.charging.release, request)

    async def GetAccount(self, request: pb.GetAccountRequest, context: Any) -> pb.GetAccountResponse:
        return await self._cases.accounts.get(current_caller())

    async def PutAccount(self, request: pb.PutAccountRequest, context: Any) -> pb.PutAccountResponse:
        answer = await self._write(self._cases.accounts.put, request)
        if not request.account.rev:
            self._cases.soon(current_caller().tenant)
        return answer

    async def PostPayment(self, request: pb.PostPaymentRequest, context: Any) -> pb.PostPaymentResponse:
        return await self._write(self._cases.accounts.post_payment, request)

    async def ListTransfers(self, request: pb.ListTransfersRequest, context: Any) -> pb.ListTransfersResponse:
        account_id = account_of(current_caller().tenant)
        found = await self._cases.store.transfers(account_id, _limit(request.limit), request.before_seq)
        return pb.ListTransfersResponse(transfers=[messages.transfer(document) for document in found])

    async def ListRatedCalls(self, request: pb.ListRatedCallsRequest, context: Any) -> pb.ListRatedCallsResponse:
        account_id = account_of(current_caller().tenant)
        record = await self._cases.store.account(account_id)
        currency = record.currency if record is not None else ""
        limit = _limit(request.limit)
        found = await self._cases.store.calls(account_id, limit, request.before_number, suspense=request.suspense)
        tenant = current_caller().tenant
        return pb.ListRatedCallsResponse(calls=await self._cases.calls.explained(tenant, found, currency))

    async def RerateSuspense(self, request: pb.RerateSuspenseRequest, context: Any) -> pb.RerateSuspenseResponse:
        return await self._write(self._cases.calls.rerate, request)

    async def PutTariff(self, request: pb.PutTariffRequest, context: Any) -> pb.PutTariffResponse:
        return await self._cases.tariffs.put(current_caller(), request)

    async def ApproveTariff(self, request: pb.ApproveTariffRequest, context: Any) -> pb.ApproveTariffResponse:
        return await self._cases.tariffs.approve(current_caller(), request)

    async def ListTariffs(self, request: pb.ListTariffsRequest, context: Any) -> pb.ListTariffsResponse:
        return await self._cases.tariffs.list_tariffs(current_caller())


def _after(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise invalid("after", "is no mark of a page")
    return int(text or 0)


def _call_id(text: str) -> str:
    if not is_id(text, "cl"):
        raise invalid("call_id", "is no call's id")
    return text


def _limit(asked: int) -> int:
    return min(asked, MOST) if asked > 0 else USUAL


class CabinetServicer(cabinet_pb2_grpc.CabinetServiceServicer):
    """What owners and accountants ask."""

    def __init__(self, overview: Overview, cabinet: Cabinet, cases: UseCases, passing: Passing) -> None:
        self._overview = overview
        self._cabinet = cabinet
        self._store, self._calls, self._soon = cases.store, cases.calls, cases.soon
        self._write = passing.to_writer
        passing.servicers["CabinetService"] = self

    async def ListEntries(self, request: cb.ListEntriesRequest, context: Any) -> cb.ListEntriesResponse:
        account_id, size, before = account_of(current_caller().tenant), _limit(request.limit), _after(request.after)
        found = await self._store.transfers(account_id, size, before, moved=not request.holds)
        more = str(found[-1]["seq"]) if len(found) == size else ""
        return cb.ListEntriesResponse(entries=[messages.transfer(document) for document in found], next=more)

    async def ListCharges(self, request: cb.ListChargesRequest, context: Any) -> cb.ListChargesResponse:
        caller, size = current_caller(), _limit(request.limit)
        record = await self._store.account(account_of(caller.tenant))
        currency = record.currency if record is not None else ""
        if request.call_id:
            rated, moved = await self._store.of_call(account_of(caller.tenant), _call_id(request.call_id))
            shown = await self._calls.explained(caller.tenant, rated, currency)
            return cb.ListChargesResponse(calls=shown, entries=[messages.transfer(document) for document in moved])
        before = _after(request.after)
        found = await self._store.calls(account_of(caller.tenant), size, before, suspense=request.suspense)
        more = str(found[-1].number) if len(found) == size else ""
        return cb.ListChargesResponse(calls=await self._calls.explained(caller.tenant, found, currency), next=more)

    async def GetSpending(self, request: cb.GetSpendingRequest, context: Any) -> cb.GetSpendingResponse:
        return await self._overview.spending(current_caller(), request)

    async def ListNotices(self, request: cb.ListNoticesRequest, context: Any) -> cb.ListNoticesResponse:
        return await self._overview.notices(current_caller(), request)

    async def ListProducts(self, request: cb.ListProductsRequest, context: Any) -> cb.ListProductsResponse:
        return await self._overview.products(current_caller(), request)

    async def ListPackages(self, request: cb.ListPackagesRequest, context: Any) -> cb.ListPackagesResponse:
        return await self._overview.packages(current_caller())

    async def PutProduct(self, request: cb.PutProductRequest, context: Any) -> cb.PutProductResponse:
        answer = await self._write(self._cabinet.put_product, request)
        if request.product.id in PRODUCTS:
            self._soon(current_caller().tenant)
        return answer

    async def PlaceOrder(self, request: cb.PlaceOrderRequest, context: Any) -> cb.PlaceOrderResponse:
        return await self._write(self._cabinet.place_order, request)

    async def CancelOrder(self, request: cb.CancelOrderRequest, context: Any) -> cb.CancelOrderResponse:
        return await self._write(self._cabinet.cancel_order, request)

    async def ListOrders(self, request: cb.ListOrdersRequest, context: Any) -> cb.ListOrdersResponse:
        return await self._overview.orders(current_caller(), request)

    async def TakeTrust(self, request: cb.TakeTrustRequest, context: Any) -> cb.TakeTrustResponse:
        return await self._write(self._cabinet.take_trust, request)

    async def ChargeUsage(self, request: cb.ChargeUsageRequest, context: Any) -> cb.ChargeUsageResponse:
        return await self._write(self._cabinet.charge_usage, request)

    async def ListTrail(self, request: cb.ListTrailRequest, context: Any) -> cb.ListTrailResponse:
        return await self._overview.trail(current_caller(), request)


def add(server: grpc.aio.Server, billing: BillingServicer, cabinet: CabinetServicer) -> None:
    billing_pb2_grpc.add_BillingServiceServicer_to_server(billing, server)
    cabinet_pb2_grpc.add_CabinetServiceServicer_to_server(cabinet, server)
