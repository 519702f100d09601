"""Files: read back as they were written, and nothing in them is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable

import openpyxl
import pytest

from antiphon.kit.sheets import Row, as_csv, as_xlsx

pytestmark = pytest.mark.domain

ROWS: list[Row] = [
    ["Name", "Count", "Share"],
    ["Оксана, \"Ґ\"\nдва рядки", 3, 0.25],
    ["=HYPERLINK(\"http://x\")", -5, None],
    ["+380 (44) 111-22", 0, 1.5],
    ["@SUM(A1)", 1, 1],
    ["-2+3|cmd", 1, 1],
    ["\tx", 1, "\x01\ud800<b>&"],
]  # fmt: skip


async def given(rows: list[Row]) -> AsyncIterator[Row]:
    for row in rows:
        yield row


async def whole(write: Callable[[AsyncIterator[Row]], AsyncIterator[bytes]], rows: list[Row]) -> list[bytes]:
    return [chunk async for chunk in write(given(rows))]


async def test_csv_has_no_cell_that_is_computed() -> None:
    text = b"".join(await whole(as_csv, ROWS[:-1])).decode("utf-8-sig")
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert back[1] == ["Оксана, \"Ґ\"\nдва рядки", "3", "0.25"]  # fmt: skip
    assert [row[0] for row in back[2:]] == ['\'=HYPERLINK("http://x")', "'+380 (44) 111-22", "'@SUM(A1)", "'-2+3|cmd"]
    assert back[2][1:] == ["-5", ""]


async def test_xlsx_keeps_numbers_as_numbers_and_texts_as_texts() -> None:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(await whole(as_xlsx, ROWS))))
    cells = list(book["Antiphon"].iter_rows())
    assert [cell.value for cell in cells[1]] == list(ROWS[1])
    assert [cell.value for cell in cells[2]] == list(ROWS[2])
    assert all(cell.data_type != "f" for row in cells for cell in row)
    assert cells[6][2].value == "<b>&"


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
async def test_a_long_file_comes_in_chunks(write: Callable[[AsyncIterator[Row]], AsyncIterator[bytes]]) -> None:
    chunks = await whole(write, [[f"row {number * 7919 % 10_007}", number] for number in range(20_000)])
    assert len(chunks) > 1
    assert max(map(len, chunks)) < 300_000
