"""Packages of seconds: drawn before money, heaviest first, in steps of their own.

A package covers calls to its prefixes until it expires. It gives at most the whole steps that are left in it. What it
does not cover is paid from second `covered` of the call on, so rate groups and the clock keep their position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from antiphon.billing.domain.amounts import ceil_ratio, rounded
from antiphon.billing.domain.rating import chargeable_seconds, connect_fee, rate_of, runs
from antiphon.billing.domain.tariff import FOREVER, Tariff


@dataclass(frozen=True, slots=True)
class Bundle:
    """A package as it was bought."""

    id: str
    prefixes: tuple[str, ...]
    """Empty: every direction."""
    draw_inc: int = 1
    weight: int = 0
    connect_fee: Fraction = Fraction(0)
    """Asked instead of the rate's when the package takes part."""
    expires: int = FOREVER
    """The instant from which it no longer counts."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A call that packages may have paid in part."""

    prefix: str
    cost: int
    drawn: Mapping[str, int]
    """Seconds by package."""
    billed_s: int


def draw(
    bundles: Sequence[Bundle], left: Mapping[str, int], number: str, answer: int, need: int
) -> tuple[dict[str, int], Bundle | None]:
    """Seconds taken from each package, and the first that gave any."""
    drawn: dict[str, int] = {}
    first, missing = None, need
    for bundle in sorted(bundles, key=lambda each: -each.weight):
        if missing <= 0 or answer >= bundle.expires or not _fits(bundle, number):
            continue
        wanted = ceil_ratio(missing, bundle.draw_inc) * bundle.draw_inc
        given = min(wanted, left[bundle.id] // bundle.draw_inc * bundle.draw_inc)
        if given > 0:
            drawn[bundle.id] = given
            first, missing = first or bundle, missing - given
    return drawn, first


def rate_with_bundles(
    tariff: Tariff, bundles: Sequence[Bundle], left: Mapping[str, int], number: str, answer: int, seconds: int
) -> Covered:
    """Rates a call that packages pay first. Changes nothing: the caller takes `drawn` from what is left."""
    if number in tariff.emergency:
        return Covered(tariff.emergency[number], 0, {}, 0)
    rate = rate_of(tariff, number, answer)
    need = chargeable_seconds(rate, seconds)
    if need == 0:
        return Covered(rate.prefix, 0, {}, 0)
    drawn, first = draw(bundles, left, number, answer, need)
    position = covered = sum(drawn.values())
    exact = Fraction(connect_fee(rate, answer), rate.denominator) if first is None else first.connect_fee
    for run in runs(tariff, rate, answer, covered, need):
        exact, position = exact + Fraction(run.price, rate.denominator), run.end
    if covered < need:
        exact = max(exact, Fraction(rate.min_charge, rate.denominator))
    if rate.free_above is not None:
        exact = min(exact, Fraction(rate.free_above, rate.denominator))
    return Covered(rate.prefix, rounded(exact, tariff.scale, tariff.rounding), drawn, position)


def _fits(bundle: Bundle, number: str) -> bool:
    return not bundle.prefixes or number.startswith(bundle.prefixes)
