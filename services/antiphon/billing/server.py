"""gRPC ↔ use cases. Any replica answers; what another process writes is passed on to it (`passing`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.billing.app import messages
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.charging import Charging
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.passing import Passing
from antiphon.billing.store import Store
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import billing_pb2_grpc
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
    store: Store


class BillingServicer(billing_pb2_grpc.BillingServiceServicer):
    """One line per method: which use case, and whether it needs the account's writer."""

    def __init__(self, cases: UseCases, passing: Passing) -> None:
        self._cases = cases
        self._write = passing.to_writer
        passing.servicer = self

    async def Authorize(self, request: pb.AuthorizeRequest, context: Any) -> pb.AuthorizeResponse:
        return await self._write(self._cases.charging.authorize, request)

    async def Extend(self, request: pb.ExtendRequest, context: Any) -> pb.ExtendResponse:
        return await self._write(self._cases.charging.extend, request)

    async def Settle(self, request: pb.SettleRequest, context: Any) -> pb.SettleResponse:
        return await self._write(self._cases.calls.settle, request)

    async def Release(self, request: pb.ReleaseRequest, context: Any) -> pb.ReleaseResponse:
        return await self._write(self._cases.charging.release, request)

    async def GetAccount(self, request: pb.GetAccountRequest, context: Any) -> pb.GetAccountResponse:
        return await self._cases.accounts.get(current_caller())

    async def PutAccount(self, request: pb.PutAccountRequest, context: Any) -> pb.PutAccountResponse:
        return await self._write(self._cases.accounts.put, request)

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


def _limit(asked: int) -> int:
    return min(asked, MOST) if asked > 0 else USUAL


def add(server: grpc.aio.Server, servicer: BillingServicer) -> None:
    billing_pb2_grpc.add_BillingServiceServicer_to_server(servicer, server)
