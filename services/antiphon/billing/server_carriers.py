"""gRPC ↔ use cases of carriers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.billing.app.carrier_statements import CarrierStatements
from antiphon.billing.app.carriers import Carriers
from antiphon.billing.app.choosing import Choosing
from antiphon.billing.v1 import carriers_pb2 as pb
from antiphon.billing.v1 import carriers_pb2_grpc
from antiphon.kit.tokens import current_caller


@dataclass(frozen=True, slots=True)
class Trade:
    """What can be asked here."""

    carriers: Carriers
    choosing: Choosing
    statements: CarrierStatements


class CarriersServicer(carriers_pb2_grpc.CarriersServiceServicer):
    """Nothing here writes an account, so any replica answers."""

    def __init__(self, trade: Trade) -> None:
        self._carriers, self._choosing, self._statements = trade.carriers, trade.choosing, trade.statements

    async def ListCarriers(self, request: pb.ListCarriersRequest, context: Any) -> pb.ListCarriersResponse:
        return await self._carriers.listed(current_caller())

    async def PutCarrier(self, request: pb.PutCarrierRequest, context: Any) -> pb.PutCarrierResponse:
        return await self._carriers.put(current_caller(), request)

    async def PutCarrierPolicy(self, request: pb.PutCarrierPolicyRequest, context: Any) -> pb.PutCarrierPolicyResponse:
        return await self._carriers.put_policy(current_caller(), request)

    async def ReadCarrierPrices(
        self, request: pb.ReadCarrierPricesRequest, context: Any
    ) -> pb.ReadCarrierPricesResponse:
        return await self._carriers.read(current_caller(), request)

    async def ApproveCarrierPrices(
        self, request: pb.ApproveCarrierPricesRequest, context: Any
    ) -> pb.ApproveCarrierPricesResponse:
        return await self._carriers.approve(current_caller(), request)

    async def ListCarrierPrices(
        self, request: pb.ListCarrierPricesRequest, context: Any
    ) -> pb.ListCarrierPricesResponse:
        return await self._carriers.versions(current_caller(), request)

    async def ChooseCarriers(self, request: pb.ChooseCarriersRequest, context: Any) -> pb.ChooseCarriersResponse:
        return await self._choosing.choose(current_caller(), request)

    async def ListCarrierTotals(
        self, request: pb.ListCarrierTotalsRequest, context: Any
    ) -> pb.ListCarrierTotalsResponse:
        return await self._statements.totals(current_caller(), request)

    async def ReconcileCarrier(self, request: pb.ReconcileCarrierRequest, context: Any) -> pb.ReconcileCarrierResponse:
        return await self._statements.reconcile(current_caller(), request)

    async def ListCarrierStatements(
        self, request: pb.ListCarrierStatementsRequest, context: Any
    ) -> pb.ListCarrierStatementsResponse:
        return await self._statements.listed(current_caller(), request)


def add(server: grpc.aio.Server, trade: Trade) -> None:
    carriers_pb2_grpc.add_CarriersServiceServicer_to_server(CarriersServicer(trade), server)
