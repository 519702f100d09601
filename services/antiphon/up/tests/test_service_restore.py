"""Backup, wipe, restore: every document, index and file is as it was, and the installation goes on from there.

What `mongodump --oplog` and `mongorestore --drop` do is done through the driver, at one moment of all databases, while
the services run; NATS begins anew and empty, as docs/operations/backup.md says.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bson import CodecOptions
from bson.raw_bson import RawBSONDocument
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.billing.__main__ import serve as billing_serve
from antiphon.billing.audit import audit
from antiphon.billing.store import Store as Ledger
from antiphon.channels.__main__ import serve as channels_serve
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.kit import dev, procs
from antiphon.kit.grpc_client import ask
from antiphon.kit.ids import derived_id
from antiphon.kit.service import Runtime, Serve
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import new_private_key
from antiphon.routing.__main__ import serve as routing_serve
from antiphon.up import demo_tenant
from antiphon.up.host import SERVICES
from antiphon.up.settings import Settings

pytestmark = pytest.mark.service

RUN: dict[str, Serve] = {
    "directory": directory_serve, "acd": acd_serve, "routing": routing_serve, "channels": channels_serve,
    "billing": billing_serve,
}  # fmt: skip
PASSING = {"outbox", "sessions"}
"""What a service itself empties while it runs."""
Everything = dict[tuple[str, str], tuple[dict[str, Any], list[RawBSONDocument]]]
"""(database, collection) → (indexes, documents)."""


@asynccontextmanager
async def client(where: dev.Servers) -> AsyncIterator[AsyncMongoClient[RawBSONDocument]]:
    opened: AsyncMongoClient[RawBSONDocument] = AsyncMongoClient(
        where.mongo_url, document_class=RawBSONDocument, tz_aware=True
    )
    try:
        yield opened
    finally:
        await opened.close()


async def backed_up(where: dev.Servers) -> Everything:
    """All databases of ours at one moment."""
    archive: Everything = {}
    async with client(where) as opened, opened.start_session(snapshot=True) as session:
        for database in sorted(await opened.list_database_names()):
            if not database.startswith("antiphon_"):
                continue
            for name in sorted(await opened[database].list_collection_names()):
                collection = opened[database][name]
                documents = [one async for one in collection.find(session=session).sort("_id", 1)]
                archive[database, name] = (await indexes(collection), documents)
    return archive


async def indexes(collection: Any) -> dict[str, Any]:
    plain = collection.with_options(CodecOptions(document_class=dict))
    return {name: dict(one) for name, one in (await plain.index_information()).items()}


async def restored(where: dev.Servers, archive: Mapping[tuple[str, str], Any]) -> None:
    async with client(where) as opened:
        for (database, name), (known, documents) in archive.items():
            collection = await opened[database].create_collection(name)
            if documents:
                await collection.insert_many(documents)
            for index, definition in known.items():
                if index != "_id_":
                    options = {key: value for key, value in definition.items() if key not in ("v", "key", "ns")}
                    await collection.create_index(definition["key"], name=index, **options)


def compared(archive: Everything) -> dict[tuple[str, str], tuple[dict[str, Any], list[bytes]]]:
    return {
        key: (found, [bytes(one.raw) for one in documents])
        for key, (found, documents) in archive.items()
        if key[1] not in PASSING
    }


@asynccontextmanager
async def installation(
    where: dev.Servers, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[dict[str, Runtime]]:
    monkeypatch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(procs.free_port()))
    platforms: dict[str, Platform] = dev.platforms(keys, SERVICES, where)
    sealing = SecretStr(dev.keys(keys, ("sealing",))["sealing"])
    settings = DirectorySettings(sealing_key=sealing, password_memory_kib=64)
    services = RUN | {"directory": functools.partial(directory_serve, settings=settings)}
    async with running(services, platforms) as started:
        yield started


class Floor:
    """The ACD as a service speaks to it."""

    def __init__(self, started: Mapping[str, Runtime], tenant: demo_tenant.DemoTenant) -> None:
        self._rt, self._tenant = started["channels"], tenant.tenant
        self.queue = next(iter(tenant.queues.values()))
        self.stub: Any = AcdServiceStub(self._rt.peers.channel("acd"))

    async def enqueue(self, name: str) -> None:
        item = derived_id("wi", name)
        request = acd.EnqueueRequest(
            item_id=item, queue_id=self.queue, channel="webchat", subject=f"conversation:{name}"
        )
        await ask(self.stub.Enqueue, request, self._rt.peers.own(self._tenant), within=20)

    async def waiting(self) -> list[str]:
        request = acd.ListWaitingRequest(queue_id=self.queue)
        answer = await ask(self.stub.ListWaiting, request, self._rt.peers.own(self._tenant), within=20)
        return [item.subject.removeprefix("conversation:") for item in answer.items]


async def test_everything_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_ACD_SNAPSHOT_ENTRIES", "1")
    monkeypatch.setenv("ANTIPHON_CHANNELS_SECRET_KEY", new_private_key())
    keys, settings = tmp_path / "keys", Settings(directory=tmp_path, port=8123)
    with dev.servers(tmp_path / "before") as servers:
        async with installation(servers, keys, monkeypatch) as started:
            tenant = await demo_tenant.ensure(started["channels"].peers, settings)
            floor = Floor(started, tenant)
            for name in ("one", "two"):
                await floor.enqueue(name)
            database = started["acd"].database()

            async def is_quiet() -> bool:
                """Everything is told, and the snapshot has both."""
                untold = [await one.database().outbox.count_documents({}) for one in started.values()]
                kept = await database.snapshots.find_one({"_id": tenant.tenant})
                return not any(untold) and kept is not None and await floor.waiting() == ["one", "two"]

            await eventually(is_quiet)
            position = (await database.snapshots.find_one({"_id": tenant.tenant}) or {})["sequence"]
            assert position > 2
            archive = await backed_up(servers)
            await floor.enqueue("after the backup")
    assert {name.removeprefix("antiphon_") for name, _ in archive} == set(RUN)
    with dev.servers(tmp_path / "after") as servers:
        await restored(servers, archive)
        assert compared(await backed_up(servers)) == compared(archive)
        async with installation(servers, keys, monkeypatch) as started:
            floor = Floor(started, tenant)
            assert await floor.waiting() == ["one", "two"], "what came after the backup is lost, nothing else"
            await floor.enqueue("three")
            again = await demo_tenant.ensure(started["channels"].peers, settings)
            assert again == tenant
            report = await audit(Ledger(started["billing"].database()))
            assert not report.faults
        async with installation(servers, keys, monkeypatch) as started:
            assert await Floor(started, tenant).waiting() == ["one", "two", "three"], "the new journal is read"
