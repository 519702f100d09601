"""gRPC ↔ use cases of plans and rented numbers, and what makes an order of a number go on after any death."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from antiphon.billing.app.number_orders import NumberOrders
from antiphon.billing.app.plans import Plans
from antiphon.billing.passing import Asker, Passing
from antiphon.billing.v1 import plans_pb2 as pb
from antiphon.billing.v1 import plans_pb2_grpc
from antiphon.billing.v1.events_pb2 import NumberOrderMoved
from antiphon.kit.bus import Fact, Table
from antiphon.kit.tokens import Caller, Signer, current_caller


@dataclass(frozen=True, slots=True)
class Offering:
    """What can be asked here."""

    plans: Plans
    numbers: NumberOrders


class PlansServicer(plans_pb2_grpc.PlansServiceServicer):
    """What the operator offers."""

    def __init__(self, offering: Offering, passing: Passing) -> None:
        self._plans, self._numbers = offering.plans, offering.numbers
        self._write = passing.to_writer
        passing.servicers["PlansService"] = self

    async def ListServicePlans(self, request: pb.ListServicePlansRequest, context: Any) -> pb.ListServicePlansResponse:
        return await self._plans.listed(current_caller())

    async def PutServicePlan(self, request: pb.PutServicePlanRequest, context: Any) -> pb.PutServicePlanResponse:
        return await self._plans.put(current_caller(), request)

    async def ChoosePlan(self, request: pb.ChoosePlanRequest, context: Any) -> pb.ChoosePlanResponse:
        return await self._write(self._plans.choose, request)

    async def OrderNumber(self, request: pb.OrderNumberRequest, context: Any) -> pb.OrderNumberResponse:
        return await self._write(self._numbers.order, request)

    async def CarryNumberOrder(self, request: pb.CarryNumberOrderRequest, context: Any) -> pb.CarryNumberOrderResponse:
        return await self._write(self._numbers.carry, request)


def add(server: grpc.aio.Server, offering: Offering, passing: Passing) -> None:
    plans_pb2_grpc.add_PlansServiceServicer_to_server(PlansServicer(offering, passing), server)


def table(numbers: NumberOrders, passing: Passing, signer: Signer) -> Table:
    """A step that could not be done is not acknowledged and comes again; one that was done changes nothing."""

    async def moved(fact: Fact) -> None:
        assert isinstance(fact.event, NumberOrderMoved)
        asker = Asker(Caller(fact.tenant, "service:billing"), signer.for_tenant(fact.tenant))
        request = pb.CarryNumberOrderRequest(order_id=fact.event.order_id)
        await passing.to_writer(numbers.carry, request, asker)

    return {NumberOrderMoved: moved}
