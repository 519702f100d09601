"""Typst makes PDFs of data: the same data always gives the same bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import typst

MOST_TAGGED = 300
"""Rows; tags for readers with a screen reader make a long table four times as large. Its CSV reads better."""


def printed(sheet: Mapping[str, Any]) -> bytes:
    """The PDF of a composed document."""
    template = files("antiphon.billing").joinpath("templates/document.typ").read_bytes()
    data = json.dumps(sheet, ensure_ascii=False, sort_keys=True)
    tagged = len(sheet["rows"]) <= MOST_TAGGED
    made = typst.compile(
        template, format="pdf", sys_inputs={"data": data}, ignore_system_fonts=True, pdf_tags=tagged
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made


async def pdf(sheet: Mapping[str, Any]) -> bytes:
    """Beside the event loop: a long detail takes a second of a core."""
    return await asyncio.to_thread(printed, sheet)
