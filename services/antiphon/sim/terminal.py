"""What `antiphon simulate` does with its options, and its tables in the terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from antiphon.kit import show
from antiphon.sim import agreement, lean, words
from antiphon.sim.acd import STRATEGIES
from antiphon.sim.comparison import comparison_page
from antiphon.sim.confidence import Interval, interval
from antiphon.sim.loading import load
from antiphon.sim.page import study_page
from antiphon.sim.reading import BadScenario, Reason
from antiphon.sim.scenario import SECOND, Scenario
from antiphon.sim.study import MEASURES, Contender, Row, Study, compare, replicate

Start = Callable[[int], Callable[[], None]]
"""Starts the progress bar with a number of steps; the result is called after each."""

COLUMNS = {
    "offered": "offered",
    "answered": "answered",
    "abandoned": "abandoned",
    "service_level": "service level",
    "asa_s": "ASA",
    "aht_s": "AHT",
    "occupancy": "occupancy",
}
WHEN_ANY = {"turned_away": "turned away", "unserved": "never served", "retries": "of which retries"}


@dataclass(slots=True)
class Order:
    """What is asked for on the command line."""

    where: str
    replications: int | None
    seed: int | None
    strategies: tuple[str, ...]
    html: Path | None
    lean: bool
    jobs: int
    scenario: Scenario = field(init=False)

    def prepare(self) -> None:
        """Read and check everything before time is spent."""
        scenario = load(self.where)
        days = scenario.replications if self.replications is None else self.replications
        seed = scenario.seed if self.seed is None else self.seed
        self.scenario = replace(scenario, replications=days, seed=seed)
        for name in self.strategies:
            if name not in STRATEGIES:
                known = ", ".join(STRATEGIES)
                raise BadScenario(Reason.UNKNOWN_NAME, "--compare", f"`{name}` is no strategy. Known: {known}")
        if self.lean:
            if self.strategies or self.html:
                raise BadScenario(Reason.CONTRADICTION, "--lean", "knows neither strategies nor a report; leave it out")
            lean.check(self.scenario)
        if self.html is not None and not self.html.parent.is_dir():
            raise BadScenario(Reason.NOT_READABLE, "--html", f"there is no folder {self.html.parent}")

    @property
    def title(self) -> str:
        return self.scenario.name

    def run(self, start: Start) -> Result:
        """Simulate."""
        days = self.scenario.replications
        if self.lean:
            step = start(days)
            return LeanResult(self.scenario, [_lean_day(self.scenario, number, step) for number in range(days)])
        if self.strategies:
            step = start(days * len(self.strategies))
            return ComparisonResult(compare(self.scenario, self.strategies, days, step, self.jobs), self.html)
        return StudyResult(replicate(self.scenario, days, start(days), self.jobs), self.html)


def _lean_day(scenario: Scenario, number: int, step: Callable[[], None]) -> lean.Line:
    line = lean.run(scenario, scenario.seed + number)
    step()
    return line


@dataclass(slots=True)
class StudyResult:
    """One scenario."""

    study: Study
    html: Path | None

    def show(self, took: float, *, as_json: bool) -> None:
        study = self.study
        rows = study.rows()
        if as_json:
            show.rows([_flat(row) for row in rows] + [_speed(study.contacts, took)], as_json=True)
        else:
            _console().print(f"[bold]{study.scenario.name}[/bold]")
            _console().print(_summary(rows))
            if any(queue.changes for queue in study.scenario.queues):
                _console().print("\n[bold]By the strategy in force when the contact came[/bold]")
                _console().print(_summary(study.by_strategy(), by_strategy=True))
            _console().print(_teams(study))
            _footnotes(study, took)
        _write(self.html, lambda: study_page(study), as_json)


@dataclass(slots=True)
class ComparisonResult:
    """Several strategies on the same days."""

    contenders: list[Contender]
    html: Path | None

    def show(self, took: float, *, as_json: bool) -> None:
        contacts = sum(contender.study.contacts for contender in self.contenders)
        if as_json:
            lines = [{"strategy": c.strategy} | _values(c.figures) for c in self.contenders]
            show.rows([*lines, _speed(contacts, took)], as_json=True)
        else:
            scenario = self.contenders[0].study.scenario
            _console().print(f"[bold]{scenario.name}[/bold]: strategies on the same {scenario.replications} days")
            _console().print(_contenders(self.contenders))
            _console().print(
                f"Second lines: difference from {self.contenders[0].strategy} on the same days, 95 % confidence; "
                "[bold]bold[/bold] is more than chance.",
            )
            _footnotes(self.contenders[0].study, took, contacts)
        _write(self.html, lambda: comparison_page(self.contenders), as_json)


@dataclass(slots=True)
class LeanResult:
    """One line, without the core."""

    scenario: Scenario
    lines: list[lean.Line]

    def show(self, took: float, *, as_json: bool) -> None:
        answered = [line for line in self.lines if line.answered]
        target = self.scenario.queue(self.scenario.demands[0].queue).target
        figures = {
            "offered": interval([float(line.counted) for line in self.lines]),
            "answered": interval([float(line.answered) for line in self.lines]),
            "abandoned": interval([float(line.abandoned) for line in self.lines]),
            "service_level": interval([line.in_time / line.counted for line in self.lines if line.counted]),
            "asa_s": interval([line.waited_ms / line.answered / SECOND for line in answered]),
            "aht_s": interval([line.worked_ms / line.answered / SECOND for line in answered]),
        }
        demand = self.scenario.demands[0]
        row = Row(demand.queue, demand.channel.value, "", target, figures)
        contacts = sum(line.contacts for line in self.lines)
        if as_json:
            show.rows([_flat(row), _speed(contacts, took)], as_json=True)
            return
        _console().print(f"[bold]{self.scenario.name}[/bold] (lean path, without the ACD core)")
        _console().print(_summary([row]))
        _console().print(f"{contacts:,} contacts in {took:.1f} s: {contacts / took:,.0f} a second")


Result = StudyResult | ComparisonResult | LeanResult


_CORE_CONTACTS, _LEAN_CONTACTS = 4_000, 40_000
"""Counted contacts of one run of the check against Erlang."""


def check_erlang(runs: int, seed: int, *, without_core: bool, as_json: bool, progress: Start) -> bool:
    """Print the comparison; whether enough cases agree."""
    step = progress(runs * len(agreement.CASES))
    contacts, run, what = _CORE_CONTACTS, agreement.through_core, "Real ACD core"
    if without_core:
        contacts, run, what = _LEAN_CONTACTS, agreement.on_lean_path, "Lean path"
    rows = agreement.check(runs, contacts, seed=seed, run=run, progress=step)
    good = agreement.agreeing(rows)
    shown = [
        {
            "case": row.case,
            "measure": row.measure,
            "Erlang": round(row.theory, 4),
            "simulated": round(row.simulated.mean, 4),
            "± 95 %": round(row.simulated.half, 4),
            "within": "yes" if row.within else "no",
            "case agrees": "yes" if row.case in good else "no",
        }
        for row in rows
    ]
    show.rows(shown, as_json=as_json, title=f"{what} against Erlang, {runs} runs of {contacts:,} contacts a case")
    if not as_json:
        inside = sum(row.within for row in rows)
        _console().print(
            f"\n{inside} of {len(rows)} measures lie within their own 95 % interval (of twenty, one may not); "
            f"{len(good)} of {len(agreement.CASES)} cases agree with all their measures jointly at 95 %."
        )
    return len(good) >= agreement.MUST_AGREE


# ---------------------------------------------------------------- tables


def _console() -> Console:
    return Console(highlight=False)


def _table(*columns: str, words_first: int = 2) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < words_first else "right")
    return table


def _summary(rows: Sequence[Row], *, by_strategy: bool = False) -> Table:
    extra = {name: title for name, title in WHEN_ANY.items() if any(_any(row.figures, name) for row in rows)}
    names = COLUMNS | extra
    if by_strategy:
        names.pop("occupancy")
    table = _table("queue", "strategy" if by_strategy else "channel", *names.values())
    for row in rows:
        cells = [f"{words.figure(n, row.figures[n])} {words.margin(n, row.figures[n])}" if n in row.figures else "–"
                 for n in names]  # fmt: skip
        second = (row.strategy or "all") if by_strategy else row.channel
        table.add_row(row.queue, second, *(cell.strip() for cell in cells))
    return table


def _any(figures: Mapping[str, Interval], name: str) -> bool:
    return name in figures and figures[name].mean > 0


def _teams(study: Study) -> Table:
    table = _table("\nteam", "\nagents", "\noccupancy", "\ncontacts an agent", words_first=1)
    for team in study.teams():
        occupancy = f"{words.figure('occupancy', team.occupancy)} {words.margin('occupancy', team.occupancy)}"
        table.add_row(team.team, str(team.agents), occupancy, words.figure("answered", team.contacts))
    return table


def _contenders(contenders: Sequence[Contender]) -> Table:
    table = _table("strategy", *MEASURES.values(), words_first=1)
    for number, contender in enumerate(contenders):
        cells = [words.figure(n, contender.figures[n]) for n in MEASURES]
        table.add_row(f"[bold]{contender.strategy}[/bold]", *cells)
        if number:
            table.add_row("", *(_difference(n, contender.differences[n]) for n in MEASURES))
    return table


def _difference(name: str, value: Interval) -> str:
    text = words.difference(name, value)
    return f"[bold]{text}[/bold]" if words.is_clear(value) else f"[dim]{text}[/dim]"


def _footnotes(study: Study, took: float, contacts: int | None = None) -> None:
    scenario = study.scenario
    for queue in scenario.queues:
        _console().print(f"[dim]Service level of {queue.name}: {queue.target.in_words()}.[/dim]")
    total = study.contacts if contacts is None else contacts
    days = len(study.outcomes)
    _console().print(
        "[dim]Occupancy: time with work held ÷ time signed in without breaks. "
        f"Means of {days} day{'s' if days > 1 else ''}, ± 95 % confidence (Student t).\n"
        f"{total:,} contacts in {took:.1f} s: {total / took:,.0f} a second. Seed {scenario.seed}.[/dim]"
    )


def _flat(row: Row) -> dict[str, object]:
    return {"queue": row.queue, "channel": row.channel, "formula": row.target.in_words()} | _values(row.figures)


def _values(figures: Mapping[str, Interval]) -> dict[str, object]:
    def pairs() -> Iterator[tuple[str, object]]:
        for name, value in figures.items():
            yield name, _number(value.mean)
            yield f"{name}_low", _number(value.low)
            yield f"{name}_high", _number(value.high)

    return dict(pairs())


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _speed(contacts: int, took: float) -> dict[str, object]:
    return {"contacts": contacts, "seconds": round(took, 3), "contacts_per_s": round(contacts / took)}


def _write(html: Path | None, page: Callable[[], str], as_json: bool) -> None:
    if html is None:
        return
    html.write_text(page(), encoding="utf-8")
    if not as_json:
        _console().print(f"Report: {html}")
