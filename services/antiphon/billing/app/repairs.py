"""The SLA report: how quickly a month's outages were repaired. Computed from the incidents; nothing here writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from antiphon.billing.app.incidents import INCIDENT, incident_of, message, month_of, read_month
from antiphon.billing.app.messages import nanos
from antiphon.billing.app.profiles import profile
from antiphon.billing.domain import repairs
from antiphon.billing.domain.instants import SECOND, midnight
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.v1 import office_pb2 as pb
from antiphon.kit.clock import Clock
from antiphon.kit.errors import invalid


class RepairTimes:
    """What a company may ask about its outages."""

    def __init__(self, papers: Callable[[str, str], Awaitable[Sequence[Paper]]], clock: Clock) -> None:
        self._papers = papers
        self._clock = clock

    async def report(self, account: AccountRecord, text: str) -> pb.GetSlaReportResponse:
        """Of a month of the account's zone. Raises INVALID."""
        now, zone = nanos(self._clock()), ZoneInfo(account.zone)
        month = read_month(text) if text else month_of(now, account.zone)
        following = (month + timedelta(days=31)).replace(day=1)
        first, last = midnight(month, zone), min(now, midnight(following, zone))
        if first > now:
            raise invalid("month", "has not begun")
        papers = await self._papers(account.id, INCIDENT)
        known = {paper.id: incident_of(paper) for paper in papers}
        begun = {name: one for name, one in known.items() if month_of(one.started, account.zone) == month}
        lost, whole = repairs.lost(known.values(), (first, last)), max(1, last - first)
        late = [one for one in papers if one.id in begun and repairs.is_overrun(begun[one.id], now)]
        return pb.GetSlaReportResponse(
            month=f"{month:%Y-%m}",
            severities=[
                pb.RepairTimes(
                    severity=one.severity, target_seconds=one.target, outages=one.outages, in_time=one.in_time,
                    overrun=one.overrun, open=one.open, mean_seconds=one.mean, longest_seconds=one.longest,
                )
                for one in repairs.of_month(begun.values(), profile(account.customer.country).repair_hours, now)
            ],
            overruns=[message(one) for one in sorted(late, key=lambda one: begun[one.id].started)],
            lost_seconds=lost // SECOND,
            available_percent=_percent(whole - lost, whole),
        )  # fmt: skip


def _percent(part: int, whole: int) -> str:
    thousandths = part * 100_000 // whole
    return f"{thousandths // 1000}.{thousandths % 1000:03}"
