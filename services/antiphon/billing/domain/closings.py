"""Control totals of a month: what was recorded beside what was posted, group by group, before its books are closed.

A group is a switch, or another service that gives records. Lost, added or altered, an item makes the totals of its
group differ. What a closed month holds is kept as a print of its postings, so that a later change of it is seen.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from antiphon.billing.domain.chart import customer
from antiphon.billing.domain.instants import midnight
from antiphon.billing.domain.ledger import Entry, Op
from antiphon.billing.domain.records import Charge, Rated

BOOKS = "books"
"""The group of what rests on no record: orders, fees, payments."""


@dataclass(frozen=True, slots=True)
class Total:
    """Documents, and the sum of what they cost, in micro-units."""

    count: int = 0
    amount: int = 0

    def __add__(self, amount: int) -> Total:
        return Total(self.count + 1, self.amount + amount)


@dataclass(frozen=True, slots=True)
class Difference:
    """A group whose totals do not agree, and what is wrong with its first item."""

    group: str
    why: str


@dataclass(frozen=True, slots=True)
class Print:
    """A month's postings as they were when it was closed."""

    first: int
    last: int
    """Numbers of the first and the last; 0 and 0 when there are none."""
    charged: int
    paid: int
    digest: str


@lru_cache(maxsize=10_000)
def closed_until(month: int, zone: str) -> int:
    """The instant at which a closed month (202605) was over."""
    after = date(month // 100, month % 100, 28) + timedelta(days=4)
    return midnight(after.replace(day=1), ZoneInfo(zone))


def group_of(call_id: str) -> str:
    return call_id.partition("/")[0]


def is_of_record(entry: Entry) -> bool:
    """Was it charged for a record, and not for something that was ordered?"""
    operation = entry.operation
    posted = operation.op is Op.SETTLE or (operation.op is Op.CHARGE and operation.id.startswith("call:"))
    return posted and bool(operation.tariff) and entry.result.done and entry.amount > 0


def differences(month: Sequence[Entry], later: Sequence[Entry], calls: Iterable[Rated]) -> list[Difference]:
    """Groups that keep a month from being closed. `later`: postings after it, which its last records may have; `calls`:
    the records of the month, and those that its postings name."""
    costs = {call.id: call.cost for call in calls if call.charge is Charge.BILLED and call.cost}
    posted: dict[str, list[int]] = {}
    for entry in (*month, *(one for one in later if one.operation.ref in costs)):
        if is_of_record(entry):
            posted.setdefault(entry.operation.ref, []).append(entry.amount)
    before, after = totals(costs.items()), totals((ref, one) for ref, some in posted.items() for one in some)
    wrong = {group_of(ref): why for ref, why in sorted(_wrong(costs, posted), reverse=True)}
    found = [
        Difference(group, f"{_said(before.get(group))} recorded, {_said(after.get(group))} posted: {wrong[group]}")
        for group in sorted(wrong)
    ]
    return [*(Difference(BOOKS, why) for why in _of_books(month)), *found]


def totals(items: Iterable[tuple[str, int]]) -> Mapping[str, Total]:
    """(record's id, amount) → the totals of each group."""
    found: dict[str, Total] = {}
    for ref, amount in items:
        found[group_of(ref)] = found.get(group_of(ref), Total()) + amount
    return found


def printed(entries: Sequence[Entry], account: str) -> Print:
    """Of a month, oldest first."""
    mine, digest = customer(account), hashlib.sha256()
    sums: Counter[str] = Counter()
    for entry in entries:
        sums["charged"] += entry.amount * (entry.debit == mine)
        sums["paid"] += entry.amount * (entry.credit == mine)
        said = (entry.seq, entry.at, entry.operation.id, entry.operation.ref, entry.amount, entry.debit, entry.credit)
        digest.update("\n".join(map(str, said)).encode() + b"\0")
    ends = (entries[0].seq, entries[-1].seq) if entries else (0, 0)
    return Print(*ends, sums["charged"], sums["paid"], digest.hexdigest())


def as_data(kept: Print) -> dict[str, int | str]:
    return asdict(kept)


def _wrong(costs: Mapping[str, int], posted: Mapping[str, Sequence[int]]) -> Iterator[tuple[str, str]]:
    """(record, what is wrong with it)."""
    for ref in sorted(costs.keys() | posted.keys()):
        cost, moved = costs.get(ref), posted.get(ref, ())
        if cost is None:
            yield ref, f"{ref} was charged and is not recorded"
        elif not moved:
            yield ref, f"{ref} was recorded and is not charged"
        elif len(moved) > 1 or moved[0] != cost:
            yield ref, f"{ref} costs {cost} and {', '.join(map(str, moved))} was charged"


def _of_books(month: Sequence[Entry]) -> Iterator[str]:
    for entry in month:
        if entry.amount and not entry.operation.ref:
            yield f"posting {entry.operation.id} rests on no document"
    for one, following in pairwise(month):
        if following.seq != one.seq + 1:
            yield (
                f"posting {one.seq + 1} is missing" if following.seq > one.seq else f"posting {one.seq} is there twice"
            )


def _said(total: Total | None) -> str:
    total = total or Total()
    return f"{total.count} for {total.amount}"
