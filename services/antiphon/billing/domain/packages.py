"""Packages of seconds that an account has: granted, drawn by calls before money, run out.

A month's package is granted when the first call of that month asks for it, so nobody has to be awake at midnight, and a
call that is told late still draws from the month of its answer. What was granted is a paper; each call keeps what it
drew; `left` is what these two say (I12), and never below nothing. Seconds that a live call has reserved stand on its
hold, so they are free again when the hold ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.billing.domain.bundles import Bundle
from antiphon.billing.domain.instants import SECOND, at, midnight
from antiphon.billing.domain.ledger import Hold, HoldState
from antiphon.billing.domain.offers import Offer
from antiphon.billing.domain.papers import Paper

PACKAGE = "package"
"""The kind of the papers that grant."""
KEPT = 400 * 86_400 * SECOND
"""How long one that ran out is remembered: longer than any call is believed."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Seconds that a call took from a package."""

    package: str
    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Package:
    """One package of an account: bought, or a month of one that comes every month."""

    id: str
    name: str
    source: str
    """ "tariff:<id>" or "order:<id>"."""
    total: int
    left: int
    begins: int
    expires: int
    """The instant from which it no longer counts."""
    prefixes: tuple[str, ...] = ()
    draw_inc: int = 1
    weight: int = 0
    connect_fee: Fraction = Fraction(0)

    def counts(self, tariff_id: str, instant: int) -> bool:
        """Does it pay for a call answered then? A tariff's own seconds are for calls that it prices."""
        ours = not self.source.startswith("tariff:") or self.source == tariff_source(tariff_id)
        return ours and self.begins <= instant < self.expires

    @property
    def bundle(self) -> Bundle:
        return Bundle(self.id, self.prefixes, self.draw_inc, self.weight, self.connect_fee, self.expires)


def order_of_drawing(package: Package) -> tuple[int, int, str]:
    """The heaviest first, then what runs out first."""
    return -package.weight, package.expires, package.id


def granting(fresh: Package) -> dict[str, Any]:
    """What the paper says that grants it."""
    told = {"prefixes": list(fresh.prefixes), "connect_fee": str(fresh.connect_fee)}
    return {name: value for name, value in asdict(fresh).items() if name not in ("id", "left")} | told


def granted_by(paper: Paper) -> Package:
    """A package as its paper granted it, whole."""
    told = {"prefixes": tuple(paper.data["prefixes"]), "connect_fee": Fraction(paper.data["connect_fee"])}
    return Package(id=paper.id, left=paper.data["total"], **{**paper.data, **told})


def tariff_source(tariff_id: str) -> str:
    return f"tariff:{tariff_id}"


def order_source(order_id: str) -> str:
    return f"order:{order_id}"


def month_at(instant: int, zone: str) -> tuple[str, int, int]:
    """(its name, where it begins, where it ends) of the local month of an instant."""
    local = ZoneInfo(zone)
    first = at(instant // SECOND, local).date().replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return f"{first:%Y-%m}", midnight(first, local), midnight(after, local)


def days_after(instant: int, days: int, zone: str) -> int:
    """The end of the local day that comes so many days later; with 0, of the local month."""
    local = ZoneInfo(zone)
    today: date = at(instant // SECOND, local).date()
    return midnight(today + timedelta(days=days + 1), local) if days else month_at(instant, zone)[2]


def granted(offer: Offer, source: str, name: str, span: tuple[int, int]) -> Package:
    """A fresh one; `name` tells one month's from another's."""
    return Package(
        f"{source}:{offer.id}{name and ':'}{name}", offer.name, source, offer.seconds, offer.seconds, *span,
        offer.prefixes, offer.draw_inc, offer.weight, offer.connect_fee,
    )  # fmt: skip


def due(known: Iterable[Package], offers: Iterable[tuple[str, Offer]], instant: int, zone: str) -> list[Package]:
    """Months' packages that are to be granted for an instant: those offered, less those there are. `offers`: (source,
    offer)."""
    there = {package.id for package in known}
    month, *span = month_at(instant, zone)
    fresh = [granted(offer, source, month, (span[0], span[1])) for source, offer in offers]
    return [package for package in fresh if package.id not in there]


def without_old(packages: Iterable[Package], now: int) -> tuple[Package, ...]:
    return tuple(package for package in packages if package.expires + KEPT > now)


def free(packages: Iterable[Package], holds: Iterable[Hold], but: str = "") -> dict[str, int]:
    """Seconds left in each that no live call has reserved; those of the hold `but` count as free."""
    reserved: dict[str, int] = {}
    for hold in holds:
        if hold.state is HoldState.OPEN and hold.id != but:
            for name, seconds in hold.packages:
                reserved[name] = reserved.get(name, 0) + seconds
    return {package.id: max(0, package.left - reserved.get(package.id, 0)) for package in packages}


def drawn_from(packages: Sequence[Package], drawn: Iterable[Drawn]) -> tuple[Package, ...]:
    """What is left after a call. Raises ValueError for more than there is."""
    taken = {one.package: one.seconds for one in drawn}
    if any(taken.get(package.id, 0) > package.left for package in packages):
        raise ValueError("more seconds are drawn than are left")
    return tuple(
        replace(package, left=package.left - taken[package.id]) if package.id in taken else package
        for package in packages
    )


def named(packages: Iterable[Package], drawn: Mapping[str, int]) -> tuple[Drawn, ...]:
    """What was drawn, with names for people, in the order of the packages."""
    return tuple(Drawn(one.id, one.name, drawn[one.id]) for one in packages if drawn.get(one.id))
