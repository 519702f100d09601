"""Lines and slots that are charged: gRPC and facts ↔ `app/rentals.py`."""

from __future__ import annotations

from typing import Any

import grpc

from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.agreeing import Take
from antiphon.billing.app.rentals import Rentals, request_of
from antiphon.billing.asks import heard_of
from antiphon.billing.passing import Asker, Passing
from antiphon.billing.v1 import rentals_pb2 as pb
from antiphon.billing.v1 import rentals_pb2_grpc
from antiphon.directory.v1.events_pb2 import RentBegan, RentEnded
from antiphon.kit.bus import Fact, Table
from antiphon.kit.tokens import Caller, Signer, current_caller


class RentalsServicer(rentals_pb2_grpc.RentalsServiceServicer):
    def __init__(self, rentals: Rentals, accounts: Accounts, passing: Passing) -> None:
        self._rentals = rentals
        self._accounts = accounts
        self._write = passing.to_writer
        passing.servicers["RentalsService"] = self

    async def TakeRental(self, request: pb.TakeRentalRequest, context: Any) -> pb.TakeRentalResponse:
        return await self._write(self._rentals.take, request)

    async def ListRentals(self, request: pb.ListRentalsRequest, context: Any) -> pb.ListRentalsResponse:
        account = await self._accounts.record(current_caller())
        return await self._rentals.listed(current_caller(), account.currency)


def add(server: grpc.aio.Server, rentals: Rentals, accounts: Accounts, passing: Passing) -> None:
    rentals_pb2_grpc.add_RentalsServiceServicer_to_server(RentalsServicer(rentals, accounts, passing), server)


def taking(rentals: Rentals, passing: Passing, signer: Signer) -> Take:
    """Brings requests to the writers in billing's own name."""

    async def take(tenant: str, request: pb.TakeRentalRequest) -> pb.TakeRentalResponse:
        asker = Asker(Caller(tenant, "service:billing"), signer.for_tenant(tenant))
        return await passing.to_writer(rentals.take, request, asker)

    return take


def table(take: Take) -> Table:
    """A fact that comes twice, or after a later one, changes nothing; one that cannot be written comes again."""

    async def hear(fact: Fact) -> None:
        heard = heard_of(fact.event.rented, in_use=isinstance(fact.event, RentBegan))
        await take(fact.tenant, request_of(heard))

    return {RentBegan: hear, RentEnded: hear}
