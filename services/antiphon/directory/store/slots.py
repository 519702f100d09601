"""GSM gateways of the operator and the SIM cards of tenants in their slots: both companies' at once.

A gateway's document carries the operator's tenant, a SIM's the tenant's whose card it is. Three unique keys make a slot
hold one SIM, a SIM sit in one slot, and a number have one SIM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.errors import DuplicateKeyError

from antiphon.directory.domain import slots as rules
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.slots_pb2 import Company, Gateway, Sim
from antiphon.directory.v1.telephony_pb2 import Trunk
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session

from . import codec

TAKEN = {"slot": Reason.SLOT_OCCUPIED, "iccid": Reason.SIM_PLACED}
COMPUTED = ("name", "slots", "free", "used")


class Slots:
    """`tables`: the collections by name."""

    def __init__(self, tables: Mapping[str, Any], session: Session | None = None) -> None:
        self._tables = tables
        self._session = session

    async def gateways(self, operator: str) -> list[Gateway]:
        """The operator's, each with its trunk's name."""
        found = self._tables["gateways"].find({"tenant": operator}, session=self._session)
        kept = [codec.to_record(Gateway, each) for each in await found.sort("_id", 1).to_list(rules.GATEWAYS)]
        named = await self._names([gateway.id for gateway in kept])
        for gateway in kept:
            gateway.name = named.get(gateway.id, "")
        return sorted(kept, key=lambda gateway: (gateway.name.casefold(), gateway.id))

    async def gateway(self, gateway_id: str, operator: str = "") -> Gateway | None:
        """One; with `operator` only theirs."""
        where = {"_id": gateway_id, **({"tenant": operator} if operator else {})}
        document = await self._tables["gateways"].find_one(where, session=self._session)
        if document is None:
            return None
        gateway = codec.to_record(Gateway, document)
        gateway.name = (await self._names([gateway_id])).get(gateway_id, "")
        return gateway

    async def claim(self, gateway_id: str, operator: str) -> Gateway:
        """A gateway that stays as it is until the transaction ends. Raises NOT_FOUND."""
        where = {"_id": gateway_id, "tenant": operator}
        await self._tables["gateways"].update_one(where, {"$inc": {"claims": 1}}, session=self._session)
        gateway = await self.gateway(gateway_id, operator)
        if gateway is None:
            raise DomainError(Common.NOT_FOUND, "no such gateway")
        return gateway

    async def save_gateway(self, operator: str, gateway: Gateway) -> None:
        """Inserts revision 1, or replaces the revision before. Raises STALE."""
        kept = Gateway()
        kept.CopyFrom(gateway)
        for name in COMPUTED:
            kept.ClearField(name)  # type: ignore[arg-type]
        document = {**codec.to_document(kept), "tenant": operator}
        try:
            if kept.rev == 1:
                await self._tables["gateways"].insert_one(document, session=self._session)
                return
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        where = {"_id": kept.id, "tenant": operator, "rev": kept.rev - 1}
        if not (await self._tables["gateways"].replace_one(where, document, session=self._session)).matched_count:
            raise DomainError(Common.STALE)

    async def delete_gateway(self, operator: str, gateway_id: str) -> None:
        await self._tables["gateways"].delete_one({"_id": gateway_id, "tenant": operator}, session=self._session)

    async def landlord(self, gateway_id: str, tenant: str) -> str:
        """Whose gateway it is that one of the tenant's SIM cards sits in; empty when none does."""
        if await self._tables["sims"].find_one({"gateway_id": gateway_id, "tenant": tenant}) is None:
            return ""
        document = await self._tables["gateways"].find_one({"_id": gateway_id})
        return str(document["tenant"]) if document else ""

    async def trunk(self, gateway_id: str) -> Trunk | None:
        """The trunk of a gateway, whosever it is."""
        document = await self._tables["trunks"].find_one({"_id": gateway_id}, session=self._session)
        return None if document is None else codec.to_record(Trunk, document)

    # --- SIM cards

    async def in_gateways(self, gateway_ids: Sequence[str]) -> list[Sim]:
        return await self._sims({"gateway_id": {"$in": list(gateway_ids)}})

    async def of_tenant(self, tenant: str) -> list[Sim]:
        return await self._sims({"tenant": tenant})

    async def of_numbers(self, tenant: str, e164s: Sequence[str]) -> list[Sim]:
        """Those of the tenant's numbers that a SIM card has."""
        return await self._sims({"tenant": tenant, "e164": {"$in": list(e164s)}})

    async def sim(self, **where: Any) -> Sim | None:
        """One by what is unique of it: `_id`, `iccid`, `e164`, or `gateway_id` with `slot`."""
        found = await self._sims(where)
        return found[0] if found else None

    async def place(self, sim: Sim) -> None:
        """Raises SLOT_OCCUPIED, SIM_PLACED, TAKEN."""
        document = {**codec.to_document(sim), "tenant": sim.tenant_id}
        try:
            await self._tables["sims"].insert_one(document, session=self._session)
        except DuplicateKeyError as error:
            keys = list((error.details or {}).get("keyPattern", {"e164": 1}))
            raise DomainError(TAKEN.get(keys[-1], Reason.TAKEN), field=keys[-1]) from error

    async def remove(self, sim_id: str) -> None:
        await self._tables["sims"].delete_one({"_id": sim_id}, session=self._session)

    async def companies(self) -> list[Company]:
        """Of the whole installation, by name."""
        found = self._tables["tenants"].find({}, {"name": 1}, session=self._session)
        documents: list[Document] = await found.sort([("name", 1), ("_id", 1)]).to_list(rules.COMPANIES)
        return [Company(id=each["_id"], name=each["name"]) for each in documents]

    async def _sims(self, where: Document) -> list[Sim]:
        found = self._tables["sims"].find(where, session=self._session)
        documents = await found.sort([("gateway_id", 1), ("slot", 1)]).to_list(None)
        return [codec.to_record(Sim, document) for document in documents]

    async def _names(self, trunk_ids: Sequence[str]) -> dict[str, str]:
        found = self._tables["trunks"].find({"_id": {"$in": list(trunk_ids)}}, {"name": 1}, session=self._session)
        return {each["_id"]: each["name"] async for each in found}
