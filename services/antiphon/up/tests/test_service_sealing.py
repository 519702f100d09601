"""The commands beside services that keep texts: sealing what is there, and destroying a tenant's keys."""

from __future__ import annotations

from datetime import UTC, datetime

import bson
import pytest
from typer.testing import CliRunner

from antiphon.__main__ import app
from antiphon.directory import store as directory
from antiphon.directory.v1.crm_pb2 import ContactNote
from antiphon.kit import mongo
from antiphon.kit.clock import system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.texts import Texts
from antiphon.kit.vault import Masters, Vault
from antiphon.kit.words import Stemming
from antiphon.team import store
from antiphon.team.domain.room import Kind, Room
from antiphon.up import sealing

pytestmark = pytest.mark.service
SAID = "Ёлка в шесть"


def team_of(platform: Platform) -> store.Store:
    assert platform.master_keys is not None
    db = mongo.database(platform, "team")
    return store.Store(db, Texts(Vault(db, Masters.read(platform.master_keys), system_clock), seals=True))


async def test_what_colleagues_wrote_before_is_sealed_and_goes_with_the_tenants_key(
    platforms: dict[str, Platform],
) -> None:
    platform, db = platforms["team"], mongo.database(platforms["team"], "team")
    room = Room("rm_1", Kind.DIRECT, ("pe_1", "pe_2"), datetime(2026, 1, 5, tzinfo=UTC))
    after, line = room.say("pe_1", "c1", SAID, (), room.active_at)
    await db["rooms"].insert_one(store._of_room("tn_1", after))
    await db["lines"].insert_one({"_id": "rm_1/1", "tenant": "tn_1", "folded": "елка в шесть", **store._plain(line)})

    told: list[str] = []
    assert await sealing.seal(platform, ["team"], lambda name, it: told.append(f"{name}.{it.collection}")) == 2
    assert told == ["team.lines", "team.rooms"]
    kept = b"".join([bson.encode(one) for name in ("lines", "rooms") for one in await db[name].find().to_list(None)])
    assert "лка".encode() not in kept
    team = team_of(platform)
    assert [one.text for one in await team.search("tn_1", "pe_1", "елки")] == [SAID]
    assert [one.text for one in await team.lines("rm_1", 0, 5)] == [SAID]

    assert await sealing.destroy(platform, "tn_1") == {"channels": 0, "directory": 0, "team": 2, "media": 0}
    assert [one.text for one in await team_of(platform).lines("rm_1", 0, 5)] == [""]
    assert await sealing.seal(platform, ["team"], lambda *_: None, again=True) == 0


async def test_notes_about_customers_are_sealed_found_and_go_with_the_key(platforms: dict[str, Platform]) -> None:
    platform, db = platforms["directory"], mongo.database(platforms["directory"], "directory")
    await mongo.migrate(db, directory.INDEXES, directory.COLLECTIONS)
    assert platform.master_keys is not None
    vault = Vault(db, Masters.read(platform.master_keys), system_clock)
    plain = directory.Store(db, Texts(vault, seals=False)).of("tn_2")
    sealed = directory.Store(db, Texts(vault, seals=True)).of("tn_2")
    await plain.contact_notes.save(note("cn_1", 1, "Любить гірський мед"))
    assert await sealing.seal(platform, ["directory"], lambda *_: None) == 1
    await sealed.contact_notes.save(note("cn_2", 1, "Мед привезти у п’ятницю"))
    await sealed.contact_notes.save(note("cn_2", 2, "Мед привезти в суботу"))
    kept = b"".join([bson.encode(one) for one in await db.contact_notes.find().to_list(None)])
    assert not any(word.encode() in kept for word in ("мед", "Мед", "субот", "гірськ"))

    async def found(query: str) -> list[str]:
        notes, _ = await sealed.contact_notes.found(Stemming().wanted(query), {}, None, 10)
        return sorted(one.text for one in notes)

    both = ["Любить гірський мед", "Мед привезти в суботу"]
    assert (await found("мед"), await found("п’ятниця")) == (both, [])
    assert sorted(one.text for one in (await sealed.contact_notes.page(["ct_1"], None, 10))[0]) == both
    assert (await sealed.contact_notes.get("cn_1")).text == both[0]
    await db.contact_notes.update_many({}, {"$unset": {"tok": "", "tokv": ""}})
    await directory.Store(db, Texts(vault, seals=True)).analyse_notes()
    assert await found("меду") == both
    assert (await sealing.destroy(platform, "tn_2"))["directory"] == 2
    fresh = directory.Store(db, Texts(Vault(db, Masters.read(platform.master_keys), system_clock), seals=True))
    assert [one.text for one in (await fresh.of("tn_2").contact_notes.page(["ct_1"], None, 10))[0]] == ["", ""]


def note(name: str, rev: int, text: str) -> ContactNote:
    made = ContactNote(id=name, rev=rev, contact_id="ct_1", author="person:pe_1", text=text)
    made.at.FromDatetime(datetime(2026, 1, 5, tzinfo=UTC))
    return made


def test_keys_are_destroyed_only_by_who_says_so() -> None:
    assert CliRunner().invoke(app, ["keys", "destroy", "tn_1"]).exit_code == 2
