"""Typst makes PDFs of data: the same data always gives the same bytes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import typst

MOST_TAGGED = 300
"""Rows; tags for readers with a screen reader make a long table four times as large. Its CSV reads better."""
TOGETHER = 5
"""Rows of a longer table that are set as one, their lines in step: a third of the work."""
NARROW = 90
"""Characters of the widest cells of all columns together: so many stand in one line for certain."""
_LONG = re.compile(r"\S{25,}")
_EVERY = re.compile(r"(\S{12})(?=\S)")
_BREAK = "\u200b"
"""No width: where a word that is longer than its column may go on in the next line."""


def printed(sheet: Mapping[str, Any]) -> bytes:
    """The PDF of a composed document."""
    made = typst.compile(
        _template(), format="pdf", sys_inputs={"data": data(sheet)}, font_paths=_fonts(),
        pdf_tags=len(sheet["rows"]) <= MOST_TAGGED,
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made


def data(sheet: Mapping[str, Any]) -> str:
    """What the template reads."""
    rows = [[breakable(cell) for cell in row] for row in sheet["rows"]]
    parties = {name: _party(sheet[name]) for name in ("seller", "buyer")}
    texts = {"subtitle": breakable(sheet["subtitle"]), "notes": [breakable(note) for note in sheet["notes"]]}
    sums = [[breakable(name), value] for name, value in sheet["sums"]]
    laid = {"together": together(rows), "strong": sheet.get("strong", 0), "rows": rows, "sums": sums}
    return json.dumps({**sheet, **parties, **texts, **laid}, ensure_ascii=False, sort_keys=True)


def together(rows: Sequence[Sequence[str]]) -> int:
    """How many rows are set as one: several only where none can need a second line."""
    width = sum(max(map(len, column)) for column in zip(*rows, strict=True))
    return TOGETHER if len(rows) > MOST_TAGGED and width <= NARROW else 1


def breakable(text: str) -> str:
    """The text, with places where words may be broken that are longer than any column is wide."""
    return _LONG.sub(lambda found: _EVERY.sub(rf"\1{_BREAK}", found[0]), text)


def _party(who: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": breakable(who["name"]), "lines": [breakable(line) for line in who["lines"]]}


@cache
def _template() -> bytes:
    return files("antiphon.billing").joinpath("templates/document.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """Those that come with typst, read once: a quarter of the work of a short document."""
    return typst.Fonts(include_system_fonts=False)


async def pdf(sheet: Mapping[str, Any]) -> bytes:
    """Beside the event loop: a long detail takes half a second of a core."""
    return await asyncio.to_thread(printed, sheet)
