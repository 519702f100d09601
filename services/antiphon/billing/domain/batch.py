"""Rating many calls at once: the same integers as `rating`, in columns of int64.

What does not fit columns (prices by the hour, rows of limited validity, amounts that could leave 63 bits, refusals) is
given to `rating` call by call, so both ways have one answer; a property test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from antiphon.billing.domain.amounts import Rounding
from antiphon.billing.domain.rating import NoPrice, Unratable, rate_call
from antiphon.billing.domain.tariff import Rate, Tariff

Ints = NDArray[np.int64]
SINGLY = -1
REMEMBERED = 500_000
LARGEST = 1 << 62


@dataclass(slots=True)
class Priced:
    """A column each, in the order asked. Where `refused` has an index, cost and billed are 0."""

    cost: Ints
    """In 10**-scale of the tariff."""
    billed_s: Ints
    refused: dict[int, Unratable] = field(default_factory=dict)


class Columns:
    """A tariff prepared for batches. Numbers must be as `tariff.dialled` makes them."""

    def __init__(self, tariff: Tariff) -> None:
        self.tariff = tariff
        self._rates = [rate for rate in tariff.rates if _fits(rate) and tariff.scale <= 9]
        self._row = {id(rate): number for number, rate in enumerate(self._rates)}
        keys = [*tariff.index, *tariff.emergency, *tariff.blocked]
        self._key = max((len(key) for key in keys), default=0) + 1
        self._known: dict[str, int] = {}
        width = max((len(rate.plans[0].groups) for rate in self._rates), default=0)
        self._groups = [self._column_of_groups(place) for place in range(width)]
        self._connect = self._column(lambda rate: rate.plans[0].connect_fee)
        self._minimum = self._column(lambda rate: rate.min_charge)
        self._cap = self._column(_cap)
        self._denominator = self._column(lambda rate: rate.denominator)
        self._free_under = self._column(lambda rate: rate.free_under_s)
        self._free_initial = self._column(lambda rate: rate.free_initial_s)
        self._longest = self._column(lambda rate: _longest(rate, tariff.scale))

    def price(self, numbers: Sequence[str], answers: Ints, seconds: Ints) -> Priced:
        """Rates calls: number, answer in nanoseconds, whole seconds."""
        rows = self._rows(numbers)
        if not self._rates:
            priced = Priced(np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64))
            singly = np.ones(len(numbers), bool)
        else:
            singly = (rows == SINGLY) | (seconds > self._longest[rows])
            priced = self._in_columns(np.where(singly, 0, rows), np.where(singly, 0, seconds))
        for index in np.flatnonzero(singly).tolist():
            self._one(priced, index, numbers[index], int(answers[index]), int(seconds[index]))
        return priced

    def _rows(self, numbers: Sequence[str]) -> Ints:
        length, known = self._key, self._known
        if len(known) > REMEMBERED:
            known.clear()
        keys = [number[:length] for number in numbers]
        try:
            return np.fromiter(map(known.__getitem__, keys), np.int64, len(keys))
        except KeyError:
            for key in set(keys) - known.keys():
                known[key] = self._row_of(key)
        return np.fromiter(map(known.__getitem__, keys), np.int64, len(keys))

    def _row_of(self, key: str) -> int:
        tariff = self.tariff
        if key in tariff.emergency or tariff.is_blocked(key):
            return SINGLY
        for length in tariff.lengths:
            rates = tariff.index.get(key[:length])
            if rates is not None:
                return self._row.get(id(rates[0]), SINGLY)
        return SINGLY

    def _in_columns(self, rows: Ints, seconds: Ints) -> Priced:
        chargeable = np.maximum(seconds - self._free_initial[rows], 0)
        chargeable[seconds <= self._free_under[rows]] = 0
        position = np.zeros(len(rows), np.int64)
        exact = self._connect[rows]
        for price, inc, until in self._groups:
            length = inc[rows]
            left = np.minimum(chargeable, until[rows]) - position
            steps = np.maximum(-(-left // length), 0)
            exact = exact + steps * price[rows]
            position += steps * length
        exact = np.minimum(np.maximum(exact, self._minimum[rows]), self._cap[rows])
        cost = self._rounded(exact * self.tariff.unit, self._denominator[rows])
        cost[chargeable == 0] = 0
        return Priced(cost, position)

    def _rounded(self, numerator: Ints, denominator: Ints) -> Ints:
        """As `amounts.rounded_ratio`, for amounts that are not negative."""
        mode = self.tariff.rounding
        if mode is Rounding.HALF_UP:
            return (2 * numerator + denominator) // (2 * denominator)
        if mode is Rounding.UP:
            return -(-numerator // denominator)
        whole = numerator // denominator
        if mode is Rounding.HALF_EVEN:
            twice = 2 * (numerator - whole * denominator)
            whole += (twice > denominator) | ((twice == denominator) & (whole % 2 == 1))
        return whole

    def _one(self, priced: Priced, index: int, number: str, answer: int, seconds: int) -> None:
        try:
            rated = rate_call(self.tariff, number, answer, seconds)
            priced.cost[index], priced.billed_s[index] = rated.cost, rated.billed_s
        except NoPrice as refusal:
            priced.refused[index] = refusal.why
            priced.cost[index] = priced.billed_s[index] = 0

    def _column(self, value: Callable[[Rate], int]) -> Ints:
        return np.array([value(rate) for rate in self._rates], np.int64)

    def _column_of_groups(self, place: int) -> tuple[Ints, Ints, Ints]:
        """(price of a step, its length, the second at which the next group begins) of the group at a place."""
        found = [_group(rate, place) for rate in self._rates]
        price, inc, until = (np.array(column, np.int64) for column in zip(*found, strict=True))
        return price, inc, until


def _group(rate: Rate, place: int) -> tuple[int, int, int]:
    groups = rate.plans[0].groups
    if place >= len(groups):
        return 0, 1, 0  # no step of it begins
    until = groups[place + 1].start if place + 1 < len(groups) else LARGEST
    return groups[place].price, groups[place].inc, until


def _cap(rate: Rate) -> int:
    return LARGEST if rate.free_above is None else rate.free_above


def _fits(rate: Rate) -> bool:
    """Can a row stand in columns: always valid, one price at any hour, all numbers small enough?"""
    always = rate.hours is None and rate.is_always_valid
    groups = rate.plans[0].groups
    small = max(rate.denominator, rate.min_charge, rate.max_cost or 0, rate.plans[0].connect_fee) < 1 << 40
    distinct = all(one.start < next_one.start for one, next_one in pairwise(groups))
    return (
        always
        and small
        and distinct
        and max(rate.free_under_s, rate.free_initial_s, *(max(g.start, g.inc, g.price) for g in groups)) < 1 << 40
        and len(groups) <= 8
    )


def _longest(rate: Rate, scale: int) -> int:
    """The longest call whose numbers surely stay within 63 bits."""
    groups = rate.plans[0].groups
    room: int = LARGEST // (2 * 10**scale) - rate.denominator - rate.plans[0].connect_fee - rate.min_charge
    room -= sum(group.price for group in groups)
    per_second: int = sum(-(-group.price // group.inc) for group in groups)
    return max(-1, min(room // max(per_second, 1), 1 << 40))
