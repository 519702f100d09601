"""Typst makes PDFs of data: the same data always gives the same bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import typst

MOST_TAGGED = 300
"""Rows; tags for readers with a screen reader make a long table four times as large. Its CSV reads better."""
TOGETHER = 5
"""Rows of a longer table that are set as one, their lines in step: a third of the work."""
NARROW = 90
"""Characters of the widest cells of all columns together: so many stand in one line for certain."""


def printed(sheet: Mapping[str, Any]) -> bytes:
    """The PDF of a composed document."""
    template = files("antiphon.billing").joinpath("templates/document.typ").read_bytes()
    rows = sheet["rows"]
    tagged = len(rows) <= MOST_TAGGED
    data = json.dumps({**sheet, "together": together(rows)}, ensure_ascii=False, sort_keys=True)
    made = typst.compile(
        template, format="pdf", sys_inputs={"data": data}, ignore_system_fonts=True, pdf_tags=tagged
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made


def together(rows: Sequence[Sequence[str]]) -> int:
    """How many rows are set as one: several only where none can need a second line."""
    width = sum(max(map(len, column)) for column in zip(*rows, strict=True))
    return TOGETHER if len(rows) > MOST_TAGGED and width <= NARROW else 1


async def pdf(sheet: Mapping[str, Any]) -> bytes:
    """Beside the event loop: a long detail takes half a second of a core."""
    return await asyncio.to_thread(printed, sheet)
