"""What a call costs, and how long a call may last.

Everything is exact until the end: connect fee and steps are summed as integers over the rate's denominator, then the
minimum, then the cap, then one rounding. Steps of one price between two edges (a rate group, an hour, the end) are
counted, not walked, so a call of a day costs as little work as one of a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from typing import NamedTuple

from antiphon.billing.domain.amounts import Rounding, ceil_ratio, decimal_text, rounded_ratio
from antiphon.billing.domain.hours import NO_PERIOD
from antiphon.billing.domain.instants import LONGEST_OF_THE_CLOCK, SECOND
from antiphon.billing.domain.reading import BadInput
from antiphon.billing.domain.tariff import FOREVER, CapStrategy, Group, Rate, Tariff, TodMode


class Unratable(Enum):
    """Why a call has no price. Such a call is refused before and kept in suspense after; it is never free."""

    BLOCKED = "blocked_direction"
    NO_RATE = "no_rate"
    NO_PERIOD = "no_period"


class NoPrice(Exception):
    """A call that cannot be rated."""

    def __init__(self, why: Unratable) -> None:
        self.why = why
        super().__init__(why.value)


class Rated(NamedTuple):
    """The price of a call. `cost` counts in 10**-scale of the tariff."""

    prefix: str
    cost: int
    billed_s: int
    emergency: bool = False


class Run(NamedTuple):
    """Equal steps in a row: `steps` of `group`, the first beginning at second `position` of the call."""

    plan: int
    group: Group
    position: int
    steps: int

    @property
    def end(self) -> int:
        return self.position + self.steps * self.group.inc

    @property
    def price(self) -> int:
        return self.steps * self.group.price


def rate_call(tariff: Tariff, number: str, answer: int, seconds: int) -> Rated:
    """Rates a call to a number (`tariff.dialled`) that lasted whole seconds. Raises NoPrice."""
    if number in tariff.emergency:
        return Rated(tariff.emergency[number], 0, 0, emergency=True)
    return price(tariff, rate_of(tariff, number, answer), answer, seconds)


def price(tariff: Tariff, rate: Rate, answer: int, seconds: int) -> Rated:
    """Rates by a row that is known. Raises NoPrice in an hour that no period covers."""
    left = seconds - rate.free_initial_s if seconds > rate.free_under_s else 0
    if left <= 0:
        return _rated(rate.prefix, 0, 0)
    if rate.hours is not None:
        return _by_the_hour(tariff, rate, answer, left)
    exact, position = rate.plans[0].connect_fee, 0
    for until, step_price, inc in rate.steps:
        limit = left if left < until else until
        if limit > position:
            steps = -(-(limit - position) // inc)
            exact += steps * step_price
            position += steps * inc
    return _rated(rate.prefix, charge(tariff, rate, exact), position)


def _by_the_hour(tariff: Tariff, rate: Rate, answer: int, left: int) -> Rated:
    exact, position = connect_fee(rate, answer), 0
    for run in runs(tariff, rate, answer, 0, left):
        exact, position = exact + run.price, run.end
    return _rated(rate.prefix, charge(tariff, rate, exact), position)


def _rated(prefix: str, cost: int, billed_s: int) -> Rated:
    """`Rated(...)` without the call of its constructor."""
    return tuple.__new__(Rated, (prefix, cost, billed_s, False))


def rate_of(tariff: Tariff, number: str, answer: int) -> Rate:
    """The row that prices a number. Raises NoPrice for a blocked direction and for a number no row covers."""
    if tariff.blocked and tariff.is_blocked(number):
        raise NoPrice(Unratable.BLOCKED)
    rate = tariff.match(number, answer)
    if rate is None:
        raise NoPrice(Unratable.NO_RATE)
    return rate


def chargeable_seconds(rate: Rate, seconds: int) -> int:
    """What is left after calls that are free for being short and the free first seconds of each call."""
    if seconds <= rate.free_under_s:
        return 0
    return max(0, seconds - rate.free_initial_s)


def connect_fee(rate: Rate, answer: int) -> int:
    """The fee of the period in force at answer, over the rate's denominator. Raises NoPrice without such a period."""
    return rate.plans[_plan_at(rate, answer // SECOND)[0]].connect_fee


def charge(tariff: Tariff, rate: Rate, exact: int) -> int:
    """The minimum, the cap where it is free above it, and the one rounding. `exact` counts over the denominator."""
    if exact < rate.min_charge:
        exact = rate.min_charge
    if rate.free_above is not None and exact > rate.free_above:
        exact = rate.free_above
    if tariff.rounding is Rounding.HALF_UP:
        return (2 * exact * tariff.unit + rate.denominator) // (2 * rate.denominator)
    return rounded_ratio(exact * tariff.unit, rate.denominator, tariff.rounding)


def runs(tariff: Tariff, rate: Rate, answer: int, position: int, end: int) -> Iterator[Run]:
    """The steps from a second of the call until `end` is reached, in runs. Raises NoPrice in an hour without period."""
    if position >= end:
        return
    by_clock = rate.hours is not None and tariff.tod_mode is TodMode.SPLIT
    if by_clock and end > LONGEST_OF_THE_CLOCK:
        raise BadInput("seconds", f"of a call priced by the hour are more than {LONGEST_OF_THE_CLOCK}")
    number, until = 0, FOREVER
    if rate.hours is not None and not by_clock:
        number, _ = _plan_at(rate, answer // SECOND)
    while position < end:
        if by_clock:
            number, until_second = _plan_at(rate, (answer + position * SECOND) // SECOND)
            until = ceil_ratio(until_second * SECOND - answer, SECOND)
        group, limit = rate.plans[number].groups[0], min(end, until)
        for each in rate.plans[number].groups:
            if each.start > position:
                limit = min(limit, each.start)
                break
            group = each
        run = Run(number, group, position, -(-(limit - position) // group.inc))
        yield run
        position = run.end


def _plan_at(rate: Rate, second: int) -> tuple[int, int]:
    if rate.hours is None:
        return 0, FOREVER
    try:
        number, until = rate.hours.stretch(second)
    except OverflowError as error:
        raise BadInput("call", "reaches beyond the calendar") from error
    if number == NO_PERIOD:
        raise NoPrice(Unratable.NO_PERIOD)
    return number, until


def max_seconds(tariff: Tariff, number: str, answer: int, available: int, limit: int) -> int:
    """The longest call that costs no more than is available, in whole steps, cut to `limit` seconds.

    `available` counts in 10**-scale. It ends where an hour without a price begins. Raises NoPrice when it cannot begin.
    """
    if number in tariff.emergency:
        return limit
    rate = rate_of(tariff, number, answer)
    exact, position = connect_fee(rate, answer), 0
    try:
        for run in runs(tariff, rate, answer, 0, limit):
            steps = _affordable(tariff, rate, exact, run, available)
            position += steps * run.group.inc
            if steps < run.steps:
                break
            exact += run.price
    except NoPrice:
        if position == 0:
            raise
    return min(position, limit)


def _affordable(tariff: Tariff, rate: Rate, exact: int, run: Run, available: int) -> int:
    """How many steps of a run: cost never falls with length, so it is found by halving."""

    def fits(steps: int) -> bool:
        cost = charge(tariff, rate, exact + steps * run.group.price)
        if rate.cap is CapStrategy.DISCONNECT and rate.max_cost is not None:
            return cost <= available and cost * rate.denominator <= rate.max_cost * tariff.unit
        return cost <= available

    if fits(run.steps):
        return run.steps
    enough, too_many = 0, run.steps
    while too_many - enough > 1:
        middle = (enough + too_many) // 2
        enough, too_many = (middle, too_many) if fits(middle) else (enough, middle)
    return enough


@dataclass(frozen=True, slots=True)
class Why:
    """One reason of a price; `kind` is a name of `SAID`."""

    kind: str
    what: str = ""
    """The prefix, the service that was used, the package."""
    count: int = 0
    """Of seconds, steps, pieces."""
    second: int = 0
    """Of the call, where the steps begin."""
    length: int = 0
    """Seconds of a step."""
    amount: str = ""
    """Exact decimal."""

    def __str__(self) -> str:
        return SAID[self.kind].format(**asdict(self))


SAID = {
    "emergency": "emergency number {what}: free",
    "free": "prefix {what}: no chargeable second",
    "seconds": "prefix {what}, {count} chargeable seconds",
    "connect": "connect fee {amount}",
    "steps": "from second {second}: {count} × {length} s at {amount}",
    "minimum": "minimum charge {amount}",
    "most": "never more than {amount}",
    "used": "{what}: {count} × {amount}",
    "prefix": "prefix {what}",
    "package": "{what}: {count} s of the package",
    "beyond": "beyond packages: {count} s",
}


def explain(tariff: Tariff, number: str, answer: int, seconds: int) -> list[Why]:
    """Why this price: a line each, one for a stretch of equal steps."""
    if number in tariff.emergency:
        return [Why("emergency", tariff.emergency[number])]
    rate = rate_of(tariff, number, answer)
    chargeable = chargeable_seconds(rate, seconds)
    if chargeable == 0:
        return [Why("free", rate.prefix)]
    lines = [Why("seconds", rate.prefix, chargeable)]
    fee = connect_fee(rate, answer)
    exact = fee
    if fee:
        lines.append(Why("connect", amount=_shown(tariff, rate, fee)))
    for run in runs(tariff, rate, answer, 0, chargeable):
        exact += run.price
        lines.append(step_line(tariff, rate, run))
    if exact < rate.min_charge:
        lines.append(Why("minimum", amount=_shown(tariff, rate, rate.min_charge)))
    if rate.free_above is not None and max(exact, rate.min_charge) > rate.free_above:
        lines.append(Why("most", amount=_shown(tariff, rate, rate.free_above)))
    return lines


def step_line(tariff: Tariff, rate: Rate, run: Run) -> Why:
    """A stretch of equal steps, for people."""
    return Why("steps", rate.prefix, run.steps, run.position, run.group.inc, _shown(tariff, rate, run.group.price))


def _shown(tariff: Tariff, rate: Rate, exact: int) -> str:
    scale = max(tariff.scale, 6)
    return (
        decimal_text(rounded_ratio(exact * 10**scale, rate.denominator, tariff.rounding), scale).rstrip("0").rstrip(".")
    )
