"""Whose house it is: where an operator sells to other companies, they cannot act as their own back office."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from google.protobuf.message import Message

from antiphon.billing.domain.reasons import Reason
from antiphon.billing.v1.office_pb2 import AskForRequest
from antiphon.kit.errors import DomainError
from antiphon.kit.tokens import Caller

BACK_OFFICE = frozenset(
    {
        "AskFor", "ConfirmRefund", "CreditOutages", "Decide", "ImportStatement", "PutIncident", "PutProduct",
        "ResolveLine",
    }
)  # fmt: skip
"""Commands that make money or prices out of somebody's word."""

Guard = Callable[[Caller, Message], Awaitable[None]]


def guard(seller: Callable[[str], Awaitable[str]]) -> Guard:
    """Refuses the operator's commands to his customers: OPERATORS_TERMS. `seller` names a tenant's operator."""

    async def require(caller: Caller, request: Message) -> None:
        if _is_back_office(request) and not caller.is_service and await seller(caller.tenant):
            raise DomainError(Reason.OPERATORS_TERMS, "only whoever runs the installation does this")

    return require


def _is_back_office(request: Message) -> bool:
    """A customer may ask for his own money back; somebody of the operator decides."""
    if isinstance(request, AskForRequest) and request.kind == "refund":
        return False
    return type(request).__name__.removesuffix("Request") in BACK_OFFICE
