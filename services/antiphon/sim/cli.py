"""`antiphon simulate`: a scenario in fast-forward, strategies side by side, the check against Erlang."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from antiphon.kit import show
from antiphon.kit.errors import DomainError

TOP_LEVEL = True
"""`antiphon simulate`, not `antiphon sim simulate`."""

app = typer.Typer()

CHECK_RUNS = 10


@app.command()
def simulate(  # noqa: PLR0913 - options of a command line, not a call anybody writes
    scenario: Annotated[
        str | None, typer.Argument(help="a TOML file, or an example: voice_80_20, blended, overload")
    ] = None,
    replications: Annotated[int | None, typer.Option(help="independent days", min=1, max=10_000)] = None,
    seed: Annotated[int | None, typer.Option(help="another set of days", min=0)] = None,
    compare: Annotated[str | None, typer.Option(help="strategies, as longest_idle,round_robin")] = None,
    html: Annotated[Path | None, typer.Option(help="write a report for the browser", dir_okay=False)] = None,
    check_erlang: Annotated[bool, typer.Option("--check-erlang", help="agreement with Erlang C and A")] = False,
    lean: Annotated[bool, typer.Option("--lean", help="one line without the ACD core, far faster")] = False,
    jobs: Annotated[int, typer.Option(help="processes that simulate at once", min=1, max=256)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Live through a contact centre's days in fast-forward, with the real ACD core; nothing is called or sent."""
    from antiphon.sim import terminal

    if check_erlang:
        runs = replications or CHECK_RUNS
        with _bar("Erlang", as_json) as progress:
            agrees = terminal.check_erlang(runs, seed or 1, without_core=lean, as_json=as_json, progress=progress)
        raise typer.Exit(0 if agrees else 1)
    if scenario is None:
        show.fail("Which scenario? Give a TOML file, or one of the examples: voice_80_20, blended, overload.")
        raise typer.Exit(2)
    order = terminal.Order(scenario, replications, seed, tuple(_names(compare)), html, lean, jobs)
    try:
        order.prepare()
        with _bar(order.title, as_json) as progress:
            began = perf_counter()
            result = order.run(progress)
            took = perf_counter() - began
        result.show(took, as_json=as_json)
    except (DomainError, OSError) as error:
        show.fail(error.message if isinstance(error, DomainError) else str(error))
        raise typer.Exit(2) from error


@app.command()
def rehearse(  # noqa: PLR0913 - options of a command line
    plan: Annotated[Path, typer.Argument(help="TOML as for `antiphon wfm schedule`", exists=True, dir_okay=False)],
    forecast: Annotated[Path, typer.Argument(help="CSV: start, contacts, aht_s, channel", exists=True, dir_okay=False)],
    service_level: Annotated[float, typer.Option(help="share answered in time", min=0.01, max=0.999)] = 0.8,
    within: Annotated[float, typer.Option(help="seconds; of chats three times as long", min=0)] = 20,
    patience: Annotated[float | None, typer.Option(help="mean patience in seconds [default: endless]", min=1)] = None,
    chats_at_once: Annotated[int, typer.Option(help="how many chats an agent holds", min=1, max=20)] = 3,
    replications: Annotated[int, typer.Option(help="simulated copies of each day", min=1, max=1000)] = 10,
    people: Annotated[Path | None, typer.Option(help="CSV of people: id, days, …", exists=True)] = None,
    out: Annotated[Path | None, typer.Option(help="write the schedule (JSON)", dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Staff and schedule a forecast, live through it with the real ACD core, scale the need until it keeps its word.

    The plan needs people with some freedom (days = "0-5"), or there is nothing to scale. Every round is told; the
    figures at the end are of customers that were not looked at before."""
    from antiphon.sim import rehearsal
    from antiphon.wfm.app import intervals, planfile, scenario

    def told(one: rehearsal.Rehearsal) -> None:
        show.rows([rehearsal.told(one)], as_json=as_json, title=f"Round {one.rounds}")

    try:
        demand = scenario.demand_of(intervals.table(forecast.read_text(encoding="utf-8-sig")))
        channels = [
            scenario.Channel(name, service_level, within * (3 if name == "chat" else 1), patience, at_once)
            for name in demand
            for at_once in [chats_at_once if name == "chat" else 1]
        ]
        stage = rehearsal.Stage(planfile.zone(plan), replications)
        given = planfile.load(plan, forecast, people, optional_need=True)
        found = rehearsal.rehearse(given, demand, channels, stage, told)
    except (DomainError, OSError, ValueError) as error:
        show.fail(error.message if isinstance(error, DomainError) else str(error))
        raise typer.Exit(2) from error
    if out is not None:
        out.write_text(json.dumps(found.schedule, ensure_ascii=False) + "\n", encoding="utf-8")
    show.rows([rehearsal.told(found)], as_json=as_json, title="Other days, the same schedule")


@app.command("split-skills")
def split_skills(
    case: Annotated[Path, typer.Argument(help="JSON: streams and groups, as a multi_skill case", exists=True)],
    days: Annotated[int, typer.Option(help="simulated days of each try", min=1, max=1000)] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Agents of each skill group: the square-root split, corrected with the real ACD core until every skill keeps its
    level and nobody is too many."""
    from antiphon.sim import splitting
    from antiphon.wfm.app.fields import Fields
    from antiphon.wfm.app.staffing import groups_of, streams_of

    try:
        fields = Fields(json.loads(case.read_text(encoding="utf-8")))
        found = splitting.correct(streams_of(fields), groups_of(fields), days)
    except (DomainError, OSError, ValueError, AttributeError) as error:
        show.fail(error.message if isinstance(error, DomainError) else str(error))
        raise typer.Exit(2) from error
    rows = [{"group": name, "square_root": found.first[name], "corrected": found.split[name]} for name in found.split]
    show.rows(rows, as_json=as_json, title=f"{found.agents} agents after {found.tries} tries")
    levels = [
        {"skill": name, "before": round(found.first_levels[name], 4), "after": round(level, 4)}
        for name, level in found.levels.items()
    ]
    show.rows(levels, as_json=as_json, title="Service level, other days")


def _names(listed: str | None) -> list[str]:
    return [name.strip() for name in (listed or "").split(",") if name.strip()]


@contextmanager
def _bar(title: str, silent: bool) -> Iterator[Callable[[int], Callable[[], None]]]:
    """A progress bar on standard error; yields what starts it with the number of steps."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=silent or not console.is_terminal) as bar:

        def start(total: int) -> Callable[[], None]:
            task = bar.add_task(title, total=total)
            return lambda: bar.advance(task)

        yield start
