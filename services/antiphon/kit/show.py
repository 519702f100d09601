"""Results for people and for programs: a table, or with `--json` one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table


def rows(found: Iterable[Mapping[str, object]], *, as_json: bool, title: str = "") -> None:
    """Prints rows; a key that only some have leaves the others' cells empty."""
    listed = list(found)
    if as_json:
        for row in listed:
            print(json.dumps(row, ensure_ascii=False, default=str))
        return
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    columns = list(dict.fromkeys(name for row in listed for name in row))
    for column in columns:
        numeric = all(isinstance(row.get(column, 0), int | float) for row in listed)
        table.add_column(column, justify="right" if numeric else "left")
    for row in listed:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    Console(highlight=False).print(table if listed else f"{title}: nothing")


def document(value: object, *, as_json: bool, text: str) -> None:
    """Prints one result."""
    print(json.dumps(value, ensure_ascii=False, default=str) if as_json else text)


def fail(message: str) -> None:
    """Says on standard error what went wrong."""
    Console(file=sys.stderr, highlight=False).print(f"[red]{message}[/red]")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else str(value)
