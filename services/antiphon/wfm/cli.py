"""`antiphon wfm …`: staffing, forecasts and schedules from files, without any server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from antiphon.kit import show
from antiphon.wfm.domain.reasons import Refusal

app = typer.Typer(help="Workforce: how many people, when, and whether they came.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line")]

STAFF_HELP = """How many agents, or what so many agents will reach.

FILE is JSON with cases, [{"id", "kind", "input"}, …] or {"cases": […]}; `expected` is ignored. Kinds: erlang_b,
erlang_c, erlang_a, erlang_x, required_agents, chat, blended, multi_skill. Times are seconds, contacts are per
interval_s. One line a case: {"id", "result"} or {"id", "error"}.

Or FILE is a CSV of intervals with a header: contacts, aht_s, and where they differ from the options service_level,
target_s, interval_s, patience_s, shrinkage, max_occupancy, start.

Example: antiphon wfm staff day.csv --service-level 0.8 --within 20 --shrinkage 0.3

Exit code 1: some case or row made no sense, the others are done. 2: the file cannot be read.
"""


@app.command(help=STAFF_HELP)
def staff(  # noqa: PLR0913 - options of a command line
    file: Annotated[Path, typer.Argument(help="cases (.json) or intervals (.csv)", exists=True, dir_okay=False)],
    service_level: Annotated[float, typer.Option(help="share answered in time")] = 0.8,
    within: Annotated[float, typer.Option(help="in time means within so many seconds")] = 20,
    aht: Annotated[float | None, typer.Option(help="handling time in seconds, where the file has none")] = None,
    interval: Annotated[float, typer.Option(help="length of an interval in seconds")] = 1800,
    patience: Annotated[float | None, typer.Option(help="mean patience in seconds [default: endless]")] = None,
    shrinkage: Annotated[float, typer.Option(help="share of paid time away from work")] = 0,
    max_occupancy: Annotated[float, typer.Option(help="how busy agents may be")] = 1,
    as_json: Json = False,
) -> None:
    from antiphon.wfm.app import intervals, staffing

    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix.lower() == ".csv":
            given = {"service_level": service_level, "target_s": within, "aht_s": aht, "interval_s": interval}
            given |= {"patience_s": patience, "shrinkage": shrinkage, "max_occupancy": max_occupancy}
            found = intervals.staff(intervals.table(text), {k: v for k, v in given.items() if v is not None})
        else:
            found = list(staffing.read(text))
    except (Refusal, OSError, UnicodeDecodeError) as error:
        show.fail(f"{file}: {error.message if isinstance(error, Refusal) else error}")
        raise typer.Exit(2) from error
    _tell(found, as_json)


def _tell(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show.rows(found, as_json=True)
    else:
        show.rows([_flat(row) for row in found], as_json=False, title="Staffing")
    failed = [row for row in found if "error" in row]
    for row in failed:
        if not as_json:
            show.fail(f"{row['id']}: {row['error']['message']}")
    raise typer.Exit(1 if failed else 0)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in row.items() if name not in ("result", "error")}
    if "error" in row:
        return {**rest, "error": row["error"]["reason"]}
    result = row.get("result", {})
    return {**rest, **{k: json.dumps(v) if isinstance(v, dict) else v for k, v in result.items()}}


@app.command()
def bench(
    peers: Annotated[
        Path | None, typer.Option(help="where `pip install --target DIR pyworkforce` put it", file_okay=False)
    ] = None,
    intervals: Annotated[int, typer.Option(help="how many intervals to staff", min=1)] = 2000,
    as_json: Json = False,
) -> None:
    """Required agents for 2,000 intervals and a shift cover, beside pyworkforce in the same run (CPU time)."""
    from antiphon.wfm import bench as figures

    show.rows(figures.run(peers, intervals), as_json=as_json, title="Workforce, CPU milliseconds")


@app.command()
def forecast(  # noqa: PLR0913 - options of a command line
    file: Annotated[
        Path,
        typer.Argument(help="CSV: start, contacts, and if known aht_s, queue, channel", exists=True, dir_okay=False),
    ],
    days: Annotated[int, typer.Option(help="how many days ahead")] = 28,
    interval: Annotated[int, typer.Option(help="minutes: 5, 10, 15, 20, 30 or 60")] = 30,
    zone: Annotated[str, typer.Option(help="time zone of the contact centre")] = "UTC",
    country: Annotated[str | None, typer.Option(help="public holidays of RU, UA, US …, or US-CA")] = None,
    special: Annotated[Path | None, typer.Option(help="CSV of own special days: date, name", exists=True)] = None,
    adjust: Annotated[
        Path | None,
        typer.Option(help="CSV of changes by hand: date, from, to, factor, extra, reason, queue", exists=True),
    ] = None,
    today: Annotated[Path | None, typer.Option(help="CSV of the first forecast day so far", exists=True)] = None,
    at: Annotated[str, typer.Option(help="time of day up to which --today is complete")] = "12:00",
    out: Annotated[Path | None, typer.Option(help="write intervals to .csv, .json or .html", dir_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Contacts an interval for the coming days, with the error and what the simplest method would have missed by.

    Average of the median of six weeks, level × weekday × profile, ridge with a calendar, and double-seasonal
    Holt-Winters; holidays and the days beside them get factors of their own. At least two weeks of history are needed,
    five to measure the error.

    Example: antiphon wfm forecast calls.csv --zone Europe/Kyiv --country UA --days 14 --out forecast.csv
    """
    from antiphon.wfm.app import forecasting, histories
    from antiphon.wfm.app.intervals import table

    try:
        order = forecasting.Order(
            interval, days, zone, country, histories.special_days(table(_text(special))) if special else None
        )
        found = forecasting.histories(table(_text(file)), order)
        changes = forecasting.changes_of(table(_text(adjust)), interval) if adjust else {}
        with _bar("Forecasting", len(found), as_json) as step:
            done = list(forecasting.run(found, order, changes, step))
        good = [one for one in done if isinstance(one, forecasting.Told)]
        if today:
            now = {one.name: one for one in histories.read(table(_text(today)), interval, zone, {})}
            good = [
                forecasting.with_today(one, now[one.history.name], at) if one.history.name in now else one
                for one in good
            ]
        rows = [row for one in good for row in forecasting.intervals(one, zone)]
        _write(out, rows, good)
    except (Refusal, OSError, UnicodeDecodeError, ValueError) as error:
        show.fail(f"{file}: {error.message if isinstance(error, Refusal) else error}")
        raise typer.Exit(2) from error
    failed = [{"queue": one[0], "error": one[1]} for one in done if isinstance(one, tuple)]
    if as_json and out is None:
        show.rows(rows, as_json=True)
    show.rows([*(forecasting.summary(one) for one in good)], as_json=as_json, title="Forecast; WAPE in %")
    if as_json:
        show.rows(failed, as_json=True)
    for one in failed:
        show.fail(f"{one['queue'] or file}: {one['error']['message']}")  # type: ignore[index]
    raise typer.Exit(1 if failed else 0)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8-sig")


def _write(out: Path | None, rows: list[dict[str, Any]], good: Any) -> None:
    from antiphon.wfm.app.chart import page
    from antiphon.wfm.app.files import as_csv

    if out is None:
        return
    match out.suffix.lower():
        case ".html":
            out.write_text(page(good), encoding="utf-8")
        case ".json":
            out.write_text(json.dumps(rows, ensure_ascii=False) + "\n", encoding="utf-8")
        case _:
            out.write_text(as_csv(rows), encoding="utf-8")


@app.command()
def schedule(  # noqa: PLR0913 - options of a command line
    plan: Annotated[Path, typer.Argument(help="TOML: days, rules, shifts, people", exists=True, dir_okay=False)],
    need: Annotated[Path | None, typer.Option(help="CSV of how many are needed: start, agents", exists=True)] = None,
    people: Annotated[Path | None, typer.Option(help="CSV of people: id, days, …", exists=True)] = None,
    keep: Annotated[Path | None, typer.Option(help="an earlier schedule (JSON) whose shifts stay", exists=True)] = None,
    out: Annotated[Path | None, typer.Option(help="write .json, .csv or .ics", dir_okay=False)] = None,
    seconds: Annotated[float, typer.Option(help="how long each phase may take", min=0.1)] = 30,
    gap: Annotated[float, typer.Option(help="how near to the best possible is good enough", min=0)] = 0.01,
    as_json: Json = False,
) -> None:
    """Who works when: shifts and breaks that cover the need and keep the rules; the checker looks at the result.

    Ctrl-C stops solving and keeps the best found so far. Where the rules contradict each other, says which and for
    whom. The format of the plan: `antiphon wfm schedule-format`.

    Example: antiphon wfm schedule week.toml --need staffing.csv --people people.csv --out week.json
    """
    from antiphon.wfm import terminal
    from antiphon.wfm.app import planfile, scheduling

    try:
        given = planfile.load(plan, need, people)
        if keep is not None:
            given = scheduling.keep(given, json.loads(_text(keep)))
        with terminal.effort(seconds, gap, as_json) as effort:
            found = scheduling.solve(given, effort, effort)
        written, faults = terminal.written(found, planfile.zone(plan), out)
    except (Refusal, OSError, ValueError, KeyError) as error:
        show.fail(f"{plan}: {error.message if isinstance(error, Refusal) else error}")
        raise typer.Exit(2) from error
    terminal.tell(written, as_json and out is None, as_json)
    for fault in faults:
        show.fail(fault)
    raise typer.Exit(1 if faults else 0)


@app.command()
def scenario(  # noqa: PLR0913 - options of a command line
    schedule: Annotated[Path, typer.Argument(help="a schedule (JSON)", exists=True, dir_okay=False)],
    forecast: Annotated[Path, typer.Argument(help="CSV: start, contacts, aht_s, channel", exists=True, dir_okay=False)],
    day: Annotated[str, typer.Argument(help="which day, as 2026-03-02")],
    out: Annotated[Path, typer.Option(help="where to write it")] = Path("day.toml"),
    service_level: Annotated[float, typer.Option(help="share answered in time")] = 0.8,
    within: Annotated[float, typer.Option(help="in time means within so many seconds")] = 20,
    patience: Annotated[float | None, typer.Option(help="mean patience in seconds [default: endless]")] = None,
    chats_at_once: Annotated[int, typer.Option(help="how many chats an agent holds", min=1)] = 3,
) -> None:
    """A scheduled day as a scenario for `antiphon simulate`: customers by the forecast, agents by the schedule."""
    from antiphon.wfm.app import scenario as scenarios
    from antiphon.wfm.app.intervals import table

    try:
        demand = scenarios.demand_of(table(_text(forecast)))
        channels = [
            scenarios.Channel(name, service_level, within, patience, chats_at_once if name == "chat" else 1)
            for name in demand
        ]
        text = scenarios.day_scenario(json.loads(_text(schedule)), demand, date.fromisoformat(day), channels)
        out.write_text(text, encoding="utf-8")
    except (Refusal, OSError, ValueError, KeyError) as error:
        show.fail(error.message if isinstance(error, Refusal) else str(error))
        raise typer.Exit(2) from error
    show.document(None, as_json=False, text=f"{out}: antiphon simulate {out}")


@app.command("schedule-format")
def schedule_format() -> None:
    """How the plan for `antiphon wfm schedule` is written."""
    from antiphon.wfm.app import planfile

    print(planfile.__doc__)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="a schedule (JSON)", exists=True, dir_okay=False)]) -> None:
    """Does a schedule keep every rule? Shares no code with the solver; exit 1 for a fault."""
    from antiphon.wfm.check import check as examine

    try:
        faults = examine(json.loads(_text(file)))
    except (ValueError, KeyError, TypeError) as error:
        show.fail(f"{file}: not a schedule: {error}")
        raise typer.Exit(2) from error
    for fault in faults:
        show.fail(fault)
    show.document(
        None, as_json=False, text=f"{file}: {len(faults)} faults" if faults else f"{file}: every rule is kept"
    )
    raise typer.Exit(1 if faults else 0)


@contextmanager
def _bar(title: str, total: int, silent: bool) -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error, where somebody looks."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=silent or not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda _: bar.advance(task)
