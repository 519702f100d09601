"""What `antiphon wfm schedule` shows: progress and gap while it solves, the result, and what was written where."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from antiphon.kit import show
from antiphon.wfm.app.files import as_csv
from antiphon.wfm.app.ical import feed
from antiphon.wfm.app.program import INFINITE, Effort, Step
from antiphon.wfm.app.scheduling import Schedule, document
from antiphon.wfm.check import check


@contextmanager
def effort(seconds: float, gap: float, silent: bool) -> Iterator[Effort]:
    """An effort that tells how it goes on standard error and stops at Ctrl-C."""
    console = Console(file=sys.stderr)
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    def watch(step: Step) -> None:
        near = f"gap {step.gap:.2%}" if step.gap < INFINITE else "nothing found yet"
        console.print(f"{step.phase}: {step.seconds:.1f} s, {near}", highlight=False)

    before = signal.signal(signal.SIGINT, stop)
    try:
        quiet = silent or not console.is_terminal
        yield Effort(seconds, gap, (lambda _: None) if quiet else watch, lambda: stopped)
    finally:
        signal.signal(signal.SIGINT, before)


def written(found: Schedule, zone: str, out: Path | None) -> tuple[dict[str, Any], list[str]]:
    """The document, written where asked for, and the faults the checker found in it."""
    made = document(found, zone)
    if out is not None:
        match out.suffix.lower():
            case ".csv":
                text = as_csv([{**row, "breaks": _breaks(row)} for row in made["shifts"]])
            case ".ics":
                text = feed("Schedule", zone, made["shifts"], datetime.fromisoformat(made["from"]).replace(tzinfo=UTC))
            case _:
                text = json.dumps(made, ensure_ascii=False) + "\n"
        out.write_text(text, encoding="utf-8", newline="")
    return made, check(made)


def _breaks(row: dict[str, Any]) -> str:
    return "; ".join(f"{pause['name']} {pause['start']}–{pause['end']}" for pause in row["breaks"])


def tell(made: dict[str, Any], whole: bool, as_json: bool) -> None:
    """The summary; the whole document for programs when it was not written to a file."""
    if whole:
        show.document(made, as_json=True, text="")
    else:
        show.rows([made["summary"]], as_json=as_json, title="Schedule")
