"""Tables as people send them: CSV in any of the usual encodings and separators, or XLSX. Bytes in, rows of text out.

A date in a cell stays recognisable as one (ISO), and a whole number loses the ".0" that spreadsheets give it, so that
`domain.numbers` can say what is wrong.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SEPARATORS = ";,\t|"
_LONGEST_CELL = 10_000


class Unreadable(Exception):
    """The file is no table; the message says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and rows with the line on which they begin."""

    headings: list[str]
    rows: Iterator[tuple[int, list[str]]]
    about: int
    """How many rows there are, more or less: for a progress bar."""


def read(data: bytes) -> Table:
    """The table of a file. Raises Unreadable; rows that come later may raise it too."""
    if data[:4] in (_ZIP, _OLE):
        return _workbook(data)
    text = decode(data)
    lines = text.count("\n") + 1
    rows = _rows(text)
    _, headings = next(rows, (0, []))
    if not any(heading.strip() for heading in headings):
        raise Unreadable("the file is empty")
    return Table(headings, rows, lines)


def decode(data: bytes) -> str:
    """Text of an unknown encoding: what a byte order mark says, UTF-16 without one, UTF-8, else cp1251."""
    try:
        if data[:3] == b"\xef\xbb\xbf":
            return data[3:].decode("utf-8")
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        head = data[:2000]
        if len(head) >= 2 and b"\0" in head:
            little = head[1::2].count(0) >= head[0::2].count(0)
            return data.decode("utf-16-le" if little else "utf-16-be")
    except UnicodeDecodeError as error:
        raise Unreadable(f"broken {error.encoding}") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(f"line {line}: {error}") from error
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _workbook(data: bytes) -> Table:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    except (CalamineError, IndexError, ValueError, OSError) as error:
        raise Unreadable("not a workbook that can be read") from error
    rows = ((at + 1, [_text(cell) for cell in cells]) for at, cells in enumerate(sheet.iter_rows()))
    full = ((line, cells) for line, cells in rows if any(cells))
    _, headings = next(full, (0, []))
    if not headings:
        raise Unreadable("the first sheet is empty")
    return Table(headings, full, sheet.height)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
