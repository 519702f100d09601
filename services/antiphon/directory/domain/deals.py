"""Deals: the stages they pass, what a deal may say, and what many of them came to.

A stage is open, won or lost, and a deal is what its stage is: nobody sets the state beside it. A report counts what was
opened and closed in a period and what is open now; the amounts of different currencies are never added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from antiphon.kit.errors import invalid

from . import limits

PIPELINES, STAGES = 10, 20
DEALS = 200_000
LINKS = 50
STEPS = 200
MOST_MICROS = 10**15
"""A milliard of any currency: sums of all deals a tenant may have stay exact."""
SOURCES = ("person", "conversation", "call", "campaign", "api")
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")


class State(IntEnum):
    """The states of the proto, with the same numbers."""

    OPEN = 1
    WON = 2
    LOST = 3


@dataclass(frozen=True, slots=True)
class Stage:
    key: str
    name: str
    state: State


@dataclass(frozen=True, slots=True)
class Pipeline:
    id: str
    name: str
    stages: tuple[Stage, ...]

    def stage(self, key: str) -> Stage:
        """A stage, the first when nothing is said. Raises INVALID."""
        found = next((one for one in self.stages if key in ("", one.key)), None)
        if found is None:
            raise invalid("deal.stage", f"the pipeline {self.id!r} has no stage {key!r}")
        return found

    def first(self, state: State) -> Stage:
        """The first stage of this state; each pipeline has one of each."""
        return next(one for one in self.stages if one.state is state)


_WORDS = {
    "en": ("Sales", "New", "In talks", "Offer sent", "Won", "Lost"),
    "ru": ("Продажи", "Новая", "Переговоры", "Предложение", "Выиграна", "Проиграна"),
    "uk": ("Продажі", "Нова", "Перемовини", "Пропозиція", "Виграна", "Програна"),
}


def default(language: str) -> tuple[Pipeline, ...]:
    """What a company has before it says otherwise."""
    name, *names = _WORDS.get(language, _WORDS["en"])
    keys = ("new", "talks", "offer", "won", "lost")
    states = (State.OPEN, State.OPEN, State.OPEN, State.WON, State.LOST)
    return (Pipeline("sales", name, tuple(map(Stage, keys, names, states))),)


def pipeline(pipeline_id: str, name: str, stages: Sequence[tuple[str, str, int]]) -> Pipeline:
    """A pipeline as it is stored. Raises INVALID."""
    _check_key("pipelines.id", pipeline_id)
    made = []
    for key, title, state in limits.at_most("pipelines.stages", stages, STAGES):
        _check_key("pipelines.stages.key", key)
        if state not in list(State):
            raise invalid("pipelines.stages.state", "a stage is open, won or lost")
        made.append(Stage(key, limits.line("pipelines.stages.name", title, 80, required=True), State(state)))
    if len({one.key for one in made}) < len(made):
        raise invalid("pipelines.stages.key", "two stages have the same key")
    if {one.state for one in made} != set(State) or made[0].state is not State.OPEN:
        raise invalid("pipelines.stages", "a pipeline begins with an open stage and has a won and a lost one")
    return Pipeline(pipeline_id, limits.line("pipelines.name", name, 80, required=True), tuple(made))


def all_pipelines(wanted: Iterable[Pipeline]) -> tuple[Pipeline, ...]:
    """Raises INVALID when there is none, too many, or two with one id."""
    found = limits.at_most("pipelines", list(wanted), PIPELINES)
    if not found:
        raise invalid("pipelines", "there must be a pipeline")
    if len({one.id for one in found}) < len(found):
        raise invalid("pipelines.id", "two pipelines have the same id")
    return tuple(found)


def choose(pipelines: Sequence[Pipeline], pipeline_id: str, stage: str) -> tuple[Pipeline, Stage]:
    """Where a deal shall stand: the first pipeline and its first stage unless said. Raises INVALID."""
    found = next((one for one in pipelines if pipeline_id in ("", one.id)), None)
    if found is None:
        raise invalid("deal.pipeline_id", f"there is no pipeline {pipeline_id!r}")
    return found, found.stage(stage)


def places(pipelines: Iterable[Pipeline]) -> set[tuple[str, str]]:
    """Every (pipeline, stage) there is."""
    return {(one.id, stage.key) for one in pipelines for stage in one.stages}


def check_amount(currency: str, micros: int) -> None:
    """Raises INVALID. An unknown amount has no currency."""
    if bool(currency) is False and micros:
        raise invalid("deal.amount.currency", "an amount has a currency")
    if currency and not _CURRENCY.match(currency):
        raise invalid("deal.amount.currency", 'three capital letters, such as "UAH"')
    if not 0 <= micros <= MOST_MICROS:
        raise invalid("deal.amount.micros", f"0 to {MOST_MICROS} micro-units")


def source_of(before: str, source: str, conversations: Iterable[str], calls: Iterable[str]) -> str:
    """What brought a deal: it stays while it is linked; else the first call for a deal that came by telephone or from
    a campaign, the first conversation for others."""
    spoken, written = [f"call:{one}" for one in calls], [f"conversation:{one}" for one in conversations]
    linked = spoken + written if source in ("call", "campaign") else written + spoken
    return before if before in linked else next(iter(linked), "")


def check_day(text: str) -> str:
    """An ISO date, or nothing. Raises INVALID."""
    try:
        if text and (len(text) != 10 or not date.fromisoformat(text)):
            raise ValueError
    except ValueError as error:
        raise invalid("deal.expected_on", 'a date such as "2026-05-31"') from error
    return text


def check_source(text: str) -> str:
    """Raises INVALID."""
    if text and text not in SOURCES:
        raise invalid("deal.source", f"one of {', '.join(SOURCES)}")
    return text


def _check_key(name: str, key: str) -> None:
    if not _KEY.match(key):
        raise invalid(name, "a key has small letters, digits and underscores, at most 40, a letter first")


# What many deals came to


@dataclass(frozen=True, slots=True)
class Cell:
    """Deals that are alike in all that a report asks for."""

    place: str
    """Their pipeline and stage, "sales/won"."""
    owner: str
    source: str
    state: State
    currency: str
    opened: bool
    """Created in the period."""
    closed: bool
    """Won or lost in the period."""
    count: int
    micros: int
    days: float
    """Together, from creation to the closing; of closed ones."""


@dataclass(slots=True)
class Line:
    opened: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0
    days: float = 0.0
    sums: dict[str, dict[State, int]] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Counts a cell; what was closed outside the period counts at most as opened."""
        if cell.opened:
            self.opened += cell.count
        match cell.state:
            case State.OPEN:
                self.open += cell.count
            case State.WON if cell.closed:
                self.won += cell.count
                self.days += cell.days
            case State.LOST if cell.closed:
                self.lost += cell.count
            case _:
                return
        if cell.currency:
            sums = self.sums.setdefault(cell.currency, dict.fromkeys(State, 0))
            sums[cell.state] += cell.micros

    @property
    def win_rate(self) -> float:
        closed = self.won + self.lost
        return self.won / closed if closed else 0.0

    @property
    def days_to_win(self) -> float:
        return self.days / self.won if self.won else 0.0


def report(cells: Iterable[Cell], keys: Callable[[Cell], Sequence[str]]) -> tuple[dict[str, Line], Line]:
    """The lines by key, and the total in which each deal counts once. `keys` are all lines that a cell belongs to."""
    lines: dict[str, Line] = {}
    total = Line()
    for cell in cells:
        total.add(cell)
        for key in keys(cell):
            lines.setdefault(key, Line()).add(cell)
    return lines, total
