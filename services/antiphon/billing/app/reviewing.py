"""Open alarms, looked at again: what came after all closes them, what is known better is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from antiphon.billing.app import metrics
from antiphon.billing.app.alarms import ALARM, Alarm, Alarms
from antiphon.billing.app.evidence import Evidence
from antiphon.billing.domain.chart import customer
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.tallies import Kind, digest

Found: TypeAlias = tuple[str, str, Paper]
"""(account, tenant, alarm)."""
OF_RECORDS = (Kind.DROPPED, Kind.ALTERED, Kind.MISPOSTED)
MOST = 2_000
LATELY = 900 * SECOND


class Reviewing:
    """What became of alarms."""

    def __init__(
        self,
        evidence: Evidence,
        alarms: Alarms,
        everywhere: Callable[[str, str, int], Awaitable[list[Found]]],
        leads: Callable[[str], bool],
    ) -> None:
        self._evidence = evidence
        self._alarms = alarms
        self._everywhere = everywhere
        self._leads = leads
        self.secrets: Mapping[str, bytes] = {}

    async def review(self, now: int) -> None:
        """Every open alarm of the accounts written here."""
        everything = await self._everywhere(ALARM, "open", MOST)
        mine = [one for one in everything if self._leads(one[0])]
        kinds = Counter(paper.data["kind"] for _, _, paper in mine)
        for kind in Kind:
            metrics.alarms.labels(kind.value).set(kinds[kind.value])
        if not mine:
            return
        elsewhere = {
            (paper.data["owner"], paper.id): account
            for account, _, paper in everything
            if _kind(paper) is Kind.MISPOSTED and "owner" in paper.data
        }
        await self._records([one for one in mine if _kind(one[2]) in OF_RECORDS and "digest" in one[2].data], elsewhere)
        await self._invented([one for one in mine if _kind(one[2]) in (Kind.FICTITIOUS, Kind.DUPLICATE)], now)
        await self._untold([one for one in mine if _kind(one[2]) is Kind.UNTOLD])
        await self._postings([one for one in mine if _kind(one[2]) is Kind.POSTING])

    async def _records(self, found: Sequence[Found], elsewhere: Mapping[tuple[str, str], str]) -> None:
        """Recorded: is it billed now, as it was recorded?"""
        billed = await self._evidence.billed({(account, paper.id) for account, _, paper in found})
        for account, tenant, paper in found:
            call, kind = billed.get((account, paper.id)), _kind(paper)
            if call is None:
                if kind is Kind.DROPPED and (account, paper.id) in elsewhere:
                    why = f"it was booked on account {elsewhere[account, paper.id]}"
                    await self._say(account, tenant, paper, Kind.MISPOSTED, why)
                continue
            secret = self.secrets.get(call.record.switch, b"")
            if call.erased or digest(secret, call.record).hex() == paper.data["digest"]:
                if kind is not Kind.ALTERED or call.erased:
                    was = Kind.LATE if kind is Kind.DROPPED else kind
                    await self._alarms.close(account, tenant, paper.id, was)
            elif kind is not Kind.ALTERED:
                await self._say(account, tenant, paper, Kind.ALTERED, "it was recorded otherwise")

    async def _invented(self, found: Sequence[Found], now: int) -> None:
        """Billed: was it tallied meanwhile?"""
        switches: dict[str, list[Found]] = {}
        for one in found:
            switches.setdefault(one[2].data["switch"], []).append(one)
        for switch, some in switches.items():
            told = await self._evidence.told(switch, [paper.data["what"] for _, _, paper in some], [now - LATELY])
            for account, tenant, paper in some:
                here = told.get(paper.data["what"], ())
                owners = [owner for owner, sealed in here if sealed.hex() == paper.data["seal"]]
                if account in owners:
                    await self._alarms.close(account, tenant, paper.id, Kind.LATE)
                elif any(owner == account for owner, _ in here):
                    await self._say(account, tenant, paper, Kind.ALTERED, "it was recorded otherwise")
                elif owners:
                    why = f"it was recorded for account {owners[0]}"
                    await self._say(account, tenant, paper, Kind.MISPOSTED, why, owner=owners[0])

    async def _untold(self, found: Sequence[Found]) -> None:
        """Were the numbers told?"""
        sources = {one.id: one.numbers for one in await self._evidence.counted({p.data["source"] for _, _, p in found})}
        for account, tenant, paper in found:
            first, last = paper.data["first"], paper.data["last"]
            numbers = sources.get(paper.data["source"])
            if numbers is None or not any(gap[0] <= last and gap[1] >= first for gap in numbers.gaps):
                await self._alarms.close(account, tenant, paper.id, Kind.LATE)

    async def _postings(self, found: Sequence[Found]) -> None:
        """Is the posting gone, or does it rest on a record now?"""
        postings = await self._evidence.posting({(account, paper.data["what"]) for account, _, paper in found})
        costs = await self._evidence.costs({(account, paper.data["ref"]) for account, _, paper in found})
        for account, tenant, paper in found:
            posting = postings.get((account, paper.data["what"]))
            rests = posting is not None and costs.get((account, paper.data["ref"])) == posting.amount
            if posting is None or (rests and posting.debit == customer(account)):
                await self._alarms.close(account, tenant, paper.id, Kind.POSTING)

    async def _say(self, account: str, tenant: str, paper: Paper, kind: Kind, why: str, **facts: str) -> None:
        told = paper.data
        await self._alarms.raise_(Alarm(tenant, account, kind, told["switch"], told["what"], why, facts))


def _kind(paper: Paper) -> Kind:
    return Kind(paper.data["kind"])
