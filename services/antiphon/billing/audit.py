"""`antiphon billing audit`: every invariant of a live database, account by account, and what is wrong by name."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from antiphon.billing.app.alarms import ALARM
from antiphon.billing.app.tariffs import Tariffs, compiled
from antiphon.billing.domain.auditing import Books, Fault, examine, numbering
from antiphon.billing.domain.auditing_carriers import priced_by
from antiphon.billing.domain.auditing_papers import DOCUMENT
from antiphon.billing.domain.charging import Version
from antiphon.billing.domain.records import Charge
from antiphon.billing.domain.tallies import INVARIANTS, Kind
from antiphon.billing.store import Store, opened
from antiphon.kit.clock import system_clock


@dataclass(slots=True)
class Report:
    """What was looked at, and what is wrong."""

    counted: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)
    """Calls in suspense by reason."""


async def audit(store: Store) -> Report:
    """Examines everything."""
    report = Report()
    tariffs = Tariffs(store.tariffs, system_clock)
    carriers: dict[str, Version] = {}
    async for account_id, tenant, books in store.books():
        catalogue = await tariffs.catalogue(tenant)
        versions = {version.id: version for listed in catalogue.versions.values() for version in listed}
        await _read_prices(store, books, carriers)
        report.faults += examine(account_id, books, versions, carriers)
        report.faults += await _files(store, account_id, books)
        report.counted += Counter(accounts=1, documents=len(books.entries), calls=len(books.calls))
        report.waiting += Counter(call.reason for call in books.calls if call.charge is Charge.SUSPENSE)
    for account_id, _, paper in await store.reading.everywhere(ALARM, "open"):
        kind, told = Kind(paper.data["kind"]), paper.data
        what = f"{kind.value}: {told['switch']} {told['what']}: {told['why']}"
        report.faults.append(Fault(INVARIANTS[kind], account_id, what))
    for partition, numbers, count in await store.numbering():
        report.faults += numbering(partition, numbers, count)
    return report


async def _read_prices(store: Store, books: Books, known: dict[str, Version]) -> None:
    """Adds the versions of carriers' prices that these calls were priced by."""
    for name in sorted({priced_by(call) for call in books.calls} - known.keys() - {""}):
        if document := await store.carriers.document(name):
            known[name] = Version(name, "", 0, compiled({"document": document}))


async def _files(store: Store, account_id: str, books: Books) -> list[Fault]:
    """Documents whose file is not the one that was sealed."""
    sealed = [paper for paper in books.papers if paper.kind == DOCUMENT and paper.data["hash"]]
    return [
        Fault("J08", account_id, f"the file of {paper.data['kind']} {paper.data['text']} is not as it was sealed")
        for paper in sealed
        if not await store.reading.is_whole(account_id, paper.id)
    ]


def run(url: str, database: str) -> Report:
    """Audits a database by its address. Raises ConnectionError when nobody answers."""

    async def main() -> Report:
        async with opened(url, database) as store:
            return await audit(store)

    return asyncio.run(main())
