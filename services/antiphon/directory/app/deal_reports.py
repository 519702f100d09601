"""What deals came to, and deals as files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from antiphon.directory.domain import deals as rules
from antiphon.directory.domain import limits
from antiphon.directory.domain.deals import Cell, Line, State
from antiphon.directory.v1 import deals_pb2 as pb
from antiphon.directory.v1.deals_pb2 import Deal
from antiphon.kit import sheets
from antiphon.kit.errors import invalid
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.sheets import Row

if TYPE_CHECKING:
    from antiphon.directory.app.deals import Deals
    from antiphon.directory.store import Store
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

_USUAL = timedelta(days=30)
_LONGEST = timedelta(days=3660)
_BATCH = 200
_HEADS = {
    "en": ("Deal", "Customer", "Pipeline", "Stage", "State", "Amount", "Currency", "Owner", "Source", "Expected",
           "Created", "Closed", "Why lost", "Note", "Id"),
    "ru": ("Сделка", "Клиент", "Воронка", "Этап", "Состояние", "Сумма", "Валюта", "Ответственный", "Источник",
           "Ожидается", "Создана", "Закрыта", "Почему проиграна", "Заметка", "Id"),
    "uk": ("Угода", "Клієнт", "Воронка", "Етап", "Стан", "Сума", "Валюта", "Відповідальний", "Джерело", "Очікується",
           "Створена", "Закрита", "Чому програна", "Нотатка", "Id"),
}  # fmt: skip
_STATES = {
    "en": {State.OPEN: "open", State.WON: "won", State.LOST: "lost"},
    "ru": {State.OPEN: "открыта", State.WON: "выиграна", State.LOST: "проиграна"},
    "uk": {State.OPEN: "відкрита", State.WON: "виграна", State.LOST: "програна"},
}
_FILE = {"en": "Deals", "ru": "Сделки", "uk": "Угоди"}


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way."""

    name: str
    media_type: str
    chunks: AsyncIterator[bytes]


class DealReports:
    def __init__(self, store: Store, deals: Deals, clock: Clock) -> None:
        self._store = store
        self._deals = deals
        self._clock = clock

    async def report(self, caller: Caller, request: pb.GetDealReportRequest) -> pb.GetDealReportResponse:
        """Raises INVALID."""
        until = moment(request.until) if request.HasField("until") else self._clock()
        since = moment(request.since) if request.HasField("since") else until - _USUAL
        if not timedelta(0) < until - since <= _LONGEST:
            raise invalid("until", "a period of at most ten years")
        keys = await self._keys(caller, request.by)
        cells = await self._store.of(caller.tenant).deals.tally(since, until, request.pipeline_id)
        lines, total = rules.report(cells, keys)
        return pb.GetDealReportResponse(
            lines=[_line(key, lines[key]) for key in sorted(lines)],
            total=_line("", total),
            since=timestamp(since),
            until=timestamp(until),
        )

    async def _keys(self, caller: Caller, by: int) -> Callable[[Cell], Sequence[str]]:
        match by:
            case pb.DEAL_GROUPING_STAGE:
                return lambda cell: (cell.place,)
            case pb.DEAL_GROUPING_OWNER:
                return lambda cell: (cell.owner,)
            case pb.DEAL_GROUPING_SOURCE:
                return lambda cell: (cell.source,)
            case pb.DEAL_GROUPING_GROUP:
                member_of: dict[str, list[str]] = {}
                for group in await self._store.of(caller.tenant).groups.all(limits.GROUPS):
                    for person_id in group.person_ids:
                        member_of.setdefault(person_id, []).append(group.id)
                return lambda cell: member_of.get(cell.owner, [""])
        raise invalid("by", "by stage, employee, department or source")

    async def file(self, caller: Caller, request: pb.ExportDealsRequest) -> File:
        """Raises INVALID."""
        if request.format not in ("", "csv", "xlsx"):
            raise invalid("format", "csv or xlsx")
        where = await self._deals.where(caller, request)
        language = limits.language(request.language, "en")
        rows = self._rows(caller, where, language)
        name = f"antiphon {_FILE[language]} {self._clock():%Y-%m-%d}"
        if request.format == "xlsx":
            return File(f"{name}.xlsx", sheets.XLSX, sheets.as_xlsx(rows))
        return File(f"{name}.csv", sheets.CSV, sheets.as_csv(rows))

    async def _rows(self, caller: Caller, where: dict[str, Any], language: str) -> AsyncIterator[Row]:
        store = self._store.of(caller.tenant)
        pipelines, _ = await self._deals.pipelines(caller.tenant)
        names = {one.id: one.name for one in pipelines}
        stages = {(one.id, stage.key): stage.name for one in pipelines for stage in one.stages}
        people = {person.id: person.name for person in await store.people.all(limits.PEOPLE)}
        yield _HEADS[language]
        async for batch in _batches(store.deals.each(where)):
            customers = await self._deals.names(caller.tenant, {deal.contact_id for deal in batch if deal.contact_id})
            for deal in batch:
                amount = deal.amount.micros / 1_000_000 if deal.amount.currency else None
                state = _STATES[language][State(deal.state)]
                yield [
                    deal.title, customers.get(deal.contact_id, ""), names.get(deal.pipeline_id, deal.pipeline_id),
                    stages.get((deal.pipeline_id, deal.stage), deal.stage), state, amount,
                    deal.amount.currency, people.get(deal.owner_id, ""), deal.source, deal.expected_on,
                    _day(moment(deal.created_at)), _day(moment(deal.closed_at)) if deal.HasField("closed_at") else "",
                    deal.lost_why, deal.note, deal.id,
                ]  # fmt: skip


async def _batches(deals: AsyncIterator[Deal]) -> AsyncIterator[list[Deal]]:
    batch: list[Deal] = []
    async for deal in deals:
        batch.append(deal)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _day(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")


def _line(key: str, line: Line) -> pb.DealLine:
    sums = [
        pb.DealSum(
            currency=currency, open_micros=of[State.OPEN], won_micros=of[State.WON], lost_micros=of[State.LOST]
        )
        for currency, of in sorted(line.sums.items())
    ]  # fmt: skip
    return pb.DealLine(
        key=key, opened=line.opened, open=line.open, won=line.won, lost=line.lost, sums=sums, win_rate=line.win_rate,
        days_to_win=line.days_to_win,
    )  # fmt: skip
