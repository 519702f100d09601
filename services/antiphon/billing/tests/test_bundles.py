"""Packages: weights, steps, expiry, and that no second is drawn that is not there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.billing.domain.bundles import Bundle, rate_with_bundles
from antiphon.billing.domain.calc import calculate
from antiphon.billing.domain.reading import Form
from antiphon.billing.domain.tariff import Tariff, compile_tariff

pytestmark = pytest.mark.domain

TARIFF = {
    "rates": [
        {
            "prefix": "380",
            "connect_fee": "0.10",
            "min_charge": "0.05",
            "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 1}],
        }
    ]
}


def ask(bundles: list[dict[str, Any]], *seconds: int, **call: Any) -> dict[str, Any]:
    calls = [{"to": "380441234567", "answer": "2026-03-03T09:00:00Z", "seconds": each} | call for each in seconds]
    return calculate({"kind": "bundle", "input": {"tariff": TARIFF, "bundles": bundles, "calls": calls, "money": "0"}})


def test_the_heaviest_is_drawn_first_and_the_next_takes_over() -> None:
    told = ask([{"id": "light", "seconds": 100}, {"id": "heavy", "seconds": 40, "weight": 5}], 60)
    assert told["calls"] == [{"cost": "0.0000", "from_bundle": {"heavy": 40, "light": 20}}]
    assert told["left"] == {"light": 80, "heavy": 0}


@pytest.mark.parametrize(("expires", "drawn"), [("2026-03-03T09:00:00Z", {}), ("2026-03-03T09:00:00.001Z", {"b": 60})])
def test_the_instant_of_expiry_is_over(expires: str, drawn: dict[str, int]) -> None:
    assert ask([{"id": "b", "seconds": 60, "expires": expires}], 60)["calls"][0]["from_bundle"] == drawn


def test_a_package_that_took_part_brings_its_own_connect_fee() -> None:
    told = ask([{"id": "b", "seconds": 30, "connect_fee": "0.02"}], 60, 60)
    assert [call["cost"] for call in told["calls"]] == ["0.3200", "0.7000"]


@pytest.mark.clause("I24")
def test_inside_and_beyond_the_package_are_told_apart() -> None:
    told = ask([{"id": "b", "seconds": 6000, "prefixes": ["+380"]}], 7800)
    assert told["calls"] == [{"cost": "18.0000", "from_bundle": {"b": 6000}}]  # 30 minutes beyond


def test_a_call_without_a_price_says_so_and_the_others_go_on() -> None:
    told = calculate(
        {
            "kind": "bundle",
            "input": {
                "tariff": TARIFF,
                "calls": [
                    {"to": "49", "answer": "2026-03-03T09:00:00Z", "seconds": 1},
                    {"to": "380", "answer": "2026-03-03T09:00:00Z", "seconds": 60},
                ],
            },
        }
    )
    assert told["calls"][0] == {"error": "no_rate"}
    assert told["money"] == "-0.7000"


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 70), st.integers(0, 3)), max_size=4),
    st.lists(st.integers(0, 400), max_size=6),
)
@settings(deadline=None)
def test_what_is_drawn_and_what_is_left_add_up(packages: list[tuple[int, int, int]], lengths: list[int]) -> None:
    bundles = [
        {"id": str(number), "seconds": seconds, "draw_inc": inc, "weight": weight}
        for number, (seconds, inc, weight) in enumerate(packages)
    ]
    told = ask(bundles, *lengths)
    for bundle in bundles:
        drawn = [call["from_bundle"].get(bundle["id"], 0) for call in told["calls"]]
        assert sum(drawn) + told["left"][bundle["id"]] == bundle["seconds"]
        assert told["left"][bundle["id"]] >= 0
        assert all(seconds % bundle["draw_inc"] == 0 for seconds in drawn)
    for length, call in zip(lengths, told["calls"], strict=True):
        covered = sum(call["from_bundle"].values())
        fee = "0" if covered or not length else "0.10"
        rest = max(0, length - covered) * 100
        want = max(rest + int(float(fee) * 10_000), 500) if rest else int(float(fee) * 10_000)
        assert call["cost"] == f"{want // 10_000}.{want % 10_000:04d}"


@pytest.mark.clause("I22")
def test_flat_local_calls_cost_nothing_and_metered_ones_only_beyond_the_free_seconds() -> None:
    def local(rate: str) -> Tariff:
        groups = [{"start": 0, "rate": rate, "per": 60, "inc": 1}]
        return compile_tariff(Form({"scale": 2, "rates": [{"prefix": "44", "groups": groups}]}))

    assert rate_with_bundles(local("0"), [], {}, "4412345", 0, 3600).cost == 0
    chosen, left, paid = Bundle("free seconds", ("44",)), {"free seconds": 600}, []
    for seconds in (400, 260, 30):
        covered = rate_with_bundles(local("0.60"), [chosen], left, "4412345", 0, seconds)
        left = {"free seconds": left["free seconds"] - sum(covered.drawn.values())}
        paid.append(covered.cost)
    assert paid == [0, 60, 30], "660 and 30 seconds are 60 and 30 beyond the 600 of the period"


def test_a_call_that_packages_pay_whole_needs_no_price_of_the_hour() -> None:
    night = {"prefix": "380", "periods": [{"from": "22:00", "to": "06:00", "groups": TARIFF["rates"][0]["groups"]}]}
    call = {"to": "380", "answer": "2026-03-03T12:00:00Z", "seconds": 60}
    for mode in ("split", "start"):
        tariff = {"tod_mode": mode, "rates": [night]}
        asked = {"tariff": tariff, "bundles": [{"id": "b", "seconds": 60}], "calls": [call, call]}
        told = calculate({"kind": "bundle", "input": asked})["calls"]
        assert told == [{"cost": "0.0000", "from_bundle": {"b": 60}}, {"error": "no_period"}]
