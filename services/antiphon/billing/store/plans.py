"""The operator's plans, and who that operator is: the company that published them."""

from __future__ import annotations

from antiphon.billing.domain.reasons import Reason
from antiphon.billing.v1.plans_pb2 import ServicePlan
from antiphon.kit.mongo import Database
from antiphon.kit.outbox import Outbox
from antiphon.kit.records import Kind, Records

PLANS = Kind("plans", ServicePlan, Reason.PLAN_TAKEN)


class PlanStore:
    """Plans of one operator; nobody else has the right to publish any."""

    def __init__(self, db: Database, outbox: Outbox) -> None:
        self._db = db
        self._plans = Records(db, PLANS, outbox)

    async def seller(self, tenant: str) -> str:
        """Whose offer counts for this company; empty for the operator himself and where nobody offers anything."""
        return await seller_of(self._db, tenant)

    async def all(self, tenant: str) -> list[ServicePlan]:
        """An operator's plans, withdrawn ones too."""
        return await self._plans.all(tenant)

    async def put(self, tenant: str, plan: ServicePlan) -> ServicePlan:
        """Raises STALE, NOT_FOUND, PLAN_TAKEN."""
        return await self._plans.put(tenant, plan)


async def seller_of(db: Database, tenant: str) -> str:
    """Who has published plans, if that is somebody else; a withdrawn plan has companies that keep it."""
    found = await db.plans.find_one({"tenant": {"$ne": tenant}}, {"tenant": 1}, sort=[("_id", 1)])
    return str(found["tenant"]) if found is not None else ""
