"""Files of price lists: CSV (comma, semicolon or tab; UTF-8 or Windows-1251) and XLSX, as lines with named cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from antiphon.billing.domain.price_list import NEEDED, Line


class NotASheet(ValueError):
    """The file cannot be read, or has no header with the needed columns."""


def lines(file: Path) -> list[Line]:
    """Every line after the header. Raises NotASheet."""
    return lines_of(file.read_bytes())


def lines_of(content: bytes, needed: Sequence[str] = NEEDED) -> list[Line]:
    """The same of a file's bytes. Raises NotASheet."""
    is_book = content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    return list(_named(_workbook(content) if is_book else _text(content), needed))


def _workbook(content: bytes) -> Sequence[Sequence[Any]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as error:
        raise NotASheet(f"not a workbook: {error}") from error


def _text(data: bytes) -> Sequence[Sequence[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(";\t,", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise NotASheet(f"not CSV: {error}") from error


def _named(rows: Sequence[Sequence[Any]], needed: Sequence[str]) -> Iterator[Line]:
    header: list[str] | None = None
    for number, row in enumerate(rows, start=1):
        names = [str(cell).strip().lower().replace(" ", "_") for cell in row]
        if header is not None:
            yield Line(number, dict(zip(header, row, strict=False)))
        elif set(needed) <= set(names):
            header = names
    if header is None:
        raise NotASheet(f"no line names the columns {' and '.join(needed)}")
