"""`antiphon dialer …`: days in fast-forward, measuring, evidence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from antiphon.kit import show

app = typer.Typer(help="The dialler: simulate pacing, bench, verify evidence.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line")]


@app.command()
def simulate(  # noqa: PLR0913 - options of a command line, not a call anybody writes
    agents: Annotated[int, typer.Option(help="how many agents work", min=1, max=1000)] = 10,
    seed: Annotated[int | None, typer.Option(help="one day [default: 1]", min=0)] = None,
    seeds: Annotated[str | None, typer.Option(help="several days: 101..105")] = None,
    policy: Annotated[
        str | None,
        typer.Option(help="of predictive,best_ratio,hard,tapered,progressive [default: all, in this order]"),
    ] = None,
    answers: Annotated[
        float | None, typer.Option(help="share of dials that people answer, all day [default: .15 to .35]", min=0.01)
    ] = None,
    shock: Annotated[bool, typer.Option("--shock", help="a bad list for an hour and a half")] = False,
    html: Annotated[Path | None, typer.Option(help="write a page with curves", dir_okay=False)] = None,
    jobs: Annotated[int, typer.Option(help="processes that simulate at once", min=1, max=256)] = 1,
    as_json: Json = False,
) -> None:
    """Live through eight-hour days of a campaign with the service's own pacer, beside other diallers' policies.

    --json prints one object a run with the keys policy, agents, seed, utilization (talk and wrap-up as a fraction of
    the agents' time, 0..1), abandon_rate (abandoned as a fraction of calls that a person answered, 0..1), and besides
    dials, answered, abandoned; best_ratio adds lines_per_agent. It is the ratio that was best for that very day in
    hindsight.
    """
    from antiphon.dialer.simulation import terminal
    from antiphon.dialer.simulation.world import MOST_ANSWERS, World

    try:
        if answers is not None and answers > MOST_ANSWERS:
            raise terminal.BadOrder(f"--answers: at most {MOST_ANSWERS}, the rest are machines and busy lines")
        days, wanted = terminal.seeds_of(seed, seeds), terminal.policies_of(policy)
        order = terminal.Order(agents, days, wanted, World(answers, shock), jobs)
    except terminal.BadOrder as error:
        show.fail(str(error))
        raise typer.Exit(2) from error
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=as_json or not console.is_terminal) as bar:
        task = bar.add_task("days", total=len(order.cases))
        found = terminal.run(order, lambda: bar.advance(task), as_json=as_json)
    if not as_json:
        terminal.show(found)
    if html is not None:
        terminal.write(found, html)


@app.command()
def bench(as_json: Json = False) -> None:
    """How long a pacing decision takes, in CPU time of this process and by the clock."""
    from antiphon.dialer import bench as figures

    show.rows(figures.run(), as_json=as_json, title="Dialler")


evidence = typer.Typer(help="Evidence files of campaign days.", no_args_is_help=True)
app.add_typer(evidence, name="evidence")


@evidence.command()
def verify(
    file: Annotated[Path, typer.Argument(help="an evidence file", exists=True, dir_okay=False)],
    key: Annotated[str, typer.Option(help="the public key that must have signed it, base64")] = "",
    as_json: Json = False,
) -> None:
    """Is the file whole, unchanged and signed? Exit code 1 names every fault."""
    from antiphon.dialer.evidence import verify as check

    report = check(file.read_bytes(), key)
    found = {"ok": not report.faults, "key": report.key, "sums": report.sums, "faults": report.faults}
    text = "\n".join(
        [*report.faults, f"{file}: NOT good"]
        if report.faults
        else [
            f"{file}: good, {report.sums.get('attempts', 0)} attempts, {report.sums.get('decisions', 0)} decisions",
            f"signed by {report.key}" + ("" if key else " (give --key to require a key you know)"),
        ]
    )
    show.document(found, as_json=as_json, text=text)
    raise typer.Exit(1 if report.faults else 0)
