"""A running billing with two people, a service and the facts it told."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.billing.v1.cabinet_pb2_grpc import CabinetServiceStub
from antiphon.billing.v1.carriers_pb2_grpc import CarriersServiceStub
from antiphon.billing.v1.clients_pb2_grpc import ClientsServiceStub
from antiphon.billing.v1.contract_pb2_grpc import ContractServiceStub
from antiphon.billing.v1.documents_pb2_grpc import DocumentsServiceStub
from antiphon.billing.v1.live_pb2_grpc import LiveServiceStub
from antiphon.billing.v1.office_pb2_grpc import OfficeServiceStub
from antiphon.billing.v1.payments_pb2_grpc import PaymentsServiceStub
from antiphon.billing.v1.rentals_pb2_grpc import RentalsServiceStub
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.bus import Fact
from antiphon.kit.clock import SettableClock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.protos import timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.kit.tokens import Caller, Signer

RIGHTS = frozenset({"billing.read", "billing.write"})
PER_MINUTE = {"prefix": "380", "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 60}]}
PER_SECOND = {"prefix": "49", "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 1}]}
TARIFF = {"scale": 4, "emergency": ["112"], "rates": [PER_MINUTE, PER_SECOND]}
STUBS: tuple[Any, ...] = (
    BillingServiceStub,
    CabinetServiceStub,
    PaymentsServiceStub,
    DocumentsServiceStub,
    OfficeServiceStub,
    ClientsServiceStub,
    CarriersServiceStub,
    ContractServiceStub,
    LiveServiceStub,
    RentalsServiceStub,
)
_tenants = itertools.count(1)


def uah(text: str) -> Money:
    """An amount in text."""
    from decimal import Decimal

    return Money(currency="UAH", micros=int(Decimal(text) * 1_000_000))


def stamp(at: datetime) -> Timestamp:
    made = timestamp(at)
    assert made is not None
    return made


@dataclass
class Stage:
    """Asks billing for one tenant."""

    rt: Runtime
    platforms: dict[str, Platform]
    clock: SettableClock
    facts: list[Fact]
    tenant: str = field(default_factory=lambda: f"tn_{next(_tenants)}")

    def of_another_tenant(self) -> Stage:
        return Stage(self.rt, self.platforms, self.clock, self.facts)

    async def ask(self, method: str, request: Any, who: str = "service") -> Any:
        """`who`: "service", or the name of a person with all rights of an accountant."""
        channel = self.rt.peers.channel("billing")
        stubs = (make(channel) for make in STUBS)
        stub = next(stub for stub in stubs if hasattr(stub, method))
        return await ask(getattr(stub, method), request, metadata(self.token(who)), within=30)

    async def refusal(self, method: str, request: Any, who: str = "service") -> DomainError:
        with pytest.raises(DomainError) as refused:
            await self.ask(method, request, who)
        return refused.value

    def token(self, who: str) -> str:
        if who == "service":
            key = self.platforms["media"].token_key.get_secret_value()
            return Signer("media", key, self.clock).sign(Caller(self.tenant, "service:media"))
        key = self.platforms["directory"].token_key.get_secret_value()
        rights = RIGHTS if who != "stranger" else frozenset()
        return Signer("directory", key, self.clock).sign(Caller(self.tenant, f"person:{who}", rights))

    async def open(self, money: str = "0", tariff: dict[str, Any] | None = None, **terms: Any) -> pb.Account:
        """An account with an active tariff and a payment."""
        tariff_id = terms.pop("tariff_id", None) or await self.activate(tariff or TARIFF)
        account = pb.Account(currency="UAH", tariff_id=tariff_id, **terms)
        opened = (await self.ask("PutAccount", pb.PutAccountRequest(account=account), "olena")).account
        if money != "0":
            await self.pay("first", money)
        return opened  # type: ignore[no-any-return]

    async def activate(self, tariff: dict[str, Any], tariff_id: str = "") -> str:
        """A version written by Olena, approved by Petro, in force for an hour now."""
        asked = pb.Tariff(id=tariff_id, name="Домашній", currency="UAH", document=json.dumps(tariff))
        draft = (await self.ask("PutTariff", pb.PutTariffRequest(tariff=asked), "olena")).tariff
        request = pb.ApproveTariffRequest(id=draft.id, version=draft.version)
        await self.ask("ApproveTariff", request, "petro")
        self.clock.forward(hours=1)
        return str(draft.id)

    async def pay(self, name: str, amount: str) -> pb.Account:
        request = pb.PostPaymentRequest(payment_id=name, amount=uah(amount), method="card")
        return (await self.ask("PostPayment", request)).account  # type: ignore[no-any-return]

    async def account(self) -> pb.Account:
        return (await self.ask("GetAccount", pb.GetAccountRequest(), "olena")).account  # type: ignore[no-any-return]

    def record(self, key: str, called: str, seconds: int | None, **change: Any) -> pb.CallRecord:
        """A call that has just ended; None: it was not answered."""
        ended = self.clock()
        record = pb.CallRecord(switch="sbc", key=key, called=called, ended_at=stamp(ended))
        if seconds is not None:
            record.answered_at.CopyFrom(
                Timestamp(seconds=int(ended.timestamp()) - seconds, nanos=record.ended_at.nanos)
            )
        record.MergeFrom(pb.CallRecord(**change))
        return record

    async def settle(self, key: str, called: str, seconds: int | None, **change: Any) -> pb.RatedCall:
        request = pb.SettleRequest(record=self.record(key, called, seconds, **change))
        return (await self.ask("Settle", request)).call  # type: ignore[no-any-return]

    async def told(self, kind: type, count: int = 1) -> list[Any]:
        def found() -> list[Any]:
            events = [fact.event for fact in self.facts if isinstance(fact.event, kind) and fact.tenant == self.tenant]
            return events if len(events) >= count else []

        return await eventually(found)  # type: ignore[no-any-return]
