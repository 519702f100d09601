"""What keeps a month open: control totals that differ, postings without a document, alarms that nobody has settled.

Each group is named by an alarm, which closes as soon as its month can be closed. What was found right is kept as the
month's print, against which the audit compares it for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from antiphon.billing.app.alarms import ALARM, Alarm, Alarms
from antiphon.billing.domain import closings
from antiphon.billing.domain.accounting import month_of
from antiphon.billing.domain.closings import Difference
from antiphon.billing.domain.instants import SECOND, midnight
from antiphon.billing.domain.ledger import Entry
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord, Rated
from antiphon.billing.domain.tallies import Kind
from antiphon.kit.errors import DomainError

CLOSING = "closing"
NAMED_IN = 900 * SECOND
"""After a month's end: what controls find until then is of that month."""
FOREVER = 1 << 62


class Readings(Protocol):
    """What this needs of the store."""

    async def entries(self, account_id: str, between: tuple[int, int]) -> Sequence[Entry]: ...

    async def recorded(self, account_id: str, refs: Sequence[str], ended: tuple[int, int]) -> Sequence[Rated]: ...

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...


class Closing:
    """May a month be closed?"""

    def __init__(self, reading: Readings, alarms: Alarms) -> None:
        self._reading = reading
        self._alarms = alarms

    async def check(self, record: AccountRecord, month: date) -> Mapping[str, int | str]:
        """What is kept of a closed month: its print and its ends. Raises NOT_CLOSED: `what` names the first group and
        its fault, an alarm each of them."""
        between = _instants(record, month)
        entries = await self._reading.entries(record.id, between)
        found: dict[str, Difference] = {}
        for one in (*await self._alarming(record, between[1]), *await self._differ(record, entries, between)):
            found.setdefault(one.group, one)
        for one in found.values():
            told = Alarm(record.tenant, record.id, Kind.UNCLOSED, one.group, f"{month:%Y-%m}", one.why)
            await self._alarms.raise_(told)
        if found:
            first = found[min(found)]
            raise DomainError(Reason.NOT_CLOSED, what=f"{first.group}: {first.why}")
        ends: dict[str, int | str] = {
            "begins": between[0],
            "ends": between[1],
            "before": (month_of(month)[0] - timedelta(days=1)).isoformat(),
        }
        return {**closings.as_data(closings.printed(entries, record.id)), **ends}

    async def settled(self, record: AccountRecord, month: date) -> None:
        """It is closed: what kept it open is over."""
        for paper in await self._reading.papers(record.id, ALARM, state="open"):
            if paper.data["kind"] == Kind.UNCLOSED.value and paper.data["what"] == f"{month:%Y-%m}":
                await self._alarms.close(record.id, record.tenant, paper.id, Kind.UNCLOSED)

    async def _differ(
        self, record: AccountRecord, entries: Sequence[Entry], between: tuple[int, int]
    ) -> list[Difference]:
        later = await self._reading.entries(record.id, (between[1], FOREVER))
        refs = sorted({entry.operation.ref for entry in entries if closings.is_of_record(entry)})
        calls = await self._reading.recorded(record.id, refs, between)
        return closings.differences(entries, later, calls)

    async def _alarming(self, record: AccountRecord, end: int) -> list[Difference]:
        """Groups with an open alarm about something of that month."""
        found = await self._reading.papers(record.id, ALARM, state="open")
        return [
            Difference(paper.data["switch"], f"{paper.data['kind']} {paper.data['what']}: {paper.data['why']}")
            for paper in found
            if paper.data["kind"] != Kind.UNCLOSED.value and paper.at < end + NAMED_IN
        ]


def _instants(record: AccountRecord, month: date) -> tuple[int, int]:
    (first, last), zone = month_of(month), ZoneInfo(record.zone)
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)
