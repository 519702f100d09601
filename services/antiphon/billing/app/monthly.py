"""The end of a month: discounts and bonuses, the surcharge on calls on credit, late interest; each posted once.

They stand in the next month's bill. What is posted has the month in its id, so closing a month twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.billing.app.messages import spent
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain import accounting, promotions
from antiphon.billing.domain.accounting import MICRO, NOT_SERVICES
from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.chart import Code, customer
from antiphon.billing.domain.instants import SECOND, at, day_of, midnight
from antiphon.billing.domain.ledger import Entry, Op, Operation
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.promotions import Day, Promotion
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said

PROMOTION = "promotion"
MACHINE = "service:billing"
CHARGED = {Code.SURCHARGE: "long_distance", Code.PENALTY: "penalty"}
"""Class of the order of payments."""


class Readings(Protocol):
    """What this needs of the store."""

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...

    async def entries(self, account_id: str, between: tuple[int, int]) -> Sequence[Entry]: ...

    async def balance_before(self, account_id: str, instant: int) -> int: ...


class Monthly:
    """What follows from a month that is over."""

    def __init__(self, writer: Desk, reading: Readings) -> None:
        self._writer = writer
        self._reading = reading

    async def settle(self, record: AccountRecord, month: date) -> None:
        """Posts what the month brought. Again, it posts nothing."""
        first, last = accounting.month_of(month)
        zone = ZoneInfo(record.zone)
        begins, ends = midnight(first, zone), midnight(last + timedelta(days=1), zone)
        opening = Fraction(await self._reading.balance_before(record.id, begins), MICRO)
        days = _days(record, await self._reading.entries(record.id, (begins, ends)), (first, last))
        kept = await self._reading.papers(record.id, PROMOTION, state="active")
        wanted = _postings(record, month, opening, days)
        wanted += [one for paper in kept for one in _given(promotion_of(paper), month, days)]
        if not wanted:
            return

        def decide(page: Page, now: int) -> None:
            for operation in wanted:
                if page.account is None or operation.id in page.book.entries:
                    continue
                page.book.submit(operation, now)
                page.moved = True
                if operation.code in CHARGED:
                    spent(page.account, operation.amount, now, CHARGED[operation.code])
                page.note(Said(now, MACHINE, operation.id.partition(":")[0], operation.ref))

        touches = Touches([operation.id for operation in wanted])
        await self._writer.do(Work(record.id, record.tenant, touches, decide))


def _postings(record: AccountRecord, month: date, opening: Fraction, days: Sequence[Day]) -> list[Operation]:
    terms = profile(record.customer.country)
    owed = {
        Code.SURCHARGE: promotions.surcharge(opening, days, terms.ld_surcharge),
        Code.PENALTY: promotions.interest(opening, days, terms.penalty),
    }
    return [
        Operation(
            f"{code.name.lower()}:{month:%Y-%m}", Op.CHARGE, int(amount * MICRO), code=code, forced=True,
            ref=f"{code.name.lower()} {month:%Y-%m}",
        )
        for code, amount in owed.items()
        if amount
    ]  # fmt: skip


def _given(promotion: Promotion, month: date, days: Sequence[Day]) -> list[Operation]:
    amount = int(promotions.given(promotion, days) * MICRO)
    name = f"discount:{promotion.id}:{month:%Y-%m}"
    return [Operation(name, Op.TOPUP, amount, code=Code.DISCOUNT, ref=promotion.name)] if amount else []


def _days(record: AccountRecord, entries: Sequence[Entry], period: tuple[date, date]) -> list[Day]:
    sums: dict[date, Day] = {}
    zone = ZoneInfo(record.zone)
    for entry in entries:
        day = at(entry.at // SECOND, zone).date()
        known = sums.get(day, Day(day))
        amount = Fraction(entry.amount, MICRO)
        if accounting.is_charge(entry, record.id):
            far = amount if entry.credit == Code.LONG_DISTANCE.value else Fraction(0)
            known = Day(day, known.charged + amount, known.long_distance + far, known.paid)
        elif entry.credit == customer(record.id) and entry.debit in NOT_SERVICES:
            known = Day(day, known.charged, known.long_distance, known.paid + amount)
        sums[day] = known
    return promotions.month_of_days(*period, sums)


def promotion_of(paper: Paper) -> Promotion:
    data: Any = paper.data
    last = day_of(data["last"]) if data["last"] else None
    least = Fraction(data["least"], MICRO)
    return Promotion(
        paper.id, data["name"], data["kind"], exact(data["percent"]), least, day_of(data["first"]), last
    )  # fmt: skip
