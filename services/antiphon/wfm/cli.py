"""`antiphon wfm …`: staffing, forecasts and schedules from files, without any server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

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
