"""What `antiphon dialer simulate` does with its options, and its table in the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from antiphon.dialer.simulation.page import page
from antiphon.dialer.simulation.reckoning import summaries
from antiphon.dialer.simulation.study import GOALS, POLICIES, Case, Run, runs
from antiphon.dialer.simulation.world import World

MOST_DAYS = 10_000


class BadOrder(Exception):
    """The options make no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    agents: int
    seeds: tuple[int, ...]
    policies: tuple[str, ...]
    world: World
    jobs: int = 1

    @property
    def cases(self) -> list[Case]:
        return [Case(name, self.agents, seed, self.world) for name in self.policies for seed in self.seeds]


def seeds_of(seed: int | None, seeds: str | None) -> tuple[int, ...]:
    """One seed, or a range written as 101..105. Raises BadOrder."""
    if seeds is None:
        return (1 if seed is None else seed,)
    if seed is not None:
        raise BadOrder("give --seed or --seeds, not both")
    found = re.fullmatch(r"\s*(\d{1,9})\s*\.\.\s*(\d{1,9})\s*", seeds)
    if found is None:
        raise BadOrder(f"--seeds {seeds}: write a range as 101..105")
    first, last = int(found[1]), int(found[2])
    if not first <= last < first + MOST_DAYS:
        raise BadOrder(f"--seeds {seeds}: from low to high, at most {MOST_DAYS} days")
    return tuple(range(first, last + 1))


def policies_of(names: str | None) -> tuple[str, ...]:
    """Policies by name. Raises BadOrder."""
    if names is None:
        return POLICIES
    wanted = tuple(name.strip() for name in names.split(",") if name.strip())
    for name in wanted:
        if name not in POLICIES:
            raise BadOrder(f"no policy {name!r}; there are {', '.join(POLICIES)}")
    if not wanted:
        raise BadOrder(f"which policy? There are {', '.join(POLICIES)}")
    return wanted


def run(order: Order, advance: Callable[[], None], *, as_json: bool) -> list[Run]:
    """Every run; with `as_json` each is printed as soon as it is there."""
    found = []
    for one in runs(order.cases, order.jobs):
        if as_json:
            print(json.dumps(one.row), flush=True)
        found.append(one)
        advance()
    return found


def show(found: Sequence[Run]) -> None:
    """The table."""
    agents = found[0].agents
    goal = f"goal {GOALS[agents]:.1%}" if agents in GOALS else "no goal for so many agents"
    days = len({one.seed for one in found})
    table = Table(title=f"{agents} agents, {days} days of 8 h ({goal}, abandons ≤ 3 %)", box=None, pad_edge=False)
    for name in ("policy", "utilisation %", "abandoned %", "days ≤ 3 %", "goals"):
        table.add_column(name, justify="left" if name in ("policy", "goals") else "right")
    for summary in summaries(found):
        table.add_row(
            summary.policy,
            summary.utilization.text(1),
            summary.abandons.text(2),
            f"{summary.days_within:.0%}",
            summary.verdict,
        )
    Console(highlight=False).print(table)


def write(found: Sequence[Run], file: Path) -> None:
    """The page with the curves."""
    file.write_text(page(found), encoding="utf-8")
