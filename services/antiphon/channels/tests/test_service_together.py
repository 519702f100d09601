"""What many customers do at the same moment is written together, and fails apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from antiphon.channels.contract import RawUpdate
from antiphon.channels.domain.conversation import Change, Conversation
from antiphon.channels.domain.message import Direction, Kind, Message
from antiphon.channels.store import COLLECTIONS, INDEXES, BlockStore, ConversationStore, UpdateStore
from antiphon.kit import mongo
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common
from antiphon.kit.mongo import Database
from antiphon.kit.outbox import Outbox
from antiphon.kit.settings import Platform

pytestmark = pytest.mark.service
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
async def db(platforms: dict[str, Platform]) -> AsyncIterator[Database]:
    database = mongo.database(platforms["channels"], "together")
    await mongo.migrate(database, INDEXES, COLLECTIONS)
    yield database
    await database.client.drop_database(database.name)


@pytest.fixture
def store(db: Database) -> ConversationStore:
    return ConversationStore(db, Outbox(db), system_clock, frozenset({"webchat"}))


def fresh(name: str) -> Conversation:
    return Conversation(
        id=name, tenant="t", no=1, channel_id="ch", channel="webchat", identity=name, peer=name, contact_id="k",
        contact_name="Olena", created_at=NOW, active_at=NOW,
    )  # fmt: skip


def said(it: Conversation, name: str) -> Change:
    message = Message(name, Kind.TEXT, Direction.IN, "customer", NOW, text=name, ext_id=f"{it.peer}:{name}")
    return Change(it).write(message)


async def outcomes(store: ConversationStore, *changes: tuple[Conversation, str]) -> list[Conversation | BaseException]:
    saves = (store.save(it, said(it, name)) for it, name in changes)
    return await asyncio.gather(*saves, return_exceptions=True)


async def test_each_of_many_is_written_once_and_a_late_one_is_refused_alone(
    db: Database, store: ConversationStore
) -> None:
    begun = [await store.save(None, said(fresh(f"many-{n}"), "1")) for n in range(20)]
    assert {it.rev for it in begun} == {1}
    late = begun[7]
    await store.save(late, said(late, "faster"))
    again = [*begun[:7], *begun[8:]]
    *done, refused = await outcomes(store, *((it, "2") for it in (*again, late)))
    now = [one for one in done if isinstance(one, Conversation)]
    assert [it.rev for it in now] == [2] * 19
    assert getattr(refused, "reason", None) is Common.STALE
    repeated = await outcomes(store, *((it, "1") for it in now[:3]), (now[3], "3"))
    assert [getattr(one, "reason", None) for one in repeated] == [Common.STALE] * 3 + [None]
    expected = {it.id: ["1", "2"] for it in again} | {late.id: ["1", "faster"]}
    expected[again[3].id].append("3")
    for conversation_id, texts in expected.items():
        messages, _ = await store.messages("t", conversation_id)
        assert [(m.seq, m.text) for m in messages] == list(enumerate(texts, 1))
        told = await db.outbox.find({"key": f"t.{conversation_id}"}).sort("version", 1).to_list(None)
        assert len(told) == len(texts)


async def test_a_conversation_that_is_held_keeps_no_other_waiting(db: Database, store: ConversationStore) -> None:
    held, free = [await store.save(None, said(fresh(name), "1")) for name in ("held", "free")]
    async with await db.client.start_session() as session:
        session.start_transaction()
        await db.conversations.update_one({"_id": "held"}, {"$set": {"outcome": "x"}}, session=session)
        waits = asyncio.ensure_future(store.save(held, said(held, "2")))
        async with asyncio.timeout(30):
            assert (await store.save(free, said(free, "2"))).rev == 2
            assert (await store.live("ch", "free") or free).rev == 2
        assert not waits.done()
        await session.abort_transaction()
    async with asyncio.timeout(30):
        assert (await waits).rev == 2


async def test_updates_that_come_together_are_stored_once_and_read_in_order(db: Database) -> None:
    updates = UpdateStore(db)
    both = [RawUpdate("t", "ch", f"{lane}:{n}", lane, n, b"{}") for lane in ("a", "b") for n in (3, 1, 2)]
    news = await asyncio.gather(*(updates.add(one, NOW) for one in (*both, *both)))
    assert sum(news) == len(both)
    assert not any(await asyncio.gather(*(updates.add(one, NOW) for one in both)))
    a, b, none = await asyncio.gather(*(updates.waiting_in("ch", lane) for lane in ("a", "b", "c")))
    assert [[(one.lane, one.order) for one in lane] for lane in (a, b, none)] == [
        [("a", 1), ("a", 2), ("a", 3)], [("b", 1), ("b", 2), ("b", 3)], [],
    ]  # fmt: skip
    await asyncio.gather(updates.done(a[0], NOW), updates.failed_once(a[1], "no"), updates.put_aside(b[0], "never"))
    a, b = await asyncio.gather(updates.waiting_in("ch", "a"), updates.waiting_in("ch", "b"))
    assert [(one.order, one.attempts) for one in (*a, *b)] == [(2, 1), (3, 0), (2, 0), (3, 0)]


async def test_who_is_blocked_is_told_apart_from_all_who_write_meanwhile(db: Database) -> None:
    blocks = BlockStore(db)
    await blocks.add_address(fresh("bad"), "boss", NOW)
    asked = [("t", "ch", "bad"), ("t", "ch", "good"), ("t", "other", "bad"), ("u", "ch", "bad")]
    found = await asyncio.gather(*(blocks.refuses_address(*one) for one in asked))
    assert found == [(True, False), (False, False), (False, False), (False, False)]
    await blocks.add_customer(fresh("bad"), ["k"], "boss", NOW)
    found = await asyncio.gather(*(blocks.refuses_address(*one) for one in asked))
    assert found == [(True, True), (False, True), (False, True), (False, False)]
    assert [one["refused"] for one in await blocks.all_of("t") if one["channel_id"]] == [2]
