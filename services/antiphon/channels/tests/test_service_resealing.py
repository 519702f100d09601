"""The key of channels' secrets changes: what the former one sealed is sealed anew, and nobody's channel notices."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.channels.app.channel_setup import ChannelSetup, webhook_secret
from antiphon.channels.domain.channel import Channel
from antiphon.channels.store import COLLECTIONS, INDEXES, ChannelStore
from antiphon.channels.vault import Vault
from antiphon.kit import mongo
from antiphon.kit.clock import system_clock, to_millis
from antiphon.kit.outbox import Outbox
from antiphon.kit.settings import Platform

pytestmark = pytest.mark.service
ADAPTERS: Any = {}


async def test_secrets_are_sealed_anew_and_providers_are_believed_meanwhile(platforms: dict[str, Platform]) -> None:
    db = mongo.database(platforms["channels"], "resealing")
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    store = ChannelStore(db, Outbox(db), system_clock, "http://localhost")

    def setup(*keys: str) -> ChannelSetup:
        return ChannelSetup(store, Vault(*keys), ADAPTERS, any_origin=True, inside=True)

    before = Vault("old")
    bot = Channel(
        "ch_1", "tn_1", "telegram", "Bot", settings={"mode": "webhook"}, account="4711",
        secrets={"token": before.seal("4711:AAE", "ch_1:token")}, former={"token": before.seal("1:B", "ch_1:token")},
        former_until=to_millis(system_clock()) + 3_600_000,
    )  # fmt: skip
    bot = await store.save(None, bot)
    both, alone = setup("new", "old"), setup("new")
    assert both.open(bot).secrets["token"] == "4711:AAE"
    assert alone.open(bot).secrets["token"] == "", "the key must not go before all is sealed anew"
    assert both.open(bot).secrets["webhook"] == webhook_secret(Vault("new"), bot)
    assert both.open(bot).former["webhook"] == webhook_secret(before, bot), "what the provider was told is believed"
    for _ in range(2):
        await both.reseal()
    after = await store.get("tn_1", "ch_1")
    assert (after.rev, after.version) == (bot.rev, bot.version)
    assert alone.open(after).secrets["token"] == "4711:AAE"
    assert alone.open(after).former == {"token": "1:B"}
    assert not await store.reseal(Channel("ch_1", "tn_1", "telegram", "Bot", version=7), {"secrets.token": b"x"})
    await db.client.drop_database(db.name)
