"""Tariffs and calls by chance, most of them near an edge: nights when clocks change, midnights, validity, prefixes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

ZONES = ["UTC", "Europe/Kyiv", "Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
EDGES = [
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # Kyiv: 03:00 becomes 04:00
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),  # Kyiv: 04:00 becomes 03:00
    datetime(2026, 3, 8, 7, 0, tzinfo=UTC),  # New York
    datetime(2026, 11, 1, 6, 0, tzinfo=UTC),
    datetime(2026, 4, 4, 15, 0, tzinfo=UTC),  # Lord Howe: half an hour
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 1, 1, 0, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 8, 21, 0, tzinfo=UTC),  # Moscow: the holiday begins
]
CLOCKS = ["00:00", "03:00", "03:30", "04:00", "07:59", "08:00", "18:00", "20:00", "23:59"]
NUMBERS = ["380441234567", "38044", "3806", "3", "112", "881612", "74951234567", "7"]
PREFIXES = ["3", "38", "380", "38044", "3806", "7", "7495", "74951234567", "88"]

money = st.sampled_from(["0", "0.003", "0.0001", "0.01", "1", "1.00", "0.07", "2.5", "9.99", "0.333333", "1234567.891"])
positive = st.sampled_from([1, 2, 6, 7, 10, 20, 30, 60, 61])


@st.composite
def groups(draw: st.DrawFn) -> list[dict[str, Any]]:
    starts = [0, *sorted(draw(st.sets(st.sampled_from([1, 30, 45, 60, 90, 300]), max_size=2)))]
    return [
        {"start": start, "rate": draw(money), "per": draw(st.sampled_from([1, 10, 60])), "inc": draw(positive)}
        for start in starts
    ]


@st.composite
def periods(draw: st.DrawFn) -> dict[str, Any]:
    start, end = draw(st.sampled_from([(a, b) for a in CLOCKS for b in [*CLOCKS[1:], "24:00"] if a != b]))
    period: dict[str, Any] = {"from": start, "to": end, "groups": draw(groups())}
    days = draw(st.sampled_from([None, [1, 2, 3, 4, 5], [6, 7], [7], "holiday"]))
    period |= {} if days is None else {"days": days}
    period |= {"weight": draw(st.integers(-1, 2))} if draw(st.booleans()) else {}
    return period | ({"connect_fee": draw(money)} if draw(st.booleans()) else {})


def instants() -> st.SearchStrategy[str]:
    near = st.builds(
        lambda edge, seconds, micros: (edge + timedelta(seconds=seconds, microseconds=micros)).isoformat(),
        st.sampled_from(EDGES),
        st.integers(-4000, 4000),
        st.sampled_from([0, 0, 1, 400_000, 999_999]),
    )
    exactly = st.sampled_from([edge.isoformat() for edge in EDGES])
    return st.one_of(near, exactly)


@st.composite
def rates(draw: st.DrawFn) -> dict[str, Any]:
    rate: dict[str, Any] = {"prefix": draw(st.sampled_from(PREFIXES))}
    if draw(st.booleans()):
        rate["groups"] = draw(groups())
    else:
        rate["periods"] = draw(st.lists(periods(), min_size=1, max_size=3))
        if draw(st.booleans()):
            rate["periods"].append({"groups": draw(groups()), "weight": -5})
    optional = {
        "connect_fee": money,
        "min_charge": money,
        "free_under_s": st.integers(0, 70),
        "free_initial_s": st.integers(0, 70),
        "max_cost": money,
        "max_cost_strategy": st.sampled_from(["free", "disconnect"]),
        "valid_from": instants(),
        "valid_to": instants(),
    }
    for name, values in optional.items():
        if draw(st.integers(0, 3)) == 0:
            rate[name] = draw(values)
    return rate


@st.composite
def tariffs(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "tz": draw(st.sampled_from(ZONES)),
        "scale": draw(st.integers(0, 6)),
        "rounding": draw(st.sampled_from(["half_up", "half_even", "up", "down"])),
        "tod_mode": draw(st.sampled_from(["split", "start"])),
        "holidays": ["2026-03-09", "2026-03-29", "2026-01-01"],
        "emergency": ["112"],
        "blocked": draw(st.sampled_from([[], ["88"]])),
        "rates": draw(st.lists(rates(), min_size=1, max_size=4)),
    }


calls = st.fixed_dictionaries(
    {
        "to": st.sampled_from(NUMBERS),
        "answer": instants(),
        "seconds": st.one_of(st.integers(0, 130), st.integers(0, 9000), st.sampled_from([0, 1, 59, 60, 61, 3600])),
    }
)
