"""How fast calls are rated, beside a straightforward Decimal implementation in the same run.

The tariff has 10,000 prefixes: per minute, 30/6 and per second, one in twenty by the hour; the calls are of all
lengths. The straightforward ones look prefixes up in a dictionary from long to short, too, and quantize at the end;
they know no hours, validity, minimum, cap or refusals, so the ratio flatters them. Figures are of process CPU time:
what one core does.

`antiphon billing bench` prints the table; `run()` gives it as data.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from time import perf_counter_ns, process_time_ns
from typing import Any

import numpy as np

from antiphon.billing.domain.batch import Columns
from antiphon.billing.domain.instants import SECOND, instant
from antiphon.billing.domain.rating import rate_call
from antiphon.billing.domain.reading import Form
from antiphon.billing.domain.tariff import Tariff, compile_tariff

Row = dict[str, str | int | float]
PREFIXES, CALLS, BEST_OF = 10_000, 100_000, 3
SCHEMES: tuple[tuple[tuple[int, int], ...], ...] = (((0, 60),), ((0, 30), (30, 6)), ((0, 1),), ((0, 60), (60, 1)))
"""(start, inc) of each group."""
FOUR_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Traffic:
    numbers: list[str]
    answers: list[int]
    seconds: list[int]


def run() -> list[Row]:
    """One row a way of rating."""
    chance = random.Random(7)  # noqa: S311 - the same traffic every time
    data = _tariff(chance)
    tariff, traffic = compile_tariff(Form(data)), _traffic(chance, [rate["prefix"] for rate in data["rates"]])
    columns, table = Columns(tariff), _decimal_table(data)
    arrays = np.array(traffic.answers), np.array(traffic.seconds)
    ways: list[tuple[str, Callable[[], object]]] = [
        ("Decimal, step by step", lambda: _decimal(table, traffic)),
        ("Decimal, steps counted, half the rules", lambda: _decimal_counted(table, traffic)),
        ("one by one, pure Python", lambda: _one_by_one(tariff, traffic)),
        ("one by one, as records", lambda: _records(tariff, traffic)),
        ("batch", lambda: columns.price(traffic.numbers, *arrays)),
    ]
    rows = [_measure(name, way) for name, way in ways]
    slowest = rows[0]["calls/s"]
    assert isinstance(slowest, int)
    for row in rows:
        row["ratio"] = int(row["calls/s"]) / slowest
    return rows


def _measure(name: str, way: Callable[[], object]) -> Row:
    best_cpu = best_wall = 1 << 62
    way()
    gc.collect()
    for _ in range(BEST_OF):
        wall, cpu = perf_counter_ns(), process_time_ns()
        way()
        best_cpu = min(best_cpu, process_time_ns() - cpu)
        best_wall = min(best_wall, perf_counter_ns() - wall)
    rates = {"calls/s": CALLS * SECOND // best_cpu, "calls/s by wall clock": CALLS * SECOND // best_wall}
    return {"rating": name, **rates, "ns a call": best_cpu // CALLS}


def _one_by_one(tariff: Tariff, traffic: Traffic) -> None:
    for number, answer, seconds in zip(traffic.numbers, traffic.answers, traffic.seconds, strict=True):
        rate_call(tariff, number, answer, seconds)


def _records(tariff: Tariff, traffic: Traffic) -> list[dict[str, Any]]:
    """With the record that would be stored."""
    return [
        {"to": number, "answer": answer, "seconds": seconds, **rate_call(tariff, number, answer, seconds)._asdict()}
        for number, answer, seconds in zip(traffic.numbers, traffic.answers, traffic.seconds, strict=True)
    ]


def _tariff(chance: random.Random) -> dict[str, Any]:
    prefixes = {f"{chance.randrange(1, 10 ** chance.randint(2, 7))}" for _ in range(PREFIXES * 12 // 10)}
    rates = []
    for number, prefix in enumerate(sorted(prefixes)[:PREFIXES]):
        price = f"{chance.randrange(1, 20_000) / 10_000:.4f}"
        groups = [{"start": start, "rate": price, "per": 60, "inc": inc} for start, inc in SCHEMES[number % 4]]
        rate: dict[str, Any] = {"prefix": prefix, "groups": groups}
        if number % 20 == 0:
            rate["periods"] = [{"from": "08:00", "to": "20:00", "weight": 1, "groups": groups}, {"groups": groups}]
        rates.append(rate)
    return {"tz": "Europe/Kyiv", "scale": 4, "emergency": ["101", "102", "103", "112"], "rates": rates}


def _traffic(chance: random.Random, prefixes: list[str]) -> Traffic:
    start = instant("2026-03-02T00:00:00Z")
    numbers = [f"{chance.choice(prefixes)}{chance.randrange(10**6, 10**7)}" for _ in range(CALLS)]
    answers = [start + chance.randrange(7 * 86_400) * SECOND for _ in range(CALLS)]
    return Traffic(numbers, answers, [int(chance.expovariate(1 / 150)) for _ in range(CALLS)])


DecimalTable = dict[str, list[tuple[int, Decimal, int]]]


def _decimal_table(data: dict[str, Any]) -> DecimalTable:
    return {
        rate["prefix"]: [(group["start"], Decimal(group["rate"]) / 60, group["inc"]) for group in rate["groups"]]
        for rate in data["rates"]
    }


def _group_of(table: DecimalTable, number: str) -> list[tuple[int, Decimal, int]]:
    return next(table[number[:length]] for length in range(7, 0, -1) if number[:length] in table)


def _decimal(table: DecimalTable, traffic: Traffic) -> None:
    """As the rules read: step by step from second 0."""
    for number, seconds in zip(traffic.numbers, traffic.seconds, strict=True):
        groups, position, cost = _group_of(table, number), 0, Decimal(0)
        while position < seconds:
            _, price, inc = [group for group in groups if group[0] <= position][-1]
            cost += inc * price
            position += inc
        cost.quantize(FOUR_PLACES, ROUND_HALF_UP)


def _decimal_counted(table: DecimalTable, traffic: Traffic) -> None:
    """Whole steps counted at once; no hours, minimum, cap, refusals or validity."""
    for number, seconds in zip(traffic.numbers, traffic.seconds, strict=True):
        groups, position, cost = _group_of(table, number), 0, Decimal(0)
        for place, (_, price, inc) in enumerate(groups):
            limit = min(seconds, groups[place + 1][0]) if place + 1 < len(groups) else seconds
            steps = max(0, -(-(limit - position) // inc))
            cost += steps * inc * price
            position += steps * inc
        cost.quantize(FOUR_PLACES, ROUND_HALF_UP)
