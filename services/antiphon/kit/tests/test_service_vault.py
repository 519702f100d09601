"""What is sealed at rest: nothing readable in the database, nothing lost when the master key changes."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from antiphon.kit import mongo
from antiphon.kit.clock import SettableClock
from antiphon.kit.errors import DomainError
from antiphon.kit.mongo import Database
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import new_private_key
from antiphon.kit.vault import _PIECE, Files, Masters, Vault

pytestmark = pytest.mark.service
OLD, NEW = os.urandom(32), os.urandom(32)
FIRST, BOTH, SECOND = (
    Masters("a", {"a": OLD}),
    Masters("b", {"a": OLD, "b": NEW}),
    Masters("b", {"b": NEW}),
)
WORDS = b"the card number is 4111"


@pytest.fixture(scope="module")
async def db(platforms: dict[str, Platform]) -> Database:
    return mongo.database(platforms["media"], "vault")


@pytest.fixture
async def vault(db: Database) -> Vault:
    await db.client.drop_database(db.name)
    return Vault(db, FIRST, SettableClock())


async def read(files: Files, file_id: str) -> bytes:
    return b"".join([part async for part in files.parts(file_id)])


async def reason(awaitable: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        await awaitable
    return refusal.value.reason.name


async def everything(db: Database) -> bytes:
    names = await db.list_collection_names()
    return b"".join([str(await db[name].find().to_list(None)).encode() for name in names])


@pytest.mark.parametrize("size", [0, 1, _PIECE - 1, _PIECE, _PIECE + 1, 3 * _PIECE, 700_001])
async def test_a_file_comes_back_as_it_was_and_is_nowhere_readable(db: Database, vault: Vault, size: int) -> None:
    files, data = Files(db, vault), (WORDS * (size // len(WORDS) + 1))[:size]
    await files.put("tn_1", "f1", data)
    assert await read(files, "f1") == data
    if size > len(WORDS):
        assert WORDS not in await everything(db)


async def test_a_file_may_come_from_a_file(db: Database, vault: Vault, tmp_path: Path) -> None:
    source = tmp_path / "sound"
    source.write_bytes(os.urandom(600_000))
    with source.open("rb") as opened:
        await Files(db, vault).put("tn_1", "f2", opened)
    assert await read(Files(db, vault), "f2") == source.read_bytes()


async def test_pieces_cannot_be_left_out_moved_changed_or_put_into_another_file(db: Database, vault: Vault) -> None:
    files = Files(db, vault)
    await files.put("tn_1", "f1", os.urandom(3 * _PIECE))
    await files.put("tn_1", "f2", os.urandom(3 * _PIECE))
    chunks, heads = db["files.chunks"], db["files.files"]
    kept = {(one["files_id"], one["n"]): one["data"] async for one in chunks.find()}

    async def after(changes: dict[tuple[str, int], bytes]) -> str:
        for (file_id, number), data in {**kept, **changes}.items():
            await chunks.update_one({"files_id": file_id, "n": number}, {"$set": {"data": data}})
        return await reason(read(files, "f1"))

    altered = kept["f1", 1][:-1] + bytes([kept["f1", 1][-1] ^ 1])
    assert await after({("f1", 1): altered}) == "INTERNAL"
    assert await after({("f1", 0): kept["f1", 1], ("f1", 1): kept["f1", 0]}) == "INTERNAL"
    assert await after({("f1", 1): kept["f2", 1]}) == "INTERNAL"
    await chunks.update_one({"files_id": "f1", "n": 1}, {"$set": {"data": kept["f1", 1]}})
    assert len(await read(files, "f1")) == 3 * _PIECE
    await chunks.delete_one({"files_id": "f1", "n": 2})
    await heads.update_one({"_id": "f1"}, {"$set": {"length": 2 * (_PIECE + 16)}})
    assert await reason(read(files, "f1")) == "INTERNAL"
    head = await heads.find_one({"_id": "f1"})
    assert head is not None
    await heads.update_one({"_id": "f2"}, {"$set": {"metadata": head["metadata"]}})
    assert await reason(read(files, "f2")) == "INTERNAL"


async def test_a_text_opens_only_as_what_it_is_about(vault: Vault) -> None:
    sealed = await vault.seal("tn_1", WORDS, "message m1")
    assert WORDS not in sealed
    assert await vault.unseal(sealed, "message m1") == WORDS
    assert await reason(vault.unseal(sealed, "message m2")) == "INTERNAL"
    assert await reason(vault.unseal(sealed[:-1] + b"x", "message m1")) == "INTERNAL"


async def test_tenants_and_months_have_keys_of_their_own(db: Database, vault: Vault) -> None:
    clock = SettableClock(datetime.fromisoformat("2026-01-31T23:59:00+00:00"))
    vault = Vault(db, FIRST, clock)
    for tenant in ("tn_1", "tn_2"):
        await vault.seal(tenant, WORDS, "x")
    clock.forward(minutes=2)
    await vault.seal("tn_1", WORDS, "x")
    names = [document["_id"] async for document in db["data_keys"].find()]
    assert sorted(names) == ["tn_1/2026-01", "tn_1/2026-02", "tn_2/2026-01"]


async def test_the_master_key_changes_without_writing_the_data_again(db: Database, vault: Vault) -> None:
    files, data = Files(db, vault), os.urandom(300_000)
    await files.put("tn_1", "f1", data)
    sealed = await vault.seal("tn_1", WORDS, "x")
    before = [document async for document in db["files.chunks"].find()]
    both = Vault(db, BOTH, SettableClock())
    assert await read(Files(db, both), "f1") == data  # before anything is wrapped anew
    assert (await both.rewrap(), await both.rewrap()) == (1, 0)
    later = Vault(db, SECOND, SettableClock())
    assert (await read(Files(db, later), "f1"), await later.unseal(sealed, "x")) == (data, WORDS)
    assert [document async for document in db["files.chunks"].find()] == before
    assert await reason(read(Files(db, Vault(db, FIRST, SettableClock())), "f1")) == "UNAVAILABLE"


async def test_without_a_master_key_nothing_is_sealed_and_what_was_sealed_stays_shut(
    db: Database, vault: Vault
) -> None:
    plain = Files(db, Vault(db, None, SettableClock()))
    await plain.put("tn_1", "old", WORDS)
    await Files(db, vault).put("tn_1", "new", WORDS)
    assert (await read(plain, "old"), await read(Files(db, vault), "old")) == (WORDS, WORDS)
    assert await reason(read(plain, "new")) == "UNAVAILABLE"


def test_a_file_of_master_keys_is_read_strictly_and_never_quoted(tmp_path: Path) -> None:
    file, key = tmp_path / "keys.json", new_private_key()
    file.write_text(json.dumps({"current": "b", "keys": {"a": key, "b": new_private_key()}}))
    assert Masters.read(file).current == "b"
    for wrong in ("", "[]", '{"current": "c", "keys": {}}', f'{{"current": "a", "keys": {{"a": "{key[:-4]}"}}}}'):
        file.write_text(wrong)
        with pytest.raises(ValueError, match="master key") as error:
            Masters.read(file)
        assert key[:10] not in str(error.value)
