"""Incidents: documented outages and planned works, told when they are opened, credited once a month.

An outage's repair is due by its severity. A paper whose time has passed is escalated: it is `late` instead of `open`, a
notice is given and the log of decisions says so; once, whether the sweep finds it or whoever writes down its end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.billing.app import notices
from antiphon.billing.app.accounts import account_on, restore
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.times import instant_of, stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.incidents import (
    FAULTS,
    POLICIES,
    SEVERITIES,
    USUAL,
    Incident,
    fits_the_month,
    outside_works,
    told_in_time,
    worth,
)
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.repairs import due, is_overrun
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import office_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.tokens import Caller

INCIDENT = "incident"
MACHINE = "service:billing"


class Incidents:
    """What went wrong, and what it is worth."""

    def __init__(self, writer: Desk, papers: Callable[[str, str], Awaitable[Sequence[Paper]]]) -> None:
        self._writer = writer
        self._papers = papers

    async def put(self, caller: Caller, request: pb.PutIncidentRequest) -> pb.PutIncidentResponse:
        asked = read_incident(request.incident)
        name = request.incident.id
        others = [one for one in await self._papers(account_of(caller.tenant), INCIDENT) if one.id != name]

        def decide(page: Page, now: int) -> pb.PutIncidentResponse:
            account = account_on(page)
            known = page.papers.get(key_of(INCIDENT, name))
            if known is not None and known.state == "closed":
                raise DomainError(Reason.ILLEGAL, "it is closed")
            if asked.planned:
                _check_planned(asked, [incident_of(one) for one in others], now, account.zone)
            agreed = replace(asked, policy=request.incident.policy or account.outage_policy or POLICIES[0])
            data = _data(agreed, request.incident.what.strip(), known, profile(account.customer.country).repair_hours)
            state = _state(asked, now, late=data["escalated"] is not None)
            number = known.number if known is not None else 0
            paper = page.put_paper(Paper(INCIDENT, name, state, now, caller.subject, number, data))
            page.note(Said(now, caller.subject, "incident", f"{name} {state}"))
            if known is None:
                notices.write(page, "works" if asked.planned else "incident", data["what"], now)
            return pb.PutIncidentResponse(incident=message(_escalated(page, paper, now)))

        touches = Touches(papers=[key_of(INCIDENT, name)])
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    async def follow(self, account_id: str, tenant: str, paper: Paper) -> None:
        """Escalates what goes on though its time has passed, closes what has ended. Again, it does nothing."""

        def decide(page: Page, now: int) -> None:
            known = page.papers.get(paper.key)
            if known is None or known.state != "open":
                return
            known = _escalated(page, known, now)
            if _state(incident_of(known), now, late=False) == "closed":
                page.put_paper(known.to("closed"))

        await self._writer.do(Work(account_id, tenant, Touches(papers=[paper.key]), decide))

    async def credit(self, caller: Caller, request: pb.CreditOutagesRequest) -> pb.CreditOutagesResponse:
        month = read_month(request.month)
        papers = await self._papers(account_of(caller.tenant), INCIDENT)
        name = f"sla:{month:%Y-%m}"

        def decide(page: Page, now: int) -> pb.CreditOutagesResponse:
            account = account_on(page)
            found = [incident_of(one) for one in papers]
            mine = [
                incident
                for incident, paper in zip(found, papers, strict=True)
                if paper.state == "closed" and month_of(incident.started, account.zone) == month
            ]
            if not mine:
                raise DomainError(Reason.NO_INCIDENT)
            hours, amount = worth(Fraction(account.fee, 10**6), outside_works(mine, found), month)
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


def read_incident(asked: pb.Incident) -> Incident:
    """Raises INVALID."""
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
    severity = asked.severity or USUAL
    if severity not in SEVERITIES:
        raise invalid("incident.severity", f"is none of {', '.join(SEVERITIES)}")
    return Incident(started, ended, asked.fault, asked.planned, policy, severity)


def _data(asked: Incident, what: str, known: Paper | None, targets: Mapping[str, int]) -> dict[str, Any]:
    return {
        "started": asked.started,
        "ended": asked.ended,
        "fault": asked.fault,
        "planned": asked.planned,
        "policy": known.data["policy"] if known is not None else asked.policy,
        "severity": asked.severity,
        "due": due(asked, targets),
        "escalated": known.data.get("escalated") if known is not None else None,
        "what": what,
    }


def _state(incident: Incident, now: int, *, late: bool) -> str:
    if incident.ended is not None and incident.ended <= now:
        return "closed"
    return "late" if late else "open"


def has_come(paper: Paper, now: int) -> bool:
    """Is there anything to be done about an open incident?"""
    incident = incident_of(paper)
    return is_overrun(incident, now) or _state(incident, now, late=False) == "closed"


def _escalated(page: Page, paper: Paper, now: int) -> Paper:
    """The paper, escalated if it has to be."""
    if paper.data.get("escalated") is None and is_overrun(incident_of(paper), now):
        page.note(Said(now, MACHINE, "overrun", paper.id))
        notices.write(page, "overrun", paper.data["what"], now)
        paper = page.put_paper(paper.to("late" if paper.state == "open" else paper.state, escalated=now))
    return paper


def _check_planned(asked: Incident, others: Sequence[Incident], now: int, zone: str) -> None:
    if not told_in_time(now, asked.started):
        raise DomainError(Reason.LATE_NOTICE)
    month = month_of(asked.started, zone)
    if not fits_the_month([asked, *(one for one in others if month_of(one.started, zone) == month)]):
        raise DomainError(Reason.TOO_MUCH_PLANNED)


def read_month(text: str) -> date:
    """The first day of "2026-05". Raises INVALID."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise invalid("month", "is not a month such as 2026-05") from error


def month_of(instant: int, zone: str) -> date:
    return at(instant // SECOND, ZoneInfo(zone)).date().replace(day=1)


def incident_of(paper: Paper) -> Incident:
    data = paper.data
    named = data.get("severity", USUAL), data.get("due")  # before severities there was no time either
    return Incident(data["started"], data["ended"], data["fault"], data["planned"], data["policy"], *named)


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
        severity="" if data["planned"] else data.get("severity", USUAL),
        due_at=stamp(data.get("due")),
        escalated_at=stamp(data.get("escalated")),
    )
