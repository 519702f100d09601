"""User data and recordings on three members: one dies, what was acknowledged stays and is read; a backup comes back."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.errors import PyMongoError

from antiphon.kit import dev, mongo, nodes
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.procs import Process, free_port
from antiphon.kit.testing import eventually
from antiphon.kit.tokens import new_private_key
from antiphon.kit.vault import Files, Masters, Vault
from antiphon.up import checksums, replica_set
from antiphon.up.tests.test_service_restore import backed_up, restored

pytestmark = pytest.mark.service
RECORDING = bytes(range(256)) * 3_000
"""Some 750 KB: several pieces in GridFS."""


def sealed_files(db: mongo.Database, directory: Path) -> Files:
    """Recordings as media keeps them."""
    file = directory / "masters.json"
    if not file.exists():
        file.write_text(f'{{"current": "k", "keys": {{"k": "{new_private_key()}"}}}}')
    return Files(db, Vault(db, Masters.read(file), system_clock), "recordings")


def primary(where: dev.Servers) -> Process:
    for port, node in where.by_port.items():
        if node.name.startswith(nodes.MONGO):
            with pymongo.MongoClient[dict[str, Any]]("127.0.0.1", port, directConnection=True) as client:
                if client.admin.command("hello")["isWritablePrimary"]:
                    return node
    raise AssertionError("there is no primary")


async def write(db: mongo.Database, files: Files, number: int) -> str:
    """A record and its recording; the digest of what was acknowledged."""
    sound = RECORDING + str(number).encode()

    async def body(session: mongo.Session) -> None:
        key = {"_id": number}
        await db.records.replace_one(key, {**key, "file": f"rec{number}"}, upsert=True, session=session)

    async with asyncio.timeout(60):
        await mongo.transaction(db, body)
        await files.put("tn_1", f"rec{number}", sound)
    return hashlib.sha256(sound).hexdigest()


async def heard(files: Files, number: int) -> str:
    made = hashlib.sha256()
    async for part in files.parts(f"rec{number}"):
        made.update(part)
    return made.hexdigest()


@pytest.mark.clause("M10")
async def test_a_member_dies_and_nothing_acknowledged_with_it(tmp_path: Path) -> None:
    where = dev.start_servers(tmp_path / "three", mongo=3)
    try:
        platform = dev.platforms(tmp_path, ["media"], where)["media"]
        db = mongo.database(platform, "media")
        files = sealed_files(db, tmp_path)
        kept = {number: await write(db, files, number) for number in range(4)}
        dead = primary(where)
        dead.kill()
        assert {number: await heard(files, number) for number in kept} == kept, "reads go on with two of three"
        for number in range(4, 8):
            name = await _insistent(db, files, number)
            kept[number] = name
        assert not dead.alive
        assert await db.records.count_documents({}) == len(kept)
        assert {number: await heard(files, number) for number in kept} == kept
        before = checksums.of(platform.mongo_url, platform.mongo_prefix)
        archive = await backed_up(where)
    finally:
        mongo.close_clients()
        where.stop()
    with dev.servers(tmp_path / "anew") as fresh:
        platform = dev.platforms(tmp_path, ["media"], fresh)["media"]
        assert checksums.of(platform.mongo_url, platform.mongo_prefix) == {}, "all of it was destroyed"
        await restored(fresh, archive)
        assert checksums.differences(before, checksums.of(platform.mongo_url, platform.mongo_prefix)) == []
        db = mongo.database(platform, "media")
        files = sealed_files(db, tmp_path)
        assert {number: await heard(files, number) for number in kept} == kept
        await db.records.update_one({"_id": 3}, {"$set": {"file": "another"}})
        after = checksums.of(platform.mongo_url, platform.mongo_prefix)
        assert checksums.differences(before, after) == ["antiphon_media.records"]
        mongo.close_clients()


async def _insistent(db: mongo.Database, files: Files, number: int) -> str:
    """While a primary is elected a write may fail; who was told so asks again, as media does."""
    done: list[str] = []

    async def tried() -> bool:
        try:
            done.append(await write(db, files, number))
        except (PyMongoError, DomainError):
            await db["recordings.files"].delete_many({"_id": f"rec{number}"})
            await db["recordings.chunks"].delete_many({"files_id": f"rec{number}"})
        return bool(done)

    await eventually(tried, within=60)
    return done[0]


async def test_any_member_lets_others_join(tmp_path: Path) -> None:
    ports = [free_port() for _ in range(3)]
    members = nodes.mongods(tmp_path, ports)

    def url(count: int) -> str:
        return f"mongodb://{','.join(f'127.0.0.1:{port}' for port in ports[:count])}/?replicaSet=rs0"

    async def formed(count: int) -> list[str]:
        """Tried until it goes, as a Job does."""
        found: list[list[str]] = []

        def tried() -> bool:
            try:
                found.append(replica_set.form(url(count)))
            except replica_set.NotYet:
                return False
            return True

        await eventually(tried, within=90)
        return found[0]

    try:
        members[1].spawn()
        await eventually(lambda: replica_set._set_of(f"127.0.0.1:{ports[1]}") == "")
        with pytest.raises(replica_set.NotYet, match=str(ports[0])):
            replica_set.form(url(2))
        members[0].spawn()
        assert await formed(2) == [f"127.0.0.1:{port}" for port in ports[:2]]
        members[2].spawn()
        assert await formed(3) == [f"127.0.0.1:{ports[2]}"]

        def all_have_it() -> bool:
            with pymongo.MongoClient[dict[str, Any]](url(3)) as client:
                status = client.admin.command("replSetGetStatus")
                states = sorted(one["stateStr"] for one in status["members"])
                return states == ["PRIMARY", "SECONDARY", "SECONDARY"] and status["votingMembersCount"] == 3

        await eventually(all_have_it, within=60)
        members[0].kill()
        assert await formed(3) == [], "the first is away, and they are known all the same"
    finally:
        for member in members:
            member.stop()
