"""Whose house it is: where an operator sells to other companies, they cannot act as their own back office."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from antiphon.billing.domain.reasons import Reason
from antiphon.kit.errors import DomainError
from antiphon.kit.tokens import Caller

BACK_OFFICE = frozenset(
    {"AskFor", "Decide", "ImportStatement", "ResolveLine", "PutProduct", "PutIncident", "CreditOutages"}
)
"""Commands that make money or prices out of somebody's word."""

Guard = Callable[[Caller, str], Awaitable[None]]


def guard(seller: Callable[[str], Awaitable[str]]) -> Guard:
    """Refuses the operator's commands to his customers: OPERATORS_TERMS. `seller` names a tenant's operator."""

    async def require(caller: Caller, method: str) -> None:
        if method in BACK_OFFICE and not caller.is_service and await seller(caller.tenant):
            raise DomainError(Reason.OPERATORS_TERMS, "only whoever runs the installation does this")

    return require
