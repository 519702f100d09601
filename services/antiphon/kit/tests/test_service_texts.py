"""Texts at rest: nothing readable in documents, found by hidden words; old ones beside new, and sealed afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import Binary

from antiphon.kit import mongo
from antiphon.kit.clock import SettableClock
from antiphon.kit.errors import DomainError
from antiphon.kit.mongo import Database, Document
from antiphon.kit.settings import Platform
from antiphon.kit.texts import SEALED, Place, Progress, Stored, Texts, begin_again, seal_stored
from antiphon.kit.vault import Masters, Vault

pytestmark = pytest.mark.service
OLD, NEW = os.urandom(32), os.urandom(32)
FIRST, BOTH, SECOND = Masters("a", {"a": OLD}), Masters("b", {"a": OLD, "b": NEW}), Masters("b", {"b": NEW})
SAID = "Номер картки 4111 1111"


@pytest.fixture(scope="module")
async def db(platforms: dict[str, Platform]) -> Database:
    return mongo.database(platforms["media"], "texts")


@pytest.fixture
async def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def texts(db: Database, clock: SettableClock) -> Texts:
    await db.client.drop_database(db.name)
    return Texts(Vault(db, FIRST, clock), seals=True)


def places(document: Document) -> Iterator[Place]:
    yield document, "text", f"line {document['_id']}"
    for one in document.get("files", ()):
        yield one, "name", f"file {one['id']}"
    if "raw" in document:
        yield document, "raw", f"raw {document['_id']}"


LINES = Stored("lines", places, lambda document: document["text"].split())


def line(number: int, tenant: str = "tn_1") -> Document:
    return {
        "_id": number, "tenant": tenant, "text": f"{SAID} {number}", "raw": f"{SAID}".encode(),
        "files": [{"id": f"f{number}", "name": "Паспорт.pdf"}, {"id": "none", "name": ""}],
    }  # fmt: skip


async def everything(db: Database) -> bytes:
    names = await db.list_collection_names()
    return b"".join([bson.encode(one) for name in names for one in await db[name].find().to_list(None)])


async def read(db: Database, texts: Texts, number: int) -> Document:
    found = await db["lines"].find_one({"_id": number})
    assert found is not None
    await texts.open(places(found))
    return found


async def reason(awaitable: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        await awaitable
    return refusal.value.reason.name


async def sealed(db: Database, texts: Texts) -> list[Progress]:
    return [progress async for progress in seal_stored(db, texts, LINES)]


async def test_a_text_comes_back_as_it_was_and_is_nowhere_readable(db: Database, texts: Texts) -> None:
    document = line(1)
    await texts.seal("tn_1", places(document))
    await texts.seal("tn_1", places(document))  # what is sealed is not sealed again
    await db["lines"].insert_one(document)
    assert b"4111" not in await everything(db)
    assert "Паспорт".encode() not in await everything(db)
    assert await read(db, texts, 1) == line(1)


async def test_a_text_does_not_open_in_the_place_of_another(db: Database, texts: Texts) -> None:
    one, other = line(1), line(2)
    await texts.seal("tn_1", places(one))
    await texts.seal("tn_1", places(other))
    other["text"] = one["text"]
    assert await reason(texts.open(places(other))) == "INTERNAL"


async def test_without_sealing_texts_stay_as_they_are_and_sealed_ones_are_read(db: Database, clock: SettableClock, texts: Texts) -> None:  # fmt: skip # noqa: E501
    plain = Texts(Vault(db, FIRST, clock), seals=False)
    before, after = line(1), line(2)
    await plain.seal("tn_1", places(before))
    assert before == line(1)
    await texts.seal("tn_1", places(after))
    await plain.open(places(after))
    assert after == line(2)
    assert await plain.hidden("tn_1", ["картки"]) == ["картки"]
    assert await plain.wanted("tn_1", [["картки"]]) == await texts.wanted("tn_1", [["картки"]])


async def test_hidden_words_find_the_same_and_say_nothing(db: Database, texts: Texts) -> None:
    one, same = await texts.hidden("tn_1", ["карт", "номер"]), await texts.hidden("tn_1", ["карт"])
    assert one[:1] == same
    assert all(isinstance(word, int) for word in one)
    assert one != await texts.hidden("tn_2", ["карт", "номер"])  # another tenant, another key
    ((plain, hidden),) = await texts.wanted("tn_1", [["карт"]])
    assert (plain, hidden) == ("карт", one[0])
    await db["lines"].insert_many([{"_id": 1, "tok": one}, {"_id": 2, "tok": ["карт"]}, {"_id": 3, "tok": ["инше"]}])
    found = await db["lines"].find({"tok": {"$in": [plain, hidden]}}).to_list(None)
    assert [document["_id"] for document in found] == [1, 2]


async def test_what_was_stored_before_is_sealed_afterwards_and_goes_on_where_it_stopped(db: Database, texts: Texts) -> None:  # fmt: skip # noqa: E501
    await db["lines"].insert_many([{**line(number), "tok": ["картки"]} for number in range(1, 451)])
    async for progress in seal_stored(db, texts, LINES):
        assert (progress.looked_at, progress.sealed) == (200, 200)
        break  # killed
    assert (await sealed(db, texts))[-1] == Progress("lines", 450, 450, 450)
    assert SAID.encode() not in await everything(db)
    found = await read(db, texts, 449)
    assert {**found, "tok": None} == {**line(449), "tok": None}
    assert found["tok"] == await texts.hidden("tn_1", line(449)["text"].split())
    # What came later, from a replica that did not seal yet.
    await db["lines"].insert_one(line(451))
    await db["lines"].update_one({"_id": 7}, {"$set": {"text": "plain again"}})
    assert (await sealed(db, texts))[-1].sealed == 451
    await begin_again(db)
    assert (await sealed(db, texts))[-1] == Progress("lines", 451, 1, 451)
    assert (await read(db, texts, 7))["text"] == "plain again"
    assert b"plain again" not in await everything(db)


async def test_a_document_that_changes_meanwhile_keeps_what_was_written(db: Database, texts: Texts) -> None:
    await db["lines"].insert_one(line(1))

    def while_others_write(document: Document) -> Iterator[Place]:
        changed = {"$set": {"text": "written meanwhile", "by": "other"}}
        db.delegate["lines"].update_one({"_id": 1, "by": None}, changed)
        return places(document)

    async for _ in seal_stored(db, texts, Stored("lines", while_others_write)):
        pass
    assert (await read(db, texts, 1))["text"] == "written meanwhile"
    assert b"written meanwhile" not in await everything(db)


async def test_after_the_master_key_changed_texts_are_read_and_words_found(
    db: Database, clock: SettableClock, texts: Texts
) -> None:
    document = line(1)
    await texts.seal("tn_1", places(document))
    words = await texts.hidden("tn_1", ["карт"])
    await db["lines"].insert_one(document)
    assert await Vault(db, BOTH, clock).rewrap() == 2
    later = Texts(Vault(db, SECOND, clock), seals=True)
    assert await read(db, later, 1) == line(1)
    assert await later.hidden("tn_1", ["карт"]) == words
    without = Texts(Vault(db, None, clock), seals=False)
    assert await reason(read(db, without, 1)) == "UNAVAILABLE"


async def test_a_destroyed_key_leaves_nothing_of_one_tenant_and_all_of_another(
    db: Database, clock: SettableClock, texts: Texts
) -> None:
    elsewhere = Texts(Vault(db, FIRST, clock), seals=True)  # another replica
    for number, tenant in ((1, "tn_1"), (2, "tn_2")):
        document = line(number, tenant)
        await texts.seal(tenant, places(document))
        await db["lines"].insert_one(document)
        assert await read(db, elsewhere, number) == line(number, tenant)
    vault = Vault(db, FIRST, clock)
    assert await vault.destroy("tn_1") == 1
    assert await vault.destroy("tn_1") == 0
    clock.forward(minutes=6)  # until then a replica may know the open key
    for reader in (elsewhere, Texts(vault, seals=True)):
        gone = await read(db, reader, 1)
        assert (gone["text"], gone["files"][0]["name"], gone["files"][0]["id"]) == ("", "", "f1")
        assert await read(db, reader, 2) == line(2, "tn_2")
    again = line(3)
    await elsewhere.seal("tn_1", places(again))  # whoever goes on has another key
    assert again["text"] == Binary(again["text"], SEALED)
    await db["lines"].insert_one(again)
    assert await read(db, texts, 3) == line(3)
    assert await Vault(db, BOTH, clock).rewrap() == 2


def test_sealing_without_master_keys_does_not_begin(platforms: dict[str, Platform], tmp_path: Path) -> None:
    values: dict[str, Any] = {"token_key": "x", "token_keys": {}, "seal_texts": True}
    with pytest.raises(ValueError, match="master_keys"):
        Platform(**values)
    assert Platform(**values, master_keys=tmp_path / "keys.json").seal_texts
