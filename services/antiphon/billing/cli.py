"""`antiphon billing …`: trying prices and rules out, measuring, auditing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from antiphon.kit import show

app = typer.Typer(help="Prices, accounts and their proofs: calc, bench.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line")]

CALC = """What does a call cost, and why? How long may it last? What is a fee, a tax, a refund?

FILE holds cases: {"cases": [...]}, a list, one case, or one case a line; "-" is standard input. A case is
{"id", "kind", "input"}; "expected" is ignored. Money is best written as text; numbers count exactly as written.

\b
calls:     rate  max_seconds  bundle  duration  lcr  tiers
accounts:  subscription  lifecycle  ledger  allocation  refund
           card_topup  ld_surcharge  penalty  discount
documents: vat  vat_dated  invoice  sla_credit  deadline  itemised
controls:  completeness  reconcile  fraud

\b
$ cat > call.json
{"id": "61 s", "kind": "rate", "input": {
  "tariff": {"tz": "Europe/Kyiv", "rates": [
    {"prefix": "380", "connect_fee": "0.10", "groups":
      [{"start": 0, "rate": "0.60", "per": 60, "inc": 60}]}]},
  "call": {"to": "+380 44 123-45-67", "seconds": 61,
           "answer": "2026-03-03T09:00:00Z"}}}
$ antiphon billing calc call.json
$ antiphon billing calc call.json --json

\b
$ antiphon billing calc services/antiphon/billing/tests/cases.json

A case that cannot be meant is answered {"error": "bad_input", "field", "message", "line"} and told on standard error;
the others are answered all the same. Exit 1 for a bad case, 2 for a file that cannot be read."""


@app.callback()
def billing() -> None:
    """Verbs of billing."""


@app.command(help=CALC)
def calc(
    file: Annotated[Path, typer.Argument(help="cases", exists=True, dir_okay=False, allow_dash=True)],
    as_json: Json = False,
) -> None:
    """Answers a file of cases."""
    from antiphon.billing.calculator import NotCases, answers

    try:
        text = typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
        found = list(answers(text))
    except (NotCases, OSError, UnicodeDecodeError) as error:
        show.fail(f"{file}: {error}")
        raise typer.Exit(2) from error
    failed = [answer for answer in found if answer.failed]
    if as_json:
        show.rows([{"id": answer.id, "result": answer.result} for answer in found], as_json=True)
    else:
        shown = [
            {"case": answer.id, "kind": answer.kind, "about": answer.title, "answer": _shown(answer.result)}
            for answer in found
        ]
        show.rows(shown, as_json=False, title=str(file))
    for answer in failed:
        place = f"{file}:{answer.result['line']}: case {answer.id}: {answer.result['field']}"
        show.fail(f"{place} {answer.result['message']}".replace("[", "\\["))
    raise typer.Exit(1 if failed else 0)


def _shown(result: dict[str, object]) -> str:
    return ", ".join(f"{name} {_plain(value)}" for name, value in result.items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@app.command()
def bench(as_json: Json = False) -> None:
    """How many calls a second one core rates, beside a straightforward Decimal implementation."""
    from antiphon.billing.bench import run

    show.rows(run(), as_json=as_json, title="Rating, one core")


@app.command()
def audit(
    mongo: Annotated[str, typer.Option(help="address of MongoDB")] = "mongodb://127.0.0.1:27017/?replicaSet=rs0",
    database: Annotated[str, typer.Option(help="name of billing's database")] = "antiphon_billing",
    as_json: Json = False,
) -> None:
    """Do the books agree? Adds up and rates everything anew and names what is wrong; exit 1 for a fault."""
    from antiphon.billing.audit import run

    try:
        report = run(mongo, database)
    except ConnectionError as error:
        show.fail(f"no database at {mongo}: {error}")
        raise typer.Exit(2) from error
    faults = [{"invariant": fault.invariant, "where": fault.where, "what": fault.what} for fault in report.faults]
    if as_json:
        show.rows(
            [*faults, {"counted": report.counted, "suspense": report.waiting, "faults": len(faults)}], as_json=True
        )
    else:
        show.rows(faults, as_json=False, title="Faults")
        counted = ", ".join(f"{count:,} {name}" for name, count in report.counted.items())
        waiting = ", ".join(f"{count} {reason}" for reason, count in report.waiting.items()) or "nothing"
        show.document(None, as_json=False, text=f"{counted or 'nothing'} examined; in suspense: {waiting}")
    raise typer.Exit(1 if faults else 0)


@app.command()
def tariff(
    file: Annotated[Path, typer.Argument(help="a price list, CSV or XLSX", exists=True, dir_okay=False)],
    against: Annotated[
        Path | None, typer.Option(help="the tariff in force (JSON): shows what changes", exists=True, dir_okay=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="where the tariff's document is written")] = None,
    as_json: Json = False,
) -> None:
    """Read a price list: every mistake by line, what changes, and the tariff's document. Nothing is activated here.

    Columns: prefix, rate; and name, per, scheme (60/1), connect_fee, min_charge, max_cost, valid_from, valid_to.
    Exit 1 when a line is wrong (then nothing is written), 2 when the file cannot be read."""
    from antiphon.billing.domain.price_list import compare, read
    from antiphon.billing.sheets import NotASheet, lines

    try:
        found = read(lines(file))
        old = json.loads(against.read_text()) if against is not None else {"rates": []}
    except (NotASheet, OSError, ValueError) as error:
        show.fail(f"{error}")
        raise typer.Exit(2) from error
    for remark in found.remarks:
        told = f"{file}:{remark.line}: {remark.column} {remark.message}"
        show.fail(told.replace("[", "\\[") if remark.fatal else f"[yellow]{told}[/yellow]")
    if not found.usable:
        raise typer.Exit(1)
    if out is not None:
        out.write_text(json.dumps({**old, "rates": found.rates}, ensure_ascii=False, indent=1))
    changes = compare(old.get("rates", []), found.rates) if against is not None else []
    shown = [
        {"prefix": one.prefix, "change": one.kind, "before": one.before, "after": one.after, "%": one.percent}
        for one in changes
    ]
    show.rows(shown, as_json=as_json, title=f"{len(found.rates)} rates; changes")
