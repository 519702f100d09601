"""Files of cases: read with line numbers, answered one by one, so that a bad case spoils no other.

A file is {"cases": [...]}, a list, one case, or one case a line. Numbers are read exactly as they are written. A file
may name tariffs once, {"tariffs": {"home": {...}}, "cases": [...]}, and its cases say "tariff": "home".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from antiphon.billing.domain.calc import calculate
from antiphon.billing.domain.reading import BadInput

LONGEST_NUMBER = 200


class NotCases(ValueError):
    """The file cannot be read as cases at all."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A case's answer; `failed` when its input was bad, and then the answer says which field and line."""

    id: str
    title: str
    kind: str
    result: dict[str, Any]
    failed: bool = False


def answers(text: str) -> Iterator[Answered]:
    """Answers every case of a file. Raises NotCases."""
    for number, (line, case) in enumerate(_cases(text), start=1):
        yield _answer(case, line, number)


def _answer(case: object, line: int, number: int) -> Answered:
    given: Mapping[str, Any] = case if isinstance(case, Mapping) else {}
    name, title, kind = (str(given.get(key, default)) for key, default in (("id", number), ("title", ""), ("kind", "")))
    try:
        if isinstance(case, BadInput):
            raise case
        if case is not given:
            raise BadInput("", "is not an object")
        return Answered(name, title, kind, calculate(given))
    except BadInput as error:
        result = {"error": "bad_input", "field": error.field, "message": error.message, "line": line}
        return Answered(name, title, kind, result, failed=True)


def _cases(text: str) -> list[tuple[int, object]]:
    """(line, case) of each; a line that is not JSON is a case that is bad input."""
    try:
        document = _decode(text)
    except (ValueError, RecursionError) as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        if not lines or not all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for _, line in lines):
            raise NotCases(f"not JSON: {error}") from error
        return [(number, _line(line)) for number, line in lines]
    found = document.get("cases", [document]) if isinstance(document, dict) else document
    if not isinstance(found, list):
        raise NotCases('neither a case, a list of cases, nor {"cases": [...]}')
    tariffs = document.get("tariffs") if isinstance(document, dict) else None
    named = [_with_tariff(case, tariffs) for case in found] if isinstance(tariffs, dict) else found
    return list(zip(_lines(text, found), named, strict=True))


def _with_tariff(case: Any, tariffs: dict[str, Any]) -> Any:
    given = case.get("input") if isinstance(case, dict) else None
    if not isinstance(given, dict) or not isinstance(given.get("tariff"), str) or given["tariff"] not in tariffs:
        return case
    return {**case, "input": {**given, "tariff": tariffs[given["tariff"]]}}


def _line(text: str) -> object:
    try:
        return _decode(text)
    except (ValueError, RecursionError) as error:
        return BadInput("", f"not JSON: {error}")


def _decode(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=_integer, parse_constant=str)


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_NUMBER else text


def _lines(text: str, cases: list[Any]) -> list[int]:
    """Where each case's id stands; the line of the one before when it has none."""
    position, found = 0, []
    for case in cases:
        if isinstance(case, dict) and isinstance(case.get("id"), str):
            pattern = rf'"id"\s*:\s*{re.escape(json.dumps(case["id"], ensure_ascii=False))}'
            place = re.compile(pattern).search(text, position)
            position = place.start() + 1 if place is not None else position
        found.append(text.count("\n", 0, position) + 1)
    return found
