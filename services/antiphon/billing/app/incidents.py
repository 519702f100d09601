"""Incidents: documented outages and planned works, told when they are opened, credited once a month."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from antiphon.billing.app import notices
from antiphon.billing.app.accounts import account_on, restore
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.times import instant_of, stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.incidents import FAULTS, POLICIES, Incident, fits_the_month, told_in_time, worth
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import office_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.tokens import Caller

INCIDENT = "incident"


class Incidents:
    """What went wrong, and what it is worth."""

    def __init__(self, writer: Desk, papers: Callable[[str, str], Awaitable[Sequence[Paper]]]) -> None:
        self._writer = writer
        self._papers = papers

    async def put(self, caller: Caller, request: pb.PutIncidentRequest) -> pb.PutIncidentResponse:
        asked = _read(request.incident)
        name = request.incident.id
        others = [one for one in await self._papers(account_of(caller.tenant), INCIDENT) if one.id != name]

        def decide(page: Page, now: int) -> pb.PutIncidentResponse:
            account = account_on(page)
            known = page.papers.get(key_of(INCIDENT, name))
            if known is not None and known.state == "closed":
                raise DomainError(Reason.ILLEGAL, "it is closed")
            if asked.planned:
                _check_planned(asked, [incident_of(one) for one in others], now, account.zone)
            policy = known.data["policy"] if known is not None else asked.policy
            data = {
                "started": asked.started,
                "ended": asked.ended,
                "fault": asked.fault,
                "planned": asked.planned,
                "policy": policy,
                "what": request.incident.what.strip(),
            }
            state = "closed" if asked.ended is not None and asked.ended <= now else "open"
            number = known.number if known is not None else 0
            paper = page.put_paper(Paper(INCIDENT, name, state, now, caller.subject, number, data))
            page.note(Said(now, caller.subject, "incident", f"{name} {state}"))
            if known is None:
                notices.write(page, "works" if asked.planned else "incident", request.incident.what.strip(), now)
            return pb.PutIncidentResponse(incident=message(paper))

        touches = Touches(papers=[key_of(INCIDENT, name)])
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    async def credit(self, caller: Caller, request: pb.CreditOutagesRequest) -> pb.CreditOutagesResponse:
        try:
            month = date.fromisoformat(f"{request.month}-01")
        except ValueError as error:
            raise invalid("month", "is not a month such as 2026-05") from error
        papers = await self._papers(account_of(caller.tenant), INCIDENT)
        name = f"sla:{month:%Y-%m}"

        def decide(page: Page, now: int) -> pb.CreditOutagesResponse:
            account = account_on(page)
            found = [incident_of(one) for one in papers if one.state == "closed"]
            mine = [one for one in found if _month(one.started, account.zone) == month]
            if not mine:
                raise DomainError(Reason.NO_INCIDENT)
            hours, amount = worth(Fraction(account.fee, 10**6), mine, month)
            micros = int(amount * 10**6)
            known = page.book.entries.get(name)
            if known is not None:
                micros = known.amount
            elif micros:
                what = Operation(name, Op.TOPUP, micros, code=Code.OUTAGE_CREDIT, ref=f"incidents of {month:%Y-%m}")
                page.book.submit(what, now)
                page.moved = True
                page.note(Said(now, caller.subject, "outage_credit", f"{month:%Y-%m}"))
                restore(page, account, now)
            return pb.CreditOutagesResponse(credit=Money(currency=account.currency, micros=micros), hours=hours)

        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, Touches([name]), decide))


def _read(asked: pb.Incident) -> Incident:
    if not asked.id or len(asked.id) > 60 or "/" in asked.id:
        raise invalid("incident.id", "has 1 to 60 characters and no slash")
    if asked.fault not in FAULTS:
        raise invalid("incident.fault", f"is none of {', '.join(FAULTS)}")
    policy = asked.policy or POLICIES[0]
    if policy not in POLICIES:
        raise invalid("incident.policy", f"is none of {', '.join(POLICIES)}")
    if not asked.HasField("started_at") or not asked.what.strip():
        raise invalid("incident", "has a beginning and says what it is")
    started = instant_of(asked.started_at)
    ended = instant_of(asked.ended_at) if asked.HasField("ended_at") else None
    if (ended is not None and ended < started) or (asked.planned and ended is None):
        raise invalid("incident.ended_at", "is before its beginning, or missing for planned works")
    return Incident(started, ended, asked.fault, asked.planned, policy)


def _check_planned(asked: Incident, others: Sequence[Incident], now: int, zone: str) -> None:
    if not told_in_time(now, asked.started):
        raise DomainError(Reason.LATE_NOTICE)
    month = _month(asked.started, zone)
    if not fits_the_month([asked, *(one for one in others if _month(one.started, zone) == month)]):
        raise DomainError(Reason.TOO_MUCH_PLANNED)


def _month(instant: int, zone: str) -> date:
    return at(instant // SECOND, ZoneInfo(zone)).date().replace(day=1)


def incident_of(paper: Paper) -> Incident:
    data = paper.data
    return Incident(data["started"], data["ended"], data["fault"], data["planned"], data["policy"])


def message(paper: Paper) -> pb.Incident:
    data = paper.data
    return pb.Incident(
        id=paper.id,
        fault=data["fault"],
        planned=data["planned"],
        started_at=stamp(data["started"]),
        ended_at=stamp(data["ended"]),
        what=data["what"],
        policy=data["policy"],
    )
