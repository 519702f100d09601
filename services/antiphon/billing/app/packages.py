"""Packages of seconds on an account's page: ordered, granted when they are due, offered to a call, drawn by it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Page
from antiphon.billing.domain import packages as rules
from antiphon.billing.domain.charging import NOTHING_LEFT, Left, Version
from antiphon.billing.domain.ledger import Hold
from antiphon.billing.domain.offers import Offer
from antiphon.billing.domain.packages import PACKAGE, Package
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord, Rated
from antiphon.billing.domain.tariff import MOST_SECONDS, dialled
from antiphon.billing.v1 import cabinet_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import invalid

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


def ordered(page: Page, asked: tuple[str, int], product: Paper, now: int) -> None:
    """What an order brings: seconds at once, or every month. `asked`: (order, quantity)."""
    (order, quantity), told, account = asked, product.data["package"], page.account
    assert account is not None
    fee = Fraction(told["connect_fee"], MICRO)
    seconds, prefixes = told["seconds"] * quantity, tuple(told["prefixes"])
    offer = Offer(product.id, product.data["name"], seconds, prefixes, told["draw_inc"], told["weight"], fee)
    if product.data["monthly"]:
        account.subscribed = (*account.subscribed, (order, offer))
    else:
        span = now, rules.days_after(now, told["days"], account.zone)
        grant(page, account, rules.granted(offer, rules.order_source(order), "", span), now)
    page.changed = True


def without(account: AccountRecord, order: str) -> tuple[tuple[str, Offer], ...]:
    """What still comes every month when an order has ended; this month's seconds stay."""
    return tuple(one for one in account.subscribed if one[0] != order)


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
