"""History and reports as files, with names instead of ids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.insight.app.history import History
from antiphon.insight.app.reports import Made, Reports
from antiphon.insight.app.words import word
from antiphon.insight.domain.figures import Figures, Formula
from antiphon.insight.domain.interaction import Interaction
from antiphon.insight.domain.intervals import Step
from antiphon.insight.domain.millis import SECOND, Millis
from antiphon.insight.domain.report import Dimension
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.kit import sheets
from antiphon.kit.clock import Clock, from_millis
from antiphon.kit.sheets import Cell, Row
from antiphon.kit.tokens import Caller

_HISTORY = (
    "started", "ended", "sort", "channel", "direction", "party", "queue", "agent", "result", "disposition", "tags",
    "duration", "wait", "talk", "wrap", "transfers", "messages_in", "messages_out", "first_reply", "csat",
    "campaign", "sold_amounts", "id",
)  # fmt: skip
_COUNTS = (
    "interactions", "offered", "answered", "in_time", "abandoned", "short", "overflowed", "waiting", "redirected",
    "service_level", "asa", "longest", "handled", "aht", "talk", "wrap", "transferred", "rung", "missed",
    "first_reply", "csat", "rated", "sold", "sales", "conversion", "sold_amounts",
)  # fmt: skip
_TIME = ("ready", "busy", "pause", "occupancy")


class Asks(Protocol):
    """Who knows names and the time zone."""

    async def zone(self, tenant: str) -> ZoneInfo: ...
    async def people(self, tenant: str) -> dict[str, str]: ...
    async def projects(self, tenant: str) -> dict[str, str]: ...


class Queues(Protocol):
    """Who knows the queues' and campaigns' names."""

    async def queues(self, tenant: str) -> dict[str, dict[str, Any]]: ...
    async def campaigns(self, tenant: str) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called."""

    people: dict[str, str]
    queues: dict[str, str]
    projects: dict[str, str]
    campaigns: dict[str, str]


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way."""

    name: str
    media_type: str
    chunks: AsyncIterator[bytes]


class Exports:
    """Answers with files."""

    def __init__(self, history: History, reports: Reports, store: Queues, asks: Asks, clock: Clock) -> None:
        self._history, self._reports = history, reports
        self._store, self._asks, self._clock = store, asks, clock

    async def interactions(self, caller: Caller, request: pb.ExportInteractionsRequest) -> File:
        """The history as a file."""
        question = await self._history.asked(caller, request)
        names, zone = await self._names(caller.tenant), await self._asks.zone(caller.tenant)

        async def rows() -> AsyncIterator[Row]:
            yield [word(name, request.language) for name in _HISTORY]
            async for it in self._history.read(caller, question):
                yield _line(it, names, zone, request.language)

        return self._file("history", request, rows())

    async def report(self, caller: Caller, request: pb.ExportReportRequest) -> File:
        """A report as a file."""
        made = await self._reports.make(caller, request)
        names = await self._names(caller.tenant)

        async def rows() -> AsyncIterator[Row]:
            for row in table(made, names, request.language):
                yield row

        return self._file("report", request, rows())

    async def _names(self, tenant: str) -> Names:
        queues = {queue: str(card["name"]) for queue, card in (await self._store.queues(tenant)).items()}
        campaigns = await self._store.campaigns(tenant)
        return Names(await self._asks.people(tenant), queues, await self._asks.projects(tenant), campaigns)

    def _file(self, what: str, request: Any, rows: AsyncIterator[Row]) -> File:
        name = f"antiphon {word(what, request.language)} {self._clock():%Y-%m-%d}"
        if request.format == pb.FILE_FORMAT_XLSX:
            return File(f"{name}.xlsx", sheets.XLSX, sheets.as_xlsx(rows))
        return File(f"{name}.csv", sheets.CSV, sheets.as_csv(rows))


def table(made: Made, names: Names, language: str) -> list[Row]:
    """A report with its head and its total."""
    report = made.report
    has_step = report.intervals.step is not Step.NONE
    columns = _COUNTS + (_TIME if report.has_time else ())
    heads = (["from", "to"] if has_step else []) + [one.name.lower() for one in report.group_by] + list(columns)
    rows: list[Row] = [[word(name, language) for name in heads]]
    for key, figures in report.in_order():
        begin = [
            wall(key.start, report.intervals.zone),
            wall(report.intervals.end_of(key.start), report.intervals.zone),
        ]
        keys = [_named(one, value, names, language) for one, value in zip(report.group_by, key.values, strict=True)]
        rows.append([*(begin if has_step else []), *keys, *_cells(figures, made.formula, columns)])
    before = len(heads) - len(columns)
    first = [word("total", language), *[""] * (before - 1)] if before else []
    if before:
        rows.append([*first, *_cells(report.total, made.formula, columns)])
    return rows


def wall(at: Millis | None, zone: ZoneInfo) -> str:
    """A moment as the company's clock shows it, with its offset: an hour that comes twice is told apart."""
    if at is None:
        return ""
    local: datetime = from_millis(at).astimezone(zone)
    return local.isoformat(sep=" ", timespec="seconds")


def _line(it: Interaction, names: Names, zone: ZoneInfo, language: str) -> Row:
    first = None if it.first_reply is None else _seconds(it.first_reply)
    return [
        wall(it.started, zone), wall(it.ended, zone), word(f"SORT_{int(it.sort)}", language), it.channel,
        word(f"DIRECTION_{int(it.direction)}", language), it.party, names.queues.get(it.queue, it.queue),
        names.people.get(it.agent, it.agent), it.result, it.disposition, ", ".join(it.tags), _seconds(it.duration),
        _seconds(it.wait), _seconds(it.talk), _seconds(it.wrap), it.transfers, it.messages_in, it.messages_out, first,
        it.csat, names.campaigns.get(it.campaign, it.campaign), _amounts(it.amounts), it.id,
    ]  # fmt: skip


def _cells(row: Figures, formula: Formula, columns: tuple[str, ...]) -> list[Cell]:
    told: dict[str, Cell] = {
        "short": row.short_abandoned, "service_level": _share(row.service_level(formula)), "asa": _round(row.asa),
        "longest": _seconds(row.longest), "aht": _round(row.aht), "talk": _seconds(row.talk),
        "wrap": _seconds(row.wrap), "first_reply": _round(row.first_reply), "csat": _round(row.csat),
        "ready": _seconds(row.ready), "busy": _seconds(row.busy), "pause": _seconds(row.pause),
        "occupancy": _share(row.occupancy), "conversion": _share(row.conversion), "sold_amounts": _amounts(row.amounts),
    }  # fmt: skip
    return [told[name] if name in told else getattr(row, name) for name in columns]


def _named(dimension: Dimension, value: str, names: Names, language: str) -> str:
    match dimension:
        case Dimension.QUEUE:
            return names.queues.get(value, value)
        case Dimension.AGENT:
            return names.people.get(value, value)
        case Dimension.PROJECT:
            return names.projects.get(value, value)
        case Dimension.CAMPAIGN:
            return names.campaigns.get(value, value)
        case Dimension.DIRECTION:
            return word(f"DIRECTION_{value}", language)
        case _:
            return value


def _amounts(amounts: Mapping[str, int]) -> str:
    """Exact: "1250.5 UAH, 20 EUR"; a micro-unit is a millionth."""
    told = []
    for currency, micros in sorted(amounts.items()):
        whole, part = divmod(micros, 1_000_000)
        told.append(f"{whole}{f'.{part:06d}'.rstrip('0').rstrip('.')} {currency}")
    return ", ".join(told)


def _seconds(length: Millis) -> float | int:
    return length // SECOND if length % SECOND == 0 else round(length / SECOND, 1)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
