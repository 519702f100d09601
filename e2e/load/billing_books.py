"""What the books say of calls that went over the wire: how each was reserved, and what the month's documents ask.

The month ends in a billing of its own, on the stack's database and with a clock in the next month, after the stack has
stopped: it accrues, closes and prints as it would by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from antiphon.billing.__main__ import serve
from antiphon.billing.app.sheets import words
from antiphon.billing.audit import audit
from antiphon.billing.store import opened
from antiphon.kit import dev, logs
from antiphon.kit.bus import Bus
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.leases import Leases
from antiphon.kit.testing import eventually, running
from antiphon.up.client import Agent
from antiphon.up.host import SERVICES

VAT = Decimal(20)
"""Percent, of the country the demo tenant is in."""
KOPECK = Decimal("0.01")


@dataclass
class Papers:
    """The month's documents as they were printed, by kind, and what an audit found."""

    sheets: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


async def histories(owner: Agent) -> dict[str, list[str]]:
    """What was done for each session, in order."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = await owner.call("GET", f"/billing/entries?limit=500&holds=true&after={after}")
        found += page["entries"]
        if not (after := page.get("next", "")):
            break
    told: dict[str, list[str]] = defaultdict(list)
    for entry in sorted(found, key=lambda one: int(one["seq"])):
        if entry["operation"] in {"reserve", "extend", "settle"}:
            told[entry["reference"].removeprefix("media/")].append(entry["operation"])
    return told


def wrong_history(names: Sequence[str], *, longer: bool) -> str:
    """What is wrong with how a call was reserved; `longer` than its first reservation. Empty: nothing."""
    if names[:1] != ["reserve"] or names[-1:] != ["settle"] or set(names[1:-1]) - {"extend"}:
        return f"its history is {' '.join(names)}"
    if longer and "extend" not in names:
        return f"it outlasted its first reservation, and its history is {' '.join(names)}"
    return ""


async def month_end(folder: Path) -> Papers:
    """Ends the month that it is, on the database of a stack that has stopped."""
    papers, now = Papers(), system_clock()
    after = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    clock = SettableClock(datetime(after.year, after.month, 2, 12, tzinfo=UTC))
    logs.setup("WARNING")
    with dev.servers(folder) as servers:
        platforms = dev.platforms(folder, SERVICES, servers, log_level="WARNING")
        own = platforms["billing"]
        bus = await Bus.connect(own, "books")
        await (await Leases.open(bus)).release_all()  # whoever held one has stopped
        await bus.close()
        async with (
            running({"billing": serve}, platforms, clock),
            opened(own.mongo_url, f"{own.mongo_prefix}_billing") as store,
        ):

            async def printed() -> bool:
                (account,) = await store.reading.accounts()
                kept = await store.reading.papers(account.id, "document")
                papers.sheets = {one.data["kind"]: dict(one.data) for one in kept if one.data["hash"]}
                return {"act", "tax_invoice", "detail"} <= papers.sheets.keys()

            await eventually(printed, 120)
            papers.faults = [str(one) for one in (await audit(store)).faults]
    return papers


def wrong_papers(papers: Papers, calls: Mapping[str, int]) -> list[str]:
    """Where the month's documents differ from the seconds of calls by number; each second is a kopeck."""
    act, detail = papers.sheets["act"], papers.sheets["detail"]
    text = words(act["sheet"]["lang"])
    rows = {row[0]: (int(row[1]), _amount(row[2])) for row in act["sheet"]["rows"]}
    due = sum(calls.values()) * KOPECK
    faults = [f"audit: {one}" for one in papers.faults]
    if rows.get(text["voice"]) != (len(calls), due):
        faults.append(f"the act's calls are {rows.get(text['voice'])}, on the wire {len(calls)} for {due}")
    total = sum((amount for _, amount in rows.values()), Decimal(0)).quantize(KOPECK, ROUND_HALF_UP)
    vat = (total * VAT / (100 + VAT)).quantize(KOPECK, ROUND_HALF_UP)
    for kind in ("act", "tax_invoice"):
        said = tuple(Decimal(papers.sheets[kind][name]) / 10**6 for name in ("total", "vat"))
        if said != (total, vat):
            faults.append(f"{kind}: {said}, by its lines {(total, vat)}")
    told = {row[1].lstrip("+"): (int(row[3]), Decimal(row[5])) for row in detail["sheet"]["rows"] if row[3]}
    for number, seconds in calls.items():
        if told.pop(number, None) != (seconds, seconds * KOPECK):
            faults.append(f"the detail says otherwise of {number[-4:]}")
    return faults + [f"the detail has a call of {number[-4:]}" for number in told]


def _amount(text: str) -> Decimal:
    """1 234.50 UAH"""
    digits = text.rpartition("\u00a0")[0].replace("\u00a0", "").replace("−", "-")
    return Decimal(digits)
