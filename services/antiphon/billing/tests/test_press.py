"""PDFs: the same bytes of the same data, and long tables in a fraction of the work."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.billing.press import MOST_TAGGED, TOGETHER, printed, together

pytestmark = pytest.mark.domain


def sheet(rows: list[list[str]]) -> dict[str, Any]:
    return {
        "title": "Деталізація",
        "subtitle": "",
        "issued": {"year": 2026, "month": 11, "day": 30},
        "seller": {"name": "Антифон", "lines": []},
        "buyer": {"name": "Замовник", "lines": []},
        "lang": "uk",
        "words": {"check": "Перевірка", "seller": "Постачальник", "buyer": "Замовник"},
        "code": "AB12",
        "columns": ["Коли", "Куди", "Сума"],
        "widths": [0, 1, 0],
        "right": [2],
        "rows": rows,
        "sums": [],
        "notes": [],
        "signed": False,
    }


@pytest.mark.clause("I11")
@pytest.mark.parametrize("count", [0, 3, MOST_TAGGED + 8])
def test_the_same_data_gives_the_same_bytes(count: int) -> None:
    rows = [[f"01.11.2026 {number:05}", "" if number % 7 else "абонплата", "1.00"] for number in range(count)]
    assert printed(sheet(rows)) == printed(sheet(rows))


def test_rows_that_may_need_two_lines_are_set_one_by_one() -> None:
    narrow = [["01.11.2026", "+38067", "1.00"] for _ in range(MOST_TAGGED + 1)]
    assert together(narrow) == TOGETHER
    assert together(narrow[1:]) == 1, "a short table has tags by row"
    assert together([*narrow, ["01.11.2026", "дуже довга назва послуги " * 5, "1.00"]]) == 1
