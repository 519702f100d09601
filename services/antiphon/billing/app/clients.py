"""Clients of the centre: their prices, what they are billed, what their work cost, and the document of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from antiphon.billing.app import sheets
from antiphon.billing.app.accounts import Accounts, account_on
from antiphon.billing.app.documents import Documents
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.overview import between, days_between
from antiphon.billing.app.terms import LARGEST
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain import clients
from antiphon.billing.domain.accounting import MICRO, DocumentKind
from antiphon.billing.domain.clients import HOUSE, UNITS, Billed, Piece, Prices, Totals
from antiphon.billing.domain.instants import day_of
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import clients_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

CARD = "rate_card"
LONGEST = 300


class Pieces(Protocol):
    """The work that was heard of."""

    async def pieces(
        self, tenant: str, account_id: str, between: tuple[int, int], place: tuple[str, str], **where: str
    ) -> list[Piece]: ...


class Cards(Protocol):
    """What this needs of the store's papers."""

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...


@dataclass(frozen=True, slots=True)
class Statement:
    """A client's work and bill of a period."""

    card: Paper
    pieces: Sequence[Piece]
    lines: Sequence[Billed]

    @property
    def amount(self) -> Fraction:
        return sum((line.amount for line in self.lines), Fraction(0))


class Clients:
    """Prices, statements and totals."""

    def __init__(self, writer: Desk, accounts: Accounts, cards: Cards, pieces: Pieces, documents: Documents) -> None:
        self._writer = writer
        self._accounts = accounts
        self._cards = cards
        self._pieces = pieces
        self._documents = documents

    async def listed(self, caller: Caller) -> pb.ListRateCardsResponse:
        found = await self._cards.papers(account_of(caller.tenant), CARD)
        seen = [card_message(one) for one in found if caller.sees_project(one.id)]
        return pb.ListRateCardsResponse(cards=sorted(seen, key=lambda card: card.name))

    async def put(self, caller: Caller, request: pb.PutRateCardRequest) -> pb.PutRateCardResponse:
        asked, since = request.card, _since(request.card)

        def decide(page: Page, now: int) -> pb.PutRateCardResponse:
            account = account_on(page)
            known = page.papers.get(key_of(CARD, asked.project_id))
            prices = _prices(asked, account.currency)
            earlier = list(known.data["prices"]) if known is not None else []
            if earlier and since.isoformat() < earlier[-1]["since"]:
                raise DomainError(Reason.ILLEGAL, "later prices are there already")
            kept = [one for one in earlier if one["since"] != since.isoformat()]
            data = {
                "name": asked.name.strip(),
                "email": asked.email.strip(),
                "language": asked.language or account.customer.language,
                "currency": account.currency,
                "prices": [*kept, {"since": since.isoformat(), **prices}],
            }
            number = known.number if known is not None else 0
            paper = page.put_paper(Paper(CARD, asked.project_id, "kept", now, caller.subject, number, data))
            page.note(Said(now, caller.subject, "rate_card", f"{asked.project_id} from {since.isoformat()}"))
            return pb.PutRateCardResponse(card=card_message(paper))

        touches = Touches(papers=[key_of(CARD, asked.project_id)])
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    async def statement(self, caller: Caller, request: pb.GetClientStatementRequest) -> pb.GetClientStatementResponse:
        record = await self._accounts.record(caller)
        made = await self._made(caller, record, request.project_id, days_between(request.first, request.last))
        told = pb.ClientStatement(
            project_id=request.project_id,
            name=made.card.data["name"],
            first=request.first,
            last=request.last,
            work=_work(clients.totals(made.pieces), record),
            lines=[_line(line, record) for line in made.lines],
            amount=_money(made.amount, record),
        )
        for name, pieces in sorted(_grouped(made.pieces, lambda piece: piece.campaign).items()):
            told.campaigns.add(campaign_id=name, work=_work(clients.totals(pieces), record))
        for name, pieces in sorted(_grouped(made.pieces, lambda piece: piece.day.isoformat()).items()):
            told.days.add(day=name, work=_work(clients.totals(pieces), record))
        return pb.GetClientStatementResponse(statement=told)

    async def totals(self, caller: Caller, request: pb.ListClientTotalsRequest) -> pb.ListClientTotalsResponse:
        record, days = await self._accounts.record(caller), days_between(request.first, request.last)
        cards = {one.id: one for one in await self._cards.papers(record.id, CARD)}
        pieces = [one for one in await self._within(caller, record, days) if caller.sees_project(one.project)]
        by_client, whole = clients.by_client(pieces), Fraction(0)
        answer = pb.ListClientTotalsResponse(work=_work(clients.totals(pieces), record))
        names = {*by_client, *(one for one in cards if caller.sees_project(one))}
        for name in sorted(names, key=lambda one: (one == HOUSE, one)):
            mine, card = by_client.get(name, []), cards.get(name)
            amount = sum((one.amount for one in clients.bill(mine, _card(card), days)), Fraction(0))
            whole += amount
            answer.clients.add(
                project_id=name, name=card.data["name"] if card is not None else "", unpriced=card is None,
                work=_work(clients.totals(mine), record), amount=_money(amount, record),
            )  # fmt: skip
        answer.amount.CopyFrom(_money(whole, record))
        return answer

    async def campaign(self, caller: Caller, request: pb.GetCampaignCostRequest) -> pb.GetCampaignCostResponse:
        if not request.campaign_id:
            raise invalid("campaign_id", "which campaign?")
        record, days = await self._accounts.record(caller), days_between(request.first, request.last)
        pieces = await self._within(caller, record, days, campaign=request.campaign_id)
        seen = [one for one in pieces if caller.sees_project(one.project)]
        return pb.GetCampaignCostResponse(work=_work(clients.totals(seen), record))

    async def document(self, caller: Caller, project_id: str, days: tuple[date, date]) -> Paper:
        """The statement as a document: numbered, sealed, mailed to the client; once for a period."""
        record = await self._accounts.record(caller)
        self._documents.require_over(record, days)
        name = f"{DocumentKind.CLIENT_STATEMENT.value}:{project_id}:{days[0].isoformat()}:{days[1].isoformat()}"

        async def compose() -> tuple[sheets.Sheet, dict[str, Any]]:
            made = await self._made(caller, record, project_id, days)
            about = self._documents.about(DocumentKind.CLIENT_STATEMENT, record, days)
            sheet = sheets.client_statement(about, made.card.data, made.lines, _days(made.pieces))
            return sheet, {"total": int(made.amount * MICRO), "vat": 0, "mail": made.card.data["email"]}

        return await self._documents.publish(caller, name, (DocumentKind.CLIENT_STATEMENT, days), compose)

    async def _made(
        self, caller: Caller, record: AccountRecord, project_id: str, days: tuple[date, date]
    ) -> Statement:  # fmt: skip
        card = await self._cards.paper(record.id, CARD, project_id)
        if card is None or not caller.sees_project(project_id):
            raise DomainError(Common.NOT_FOUND, object=project_id)
        pieces = await self._within(caller, record, days, project=project_id)
        return Statement(card, pieces, clients.bill(pieces, _card(card), days))

    async def _within(
        self, caller: Caller, record: AccountRecord, days: tuple[date, date], **where: str
    ) -> list[Piece]:  # fmt: skip
        instants = between(days[0].isoformat(), days[1].isoformat(), record.zone)
        return await self._pieces.pieces(caller.tenant, record.id, instants, (record.zone, record.currency), **where)


def _since(asked: pb.RateCard) -> date:
    if not asked.project_id or len(asked.project_id) > 60 or "/" in asked.project_id:
        raise invalid("card.project_id", "which client?")
    if not 0 < len(asked.name.strip()) <= LONGEST or len(asked.email) > LONGEST:
        raise invalid("card.name", f"has 1 to {LONGEST} characters")
    if asked.language not in ("", "ru", "uk"):
        raise invalid("card.language", "is neither ru nor uk")
    try:
        return day_of(asked.valid_from)
    except ValueError as error:
        raise invalid("card.valid_from", str(error)) from error


def _prices(asked: pb.RateCard, currency: str) -> dict[str, int]:
    prices = {}
    for unit in UNITS:
        money: Money = getattr(asked, unit)
        if money.currency not in ("", currency):
            raise DomainError(Reason.CURRENCY, field=f"card.{unit}")
        if not 0 <= money.micros <= LARGEST:
            raise invalid(f"card.{unit}", "is negative, or too large")
        prices[unit] = money.micros
    return prices


def _card(paper: Paper | None) -> list[Prices]:
    kept = paper.data["prices"] if paper is not None else []
    return [Prices(day_of(one["since"]), {unit: one[unit] for unit in UNITS}) for one in kept]


def _grouped(pieces: Sequence[Piece], key: Any) -> dict[str, list[Piece]]:
    found: dict[str, list[Piece]] = {}
    for piece in pieces:
        found.setdefault(key(piece), []).append(piece)
    return found


def _days(pieces: Sequence[Piece]) -> list[tuple[date, Totals]]:
    return sorted((day_of(day), clients.totals(mine)) for day, mine in _by_day(pieces).items())


def _by_day(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    return _grouped(pieces, lambda piece: piece.day.isoformat())


def _money(amount: Fraction, record: AccountRecord) -> Money:
    return Money(currency=record.currency, micros=int(amount * MICRO))


def _work(done: Totals, record: AccountRecord) -> pb.WorkTotals:
    return pb.WorkTotals(
        calls=done.calls,
        contacts=done.contacts,
        talk_seconds=done.talk_s,
        agent_seconds=done.agent_s,
        sales=done.sales,
        sold=Money(currency=record.currency, micros=done.sold),
        cost=Money(currency=record.currency, micros=done.cost),
    )


def _line(line: Billed, record: AccountRecord) -> pb.BilledLine:
    price = Money(currency=record.currency, micros=line.price)
    return pb.BilledLine(
        unit=line.unit, quantity=sheets.quantity(line.quantity), price=price, amount=_money(line.amount, record)
    )  # fmt: skip


def card_message(paper: Paper) -> pb.RateCard:
    data, last = paper.data, paper.data["prices"][-1]
    prices = {unit: Money(currency=data["currency"], micros=last[unit]) for unit in UNITS}
    return pb.RateCard(
        project_id=paper.id, name=data["name"], valid_from=last["since"], email=data["email"],
        language=data["language"], **prices,
    )  # fmt: skip
