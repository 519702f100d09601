"""What agents sold becomes deals: the dialler hears its own word and tells it to the CRM until that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from antiphon.directory.v1 import deals_pb2
from antiphon.kit.bus import Fact

if TYPE_CHECKING:
    from antiphon.dialer.store import Store


class Crm(Protocol):
    async def record_sale(self, tenant: str, request: deals_pb2.RecordSaleRequest) -> None: ...


class Sales:
    def __init__(self, store: Store, crm: Crm) -> None:
        self._store = store
        self._crm = crm

    async def hear_result(self, fact: Fact) -> None:
        """ResultRecorded. An agent may take a sale back, so a result without an amount is told as well."""
        told = fact.event.attempt
        attempt = await self._store.attempts.get(fact.tenant, told.id, "")
        if attempt is None:
            return
        contact = await self._store.contacts.by_id(attempt["contact"])
        campaign = await self._store.campaigns.get(fact.tenant, attempt["campaign"])
        request = deals_pb2.RecordSaleRequest(
            origin=f"attempt:{told.id}", phone=attempt["number"], owner_id=attempt["agent"], call_id=told.call_id,
            name=str((contact or {}).get("name", ""))[:120], title=campaign.name if campaign is not None else "",
        )  # fmt: skip
        if attempt.get("amount"):  # as it is now: an older word that comes late undoes nothing
            request.amount.currency, request.amount.micros = attempt["currency"], attempt["amount"]
        await self._crm.record_sale(fact.tenant, request)
