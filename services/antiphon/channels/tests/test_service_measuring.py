"""Files of messages are measured by the day; what was erased is not."""

from __future__ import annotations

import pytest

from antiphon.channels.domain.message import Attachment
from antiphon.channels.store import COLLECTIONS, INDEXES
from antiphon.channels.store.files import FileStore
from antiphon.channels.v1.events_pb2 import StorageMeasured
from antiphon.kit import mongo
from antiphon.kit.clock import SettableClock
from antiphon.kit.measuring import Measuring
from antiphon.kit.outbox import Outbox
from antiphon.kit.settings import Platform
from antiphon.kit.texts import Texts
from antiphon.kit.vault import Files, Vault

pytestmark = pytest.mark.service
SIZE = 70_000


async def test_files_are_told_by_tenant_and_day(platforms: dict[str, Platform]) -> None:
    db, clock = mongo.database(platforms["channels"], "measuring"), SettableClock()
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    vault = Vault(db, None, clock)
    store = FileStore(db, Texts(vault, seals=False), Files(db, vault))
    measuring = Measuring(db, Outbox(db), clock, StorageMeasured, ("attachments",))
    for name, tenant in (("f1", "tn_a"), ("f2", "tn_a"), ("f3", "tn_b")):
        file = Attachment(name, "a.txt", "text/plain", SIZE)
        await store.add(tenant, "visitor:v", file, bytes(SIZE), clock())
    await store.use("tn_a", ["f1"])
    await measuring.measure()
    clock.forward(days=1)
    await store.sweep(clock())  # what no message named
    await measuring.measure()
    await measuring.measure()
    facts = [StorageMeasured.FromString(one["data"]) async for one in db.outbox.find().sort("_id", 1)]
    assert sorted((fact.day, fact.bytes) for fact in facts) == [
        ("2026-01-05", SIZE),
        ("2026-01-05", 2 * SIZE),
        ("2026-01-06", SIZE),
    ]
