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
def journal(
    tenant: Annotated[str, typer.Argument(help="id of the tenant")],
    out: Annotated[Path, typer.Option(help="where to write it")] = Path("journal.jsonl"),
    nats: Annotated[str, typer.Option(help="address of NATS")] = "nats://127.0.0.1:4222",
    seed: Annotated[Path | None, typer.Option(help="nkey seed of a user who may read the journal")] = None,
) -> None:
    """Export a tenant's journal, one entry a line."""
    from antiphon.acd.export import write

    try:
        count = write(tenant, out, nats, seed)
    except (OSError, TimeoutError) as error:
        show.fail(f"no journal from {nats}: {error}")
        raise typer.Exit(2) from error
    show.document({"entries": count}, as_json=False, text=f"{count} entries in {out}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="a journal export", exists=True, dir_okay=False)],
    promised: Annotated[Path | None, typer.Option(help="ids that were acknowledged, one a line")] = None,
    as_json: Json = False,
) -> None:
    """Nothing lost, nothing doubled, nothing stuck, order kept? Shares no code with the engine; exit 1 for a fault."""
    from antiphon.acd.check import check as examine

    with file.open() as lines:
        report = examine(lines, promised.read_text().split() if promised is not None else ())
    found = {
        "entries": report.entries,
        "inputs": report.inputs,
        "items": report.items,
        "offers": report.offers,
        "accepted": report.accepted,
        "over": report.over,
        **{kind: report.counts[kind] for kind in ("lost", "doubled", "stuck", "disorder", "miscounted", "clock")},
    }
    show.rows([found], as_json=as_json, title=f"{file}: {'clean' if report.clean else 'FAULTS'}")
    for kind, texts in report.faults.items():
        for text in texts:
            show.fail(f"{kind}: {text}")
    raise typer.Exit(0 if report.clean else 1)


@app.command()
def replay(file: Annotated[Path, typer.Argument(help="a journal export", exists=True, dir_okay=False)]) -> None:
    """Decide everything again; exit 1 when a decision differs by a byte."""
    from antiphon.acd.past import replay as again

    with file.open() as lines:
        count, differences = again(lines)
    for difference in differences[:10]:
        show.fail(f"{difference.entry}, input {difference.number}: {difference.journalled} != {difference.decided}")
    show.document(None, as_json=False, text=f"{count} inputs decided again, {len(differences)} otherwise")
    raise typer.Exit(1 if differences else 0)


@app.command()
def explain(
    contact: Annotated[str, typer.Argument(help="id of a work item or a contact")],
    file: Annotated[Path, typer.Argument(help="a journal export", exists=True, dir_okay=False)],
    as_json: Json = False,
) -> None:
    """Why this agent, why not the others: the whole wait of a customer, step by step."""
    from antiphon.acd.past import story

    try:
        with file.open() as lines:
            found = list(story(lines, contact))
    except ValueError as error:
        show.fail(str(error))
        raise typer.Exit(2) from error
    if as_json:
        told = [{"at": line.at, "item": line.item_id, "what": line.what, **line.facts} for line in found]
        show.rows(told, as_json=True)
        return
    start = found[0].at if found else 0
    told = [
        {"after": f"{(line.at - start) / 1000:.1f} s", "item": line.item_id, "what": line.what, "": line.text}
        for line in found
    ]
    show.rows(told, as_json=False, title=contact)


@app.command()
def bench(
    as_json: Json = False,
    html: Annotated[Path | None, typer.Option(help="also write table and plot as a page")] = None,
) -> None:
    """How many decisions a second of one core, beside a naive rescan in the same run."""
    from antiphon.acd import bench as measure

    rows = measure.run()
    show.rows(rows, as_json=as_json, title="Decisions of one core")
    if not as_json:
        show.document(None, as_json=False, text=measure.plot(rows))
    if html is not None:
        html.write_text(measure.page(rows))
