"""What is owed to carriers examined: each call that one carried, and the entry that rests on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from antiphon.billing.domain.carrying import Owed, asked, owed
from antiphon.billing.domain.charging import Version
from antiphon.billing.domain.records import Rated


def of_carriers(calls: Sequence[Rated], entries: Sequence[Owed], prices: Mapping[str, Version]) -> Iterator[str]:
    """What is wrong; `prices`: versions by their carrier's owner and their names (`priced_by`)."""
    there: dict[str, list[Owed]] = defaultdict(list)
    for entry in entries:
        there[entry.call].append(entry)
    for call in calls:
        found, due = there.pop(call.id, []), owed(call)
        if found != ([due] if due is not None else []):
            amounts = ", ".join(f"{one.amount} to {one.carrier}" for one in found) or "nothing"
            wanted = f"{due.amount} to {due.carrier}" if due is not None else "nothing"
            yield f"call {call.id} leaves {wanted} owed, its entries say {amounts}"
        if call.carrier_id and not call.erased:
            yield from _of_price(call, prices)
    for name in sorted(there):
        yield f"an entry of a carrier for {name} rests on no call"


def priced_by(call: Rated) -> str:
    """The version of a carrier's prices that a call was priced by; empty: none."""
    return f"{call.carrier_owner}/{call.carrier_version}" if call.carrier_version else ""


def _of_price(call: Rated, prices: Mapping[str, Version]) -> Iterator[str]:
    wanted: int | None = call.cost if call.agency else 0
    if (name := priced_by(call)) and call.record.answered is not None:
        version = prices.get(name)
        wanted = asked(version, call.record.called, call.record.answered, call.seconds) if version is not None else None
    if call.carrier_cost != wanted:
        yield f"call {call.id} costs {call.carrier_cost} at {call.carrier}, by {name or 'its terms'} it is {wanted}"
