"""Files of price lists: CSV (comma, semicolon or tab; UTF-8 or Windows-1251) and XLSX, as lines with named cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from antiphon.billing.domain.price_list import COLUMNS, NEEDED, Line
from antiphon.billing.domain.reading import NEARLY

TITLES = 50
"""Lines that may stand above the columns' names."""


class NotASheet(ValueError):
    """The file cannot be read, or has no header with the needed columns."""


def lines(file: Path) -> list[Line]:
    """Every line after the header. Raises NotASheet."""
    return lines_of(file.read_bytes())


def lines_of(content: bytes, needed: Sequence[str] = NEEDED) -> list[Line]:
    """The same of a file's bytes. Raises NotASheet."""
    is_book = content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    return list(_named(_workbook(content, needed) if is_book else _text(content, needed), needed))


def _workbook(content: bytes, needed: Sequence[str]) -> Sequence[Sequence[Any]]:
    """The one sheet people see that has prices: what is hidden is not meant, and of two neither."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        seen = [one.name for one in book.sheets_metadata if one.visible is SheetVisibleEnum.Visible]
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in seen}
    except (CalamineError, OSError) as error:
        raise NotASheet(f"not a workbook: {error}") from error
    priced = [name for name, rows in sheets.items() if any(_is_header(_names(row), needed) for row in rows)]
    if len(priced) > 1:
        raise NotASheet(f"several sheets have prices: {', '.join(priced)[:80]}; leave one")
    return sheets[priced[0]] if priced else ()


def _text(data: bytes, needed: Sequence[str]) -> Sequence[Sequence[str]]:
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", errors="replace")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, needed), strict=True))
    except csv.Error as error:
        raise NotASheet(f"not CSV: {error}") from error


def _delimiter(text: str, needed: Sequence[str]) -> str:
    """That of the line with the columns' names; a title may stand above."""
    for line in text.splitlines()[:TITLES]:
        for delimiter in ";\t,":
            if _is_header(_names(line.replace('"', "").split(delimiter)), needed):
                return delimiter
    return ";"


def _names(row: Sequence[Any]) -> list[str]:
    return [str(cell).strip().lower().replace(" ", "_") for cell in row]


def _is_header(names: Sequence[str], needed: Sequence[str]) -> bool:
    return set(needed) <= set(names)


def _named(rows: Sequence[Sequence[Any]], needed: Sequence[str]) -> Iterator[Line]:
    header: list[str] | None = None
    for number, row in enumerate(rows, start=1):
        if header is not None:
            beyond = tuple(row[len(header) :])
            yield Line(number, dict(zip(header, row, strict=False)), beyond=any(str(cell).strip() for cell in beyond))
        elif _is_header(names := _names(row), needed):
            _check_header(number, header := names, COLUMNS if needed == NEEDED else needed)
    if header is None:
        raise NotASheet(f"no line names the columns {' and '.join(needed)}")


def _check_header(number: int, names: Sequence[str], known: Sequence[str]) -> None:
    """A column that is there twice, or nearly has the name of a known one, would be left out silently."""
    for name in names:
        if name in known and names.count(name) > 1:
            raise NotASheet(f"line {number}: there are two columns {name}")
        near = () if name in known else get_close_matches(name, known, 1, NEARLY)
        if near:
            raise NotASheet(f"line {number}: the column {name[:40]!r} is not known: is {near[0]} meant?")
