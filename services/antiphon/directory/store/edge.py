"""What crosses tenants for telephony: whose number this is, and what the SIP edge must know of everybody.

One counter grows in every transaction that changes what the edge must know. It is read before the records, so records
that are newer than the answered revision are merely answered again.
"""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.directory.domain.sip import SipSecret
from antiphon.directory.v1.directory_pb2 import Number
from antiphon.directory.v1.telephony_pb2 import LINE_STATE_INACTIVE, DialPlan, SipAccount, Trunk
from antiphon.kit.mongo import Database, Session

from . import codec
from .sip import to_secret


@dataclass(frozen=True, slots=True)
class Everybody:
    """The records of all tenants, each with its tenant."""

    accounts: list[tuple[str, SipAccount]]
    secrets: dict[str, SipSecret]
    trunks: list[tuple[str, Trunk]]
    plans: dict[str, DialPlan]


class Edge:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def revision(self) -> int:
        document = await self._db["edge"].find_one({"_id": "revision"})
        return int(document["value"]) if document else 0

    async def next_revision(self, session: Session) -> None:
        await self._db["edge"].update_one({"_id": "revision"}, {"$inc": {"value": 1}}, upsert=True, session=session)

    async def number(self, e164: str, session: Session | None = None) -> tuple[str, Number] | None:
        """A number and its tenant."""
        document = await self._db["numbers"].find_one({"e164": e164}, session=session)
        return (document["tenant"], codec.to_record(Number, document)) if document else None

    async def tenants(self) -> list[str]:
        """Every tenant with SIP accounts."""
        return [str(tenant) for tenant in await self._db["sip_secrets"].distinct("tenant")]

    async def everybody(self) -> Everybody:
        """Accounts that may register: not blocked, no inactive lines; trunks that are not disabled."""
        accounts = (
            self._db["sip_accounts"].find({"blocked": False, "line": {"$ne": LINE_STATE_INACTIVE}}).sort("_id", 1)
        )
        trunks = self._db["trunks"].find({"disabled": False}).sort("_id", 1)
        return Everybody(
            [(document["tenant"], codec.to_record(SipAccount, document)) async for document in accounts],
            {document["_id"]: to_secret(document) async for document in self._db["sip_secrets"].find()},
            [(document["tenant"], codec.to_record(Trunk, document)) async for document in trunks],
            {document["_id"]: codec.to_record(DialPlan, document) async for document in self._db["dial_plans"].find()},
        )
