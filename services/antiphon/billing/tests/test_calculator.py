"""`antiphon billing calc`: files as people write them, and every mistake told by case, field and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from antiphon.billing.calculator import NotCases, answers
from antiphon.billing.cli import app
from antiphon.billing.domain.calc import KINDS, calculate
from antiphon.billing.domain.reading import BadInput
from antiphon.billing.tests.test_cases import CASES

pytestmark = pytest.mark.domain

TIERS = {"mode": "volume", "brackets": [{"over": 0, "rate": "1"}], "minutes": 3}
GOOD = {"id": "good", "kind": "tiers", "input": TIERS}
BAD = {"id": "bad", "kind": "tiers", "input": TIERS | {"minutes": "three"}}


def run(path: Path, *options: str) -> Any:
    return CliRunner().invoke(app, ["calc", str(path), *options])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cases.json"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"cases": [GOOD]}),
        json.dumps([GOOD]),
        json.dumps(GOOD),
        f"{json.dumps(GOOD)}\n",
        f"\ufeff{json.dumps([GOOD])}",
    ],
)
def test_a_file_may_have_several_forms(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    done = run(file, "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"id": "good", "result": {"cost": "3.0000"}})


def test_a_bad_case_is_named_and_spoils_no_other(file: Path) -> None:
    file.write_text(json.dumps({"cases": [BAD, GOOD]}, indent=1))
    done = run(file, "--json")
    bad, good = (json.loads(line) for line in done.stdout.splitlines())
    assert done.exit_code == 1
    assert good["result"] == {"cost": "3.0000"}
    assert bad["result"] == {
        "error": "bad_input",
        "field": "minutes",
        "message": "not a decimal number: 'three'",
        "line": 4,
    }
    assert "Traceback" not in done.output


def test_a_line_that_is_not_json_is_a_case_of_its_own(file: Path) -> None:
    file.write_text(f"{json.dumps(GOOD)}\n{{broken}}\n{json.dumps(GOOD)}\n")
    done = run(file, "--json")
    results = [json.loads(line)["result"] for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [result.get("line") for result in results] == [None, 2, None]


@pytest.mark.parametrize("text", ["", "nonsense", "3", '"text"', '{"cases": 5}', "[" * 100_000])
def test_what_is_no_file_of_cases_says_so(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(NotCases):
        list(answers(text))
    assert run(file).exit_code == 2


def test_people_get_a_table(file: Path) -> None:
    file.write_text(json.dumps(GOOD))
    assert "cost 3.0000" in run(file).stdout


def test_numbers_count_as_they_are_written(file: Path) -> None:
    """0.1 in the file is one tenth, not the nearest binary fraction."""
    file.write_text('{"id": "x", "kind": "invoice", "input": {"lines": [0.1, 0.2, 1e-5, 10000000000000000000000.005]}}')
    assert json.loads(run(file, "--json").stdout)["result"] == {
        "document": "10000000000000000000000.31",
        "carry": "-0.00499",
    }


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999999999", "9" * 5000])
def test_numbers_nobody_can_mean_are_bad_input(file: Path, number: str) -> None:
    file.write_text('{"id": "x", "kind": "invoice", "input": {"lines": [NUMBER]}}'.replace("NUMBER", number))
    done = run(file, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["result"]["field"] == "lines[0]"


@pytest.mark.parametrize(
    "case", [{}, {"kind": "rate"}, {"kind": "magic", "input": {}}, {"kind": "rate", "input": []}, 7]
)
def test_a_case_that_is_none_is_bad_input(case: Any) -> None:
    with pytest.raises(BadInput):
        calculate(case)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"reconcile"}))
def test_an_empty_input_names_a_missing_field(kind: str) -> None:
    with pytest.raises(BadInput) as caught:
        calculate({"kind": kind, "input": {}})
    assert "missing" in caught.value.message


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just("1e190"),
    st.just(-1),
)


@given(st.sampled_from(CASES), st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_in_a_field_there_is_an_answer_or_a_named_mistake(
    case: dict[str, Any], data: st.DataObject
) -> None:
    """One field anywhere in a case becomes junk: never anything but an answer or BadInput with a field."""
    given_case = json.loads(json.dumps(case, default=str))
    places = list(_places(given_case["input"]))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(junk)
    try:
        result = calculate(given_case)
    except BadInput as error:
        result = {"field": error.field}
    assert json.dumps(result)
    assert result.get("field") not in {"", "input"}


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


RATE: dict[str, Any] = {
    "tariff": {"rates": [{"prefix": "380", "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 1}]}]},
    "call": {"to": "38050", "answer": "2026-01-01T00:00:00Z", "seconds": 60},
}


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("tariff.scal", 2, "tariff.scal"),
        ("tariff.holiday", [], "tariff.holiday"),
        ("tariff.rates.0.min_charg", "1", "tariff.rates[0].min_charg"),
        ("tariff.rates.0.groups.0.starts", 0, "tariff.rates[0].groups[0].starts"),
        ("call.second", 61, "call.second"),
        ("call.seconds", -1, "call.seconds"),
        ("call.seconds", True, "call.seconds"),
        ("call.to", "abc!", "call.to"),
        ("tariff.rates.0.groups.0.inc", 0, "tariff.rates[0].groups[0].inc"),
        ("tariff.rates.0.groups.0.rate", "-0.01", "tariff.rates[0].groups[0].rate"),
        ("tariff.rates.0.max_cost", "-1", "tariff.rates[0].max_cost"),
        ("tariff.tz", "Mars/Base", "tariff.tz"),
    ],
)
def test_a_mistake_in_a_tariff_or_call_is_named(field: str, value: object, named: str) -> None:
    asked = json.loads(json.dumps(RATE))
    *path, last = field.split(".")
    place = asked
    for name in path:
        place = place[int(name)] if name.isdigit() else place[name]
    place[last] = value
    with pytest.raises(BadInput) as caught:
        calculate({"kind": "rate", "input": asked})
    assert caught.value.field == named


def test_what_somebody_noted_beside_a_price_is_no_mistake() -> None:
    noted = {**RATE, "tariff": {**RATE["tariff"], "currency": "UAH", "comment": "осінь"}}
    assert calculate({"kind": "rate", "input": noted})["cost"] == "0.6000"


def test_more_than_all_is_not_given_off_and_one_bundle_is_one() -> None:
    with pytest.raises(BadInput):
        calculate({"kind": "discount", "input": {"gross": "1", "percent": "101"}})
    twice = [{"id": "a", "seconds": 1, "prefixes": []}] * 2
    with pytest.raises(BadInput) as caught:
        calculate({"kind": "bundle", "input": {"tariff": RATE["tariff"], "bundles": twice, "calls": [RATE["call"]]}})
    assert caught.value.field == "bundles[1].id"
