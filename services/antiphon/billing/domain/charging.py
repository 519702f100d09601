"""From a tariff to the ledger: how many seconds an amount grants, and what becomes of a recorded call.

Reservations only bound what a call may cost; the charge is always the price of the whole call, computed once at its
end, so prepaid and postpaid pay the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from antiphon.billing.domain.amounts import Rounding, fixed, rounded
from antiphon.billing.domain.bundles import Bundle, Covered, rate_with_bundles
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.packages import Package, named
from antiphon.billing.domain.rating import NoPrice, explain, max_seconds, price, rate_call, rate_of
from antiphon.billing.domain.reading import BadInput
from antiphon.billing.domain.records import Charge, Rated, Recorded
from antiphon.billing.domain.tariff import CapStrategy, Tariff, dialled

MICRO = 6
OLDEST_S = 366 * 86_400
"""A call that ended longer ago waits for a person."""
AHEAD_S = 300
"""How far a switch's clock may be ahead."""
LONGEST_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Grant:
    """So many seconds, which cost so much."""

    seconds: int
    micros: int
    drawn: Mapping[str, int] = field(default_factory=dict)
    """Seconds of it that packages pay."""


@dataclass(frozen=True, slots=True)
class Left:
    """The packages that may pay for a call, those drawn first in front, and the seconds free in each."""

    packages: Sequence[Package] = ()
    seconds: Mapping[str, int] = field(default_factory=dict)

    @property
    def bundles(self) -> list[Bundle]:
        return [package.bundle for package in self.packages]


NOTHING_LEFT = Left()


@dataclass(frozen=True, slots=True)
class Version:
    """A tariff's version in force from an instant on."""

    id: str
    currency: str
    effective_from: int
    tariff: Tariff
    usage: Mapping[str, Fraction] = field(default_factory=dict)
    """Prices of what is not a call, by name: a message, a gigabyte for a day."""

    @property
    def tariff_id(self) -> str:
        return self.id.rpartition(":")[0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A tenant's active versions by tariff, latest first."""

    versions: Mapping[str, Sequence[Version]] = field(default_factory=dict)

    def at(self, tariff_id: str, instant: int) -> Version | None:
        """The version in force."""
        for version in self.versions.get(tariff_id, ()):
            if version.effective_from <= instant:
                return version
        return None

    def version(self, version_id: str) -> Version | None:
        """A version by its own id."""
        return next((one for listed in self.versions.values() for one in listed if one.id == version_id), None)


def micros(tariff: Tariff, units: int) -> int:
    """Units of the tariff's scale as micro-units; exact, because scales above six are refused."""
    return units * 1_000_000 // tariff.unit


def grant(tariff: Tariff, number: str, at: int, available: int, limit: int) -> Grant:
    """The longest call up to `limit` seconds that `available` micro-units pay. Raises NoPrice."""
    seconds = max_seconds(tariff, number, at, available * tariff.unit // 1_000_000, limit)
    return Grant(seconds, micros(tariff, rate_call(tariff, number, at, seconds).cost))


def grant_covered(tariff: Tariff, left: Left, asked: tuple[str, int, int, int]) -> Grant:
    """The same for an account with packages: their seconds first, then money. `asked`: number, instant, available,
    limit. Raises NoPrice."""
    number, at, available, limit = asked

    def covered(seconds: int) -> Covered:
        return rate_with_bundles(tariff, left.bundles, left.seconds, number, at, seconds)

    def fits(seconds: int) -> bool:
        try:
            return covered(seconds).cost <= units
        except NoPrice:  # it ends where an hour without a price begins
            return False

    rate, affordable, too_long = rate_of(tariff, number, at), 0, limit + 1
    units = available * tariff.unit // 1_000_000
    if rate.cap is CapStrategy.DISCONNECT and rate.max_cost is not None:
        units = min(units, rate.max_cost * tariff.unit // rate.denominator)
    while too_long - affordable > 1:  # cost never falls with length
        middle = (affordable + too_long) // 2
        affordable, too_long = (middle, too_long) if fits(middle) else (affordable, middle)
    paid = covered(affordable or 1)
    return Grant(affordable, micros(tariff, paid.cost), paid.drawn) if affordable else Grant(0, 0)


def needs_consent(version: Version, number: str, at: int) -> bool:
    """Will a carrier learn who calls?"""
    rate = version.tariff.match(number, at)
    return rate is not None and bool(rate.carrier)


def is_blocked(blocked: Sequence[str], number: str) -> bool:
    """Did the subscriber block this direction?"""
    return bool(blocked) and number.startswith(tuple(blocked))


def rate_record(record: Recorded, version: Version | None, currency: str, now: int, left: Left = NOTHING_LEFT) -> Rated:
    """The charge of a call, without tenant and account. Whatever has no price is suspended with the reason. `left`:
    what packages may pay; the call says what it draws, and nobody has taken it yet."""
    rated = Rated(record, "", "", Charge.ZERO)
    if (wrong := _wrong(record, now)) is not None:
        return _suspended(rated, wrong)
    if record.service:
        return _used(rated, version, currency)
    if record.free or record.answered is None or record.ended is None:
        return rated
    rated.seconds = duration(record)
    if rated.seconds == 0:
        return rated
    if version is None:
        return _suspended(rated, "no_tariff")
    if version.currency != currency:
        return _suspended(rated, "currency")
    return _priced(rated, record, version, left)


def duration(record: Recorded) -> int:
    """Whole seconds from answer to end, rounded up; 0 of a call without one of them, or in the wrong order."""
    if record.answered is None or record.ended is None:
        return 0
    return max(0, -((record.answered - record.ended) // SECOND))


def _priced(rated: Rated, record: Recorded, version: Version, left: Left) -> Rated:
    assert record.answered is not None
    tariff = version.tariff
    try:
        number = dialled(record.called)
        rate = None if number in tariff.emergency else rate_of(tariff, number, record.answered)
        found = price(tariff, rate, record.answered, rated.seconds) if rate is not None else None
    except NoPrice as refusal:
        return _suspended(rated, refusal.why.value)
    except (BadInput, ValueError):
        return _suspended(rated, "bad_number")
    rated.version = version.id
    if rate is None or found is None:
        rated.prefix = tariff.emergency[number]
        return rated
    rated.charge = Charge.BILLED if found.cost else Charge.ZERO
    rated.prefix, rated.billed_s, rated.cost = found.prefix, found.billed_s, micros(tariff, found.cost)
    rated.carrier = rate.carrier
    if rate.direct:
        rated.charge, rated.cost, rated.reason = Charge.ZERO, 0, "direct_settlement"
    elif left.packages:
        _cover(rated, number, tariff, left)
    return rated


def _cover(rated: Rated, number: str, tariff: Tariff, left: Left) -> None:
    """Lets packages pay first, where one of them does."""
    answered = rated.record.answered
    assert answered is not None
    covered = rate_with_bundles(tariff, left.bundles, left.seconds, number, answered, rated.seconds)
    if covered.drawn:
        rated.drawn = named(left.packages, covered.drawn)
        rated.billed_s, rated.cost = covered.billed_s, micros(tariff, covered.cost)
        rated.charge = Charge.BILLED if covered.cost else Charge.ZERO


def _used(rated: Rated, version: Version | None, currency: str) -> Rated:
    """The charge of what is not a call: so many, each at the tariff's price. A price of zero is one; none is not."""
    if version is None:
        return _suspended(rated, "no_tariff")
    if version.currency != currency:
        return _suspended(rated, "currency")
    price = version.usage.get(rated.record.service)
    if price is None:
        return _suspended(rated, "no_rate")
    rated.version, rated.cost = version.id, used_cost(price, Fraction(rated.record.quantity))
    rated.charge = Charge.BILLED if rated.cost else Charge.ZERO
    return rated


def used_cost(price: Fraction, quantity: Fraction) -> int:
    """Micro-units; one rounding."""
    return rounded(price * quantity, MICRO, Rounding.HALF_UP)


def _wrong(record: Recorded, now: int) -> str | None:
    """What no honest record says."""
    began = record.ended if record.service else record.answered
    if began is None:
        return "no_end" if record.service else None
    if record.ended is None:
        return "no_end"
    if record.ended < began:
        return "end_before_answer"
    if record.ended - began > LONGEST_S * SECOND:
        return "too_long"
    if began < now - OLDEST_S * SECOND:
        return "too_old"
    return "in_the_future" if record.ended > now + AHEAD_S * SECOND else None


def _suspended(rated: Rated, reason: str) -> Rated:
    rated.charge, rated.reason, rated.cost = Charge.SUSPENSE, reason, 0
    return rated


def why(call: Rated, version: Version | None) -> list[str]:
    """Why a call costs what it does, for people; nothing where there is no price."""
    record = call.record
    if version is None or call.charge is Charge.SUSPENSE:
        return []
    if record.service:
        price = version.usage.get(record.service)
        return [f"{record.service}: {record.quantity} × {fixed_price(price)}"] if price is not None else []
    if record.answered is None or call.erased:
        return []
    if call.drawn:
        paid = sum(one.seconds for one in call.drawn)
        lines = [f"{one.name}: {one.seconds} s of the package" for one in call.drawn]
        return [f"prefix {call.prefix}", *lines, f"beyond packages: {max(0, call.billed_s - paid)} s"]
    return explain(version.tariff, dialled(record.called), record.answered, call.seconds)


def fixed_price(price: Fraction) -> str:
    """A price for people: as many decimals as it has, at most six."""
    return fixed(price, MICRO).rstrip("0").rstrip(".")
