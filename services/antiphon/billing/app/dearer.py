"""Prices that rise are a change of the contract like any other: told ahead to who pays by them, open to refusal.

A tariff that nobody but its owner pays by may change at once. Activation refuses what comes too soon; its fact
publishes the change, under an id made of the tariff and its version, so that it is one however often the fact comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.billing.app.changes import Changes
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.times import instant_of
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.price_list import compare
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.v1 import billing_pb2 as pb

SHOWN = 50
WORDS = {
    "en": ("Prices of “{}” change", "Dearer from {}:", "and {} more"),
    "ru": ("Меняются цены «{}»", "Дороже с {}:", "и ещё {}"),
    "uk": ("Змінюються ціни «{}»", "Дорожче з {}:", "і ще {}"),
}


class Store(Protocol):
    """What this needs of the store."""

    async def customers(self, tenant: str, tariff: str = "") -> list[AccountRecord]: ...

    async def sells(self, tenant: str) -> bool: ...


Versions = Any
"""`Tariffs.Versions`: the versions of an operator's tariffs."""


def rises(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What becomes dearer, by prefix or by the name of the service."""
    found = [one.prefix for one in compare(old["rates"], new["rates"]) if one.kind == "dearer"]
    before, after = old.get("usage", {}), new.get("usage", {})
    found += [
        name for name in sorted(before.keys() & after.keys()) if Decimal(str(after[name])) > Decimal(str(before[name]))
    ]
    return found


class Dearer:
    """What a tariff's customers are owed."""

    def __init__(self, store: Store, versions: Versions, changes: Changes | None = None) -> None:
        self._store = store
        self._versions = versions
        self.changes = changes

    async def notice(self, tenant: str, tariff: str) -> int:
        """How many days before they rise prices have to be told: of the customers who pay by them the longest."""
        if not await self._store.sells(tenant):
            return 0
        customers = await self._store.customers(tenant, tariff)
        return max((profile(one.customer.country).notice.change_days for one in customers), default=0)

    async def rising(self, tenant: str, tariff: str, version: int) -> list[str]:
        """What this version makes dearer than the one before it."""
        listed = [one for one in await self._versions.all(tenant) if one["tariff"] == tariff]
        earlier = [one for one in listed if one["approver"] and one["version"] < version]
        this = next((one for one in listed if one["version"] == version), None)
        if this is None or not earlier:
            return []
        before = max(earlier, key=lambda one: int(one["version"]))
        return rises(*(json.loads(one["document"], parse_float=Decimal) for one in (before, this)))

    async def published(self, tenant: str, tariff: pb.Tariff) -> None:
        """A version was activated: what it makes dearer becomes a published change."""
        starts = instant_of(tariff.effective_from)
        if self.changes is None or self.changes.has_come(starts) or not await self._store.sells(tenant):
            return  # what is in force was told in its time, or nobody paid by it: facts of old are heard again
        found = await self.rising(tenant, tariff.id, tariff.version)
        if found:
            day = at(starts // SECOND, ZoneInfo("UTC")).date().isoformat()
            name = re.sub(r"[^A-Za-z0-9._-]", "-", f"tariff-{tariff.id}-{tariff.version}")[-60:]
            change = {"id": name, "kind": "prices", "effective_on": day, "by": tariff.approver}
            titles, texts = _texts(tariff.name or tariff.id, found, day)
            await self.changes.publish_prices(tenant, {**change, "titles": titles, "texts": texts}, tariff.id)


def _texts(name: str, found: Sequence[str], day: str) -> tuple[dict[str, str], dict[str, str]]:
    titles, texts = {}, {}
    for language, (title, since, more) in WORDS.items():
        lines = [since.format(day), *found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(more.format(len(found) - SHOWN))
        titles[language], texts[language] = title.format(name), "\n".join(lines)
    return titles, texts
