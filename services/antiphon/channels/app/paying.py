"""May what costs money leave? Billing knows; where nobody is billed everything may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from antiphon.channels.contract import Adapters
from antiphon.kit import logs
from antiphon.kit.errors import DomainError

MayPay: TypeAlias = Callable[[str, str], Awaitable[bool]]
"""May (company, kind of channel) send now?"""
log = logs.get("channels")


async def free(_tenant: str, _kind: str) -> bool:
    """Where nobody is billed."""
    return True


class Paying:
    """Asks billing, for the kinds of channels that cost money."""

    def __init__(self, adapters: Adapters, is_active: Callable[[str], Awaitable[bool]]) -> None:
        self._adapters = adapters
        self._is_active = is_active

    async def leaves(self, tenant: str, kind: str) -> bool:
        """Asked before the provider is. Raises what can be asked again: the message waits."""
        return not self._adapters[kind].outgoing.capabilities.paid or await self._is_active(tenant)

    async def is_taken(self, tenant: str, kind: str) -> bool:
        """Asked when a person writes. While billing cannot say the message is taken; it does not leave before."""
        try:
            return await self.leaves(tenant, kind)
        except DomainError as error:
            log.info("a paid message is taken unasked", reason=error.reason.name)
            return True
