"""Whose catalogue counts for a company: its own, or the operator's whose customer it is.

What the operator changes counts for his customers from his next day on; until then they see it coming. What was
ordered, or is rented already, stays at the price it began with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from antiphon.billing.app.messages import account_of, local_day
from antiphon.billing.app.times import nanos
from antiphon.billing.app.writer import Page
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.records import AccountRecord
from antiphon.kit.clock import Clock

PRODUCT = "product"
PRICES = ("one_time", "monthly")
Seller = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Sold:
    """What an operator sells under a name, if the company is a customer of one."""

    theirs: bool
    paper: Paper | None = None

    def on(self, page: Page, product_id: str) -> Paper | None:
        """The product that counts, its own where nobody sells to it; None for what it cannot have in its currency."""
        paper = self.paper if self.theirs else page.papers.get(key_of(PRODUCT, product_id))
        fits = paper is not None and page.account is not None and paper.data["currency"] == page.account.currency
        return paper if fits and paper is not None and paper.state == "offered" else None


class Readings(Protocol):
    """What is needed of the store."""

    async def account(self, account_id: str) -> AccountRecord | None: ...

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...


class Prices:
    """What a company can order, and at which price."""

    def __init__(self, reading: Readings, seller: Seller, clock: Clock) -> None:
        self._reading = reading
        self._seller = seller
        self._clock = clock

    async def sold(self, tenant: str, product_id: str) -> Sold:
        """A product as it is sold to a tenant today."""
        seller = await self._seller(tenant)
        if not seller:
            return Sold(theirs=False)
        paper = await self._reading.paper(account_of(seller), PRODUCT, product_id)
        return Sold(theirs=True, paper=await self._today(paper, seller) if paper is not None else None)

    async def listed(self, tenant: str) -> list[Paper]:
        """All that is sold to a tenant; of an operator's catalogue what is offered in the tenant's currency."""
        seller = await self._seller(tenant)
        if not seller:
            return list(await self._reading.papers(account_of(tenant), PRODUCT))
        mine = await self._reading.account(account_of(tenant))
        found = await self._reading.papers(account_of(seller), PRODUCT, state="offered")
        return [
            await self._today(one, seller) for one in found if mine is None or one.data["currency"] == mine.currency
        ]

    async def _today(self, paper: Paper, seller: str) -> Paper:
        """With the price of today, and the next one beside it."""
        account = await self._reading.account(account_of(seller))
        data = paper.data
        if account is None or "before" not in data:
            return paper
        changed = local_day(account, data["since"])
        if changed < local_day(account, nanos(self._clock())):
            return paper
        coming = {f"next_{name}": data[name] for name in PRICES}
        return paper.to(paper.state, **data["before"], **coming, changes_on=(changed + timedelta(days=1)).isoformat())


def changed(known: Paper | None, data: Mapping[str, Any], account: AccountRecord, now: int) -> dict[str, Any]:
    """What a product's paper keeps when its price is changed: the one before, which counts for the rest of the day."""
    if known is None or all(known.data[name] == data[name] for name in PRICES):
        return {name: known.data[name] for name in ("before", "since") if known is not None and name in known.data}
    same_day = "before" in known.data and local_day(account, known.data["since"]) == local_day(account, now)
    before = known.data["before"] if same_day else {name: known.data[name] for name in PRICES}
    return {"before": before, "since": now}
