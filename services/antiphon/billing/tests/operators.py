"""An operator with customers, beside strangers: tokens as the directory would sign them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pytest

from antiphon.billing.app.messages import account_of
from antiphon.billing.tests.stage import RIGHTS, STUBS, Stage, uah
from antiphon.billing.v1 import billing_pb2 as bb
from antiphon.billing.v1 import operator_pb2 as pb
from antiphon.billing.v1 import plans_pb2
from antiphon.billing.v1.operator_pb2_grpc import OperatorServiceStub
from antiphon.billing.v1.plans_pb2_grpc import PlansServiceStub
from antiphon.directory.v1.directory_pb2 import Tenant
from antiphon.directory.v1.events_pb2 import TenantChanged
from antiphon.kit.bus import Bus
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.testing import eventually
from antiphon.kit.tokens import Caller, Signer

READ, ASK, APPROVE = "customers.read", "customers.ask", "customers.approve"
OWN = RIGHTS | {READ, ASK, APPROVE, "offers.write"}


@dataclass
class House:
    """One operator, whose plan makes all others customers."""

    stage: Stage
    tenant: str = "tn_operator"
    named: int = 0
    plan: str = ""
    opened: bool = False

    async def begin(self) -> None:
        plan = plans_pb2.ServicePlan(name="Small", size=plans_pb2.COMPANY_SIZE_SMALL, monthly=uah("300"))
        self.plan = (await self.ask("PutServicePlan", plans_pb2.PutServicePlanRequest(plan=plan))).plan.id

    async def open_once(self) -> None:
        """The operator's own account."""
        if not self.opened:
            await self.ask("PutAccount", bb.PutAccountRequest(account=bb.Account(currency="UAH")))
            self.opened = True

    async def ask(
        self, method: str, request: Any, who: str = "oleg", rights: Collection[str] = OWN,
        tenant: str = "",
    ) -> Any:  # fmt: skip
        channel = self.stage.rt.peers.channel("billing")
        stubs = [make(channel) for make in (*STUBS, OperatorServiceStub, PlansServiceStub)]
        stub = next(stub for stub in stubs if hasattr(stub, method))
        key = self.stage.platforms["directory"].token_key.get_secret_value()
        subject = who if ":" in who else f"person:{who}"
        caller = Caller(tenant or self.tenant, subject, frozenset(rights))
        token = Signer("directory", key, self.stage.clock).sign(caller)
        return await ask(getattr(stub, method), request, metadata(token), within=30)

    async def refused(self, method: str, request: Any, **who: Any) -> DomainError:
        with pytest.raises(DomainError) as refused:
            await self.ask(method, request, **who)
        return refused.value

    async def customer(self, name: str, money: str = "0") -> Stage:
        """A company with an account; asks for itself as a stage does."""
        firm = self.stage.of_another_tenant()
        account = bb.Account(currency="UAH")
        await firm.ask("PutAccount", bb.PutAccountRequest(account=account), "owner")
        if money != "0":
            await firm.pay("first", money)
        await self.call_it(firm.tenant, name)
        await eventually(lambda: self._is_called(firm.tenant, name))
        return firm

    async def call_it(self, tenant: str, name: str) -> None:
        """The directory says so."""
        self.named += 1
        bus = await Bus.connect(self.stage.platforms["directory"], "names")
        event = TenantChanged(tenant=Tenant(id=tenant, name=name, rev=self.named))
        try:
            await bus.publish(event, tenant=tenant, key=tenant, event_id=f"{tenant}-{self.named}")
        finally:
            await bus.close()

    async def _is_called(self, tenant: str, name: str) -> bool:
        return name in [one.company for one in (await self.listed(search=account_of(tenant))).customers]

    async def choose(self, firm: Stage) -> None:
        """The plan begins for this company."""
        request = plans_pb2.ChoosePlanRequest(request_id="plan", plan_id=self.plan, monthly=uah("300"))
        await self.ask("ChoosePlan", request, "owner", RIGHTS, firm.tenant)

    async def listed(self, **asked: Any) -> pb.ListCustomersResponse:
        found: pb.ListCustomersResponse = await self.ask("ListCustomers", pb.ListCustomersRequest(**asked))
        return found

    async def read(self, firm: Stage, **asked: Any) -> pb.ReadCustomerResponse:
        request = pb.ReadCustomerRequest(customer_id=account_of(firm.tenant), **asked)
        found: pb.ReadCustomerResponse = await self.ask("ReadCustomer", request)
        return found
