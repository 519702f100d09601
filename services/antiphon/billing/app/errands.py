"""Errands: one thing that is done to many customers, one after another.

An errand is a paper of the operator's own account with how far it is. Each customer gets a command that may be
repeated, and after some of them the errand's place is stored; so whoever dies in between, the next one goes on from
there, and nobody gets anything twice.

    telling → (the incident ends, its month is over) → crediting → done          rating → done
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from google.protobuf.json_format import MessageToJson, Parse
from google.protobuf.message import Message

from antiphon.billing.app.accounts import account_on
from antiphon.billing.app.customers import Behalf
from antiphon.billing.app.incidents import read_incident
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.times import instant_of, nanos, stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.incidents import told_in_time
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import billing_pb2 as bb
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1 import operator_pb2 as pb
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

ERRAND = "errand"
RUNNING, STANDING, DONE = "running", "standing", "done"
TELLING, CREDITING, RATING = "telling", "crediting", "rating"
AT_ONCE, MOST_NAMED, MOST_FAILURES, MOST_ROUNDS = 20, 1_000, 100, 1_000
EVERYWHERE_OVER = timedelta(days=2)
"""After a month's first day by UTC, it has ended in every zone."""
NOTHING_LEFT = (Reason.NO_INCIDENT.name, Reason.ILLEGAL.name)
"""No credit is due, or the end was told already."""

Send = Callable[[str, Message], Awaitable[Any]]
"""A command for a tenant's account, in billing's own name."""


class Customers(Protocol):
    """What is needed of the store."""

    async def after(
        self, operator: str, account: str, limit: int, *, suspended: bool = False
    ) -> list[AccountRecord]: ...

    async def how_many(self, operator: str, *, suspended: bool = False) -> int: ...


class Readings(Protocol):
    """What is needed of the store."""

    async def account(self, account_id: str) -> AccountRecord | None: ...

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...

    async def everywhere(self, kind: str, state: str) -> Sequence[tuple[str, str, Paper]]: ...


@dataclass(frozen=True, slots=True)
class Ways:
    """What errands go by."""

    customers: Customers
    reading: Readings
    send: Send
    leads: Callable[[str], bool]


class Errands:
    """Putting errands, and running them."""

    def __init__(self, writer: Desk, behalf: Behalf, ways: Ways, clock: Clock) -> None:
        self._writer = writer
        self._behalf = behalf
        self._ways = ways
        self._clock = clock

    async def put(self, caller: Caller, request: pb.PutErrandRequest) -> pb.PutErrandResponse:
        operator = (await self._behalf.staff(caller)).tenant
        asked = _checked(request.errand)
        for customer in asked.customer_ids:
            await self._behalf.customer(caller, customer)
        many = len(asked.customer_ids) or await self._ways.customers.how_many(operator, suspended=asked.rerate)

        def decide(page: Page, now: int) -> pb.PutErrandResponse:
            account_on(page)
            known = page.papers.get(key_of(ERRAND, asked.id))
            data = _data(asked, many)
            if known is not None and _same(known, data):
                return pb.PutErrandResponse(errand=message(known))
            if known is not None:
                _check_change(known, data)
            elif asked.incident.planned and not told_in_time(now, instant_of(asked.incident.started_at)):
                raise DomainError(Reason.LATE_NOTICE)
            number = known.number if known is not None else 0
            paper = page.put_paper(Paper(ERRAND, asked.id, RUNNING, now, caller.subject, number, data))
            page.note(Said(now, caller.subject, "errand", asked.id))
            return pb.PutErrandResponse(errand=message(paper))

        return await self._writer.do(_work(operator, asked.id, decide))

    async def listed(self, caller: Caller, limit: int) -> pb.ListErrandsResponse:
        operator = (await self._behalf.staff(caller)).tenant
        found = await self._ways.reading.papers(account_of(operator), ERRAND, limit)
        return pb.ListErrandsResponse(errands=[message(paper) for paper in found])

    async def round(self) -> None:
        """Goes on with everything that is not done, of the accounts written here."""
        for account_id, tenant, paper in await self._ways.reading.everywhere(ERRAND, STANDING):
            if self._ways.leads(account_id) and self._may_be_credited(paper):
                begun = {"step": CREDITING, "cursor": "", "reached": 0}
                await self._keep(tenant, paper, RUNNING, begun)
        for account_id, tenant, paper in await self._ways.reading.everywhere(ERRAND, RUNNING):
            if self._ways.leads(account_id):
                await self._run(tenant, paper)

    def _may_be_credited(self, paper: Paper) -> bool:
        incident = _incident(paper)
        if not incident.HasField("ended_at"):
            return False
        began = at(instant_of(incident.started_at) // SECOND, ZoneInfo("UTC"))
        over = (began.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0)
        return instant_of(incident.ended_at) <= nanos(self._clock()) and self._clock() >= over + EVERYWHERE_OVER

    async def _run(self, tenant: str, paper: Paper) -> None:
        """To its end, or until a customer's account cannot be written now: the next round goes on from there."""
        while True:
            customers = await self._next(tenant, paper)
            learnt = dict(paper.data)
            try:
                for record in customers:
                    await self._one(record, paper, learnt)
                    learnt["cursor"] = record.id
            finally:
                if learnt["cursor"] != paper.data["cursor"]:
                    paper = await self._keep(tenant, paper, RUNNING, learnt)
            if not customers:
                after = STANDING if paper.data["step"] == TELLING else DONE
                await self._keep(tenant, paper, after, {})
                return

    async def _next(self, tenant: str, paper: Paper) -> list[AccountRecord]:
        cursor, named = paper.data["cursor"], paper.data["named"]
        if not named:
            rerated = paper.data["step"] == RATING
            return await self._ways.customers.after(tenant, cursor, AT_ONCE, suspended=rerated)
        names = [name for name in sorted(named) if name > cursor][:AT_ONCE]
        found = [await self._ways.reading.account(name) for name in names]
        return [record for record in found if record is not None]

    async def _one(self, record: AccountRecord, paper: Paper, learnt: dict[str, Any]) -> None:
        """Raises UNAVAILABLE: the customer's turn comes again."""
        try:
            if paper.data["step"] == TELLING:
                await self._ways.send(record.tenant, ob.PutIncidentRequest(incident=_incident(paper)))
            elif paper.data["step"] == CREDITING:
                began = at(instant_of(_incident(paper).started_at) // SECOND, ZoneInfo(record.zone))
                await self._ways.send(record.tenant, ob.CreditOutagesRequest(month=f"{began:%Y-%m}"))
            else:
                await self._rate(record, learnt)
        except DomainError as error:
            if error.reason.name == Common.UNAVAILABLE.name:
                raise
            if error.reason.name not in NOTHING_LEFT:
                learnt["failures"] = [*learnt["failures"], [record.id, error.reason.name]][:MOST_FAILURES]
                return
        learnt["reached"] += 1

    async def _rate(self, record: AccountRecord, learnt: dict[str, Any]) -> None:
        for _ in range(MOST_ROUNDS):
            answer: bb.RerateSuspenseResponse = await self._ways.send(record.tenant, bb.RerateSuspenseRequest())
            learnt["rated"] += answer.billed
            if not (answer.billed and answer.left):
                break
        learnt["left"] += answer.left

    async def _keep(self, tenant: str, paper: Paper, state: str, learnt: dict[str, Any]) -> Paper:
        """Stores the place. Whoever has changed the errand meanwhile began it anew."""

        def decide(page: Page, now: int) -> Paper:
            known = page.papers[key_of(ERRAND, paper.id)]
            if known.at != paper.at or known.data["cursor"] != paper.data["cursor"]:
                raise DomainError(Common.STALE, "the errand was begun anew")
            return page.put_paper(known.to(state, **learnt))

        return await self._writer.do(_work(tenant, paper.id, decide))


def _work(tenant: str, name: str, decide: Callable[[Page, int], Any]) -> Work[Any]:
    return Work(account_of(tenant), tenant, Touches(papers=[key_of(ERRAND, name)]), decide)


def _checked(errand: pb.Errand) -> pb.Errand:
    """Raises INVALID."""
    if not 0 < len(errand.id) <= 50 or "/" in errand.id:
        raise invalid("errand.id", "has 1 to 50 characters and no slash")
    if errand.rerate == errand.HasField("incident"):
        raise invalid("errand", "is an incident or a re-rating")
    if len(set(errand.customer_ids)) != len(errand.customer_ids) or len(errand.customer_ids) > MOST_NAMED:
        raise invalid("errand.customer_ids", f"are at most {MOST_NAMED}, each once")
    asked = pb.Errand()
    asked.CopyFrom(errand)
    if errand.HasField("incident"):
        asked.incident.id = f"op-{errand.id}"
        read_incident(asked.incident)
    return asked


def _data(asked: pb.Errand, many: int) -> dict[str, Any]:
    return {
        "incident": MessageToJson(asked.incident, indent=None) if asked.HasField("incident") else "",
        "named": sorted(asked.customer_ids), "step": RATING if asked.rerate else TELLING, "cursor": "", "reached": 0,
        "customers": many, "failures": [], "rated": 0, "left": 0,
    }  # fmt: skip


def _same(known: Paper, data: dict[str, Any]) -> bool:
    return all(known.data[name] == data[name] for name in ("incident", "named"))


def _check_change(known: Paper, data: dict[str, Any]) -> None:
    """What is told of an incident may change until it has ended; whom it is about may not."""
    if not known.data["incident"] or not data["incident"] or known.data["named"] != data["named"]:
        raise DomainError(Reason.CONFLICT, object=known.id)
    if _incident(known).HasField("ended_at") and not _incident(known).planned:
        raise DomainError(Reason.ILLEGAL, "it has ended")


def _incident(paper: Paper) -> ob.Incident:
    return Parse(paper.data["incident"], ob.Incident())


def message(paper: Paper) -> pb.Errand:
    data = paper.data
    return pb.Errand(
        id=paper.id, incident=_incident(paper) if data["incident"] else None, rerate=not data["incident"],
        customer_ids=data["named"], state=paper.state, reached=data["reached"], customers=data["customers"],
        failures=[pb.ErrandFailure(customer_id=one, reason=why) for one, why in data["failures"]], rated=data["rated"],
        left=data["left"], at=stamp(paper.at), by=paper.by, step=data["step"],
    )  # fmt: skip
