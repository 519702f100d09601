"""The real-time protocol against real servers: exactly once over every kind of interruption."""

from __future__ import annotations

import asyncio
import functools
import json
import random
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from antiphon.acd.v1 import acd_pb2
from antiphon.acd.v1 import events_pb2 as acd
from antiphon.channels.v1 import channels_pb2
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.directory.v1 import directory_pb2
from antiphon.directory.v1 import events_pb2 as directory
from antiphon.inbox.tests.browser import Browser
from antiphon.inbox.tests.conftest import World
from antiphon.kit import dev
from antiphon.kit.bus import FACTS, Bus
from antiphon.kit.ids import new_id
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


def added(conversation: str, seq: int, assignee: str, **fields: Any) -> channels.MessageAdded:
    message = channels_pb2.Message(conversation_id=conversation, seq=seq, text=f"message {seq}", rev=1)
    record = channels_pb2.Conversation(id=conversation, rev=seq, assignee_id=assignee, last_seq=seq, **fields)
    return channels.MessageAdded(message=message, conversation=record)


async def gone(tasks: list[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_every_message_is_shown_exactly_once_over_100_disconnects_and_a_killed_replica(world: World) -> None:
    """Two replicas; sockets are cut at random; one replica is killed in the middle; every message arrives, in order,
    once. A second tenant's messages arrive nowhere."""
    company = await world.company(anna="agent")
    anna, story = company.ids["anna"], [f"cv{number}" for number in range(5)]
    seqs, sent = dict.fromkeys(story, 0), 0
    doomed, second = world.process()
    async with world.inbox(ring_facts=150) as (first, _):
        browsers = [Browser([first, second], company.token("anna")) for _ in range(4)]
        tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(browser.run()) for browser in browsers]
        await eventually(lambda: all(browser.is_live.is_set() for browser in browsers))
        cut = asyncio.ensure_future(_cut(browsers))
        while sent < 1200 or sum(browser.connections for browser in browsers) < 115:
            where = random.choice(story)
            seqs[where], sent = seqs[where] + 1, sent + 1
            await company.tell(added(where, seqs[where], anna), where)
            if sent % 10 == 0:
                await world.tell(added(where, seqs[where], anna), new_id("tn"), where)
            if sent == 600:
                assert sum(browser.ports[second] for browser in browsers) > 4, "the doomed one serves as well"
                doomed.kill()
            await asyncio.sleep(0.001)
        await gone([cut])
        for browser in browsers:
            await eventually(functools.partial(_has, browser, sent), within=30)
        await gone(tasks)
    for browser in browsers:
        shown = [(body["message"]["conversation_id"], body["message"]["seq"]) for body in browser.seen("MessageAdded")]
        assert len(shown) == sent
        for where in story:
            assert [seq for name, seq in shown if name == where] == list(range(1, seqs[where] + 1))
        assert browser.resyncs == []
    assert sum(browser.repeated for browser in browsers) == 0


def _has(browser: Browser, messages: int) -> bool:
    return len(browser.seen("MessageAdded")) >= messages


async def _cut(browsers: list[Browser]) -> None:
    while True:
        await asyncio.sleep(random.random() * 0.05)
        await random.choice(browsers).drop()


async def test_a_cursor_read_before_the_state_misses_nothing(world: World, http: httpx.AsyncClient) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    anna = company.ids["anna"]
    async with world.inbox() as (port, _):
        browser = company.browser(port, "anna")
        await browser.snapshot(http)
        await company.tell(added("c", 1, anna))
        await company.tell(added("c", 2, anna))
        listening = asyncio.ensure_future(browser.listen(await browser.open(http)))
        await eventually(lambda: len(browser.events) == 2)
        await gone([listening])
        assert set(browser.state) == {
            "me", "work", "people", "groups", "queues", "channels", "projects", "conversations", "calls", "tags",
            "mentions", "rooms",
        }  # fmt: skip


async def test_a_position_that_cannot_be_continued_is_answered_by_resync(world: World, http: httpx.AsyncClient) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    anna = company.ids["anna"]
    async with world.inbox(ring_facts=5, replay_facts=20) as (port, _):
        browser = company.browser(port, "anna")
        await browser.snapshot(http)
        epoch, cursor = browser.epoch, browser.cursor
        told = [await company.tell(added("c", number + 1, anna)) for number in range(40)]
        for changes, why in (
            ({"epoch": "another"}, "epoch"),
            ({"since": cursor + 10_000}, "future"),
            ({"since": cursor}, "too_far"),
        ):
            browser.epoch = epoch
            code = await browser.listen(await browser.open(http, **changes))
            assert (code, browser.resyncs[-1]) == (4009, why)
        browser.epoch, browser.cursor = epoch, told[24]  # others tell something, too
        listening = asyncio.ensure_future(browser.listen(await browser.open(http)))
        await eventually(lambda: len(browser.events) == 15)
        await gone([listening])


async def test_a_ticket_opens_one_socket_once(world: World, http: httpx.AsyncClient) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    async with world.inbox() as (first, _), world.inbox() as (second, _):
        browser = company.browser(first, "anna")
        await browser.snapshot(http)
        ticket = (await browser.get(http, "POST", "ticket"))["ticket"]
        listening = asyncio.ensure_future(browser.listen(await browser.open(http, ticket=ticket)))
        await browser.is_live.wait()
        for port in (first, second):
            again = company.browser(port, "anna")
            again.epoch, again.cursor = browser.epoch, browser.cursor
            assert await again.listen(await again.open(http, ticket=ticket)) == 4401
        for wrong in ("", "x" * 40):
            assert await again.listen(await again.open(http, ticket=wrong)) == 4401
        for frame in ("{}", "nonsense", '{"t":"hello","ticket":"x","epoch":"","since":-1}'):
            async with connect(f"ws://127.0.0.1:{first}/rt") as ws:
                await ws.send(frame)
                with pytest.raises(ConnectionClosed):
                    await ws.recv()
                assert ws.close_code == 1008
        await gone([listening])


async def test_a_slow_reader_is_sent_away_and_comes_back_for_the_rest(world: World, http: httpx.AsyncClient) -> None:
    company, big = await world.company(anna="agent"), "x" * 20_000
    anna = company.ids["anna"]
    async with world.inbox(lane_frames=50) as (port, _):
        browser = company.browser(port, "anna")
        await browser.snapshot(http)
        ticket = (await browser.get(http, "POST", "ticket"))["ticket"]
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        small.setblocking(False)
        await asyncio.get_running_loop().sock_connect(small, ("127.0.0.1", port))
        ws = await connect(f"ws://127.0.0.1:{port}/rt", sock=small, max_queue=1, compression=None, ping_interval=None)
        hello = {"t": "hello", "ticket": ticket, "epoch": browser.epoch, "since": browser.cursor}
        await ws.send(json.dumps(hello))
        await asyncio.sleep(0.2)
        for number in range(1200):
            event = added("c", number + 1, anna)
            event.message.text = big
            await company.tell(event)
            if number % 100 == 0 and ws.state.name != "OPEN":
                break
        async with asyncio.timeout(20):
            code = await browser.listen(ws)
        assert code == 4008, browser.resyncs
        assert 0 < len(browser.events) < 1200
        listening = asyncio.ensure_future(browser.listen(await browser.open(http)))
        await eventually(lambda: len(browser.seen("MessageAdded")) == 1200, within=30)
        assert [body["message"]["seq"] for body in browser.seen("MessageAdded")] == list(range(1, 1201))
        await gone([listening])


async def test_what_is_transferred_away_leaves_the_screen(world: World, http: httpx.AsyncClient) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    anna, boris = company.ids["anna"], company.ids["boris"]
    async with world.inbox() as (port, _):
        agent, boss = company.browser(port, "anna"), company.browser(port, "boss")
        tasks: list[asyncio.Future[Any]] = []
        for browser in (agent, boss):
            await browser.snapshot(http)
            tasks.append(asyncio.ensure_future(browser.listen(await browser.open(http))))
            await browser.is_live.wait()
        await company.tell(added("c", 1, anna, contact_name="Olena"))
        await company.tell(added("c", 2, assignee=boris, contact_name="Olena"))
        await company.tell(added("c", 3, assignee=boris, contact_name="Olena"))
        changed = channels_pb2.Message(conversation_id="c", seq=3, rev=2)
        await company.tell(channels.MessageChanged(message=changed))
        await company.tell(added("other", 1, anna))
        await eventually(lambda: len(boss.events) == 5 and len(agent.events) == 3)
        removal = agent.seen("ConversationChanged")
        assert [(one["conversation"]["id"], one["conversation"]["rev"]) for one in removal] == [("c", 2)]
        assert removal[0]["conversation"]["contact_name"] == removal[0]["conversation"]["assignee_id"] == ""
        assert [body["message"]["seq"] for body in agent.seen("MessageAdded")] == [1, 1]
        await gone(tasks)


async def test_rights_membership_and_session_close_what_they_concern(world: World, http: httpx.AsyncClient) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    anna = company.ids["anna"]
    async with world.inbox() as (port, _):
        codes: dict[str, int] = {}

        async def open_one(name: str, person: str, session: str) -> Browser:
            browser = company.browser(port, person, session)
            await browser.snapshot(http)
            ws = await browser.open(http)

            async def note() -> None:
                codes[name] = await browser.listen(ws)

            tasks.append(asyncio.ensure_future(note()))
            await browser.is_live.wait()
            return browser

        tasks: list[asyncio.Future[Any]] = []
        for name, person, session in (("a1", "anna", "s1"), ("a2", "anna", "s2"), ("b", "boris", "s3")):
            await open_one(name, person, session)
        await company.tell(directory.SessionEnded(session_id="s1", person_id=anna))
        await eventually(lambda: codes == {"a1": 4401})
        member = acd_pb2.Member(person_id=company.ids["boris"])
        await company.tell(acd.QueueChanged(queue=acd_pb2.Queue(id="q", rev=1, members=[member])))
        await eventually(lambda: codes == {"a1": 4401, "b": 4009})
        await company.tell(directory.PersonChanged(person=directory_pb2.Person(id=anna, rev=2)))
        await eventually(lambda: codes == {"a1": 4401, "b": 4009, "a2": 4009})
        late = company.browser(port, "anna", session="s1")
        await late.snapshot(http)
        assert await late.listen(await late.open(http)) == 4401, "a ticket from before does not outlive its session"
        await gone(tasks)


async def test_who_looks_and_who_types_is_told_over_replicas_and_only_to_who_may_see(
    world: World, http: httpx.AsyncClient
) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    anna = company.ids["anna"]
    seen = channels_pb2.Conversation(id="c", rev=3, assignee_id=anna)
    world.channels.conversations[company.tenant, "c"] = seen
    async with world.inbox() as (first, _), world.inbox() as (second, _):
        agent = company.browser(first, "anna", subs=["conversation:c"])
        boss = company.browser(second, "boss", subs=["conversation:c", "board"])
        boris = company.browser(second, "boris", subs=["conversation:c", "board"])
        tasks: list[asyncio.Future[Any]] = []
        for browser in (agent, boss, boris):
            await browser.snapshot(http)
            tasks.append(asyncio.ensure_future(browser.listen(await browser.open(http))))
            await browser.is_live.wait()
        assert boss.ws is not None
        assert boris.ws is not None
        await boss.ws.send(json.dumps({"t": "presence", "conversation_id": "c", "doing": "viewing"}))
        await boris.ws.send(json.dumps({"t": "presence", "conversation_id": "c", "doing": "typing"}))
        typing = json.dumps({"conversation_id": "c", "who": "customer"}).encode()
        await world.bus.nc.publish(f"antiphon-eph.{company.tenant}.typing", typing)
        viewing = {"type": "presence", "conversation_id": "c", "person_id": company.ids["boss"], "doing": "viewing"}
        await eventually(lambda: viewing in agent.ephemera)
        await eventually(lambda: any(one["type"] == "typing" for one in agent.ephemera))
        await eventually(lambda: any(one["type"] == "board" for one in boss.ephemera))
        late = company.browser(first, "anna", subs=["conversation:c"])
        await late.snapshot(http)
        tasks.append(asyncio.ensure_future(late.listen(await late.open(http))))
        await eventually(lambda: viewing in late.ephemera)
        await boss.drop()
        await eventually(lambda: {**viewing, "doing": "gone"} in agent.ephemera)
        assert not [one for one in agent.ephemera if one.get("person_id") == company.ids["boris"]]
        assert boris.ephemera == []
        await gone(tasks)


async def test_an_agent_without_any_socket_is_set_offline_after_the_grace(
    world: World, http: httpx.AsyncClient
) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    async with world.inbox(agent_grace=0.6) as (first, _), world.inbox(agent_grace=0.6) as (second, _):
        ready = {"state": "AGENT_STATE_READY"}
        state = f"http://127.0.0.1:{first}/api/v1/me/state"
        headers = {"Authorization": f"Bearer {company.token('anna')}"}

        async def agent() -> Any:
            work = await http.get(f"http://127.0.0.1:{first}/api/v1/me/work", headers=headers)
            return work.json().get("agent", {})

        browsers = [company.browser(port, "anna") for port in (first, second)]
        tasks: list[asyncio.Future[Any]] = []
        for browser in browsers:
            await browser.snapshot(http)
            tasks.append(asyncio.ensure_future(browser.listen(await browser.open(http))))
            await browser.is_live.wait()
        assert (await http.put(state, json=ready, headers=headers)).status_code == 200
        await browsers[0].drop()
        await asyncio.sleep(1.0)
        assert (await agent())["state"] == "AGENT_STATE_READY", "the other replica still has a socket"
        await browsers[1].drop()

        async def is_offline() -> bool:
            now = await agent()
            return bool(now["state"] == "AGENT_STATE_OFFLINE" and now["reason"] == "connection_lost")

        probe: Callable[[], Any] = is_offline
        await eventually(probe, within=30)
        await gone(tasks)


async def test_heartbeats_move_the_cursor_past_what_concerns_others(world: World, http: httpx.AsyncClient) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    anna = company.ids["anna"]
    async with world.inbox(heartbeat=0.2) as (port, _):
        browser = company.browser(port, "anna")
        await browser.snapshot(http)
        listening = asyncio.ensure_future(browser.listen(await browser.open(http)))
        await browser.is_live.wait()
        other = await world.tell(added("c", 1, anna), new_id("tn"))
        await eventually(lambda: browser.cursor >= other)
        assert browser.events == []
        await gone([listening])


async def test_a_killed_nats_costs_a_pause_and_nothing_else(
    world: World, servers: dev.Servers, http: httpx.AsyncClient
) -> None:
    company = await world.company(anna="agent")
    anna = company.ids["anna"]
    async with world.inbox() as (port, _):
        browser = company.browser(port, "anna")
        running = asyncio.ensure_future(browser.run())
        await eventually(browser.is_live.is_set)
        for number in range(60):
            if number == 30:
                servers.nats.kill()
                servers.nats.start()
                await browser.drop()
            await company.tell(added("c", number + 1, anna))
        await eventually(lambda: len(browser.events) == 60, within=30)
        assert [body["message"]["seq"] for body in browser.seen("MessageAdded")] == list(range(1, 61))
        assert (browser.codes[4401], browser.resyncs) == (0, [])
        await gone([running])


async def test_a_stream_made_anew_means_resync(world: World, servers: dev.Servers, http: httpx.AsyncClient) -> None:
    company = await world.company(anna="agent", boris="agent", boss="supervisor")
    anna = company.ids["anna"]
    async with world.inbox() as (port, _):
        browser = company.browser(port, "anna")
        await browser.snapshot(http)
        old = browser.epoch
        listening = asyncio.ensure_future(browser.listen(await browser.open(http)))
        await browser.is_live.wait()
        await world.bus.js.delete_stream(FACTS)
        again = await Bus.connect(world.platforms["channels"], "again")
        async with asyncio.timeout(10):
            assert await listening == 4009
        assert browser.resyncs == ["epoch"]
        await browser.snapshot(http)
        assert browser.epoch != old
        listening = asyncio.ensure_future(browser.listen(await browser.open(http)))
        await company.tell(added("c", 1, anna))
        await eventually(lambda: len(browser.events) == 1)
        await gone([listening])
        await again.close()
