"""What billing asks of directory: telephones' accounts, to block them, numbers for rent, what is in use, and whom
it has to forget."""

from __future__ import annotations

from collections.abc import Sequence

from antiphon.billing.app.number_orders import Price
from antiphon.billing.domain.rentals import Heard
from antiphon.directory.v1 import (
    ending_pb2,
    ending_pb2_grpc,
    pool_pb2,
    pool_pb2_grpc,
    slots_pb2,
    slots_pb2_grpc,
    telephony_pb2,
    telephony_pb2_grpc,
)
from antiphon.directory.v1 import privacy_pb2 as privacy
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers, ask


class Telephony:
    """`app.blocking.Telephony` over gRPC."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._telephony = telephony_pb2_grpc.TelephonyServiceStub(peers.channel("directory"))

    async def accounts_of(self, tenant: str, person_id: str) -> list[str]:
        """The accounts of a person that are not blocked yet."""
        request = telephony_pb2.ListSipAccountsRequest(person_id=person_id)
        answer = await ask(self._telephony.ListSipAccounts, request, self._peers.own(tenant))
        return [account.id for account in answer.accounts if not account.blocked]

    async def block(self, tenant: str, account_ids: Sequence[str], reason: str) -> None:
        """Ends their registrations and calls. One that was deleted needs no block."""
        request = telephony_pb2.BlockSipAccountsRequest(account_ids=account_ids, reason=reason)
        try:
            await ask(self._telephony.BlockSipAccounts, request, self._peers.own(tenant))
        except DomainError as error:
            if error.reason.name != Common.NOT_FOUND.name:
                raise


class NumberPool:
    """`app.number_orders.Pool` over gRPC."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._pool = pool_pb2_grpc.NumberPoolServiceStub(peers.channel("directory"))

    async def price(self, tenant: str, e164: str) -> Price | None:
        request = pool_pb2.ListOfferedNumbersRequest(e164=e164)
        found = (await ask(self._pool.ListOfferedNumbers, request, self._peers.own(tenant))).numbers
        return next((Price(one.installation.micros, one.monthly.micros, one.monthly.currency) for one in found), None)

    async def take(self, tenant: str, order_id: str, e164: str) -> None:
        request = pool_pb2.TakePoolNumberRequest(order_id=order_id, e164=e164)
        await ask(self._pool.TakePoolNumber, request, self._peers.own(tenant))

    async def give_back(self, tenant: str, order_id: str) -> None:
        request = pool_pb2.ReturnPoolNumberRequest(order_id=order_id)
        await ask(self._pool.ReturnPoolNumber, request, self._peers.own(tenant))


class Endings:
    """`app.contracts.EndTenancy` over gRPC."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._endings = ending_pb2_grpc.EndingServiceStub(peers.channel("directory"))

    async def end(self, tenant: str, order_ids: Sequence[str]) -> None:
        """A tenant's numbers, slots and lines go back."""
        await ask(self._endings.EndTenancy, ending_pb2.EndTenancyRequest(order_ids=order_ids), self._peers.own(tenant))


class Directory:
    """Directory, asked as billing itself."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._privacy = PrivacyServiceStub(peers.channel("directory"))

    async def next_erasure(self) -> privacy.NextErasureResponse:
        """What this service has to erase next; an empty id when nothing."""
        answer: privacy.NextErasureResponse = await ask(
            self._privacy.NextErasure, privacy.NextErasureRequest(), self._peers.own("")
        )
        return answer

    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None:
        request = privacy.ReportErasureRequest(erasure_id=erasure_id, counts=counts)
        await ask(self._privacy.ReportErasure, request, self._peers.own(""))


class InUse:
    """`app.rentals.Truth` over gRPC."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._slots = slots_pb2_grpc.SlotServiceStub(peers.channel("directory"))

    async def rented(self, tenant: str) -> list[Heard]:
        """The lines and slots of a tenant."""
        answer = await ask(self._slots.ListRented, slots_pb2.ListRentedRequest(), self._peers.own(tenant))
        return [heard_of(one, in_use=True) for one in answer.rented]


def heard_of(rented: slots_pb2.Rented, *, in_use: bool) -> Heard:
    return Heard(rented.subject, rented.rev, rented.product, rented.number, rented.slot, rented.person_id, in_use)
