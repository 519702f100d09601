"""A rolling upgrade: replicas of the old and the new release bring the indexes up at once, forward and back, while both
write; nothing is lost and nobody fails to start."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antiphon.kit import mongo
from antiphon.kit.mongo import Database, Index
from antiphon.kit.settings import Platform

pytestmark = pytest.mark.service

OLD = (
    Index("calls", "latest", (("tenant", 1), ("at", -1))),
    Index("calls", "person", (("person", 1),)),
    Index("files", "chunk", (("file", 1), ("n", 1)), unique=True),
)
NEW = (
    Index("calls", "latest", (("tenant", 1), ("at", -1))),
    Index("calls", "people", (("tenant", 1), ("people", 1))),
    Index("files", "chunk", (("file", 1), ("n", 1)), unique=True),
    Index("ladders", "retention", (("kept_until", 1),), expires_after=0),
)


async def named(db: Database) -> set[tuple[str, str]]:
    present = await db.list_collection_names()
    every = [(name, index) for name in present for index in await db[name].index_information()]
    return {one for one in every if one[1] != "_id_"}


def names(indexes: tuple[Index, ...]) -> set[tuple[str, str]]:
    return {(one.collection, one.name) for one in indexes}


async def written(db: Database, stop: asyncio.Event, replica: int) -> int:
    """What a replica writes meanwhile; how much of it was acknowledged."""
    count = 0
    while not stop.is_set():
        document: dict[str, Any] = {
            "_id": f"{replica}-{count}",
            "tenant": "t",
            "at": count,
            "person": "p",
            "people": [],
        }
        await db.calls.insert_one(document)
        await db.files.insert_one({"_id": f"{replica}-{count}", "file": f"{replica}", "n": count})
        count += 1
    return count


async def test_indexes_go_forward_and_back_under_writes(platforms: dict[str, Platform]) -> None:
    db = mongo.database(platforms["team"].model_copy(update={"mongo_prefix": "antiphon_upgrade"}), "team")
    stop = asyncio.Event()
    await mongo.migrate(db, OLD)
    writers = [asyncio.ensure_future(written(db, stop, replica)) for replica in range(3)]
    for release in (NEW, OLD, NEW, NEW):
        # three replicas of a release start at the same moment; one of the other was started just before
        await asyncio.gather(*(mongo.migrate(db, release) for _ in range(3)))
        assert names(release) <= await named(db)
    await asyncio.gather(mongo.migrate(db, OLD), mongo.migrate(db, NEW), mongo.migrate(db, OLD), mongo.migrate(db, NEW))
    await mongo.migrate(db, NEW)
    stop.set()
    counts = await asyncio.gather(*writers)
    assert await named(db) >= names(NEW)
    assert ("calls", "person") not in await named(db)
    assert await db.calls.count_documents({}) == await db.files.count_documents({}) == sum(counts) > 0
    await db.client.drop_database(db.name)


async def test_a_release_back_finds_its_indexes_again(platforms: dict[str, Platform]) -> None:
    db = mongo.database(platforms["team"].model_copy(update={"mongo_prefix": "antiphon_upgrade"}), "back")
    await mongo.migrate(db, OLD)
    before = await named(db)
    await mongo.migrate(db, NEW)
    await mongo.migrate(db, OLD)
    assert await named(db) - {("ladders", "retention")} == before, "a collection of the newer release is left alone"
    await db.client.drop_database(db.name)
