"""`antiphon wfm staff intervals.csv`: agents for every interval of a file, all intervals at once."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from antiphon.wfm.app.fields import Fields, told
from antiphon.wfm.app.staffing import target_of
from antiphon.wfm.domain.reasons import Reason, Refusal
from antiphon.wfm.domain.required import (
    Target,
    at_occupancy,
    outlook,
    required_agents,
    scheduled,
    with_patience,
)

TIMES = ("interval_start", "start", "interval", "time", "id")
SYNONYMS = {
    "calls": "contacts",
    "offered": "contacts",
    "aht": "aht_s",
    "target": "service_level",
    "within": "target_s",
    "within_s": "target_s",
    "patience": "patience_s",
}
"""Other names of columns, as other programs export them."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A row of the file, understood."""

    name: str
    contacts: float
    load: float
    aht_s: float
    target: Target
    patience_s: float
    shrinkage: float


def table(text: str) -> list[dict[str, str]]:
    """Rows of a CSV with a header; comma, semicolon or tab; names in lower case. Refused without rows."""
    try:
        dialect: Any = csv.Sniffer().sniff(text.partition("\n")[0], ",;\t")
    except csv.Error:
        dialect = csv.excel
    rows = [
        {(name or "").strip().lower().replace(" ", "_"): value for name, value in row.items() if isinstance(value, str)}
        for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), dialect=dialect)
    ]
    if not rows:
        raise Refusal(Reason.NOT_READABLE, "a CSV with a header and at least one row is needed")
    return rows


def staff(rows: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a row, in order: agents, with shrinkage, and what they will reach; or the row's error."""
    told_rows: list[dict[str, Any]] = []
    good: list[tuple[int, Interval]] = []
    for number, row in enumerate(rows, start=1):
        stated = {SYNONYMS.get(name, name): value for name, value in row.items() if value not in (None, "")}
        given = {**defaults, **stated}
        try:
            good.append((len(told_rows), _understood(Fields(given), number)))
            told_rows.append({})
        except Refusal as error:
            told_rows.append({"id": str(_name(given, number)), "error": told(error)})
    for (place, _), found in zip(good, _solve([interval for _, interval in good]), strict=True):
        told_rows[place] = found
    return told_rows


def _name(row: Mapping[str, Any], number: int) -> Any:
    return next((row[name] for name in TIMES if row.get(name)), number)


def _understood(row: Fields, number: int) -> Interval:
    contacts, aht = row.number("contacts", least=0), row.number("aht_s", above=0)
    load = contacts / row.number("interval_s", above=0) * aht
    shrinkage = row.number("shrinkage", default=0, least=0)
    scheduled(1, shrinkage)
    return Interval(
        str(_name(row.values, number)),
        contacts,
        load,
        aht,
        target_of(row),
        row.patience("patience_s"),
        shrinkage,
    )


def _solve(intervals: Sequence[Interval]) -> list[dict[str, Any]]:
    if not intervals:
        return []
    load = np.array([one.load for one in intervals])
    aht = np.array([one.aht_s for one in intervals])
    wanted = np.array(
        [(one.target.service_level, one.target.within_s, one.target.max_occupancy) for one in intervals]
    ).T
    agents = required_agents(load, aht, wanted[0], wanted[1])
    for number, one in enumerate(intervals):
        if math.isfinite(one.patience_s):
            agents[number] = with_patience(one.load, one.aht_s, one.patience_s, one.target)
        if one.target.max_occupancy < 1:
            agents[number] = max(agents[number], at_occupancy(one.load, one.target.max_occupancy))
    planned = scheduled(agents, np.array([one.shrinkage for one in intervals]))
    return [_row(*each) for each in zip(intervals, agents.tolist(), planned.tolist(), strict=True)]


def _row(one: Interval, agents: int, planned: int) -> dict[str, Any]:
    expected = outlook(agents, one.load, one.aht_s, one.target, one.patience_s)
    asa = float(expected.asa_s)
    busy = one.load * (1 - float(expected.p_abandon)) / agents if agents else 0.0
    return {
        "id": one.name,
        "contacts": one.contacts,
        "erlangs": round(one.load, 4),
        "agents": agents,
        "scheduled": planned,
        "service_level": round(float(expected.service_level), 4),
        "asa_s": round(asa, 2) if math.isfinite(asa) else None,
        "occupancy": round(busy, 4),
    }
