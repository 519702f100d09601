"""Packages of seconds on an account's page: ordered, granted when they are due, offered to a call, drawn by it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

from antiphon.billing.app.messages import local_day, spent
from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Page
from antiphon.billing.domain import packages as rules
from antiphon.billing.domain.charging import NOTHING_LEFT, Left, Version
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.ledger import Hold, Op, Operation
from antiphon.billing.domain.offers import Offer
from antiphon.billing.domain.packages import PACKAGE, Package
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord, Rated
from antiphon.billing.domain.subscription import days_from, fee_of
from antiphon.billing.domain.tariff import MOST_SECONDS, dialled
from antiphon.billing.v1 import cabinet_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import DomainError, invalid

US = "billing"
MICRO = 1_000_000
MOST_PREFIXES, LONGEST_STEP, MOST_DAYS = 100, 3_600, 1_100


def offers_to(account: AccountRecord, version: Version | None) -> list[tuple[str, Offer]]:
    """What comes anew each month: (source, offer)."""
    own = [] if version is None else [(rules.tariff_source(version.tariff_id), one) for one in version.tariff.packages]
    return own + [(rules.order_source(order), offer) for order, offer in account.subscribed]


def left_for(page: Page, version: Version | None, instant: int, now: int, session: str = "") -> Left:
    """What may pay for a call that is answered at an instant; its own reservation counts as free. Packages of that
    month which nobody has asked for yet are granted."""
    account = page.account
    if account is None or version is None:
        return NOTHING_LEFT
    offers = offers_to(account, version)
    if not offers and not account.packages:
        return NOTHING_LEFT
    page.book.expire(now)
    for fresh in rules.due(account.packages, offers, instant, account.zone):
        grant(page, account, fresh, now)
    found = [one for one in account.packages if one.counts(version.tariff_id, instant)]
    if not found:
        return NOTHING_LEFT
    found.sort(key=rules.order_of_drawing)
    return Left(found, rules.free(found, page.book.holds.values(), session))


def grant(page: Page, account: AccountRecord, fresh: Package, now: int) -> None:
    """A package that was not there: seconds, and the paper that they rest on."""
    account.packages = (*rules.without_old(account.packages, now), fresh)
    page.put_paper(Paper(PACKAGE, fresh.id, "granted", now, US, data=rules.granting(fresh)))


def draw(page: Page, call: Rated) -> None:
    """Takes what a call drew."""
    if call.drawn and page.account is not None:
        page.account.packages = rules.drawn_from(page.account.packages, call.drawn)
        page.changed = True


def check(product: pb.Product) -> None:
    """Raises INVALID for a package that cannot be sold."""
    if not product.HasField("package"):
        return
    asked = product.package
    if not 1 <= asked.seconds <= MOST_SECONDS:
        raise invalid("package.seconds", f"are not 1 to {MOST_SECONDS}")
    if len(asked.prefixes) > MOST_PREFIXES or not all(_is_prefix(text) for text in asked.prefixes):
        raise invalid("package.prefixes", f"are not at most {MOST_PREFIXES} beginnings of numbers")
    if not 0 <= asked.draw_seconds <= LONGEST_STEP:
        raise invalid("package.draw_seconds", f"are not 1 to {LONGEST_STEP}")
    if not 0 <= asked.days <= MOST_DAYS or asked.connect_fee.micros < 0:
        raise invalid("package", f"is valid for at most {MOST_DAYS} days, and its fee is not negative")
    if bool(product.one_time.micros) == bool(product.monthly.micros):
        raise invalid("monthly", "of a package either comes every month, or its one-time price is paid once")
    if asked.days and product.monthly.micros:
        raise invalid("package.days", "belong to a package that is had once")


def offered(product: pb.Product) -> dict[str, Any]:
    """What a product's paper keeps of its package."""
    asked = product.package
    return {
        "seconds": asked.seconds, "prefixes": [dialled(text) for text in asked.prefixes],
        "draw_inc": asked.draw_seconds or 1, "weight": asked.weight, "connect_fee": asked.connect_fee.micros,
        "days": asked.days,
    }  # fmt: skip


def ordered(page: Page, order: Paper, now: int) -> None:
    """What an order brings when its service begins: seconds at once, or every month."""
    told, account = order.data.get("package"), page.account
    if told is None or account is None:
        return
    fee, seconds = Fraction(told["connect_fee"], MICRO), told["seconds"] * order.data["quantity"]
    name, prefixes = order.data["name"], tuple(told["prefixes"])
    offer = Offer(order.data["product"], name, seconds, prefixes, told["draw_inc"], told["weight"], fee)
    if order.data["monthly"]:
        account.subscribed = (*account.subscribed, (order.id, replace(offer, since=now)))
    else:
        span = now, rules.days_after(now, told["days"], account.zone)
        grant(page, account, rules.granted(offer, rules.order_source(order.id), "", span), now)
    page.changed = True


def without(account: AccountRecord, order: str) -> tuple[tuple[str, Offer], ...]:
    """What still comes every month when an order has ended; this month's seconds stay."""
    return tuple(one for one in account.subscribed if one[0] != order)


def first_id(order: str) -> str:
    return f"order:{order}:first"


def rest_id(order: str) -> str:
    return f"order:{order}:rest"


def to_come(account: AccountRecord, monthly: int, now: int) -> int:
    """What the days of this month whose fee was not taken yet will ask for a monthly price."""
    today = local_day(account, now)
    first = max(today.replace(day=1), (account.accrued_on or today) + timedelta(days=1))
    last = today.replace(day=monthrange(today.year, today.month)[1])
    return int(sum((fee_of(Fraction(monthly, MICRO), day) for day in days_from(first, last)), Fraction(0)) * MICRO)


def charge_first(page: Page, order: Paper, now: int, *, forced: bool) -> None:
    """The month in which a package begins is paid whole, as its seconds are had whole: at once what its days will not
    ask. Raises INSUFFICIENT unless it is forced."""
    account, monthly = page.account, order.data["monthly"]
    if order.data.get("package") is None or account is None or not monthly:
        return
    amount = monthly - to_come(account, monthly, now)
    if not forced and page.book.available < amount:
        raise DomainError(Reason.INSUFFICIENT, "there is not enough money for this order")
    _charge(page, first_id(order.id), amount, now)


def charge_rest(page: Page, order: Paper, now: int) -> None:
    """Whoever used seconds of a month pays that month whole: its days that are to come. Else a package would be had on
    the first of a month and cancelled, for a day's fee."""
    account, source = page.account, rules.order_source(order.id)
    if order.data.get("package") is None or account is None:
        return
    page.book.expire(now)
    free = rules.free(account.packages, page.book.holds.values())
    if any(one.source == source and one.counts("", now) and free[one.id] < one.total for one in account.packages):
        _charge(page, rest_id(order.id), to_come(account, order.data["monthly"], now), now)


def _charge(page: Page, name: str, amount: int, now: int) -> None:
    if amount <= 0 or page.account is None:
        return
    ref = name.rpartition(":")[0]
    page.book.submit(Operation(name, Op.CHARGE, amount, code=Code.SUBSCRIPTION, forced=True, ref=ref), now)
    spent(page.account, amount, now, "subscription_local")
    page.moved = True


def offer_message(paper: Paper) -> pb.PackageOffer | None:
    told = paper.data.get("package")
    if told is None:
        return None
    fee = Money(currency=paper.data["currency"], micros=told["connect_fee"])
    return pb.PackageOffer(
        seconds=told["seconds"], prefixes=told["prefixes"], draw_seconds=told["draw_inc"], weight=told["weight"],
        connect_fee=fee, days=told["days"],
    )  # fmt: skip


def listed(account: AccountRecord, version: Version | None, holds: Sequence[Hold], now: int) -> list[pb.Package]:
    """What an account has now, what the first call of the month would be granted among it."""
    fresh = rules.due(account.packages, offers_to(account, version), now, account.zone)
    found = [one for one in (*account.packages, *fresh) if one.counts(version.tariff_id if version else "", now)]
    free = rules.free(found, holds)
    return [
        pb.Package(
            id=one.id, name=one.name, source=one.source, seconds=one.total, left=one.left,
            reserved=one.left - free[one.id], prefixes=one.prefixes, begins=stamp(one.begins),
            expires=stamp(one.expires),
        )
        for one in sorted(found, key=rules.order_of_drawing)
    ]  # fmt: skip


def _is_prefix(text: str) -> bool:
    try:
        return bool(dialled(text))
    except ValueError:
        return False
