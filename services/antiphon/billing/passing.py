"""Passing commands on to the process that writes the tenant's account.

A passed-on command is the same request over NATS request/reply (`antiphon-billing.<group>`) with a token that the
writer verifies and checks again; the answer, or the refusal, comes back the same way.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from google.protobuf import message_factory
from google.protobuf.message import Message
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from antiphon.billing.app.house import Guard
from antiphon.billing.app.leading import Leading
from antiphon.billing.app.messages import account_of
from antiphon.billing.v1 import (
    billing_pb2,
    cabinet_pb2,
    clients_pb2,
    contract_pb2,
    documents_pb2,
    office_pb2,
    operator_pb2,
    payments_pb2,
    plans_pb2,
    rentals_pb2,
)
from antiphon.kit import logs, tracing
from antiphon.kit.bus import Bus
from antiphon.kit.errors import Common, DomainError, Kind, Told
from antiphon.kit.grpc_server import check, permission_of
from antiphon.kit.tokens import Caller, Verifier, current_caller, current_token, reset_caller, set_caller

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)
_METHODS = {
    method.name: method
    for service in (
        billing_pb2.DESCRIPTOR.services_by_name["BillingService"],
        cabinet_pb2.DESCRIPTOR.services_by_name["CabinetService"],
        payments_pb2.DESCRIPTOR.services_by_name["PaymentsService"],
        documents_pb2.DESCRIPTOR.services_by_name["DocumentsService"],
        office_pb2.DESCRIPTOR.services_by_name["OfficeService"],
        clients_pb2.DESCRIPTOR.services_by_name["ClientsService"],
        plans_pb2.DESCRIPTOR.services_by_name["PlansService"],
        operator_pb2.DESCRIPTOR.services_by_name["OperatorService"],
        rentals_pb2.DESCRIPTOR.services_by_name["RentalsService"],
        contract_pb2.DESCRIPTOR.services_by_name["ContractService"],
    )
    for method in service.methods
}
"""Names of methods are unique over billing's services."""
_ON_BEHALF = (operator_pb2.ActForCustomerRequest, operator_pb2.DecideForCustomerRequest)
log = logs.get("billing")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and the token that proves it."""

    caller: Caller
    token: str


class Passing:
    """Both ends of a passed-on command."""

    def __init__(self, bus: Bus, leading: Leading, verifier: Verifier, guard: Guard) -> None:
        self._bus = bus
        self._leading = leading
        self._verifier = verifier
        self._guard = guard
        self.servicers: dict[str, Any] = {}
        """By service; each servicer enters itself, its methods are called for others."""

    async def to_writer(
        self, use_case: Callable[[Caller, Q], Awaitable[A]], request: Q, asker: Asker | None = None
    ) -> A:
        """Runs the use case here when this process writes the tenant's account, else where it is written."""
        who = asker or Asker(current_caller(), current_token())
        account_id = written_by(who.caller, request)
        method = type(request).__name__.removesuffix("Request")
        await self._guard(who.caller, request)
        if self._leading.leads(account_id):
            return await use_case(who.caller, request)
        subject = f"antiphon-billing.{self._leading.group_of(account_id)}"
        headers = {"method": method, "token": who.token, **tracing.outgoing()}
        try:
            reply = await self._bus.nc.request(subject, request.SerializeToString(), timeout=4, headers=headers)
        except (NatsError, TimeoutError) as error:
            raise DomainError(Common.UNAVAILABLE, "nobody writes this account at the moment") from error
        if refusal := (reply.headers or {}).get("refusal"):
            raise _refusal(json.loads(refusal))
        answer = message_factory.GetMessageClass(_METHODS[method].output_type)
        return cast(A, answer.FromString(reply.data))

    async def lead(self, group: int) -> Callable[[], Awaitable[None]]:
        """Begins to answer for a group; returns what ends it."""
        subscription = await self._bus.nc.subscribe(f"antiphon-billing.{group}", cb=self._answer)
        return subscription.unsubscribe

    async def _answer(self, message: Msg) -> None:
        headers = message.headers or {}
        try:
            with tracing.incoming(headers, f"passed on {headers.get('method', '')}"):
                result = await self._call(headers.get("method", ""), headers.get("token", ""), message.data)
            await message.respond(result.SerializeToString())
        except DomainError as error:
            await self._refuse(message, error)
        except Exception:
            log.exception("passed-on command failed", method=headers.get("method", ""))
            await self._refuse(message, DomainError(Common.INTERNAL))

    async def _call(self, method: str, token: str, data: bytes) -> Message:
        caller = self._verifier.verify(token)
        if method not in _METHODS:
            raise DomainError(Common.INTERNAL, "no such command")
        service = _METHODS[method].containing_service
        check(caller, permission_of(f"/{service.full_name}/{method}"))
        request = message_factory.GetMessageClass(_METHODS[method].input_type).FromString(data)
        if not self._leading.leads(written_by(caller, request)):
            raise DomainError(Common.UNAVAILABLE, "the account has just moved")
        bound = set_caller(caller)
        try:
            return cast(Message, await getattr(self.servicers[service.name], method)(request, None))
        finally:
            reset_caller(bound)

    async def _refuse(self, message: Msg, error: DomainError) -> None:
        told = {
            "reason": error.reason.name,
            "kind": error.reason.kind.name,
            "message": error.message,
            "retry": error.retry,
            "facts": error.facts,
        }
        await self._bus.nc.publish(message.reply, b"", headers={"refusal": json.dumps(told)})


def written_by(caller: Caller, request: Message) -> str:
    """Whose account a command writes: the caller's own, or of the operator's people the customer's they name. Which
    process that is says nothing yet about whether they may: see `app/customers.py`."""
    if isinstance(request, _ON_BEHALF):
        return request.customer_id
    return account_of(caller.tenant)


def _refusal(told: dict[str, Any]) -> DomainError:
    reason = Told(told["reason"], Kind[told["kind"]])
    return DomainError(reason, told["message"], retry=told["retry"], **told["facts"])
