"""Rating beside the slow reference, and the edges that peers got wrong."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from antiphon.billing.domain.calc import calculate
from antiphon.billing.domain.reading import BadInput, Form
from antiphon.billing.domain.tariff import compile_tariff, dialled
from antiphon.billing.tests import reference
from antiphon.billing.tests.chance import calls, tariffs

pytestmark = pytest.mark.domain

PER_SECOND = [{"start": 0, "rate": "0.60", "per": 60, "inc": 1}]
PER_MINUTE = [{"start": 0, "rate": "0.60", "per": 60, "inc": 60}]


def rate(tariff: dict[str, Any], **call: Any) -> dict[str, Any]:
    call = {"to": "380441234567", "answer": "2026-03-03T09:00:00Z", "seconds": 61} | call
    return calculate({"kind": "rate", "input": {"tariff": {"rates": [], **tariff}, "call": call}})


def one(**of_rate: Any) -> dict[str, Any]:
    return {"rates": [{"prefix": "380", "groups": PER_SECOND} | of_rate]}


@given(tariffs(), calls)
@settings(max_examples=150, deadline=None)
def test_the_fast_way_and_the_slow_way_agree(tariff: dict[str, Any], call: dict[str, Any]) -> None:
    got = calculate({"kind": "rate", "input": {"tariff": tariff, "call": call}})
    want = reference.rated(tariff, call)
    assert got | {"cost": _decimal(got)} == want | {"cost": _decimal(want)}


def _decimal(answer: dict[str, Any]) -> str:
    return f"{Decimal(answer['cost']):f}" if "cost" in answer else ""


@given(tariffs(), calls, st.sampled_from(["0", "0.0166", "1", "1.79", "100", "-1", "123.456789"]), st.integers(0, 4000))
@settings(max_examples=100, deadline=None)
def test_the_longest_call_is_the_one_found_by_trying(
    tariff: dict[str, Any], call: dict[str, Any], available: str, limit: int
) -> None:
    asked = {"tariff": tariff, "call": call, "available": available, "limit_s": limit}
    assert calculate({"kind": "max_seconds", "input": asked}) == reference.longest(tariff, call, available, limit)


@given(tariffs(), calls, st.sampled_from(["0.5", "1", "20", "1000000"]))
@settings(max_examples=60, deadline=None)
def test_prepaid_never_costs_more_than_was_available(
    tariff: dict[str, Any], call: dict[str, Any], available: str
) -> None:
    asked = {"tariff": tariff, "call": call, "available": available, "limit_s": 3600}
    longest = calculate({"kind": "max_seconds", "input": asked})
    assume("seconds" in longest)
    cut = calculate({"kind": "rate", "input": {"tariff": tariff, "call": call | {"seconds": longest["seconds"]}}})
    assert Decimal(cut["cost"]) <= Decimal(available) or longest["seconds"] == 0


@given(tariffs(), calls)
@settings(max_examples=150, deadline=None)
def test_without_packages_a_bundle_case_is_a_rate_case(tariff: dict[str, Any], call: dict[str, Any]) -> None:
    alone = calculate({"kind": "rate", "input": {"tariff": tariff, "call": call}})
    asked = {"tariff": tariff, "bundles": [], "calls": [call], "money": "0"}
    packaged = calculate({"kind": "bundle", "input": asked})["calls"][0]
    assert packaged.get("cost") == alone.get("cost")
    assert packaged.get("error") == alone.get("error")


@pytest.mark.clause("I03")
@pytest.mark.parametrize(("unit", "billed"), [(1, 61), (6, 66), (60, 120)])
def test_an_incomplete_unit_counts_whole(unit: int, billed: int) -> None:
    groups = [{"start": 0, "rate": "0.60", "per": 60, "inc": unit}]
    assert rate(one(groups=groups))["billed_s"] == billed


@pytest.mark.clause("I23")
def test_the_version_at_answer_prices_the_whole_call() -> None:
    change = "2026-03-03T09:00:00Z"
    old = {"prefix": "380", "groups": PER_SECOND, "valid_to": change}
    new = {"prefix": "380", "groups": [PER_SECOND[0] | {"rate": "6"}], "valid_from": change}
    tariff = {"rates": [old, new]}
    assert rate(tariff, answer="2026-03-03T08:59:59.999999999Z")["cost"] == "0.6100"
    assert rate(tariff, answer=change)["cost"] == "6.1000"


def test_a_bare_date_of_validity_is_the_local_midnight() -> None:
    tariff = {"tz": "Europe/Kyiv"} | one(valid_from="2026-03-03")
    assert rate(tariff, answer="2026-03-02T21:59:59Z") == {"error": "no_rate"}
    assert rate(tariff, answer="2026-03-02T22:00:00Z")["cost"] == "0.6100"


@pytest.mark.parametrize("to", ["+380 44 123-45-67", "380(44)1234567", "+٣٨٠441234567", " 380441234567 ", "380–44"])
def test_a_number_is_the_same_however_it_is_written(to: str) -> None:
    assert rate(one(), to=to)["prefix"] == "380"
    assert dialled(to).startswith("38044")


@pytest.mark.parametrize("to", ["", "+", "380😀", "380@example.org", "3" * 65])
def test_what_cannot_be_dialled_is_bad_input(to: str) -> None:
    with pytest.raises(BadInput) as caught:
        rate(one(), to=to)
    assert caught.value.field == "call.to"


def test_the_night_that_has_an_hour_twice() -> None:
    """Kyiv, 25 October 2026: 04:00 becomes 03:00, so the local hour 03:00–04:00 lasts two hours."""
    night = {"from": "03:00", "to": "04:00", "weight": 1, "groups": [PER_SECOND[0] | {"rate": "60"}]}
    day = {"groups": PER_SECOND}
    tariff = {"tz": "Europe/Kyiv", "rates": [{"prefix": "380", "periods": [night, day]}]}
    before = reference.when("2026-10-25T00:00:00Z") - timedelta(seconds=10)
    assert rate(tariff, answer=before.isoformat(), seconds=7220)["cost"] == "7200.2000"


@pytest.mark.parametrize("seconds", [10**12, "1000000000000"])
def test_huge_calls_cost_what_they_cost(seconds: object) -> None:
    assert rate(one(), seconds=seconds)["cost"] == "10000000000.0000"


def test_a_call_of_a_month_over_periods_is_counted_not_walked() -> None:
    day = {"from": "08:00", "to": "20:00", "groups": [PER_SECOND[0] | {"rate": "1.20"}], "weight": 1}
    tariff = {"tz": "Europe/Kyiv", "rates": [{"prefix": "380", "periods": [day, {"groups": PER_SECOND}]}]}
    answer = "2026-10-01T00:00:00+03:00"
    assert rate(tariff, answer=answer, seconds=31 * 86_400 + 3600)["cost"] == "40212.0000"  # October has 745 hours


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rates": [{"prefix": "3"}]}, "tariff.rates[0].groups"),
        ({"rates": [{"prefix": "3", "groups": []}]}, "tariff.rates[0].groups"),
        ({"rates": [{"groups": PER_SECOND}]}, "tariff.rates[0].prefix"),
        (one(groups=[PER_SECOND[0] | {"inc": 0}]), "tariff.rates[0].groups[0].inc"),
        (one(groups=[PER_SECOND[0] | {"per": "1.5"}]), "tariff.rates[0].groups[0].per"),
        (one(groups=[PER_SECOND[0] | {"rate": "-1"}]), "tariff.rates[0].groups[0].rate"),
        (one(groups=[PER_SECOND[0] | {"rate": 0.1}]), "tariff.rates[0].groups[0].rate"),
        (one(groups=[PER_SECOND[0] | {"start": 5}]), "tariff.rates[0].groups"),
        (one(valid_from="yesterday"), "tariff.rates[0].valid_from"),
        (one(max_cost_strategy="explode"), "tariff.rates[0].max_cost_strategy"),
        (one(periods=[{"days": [0], "groups": PER_SECOND}]), "tariff.rates[0].periods[0].days"),
        (one(periods=[{"days": "weekend", "groups": PER_SECOND}]), "tariff.rates[0].periods[0].days"),
        (one(periods=[{"from": "25:00", "groups": PER_SECOND}]), "tariff.rates[0].periods[0].from"),
        (one(periods=[{"from": "08:00", "to": "08:00", "groups": PER_SECOND}]), "tariff.rates[0].periods[0].from"),
        ({"tz": "Mars/Olympus"} | one(), "tariff.tz"),
        ({"tz": "../../etc/passwd"} | one(), "tariff.tz"),
        ({"scale": 99} | one(), "tariff.scale"),
        ({"rounding": "sideways"} | one(), "tariff.rounding"),
        ({"holidays": ["2026-02-30"]} | one(), "tariff.holidays[0]"),
    ],
)
def test_a_tariff_that_cannot_be_meant_names_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        rate(change)
    assert caught.value.field == field


@pytest.mark.parametrize("answer", ["2026-03-03T09:00:00", "2026-13-03T09:00:00Z", "now", 5, "2026-03-03"])
def test_a_time_without_zone_is_no_instant(answer: object) -> None:
    with pytest.raises(BadInput) as caught:
        rate(one(), answer=answer)
    assert caught.value.field == "call.answer"


def test_a_tariff_is_found_by_the_longest_valid_prefix() -> None:
    tariff = compile_tariff(
        Form({"rates": [{"prefix": text, "groups": PER_MINUTE} for text in ("", "+38 0", "38044")]})
    )
    found = [tariff.match(number, 0) for number in ("380441", "38044", "3804", "38", "49", "")]
    assert [rate.prefix for rate in found if rate is not None] == ["38044", "38044", "+38 0", "", "", ""]
