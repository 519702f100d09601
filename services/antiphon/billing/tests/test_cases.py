"""Every worked case of the rules, exact to the last decimal."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from antiphon.billing.calculator import answers
from antiphon.billing.domain.calc import KINDS

pytestmark = pytest.mark.domain

FILE = Path(__file__).with_name("cases.json")
CASES: list[dict[str, Any]] = json.loads(FILE.read_text(), parse_float=Decimal)["cases"]
ANSWERS = {answer.id: answer for answer in answers(FILE.read_text())}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.clause("I01")
@pytest.mark.clause("I03")
@pytest.mark.clause("I08")
@pytest.mark.clause("I09")
@pytest.mark.clause("I18")
@pytest.mark.clause("I19")
@pytest.mark.clause("M05")
def test_case(case: dict[str, Any]) -> None:
    assert ANSWERS[case["id"]].result == case["expected"], case["why"]


def test_there_is_a_case_of_every_kind() -> None:
    assert {case["kind"] for case in CASES} == set(KINDS)
    assert len(ANSWERS) == 171
