"""Alarms of the controls: one paper for each record, posting or hole that is not as it should be, and its fact.

An alarm is raised again with what is known better, and closes when the evidence says that the fault is gone. What a
person closed stays closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from antiphon.billing.app.messages import account_of
from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import Rated
from antiphon.billing.domain.tallies import Kind
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import office_pb2 as pb
from antiphon.billing.v1.events_pb2 import AlarmChanged
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

ALARM = "alarm"
LONGEST = 500
MACHINE = "service:billing"
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A finding: what is wrong with which record of which switch."""

    tenant: str
    account: str
    kind: Kind
    switch: str
    what: str
    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the control needs to look again."""

    @property
    def id(self) -> str:
        """One record has one alarm, whatever is learnt of it."""
        return f"posting/{self.what}" if self.kind is Kind.POSTING else f"{self.switch}/{self.what}"


class Papers(Protocol):
    """What this needs of the store."""

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...


class Alarms:
    """Raises, closes and lists them."""

    def __init__(self, writer: Desk, papers: Papers) -> None:
        self._writer = writer
        self._papers = papers

    async def raise_(self, alarm: Alarm) -> None:
        """Opens it, or says better what an open one is."""

        def decide(page: Page, now: int) -> None:
            known = page.papers.get(key_of(ALARM, alarm.id))
            told = {"kind": alarm.kind.value, "switch": alarm.switch, "what": alarm.what, "why": alarm.why}
            data = {**told, **alarm.facts}
            if known is None:
                put(
                    page,
                    now,
                    Paper(ALARM, alarm.id, "open", now, MACHINE, data={**data, "closed_at": 0, "closed_by": ""}),
                )
            elif known.state == "open" and any(known.data.get(name) != value for name, value in data.items()):
                put(page, now, known.to("open", **data))

        await self._do(alarm.account, alarm.tenant, alarm.id, decide)

    async def close(self, account: str, tenant: str, alarm_id: str, kind: Kind) -> None:
        """The fault is gone; `kind` is what it was, after all."""

        def decide(page: Page, now: int) -> None:
            known = page.papers.get(key_of(ALARM, alarm_id))
            if known is not None and known.state == "open":
                put(page, now, known.to("closed", kind=kind.value, closed_at=now, closed_by=MACHINE))

        await self._do(account, tenant, alarm_id, decide)

    async def listed(self, caller: Caller, limit: int) -> pb.ListAlarmsResponse:
        found = await self._papers.papers(account_of(caller.tenant), ALARM, limit)
        return pb.ListAlarmsResponse(alarms=[message(paper) for paper in found])

    async def close_by_hand(self, caller: Caller, request: pb.CloseAlarmRequest) -> pb.CloseAlarmResponse:
        if not request.reason.strip() or len(request.reason) > LONGEST:
            raise invalid("reason", f"has 1 to {LONGEST} characters")

        def decide(page: Page, now: int) -> pb.CloseAlarmResponse:
            known = page.papers.get(key_of(ALARM, request.alarm_id))
            if known is None:
                raise DomainError(Common.NOT_FOUND, object=request.alarm_id)
            if known.state != "open":
                raise DomainError(Reason.ILLEGAL, "it is closed")
            said = {"closed_at": now, "closed_by": caller.subject, "reason": request.reason.strip()}
            known = put(page, now, known.to("closed", **said))
            if page.account is not None:
                page.note(Said(now, caller.subject, "close_alarm", known.id))
            return pb.CloseAlarmResponse(alarm=message(known))

        return await self._do(account_of(caller.tenant), caller.tenant, request.alarm_id, decide)

    async def _do(self, account: str, tenant: str, alarm_id: str, decide: Callable[[Page, int], A]) -> A:
        return await self._writer.do(Work(account, tenant, Touches(papers=[key_of(ALARM, alarm_id)]), decide))


def past_cut_off(page: Page, now: int, call: Rated) -> None:
    """A record of a month that is closed: it is charged all the same, in the month that goes on, and that is said."""
    record = call.record
    told = {"kind": Kind.LATE.value, "switch": record.switch, "what": record.key, "why": "its month is closed already"}
    data = {**told, "closed_at": now, "closed_by": MACHINE}
    put(page, now, Paper(ALARM, f"{record.switch}/{record.key}", "closed", now, MACHINE, data=data))


def put(page: Page, now: int, paper: Paper) -> Paper:
    """Keeps an alarm and tells of it."""
    kept = page.put_paper(paper)
    page.told.append(AlarmChanged(occurred_at=stamp(now), account_id=page.account_id, alarm=message(kept)))
    return kept


def message(paper: Paper) -> pb.Alarm:
    """An alarm as people see it."""
    data = paper.data
    return pb.Alarm(
        id=paper.id, kind=data["kind"], state=paper.state, switch=data["switch"], what=data["what"], why=data["why"],
        at=stamp(paper.at), closed_at=stamp(data["closed_at"] or None), closed_by=data["closed_by"],
    )  # fmt: skip
