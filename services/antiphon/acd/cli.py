"""`antiphon acd …`: trying decisions out, checking journals, measuring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from antiphon.kit import show

app = typer.Typer(help="The queueing brain: decide, check, bench.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line")]


@app.command()
def decide(
    file: Annotated[Path, typer.Argument(help='a case, or {"cases": [{"id", "input"}]}', exists=True, dir_okay=False)],
    as_json: Json = False,
) -> None:
    """Which offers would be made? Reads decision cases; `expected` is ignored."""
    from antiphon.acd.domain.decide import decide as offers_of

    try:
        document = json.loads(file.read_text())
        cases = document.get("cases") or [{"id": file.stem, "input": document}]
        results = [(case["id"], offers_of(case["input"])) for case in cases]
    except (ValueError, KeyError, TypeError) as error:
        show.fail(f"{file}: not a decision case: {error}")
        raise typer.Exit(2) from error
    if as_json:
        show.rows([{"id": case_id, "result": result} for case_id, result in results], as_json=True)
        return
    shown = [
        {"case": case_id, "offers": ", ".join(f"{item} → {agent}" for item, agent in result["offers"]) or "none"}
        for case_id, result in results
    ]
    show.rows(shown, as_json=False, title="Decisions")


@app.command()
def bench(as_json: Json = False) -> None:
    """How many decisions a second, beside a naive rescan in the same run."""
    from antiphon.acd.bench import run

    show.rows(run(), as_json=as_json, title="Decisions of one core")
