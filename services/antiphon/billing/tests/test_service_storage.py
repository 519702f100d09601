"""What is stored is charged by the gigabyte and day, with real servers and virtual days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from antiphon.billing.domain.accounting import month_of
from antiphon.billing.tests.stage import TARIFF, Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.kit.bus import Bus
from antiphon.kit.testing import eventually
from antiphon.media.v1 import events_pb2 as media

pytestmark = pytest.mark.service
PRICED = {**TARIFF, "usage": {"gigabyte_day": "0.021"}}


@pytest.fixture
async def tell(stage: Stage) -> AsyncIterator[Any]:
    """Tells the size of a store, as often as asked, each time as another fact."""
    buses = {name: await Bus.connect(stage.platforms[name], "teller") for name in ("media", "channels")}
    facts: dict[str, Any] = {"media": media.StorageMeasured, "channels": channels.StorageMeasured}

    async def tell(store: str, size: int, times: int = 1) -> None:
        now = stage.clock()
        day = now.date().isoformat()
        fact = facts[store](occurred_at=stamp(now), day=day, bytes=size)
        for time in range(times):
            name = f"{stage.tenant}:{store}:{day}:{size}:{time}"
            await buses[store].publish(fact, tenant=stage.tenant, key=f"storage-{day}", event_id=name)

    yield tell
    await asyncio.gather(*(bus.close() for bus in buses.values()))


async def entries(stage: Stage) -> list[Any]:
    return list((await stage.ask("ListEntries", cb.ListEntriesRequest(), "olena")).entries)


async def stored(stage: Stage, count: int) -> dict[str, int]:
    """Micro-units of each day and store, once there are so many."""

    async def there() -> dict[str, int]:
        found = [one for one in await entries(stage) if one.id.startswith("usage:storage:")]
        assert len({one.id for one in found}) == len(found)
        return {one.id: one.amount.micros for one in found} if len(found) >= count else {}

    return await eventually(there, 30)  # type: ignore[no-any-return]


@pytest.mark.clause("I04")
async def test_every_store_and_day_is_charged_once_and_stands_in_the_months_act(stage: Stage, tell: Any) -> None:
    now = stage.clock()
    stage.clock.forward(days=(month_of(now.date())[1] - now.date()).days + 3)  # three days lie within one month
    await stage.open("100", PRICED)
    day = stage.clock().date()
    await tell("media", 12_345_678_901, times=3)
    await tell("channels", 1_000_000, times=2)
    await stored(stage, 2)
    stage.clock.forward(days=1)
    await tell("media", 2_500_000_000)
    await stored(stage, 3)
    stage.clock.forward(days=1)  # after an erasure
    await tell("media", 1_250_000, times=2)
    found = await stored(stage, 4)
    name = "usage:storage:{}:{}"
    assert found == {
        name.format("media", day): 259_259,  # 12.345678901 GB × 0.021 = 0.259259256921
        name.format("channels", day): 21,
        name.format("media", day + timedelta(days=1)): 52_500,
        name.format("media", day + timedelta(days=2)): 26,  # 0.00125 GB × 0.021 = 0.00002625
    }
    assert (await stage.account()).balance == uah("99.688194")
    asked = cb.GetSpendingRequest(first=day.isoformat(), last=(day + timedelta(days=2)).isoformat())
    assert (await stage.ask("GetSpending", asked, "olena")).total == uah("0.311806")

    first, last = month_of(day)
    stage.clock.forward(days=(last - stage.clock().date()).days + 2)

    async def made() -> dict[int, db.Document]:
        listed = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
        return {one.kind: one for one in listed if one.hash and one.first == first.isoformat()}

    async def closed() -> bool:
        return len(await made()) == 3

    await eventually(closed, 60)
    documents = await made()
    assert documents[db.DOCUMENT_KIND_ACT].total == uah("0.31")
    assert documents[db.DOCUMENT_KIND_DETAIL].total == uah("0.311806")
    request = db.GetDocumentFileRequest(document_id=documents[db.DOCUMENT_KIND_DETAIL].id, format="csv")
    printed = (await stage.ask("GetDocumentFile", request, "olena")).content.decode()
    assert f"Зберігання: записи, голосова пошта, факси, 12.345678901 ГБ, {day}" in printed
    assert f"Зберігання: файли повідомлень, 0.001 ГБ, {day}" in printed


async def test_without_a_price_nothing_is_charged_and_nothing_waits(stage: Stage, tell: Any) -> None:
    other = stage.of_another_tenant()
    tariff_id = await stage.activate(TARIFF)
    await stage.open("100", tariff_id=tariff_id)
    await tell("media", 10**12, times=2)
    stage.clock.forward(days=1)
    await stage.activate(PRICED, tariff_id)
    stage.clock.forward(days=20)  # a dearer tariff has its notice
    await tell("media", 10**12)
    (charged,) = (await stored(stage, 1)).items()
    assert charged == (f"usage:storage:media:{stage.clock().date()}", 21_000_000), "what was for nothing stays so"
    suspended = await stage.ask("ListRatedCalls", pb.ListRatedCallsRequest(suspense=True), "olena")
    assert not suspended.calls
    refused = await other.refusal(
        "ChargeUsage", cb.ChargeUsageRequest(usage_id="x", service="gigabyte_day", quantity="1")
    )
    assert refused.reason.name == "NO_ACCOUNT", "an unknown account is no reason to try again for ever"


async def test_the_first_word_about_a_day_stands(stage: Stage, tell: Any) -> None:
    await stage.open("100", PRICED)
    await tell("media", 10**9)
    await stored(stage, 1)
    await tell("media", 9 * 10**9)  # a store that was restored from an old copy
    await tell("channels", 10**9)
    assert set((await stored(stage, 2)).values()) == {21_000}
    assert (await stage.account()).balance == uah("99.958")
