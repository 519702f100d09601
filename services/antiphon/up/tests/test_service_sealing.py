"""The commands beside services that keep texts: sealing what is there, and destroying a tenant's keys."""

from __future__ import annotations

from datetime import UTC, datetime

import bson
import pytest
from typer.testing import CliRunner

from antiphon.__main__ import app
from antiphon.kit import mongo
from antiphon.kit.clock import system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.texts import Texts
from antiphon.kit.vault import Masters, Vault
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

    assert await sealing.destroy(platform, "tn_1") == {"channels": 0, "team": 2, "media": 0}
    assert [one.text for one in await team_of(platform).lines("rm_1", 0, 5)] == [""]
    assert await sealing.seal(platform, ["team"], lambda *_: None, again=True) == 0


def test_keys_are_destroyed_only_by_who_says_so() -> None:
    assert CliRunner().invoke(app, ["keys", "destroy", "tn_1"]).exit_code == 2
