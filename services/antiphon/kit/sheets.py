"""Tables as files, written while they are read: CSV and XLSX in chunks of bytes, never the whole in memory.

A text of a stranger must not become a formula on the reader's machine. CSV has no types: a cell that begins with one of
= + - @ or a control character, and is not a plain number, begins with an apostrophe instead. XLSX has types: texts are
inline strings, which no spreadsheet computes.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

Cell: TypeAlias = str | int | float | None
Row: TypeAlias = Sequence[Cell]
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHUNK = 64 * 1024
_NUMBER = re.compile(r"^[+-]?[\d ().]{1,40}$")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_XLSX = 1_048_576
_MOST_CELL = 32_767
_NAME = "http://schemas.openxmlformats.org"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_NAME}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override '
        'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.'
        'main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_NAME}/package/2006/relationships"><Relationship Id="rId1" Type="{_NAME}/'
        'officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_NAME}/spreadsheetml/2006/main" xmlns:r="{_NAME}/officeDocument/2006/relationships">'
        '<sheets><sheet name="Antiphon" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_NAME}/package/2006/relationships"><Relationship Id="rId1" Type="{_NAME}/'
        'officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


async def as_csv(rows: AsyncIterable[Row]) -> AsyncIterator[bytes]:
    """With a byte order mark, so that spreadsheets see UTF-8."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    async for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
        if text.tell() > _CHUNK:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _harmless(cell: Cell) -> Any:
    if isinstance(cell, str) and cell[:1] and cell[0] in "=+-@\t\r\n" and not _NUMBER.match(cell):
        return f"'{cell}"
    return cell


async def as_xlsx(rows: AsyncIterable[Row]) -> AsyncIterator[bytes]:
    """One sheet; rows past what a sheet can hold are left out."""
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _PARTS.items():
            book.writestr(name, _HEAD + content)
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_NAME}/spreadsheetml/2006/main"><sheetData>'.encode())
            count = 0
            async for row in rows:
                count += 1
                if count > _MOST_XLSX:
                    break
                sheet.write(f"<row>{''.join(_cell(cell) for cell in row)}</row>".encode())
                if out.size > _CHUNK:
                    yield out.take()
            sheet.write(b"</sheetData></worksheet>")
    yield out.take()


def _cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, str):
        text = escape(_NOT_XML.sub("", cell)[:_MOST_CELL])
        return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f"<c><v>{cell!r}</v></c>"


class _Pipe(io.RawIOBase):
    """Where the archive is written: what was written is taken away and cannot be gone back to."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self.size += len(part)
        return len(part)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return taken
