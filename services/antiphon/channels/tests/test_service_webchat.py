"""Web chat through the widget's protocol, with the real directory, routing and acd."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import grpc
import httpx
import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.channels import events
from antiphon.channels.__main__ import serve
from antiphon.channels.tests.centre import SITE, Centre, browsing
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import directory_pb2
from antiphon.kit import procs
from antiphon.kit.bus import FACTS
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.routing.__main__ import serve as routing_serve
from antiphon.routing.v1 import routing_pb2

pytestmark = pytest.mark.service

SERVICES = {"directory": directory_serve, "acd": acd_serve, "routing": routing_serve, "channels": serve}
MENU = (
    {
        "id": "menu", "kind": "menu", "text": {"en": "How can we help?"},
        "options": [
            {"key": "sales", "label": {"en": "Buy"}, "next": "bye"},
            {"key": "person", "label": {"en": "A person"}, "next": "line"},
        ],
        "on_no_input": "bye", "timeout_s": 600,
    },
    {"id": "bye", "kind": "close", "text": {"en": "See our shop"}, "outcome": "self_service"},
)  # fmt: skip


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    port = procs.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(port))
        patch.setenv("ANTIPHON_CHANNELS_MAX_UPLOAD_MB", "1")
        patch.setenv("ANTIPHON_CHANNELS_MESSAGE_BURST", "40")
        yield f"127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtimes(platforms: dict[str, Platform], edge: str) -> AsyncIterator[dict[str, Runtime]]:
    async with running(SERVICES, platforms) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(runtimes: dict[str, Runtime], edge: str) -> Centre:
    return await Centre(runtimes["channels"], edge).open("owner@webchat.example")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(centre: Centre) -> pb.Channel:
    """A site whose visitors are received by a menu."""
    channel = await centre.widget(title="Shop", colour="#1a6cff")
    line = {"id": "line", "kind": "enqueue", "queue_id": centre.queue_id, "greeting": {"en": "One moment"}}
    await centre.scheme(channel, *MENU, {**line, "on_timeout": "bye"})
    return channel


@pytest.mark.clause("D02")
async def test_a_visitor_chooses_waits_talks_and_comes_back(centre: Centre, shop: pb.Channel) -> None:
    async with browsing(centre.edge, shop.public_key) as visitor:
        mine = (await visitor.say("Hello <script>alert(1)</script>", "c1"))["m"]
        assert (mine["mine"], mine["text"]) == (True, "Hello <script>alert(1)</script>")
        menu = await visitor.message("How can we help?")
        assert (menu["kind"], [o["key"] for o in menu["options"]]) == ("menu", ["sales", "person"])
        await visitor.say("A person", "c2", choice="person")
        await visitor.message("One moment")
        await visitor.frame("status", lambda f: f["status"] == "waiting")
        it = await centre.conversation(shop)
        await centre.until(it.id, status=pb.CONVERSATION_STATUS_WAITING, queue_id=centre.queue_id)

        await centre.be(0, acd.AGENT_STATE_READY)
        work_id = await centre.accept(0, it.id)
        opened = await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN, assignee_id=centre.agents[0].id)
        assert opened.work_id == work_id
        joined = await visitor.frame("msg", lambda f: f["m"]["event"] == "joined")
        assert joined["m"]["author_name"] == "Agent 1"
        assert (await visitor.frame("status", lambda f: f["status"] == "open"))["agent_name"] == "Agent 1"

        note = pb.SendMessageRequest(
            conversation_id=it.id, client_id="n1", kind=pb.MESSAGE_KIND_NOTE, text="a secret of ours"
        )
        await ask(centre.channels.SendMessage, note, centre.agents[0].headers)
        await centre.send(0, it.id, "Good day!", "a1")
        again = await centre.send(0, it.id, "Good day!", "a1")
        answer = await visitor.message("Good day!")
        assert (answer["mine"], answer["author_name"]) == (False, "Agent 1")
        await centre_delivery(centre, it.id, again.seq, pb.DELIVERY_DELIVERED)
        await visitor.send(t="read", seq=answer["seq"])
        await centre_delivery(centre, it.id, again.seq, pb.DELIVERY_READ)
        read = pb.MarkReadRequest(conversation_id=it.id, seq=again.seq)
        await ask(centre.channels.MarkRead, read, centre.agents[0].headers)
        await visitor.frame("read", lambda f: f["by"] == "them" and f["seq"] >= mine["seq"])
        await ask(centre.channels.ShowTyping, pb.ShowTypingRequest(conversation_id=it.id), centre.agents[0].headers)
        assert (await visitor.frame("typing"))["who"] == "Agent 1"

        close = pb.CloseConversationRequest(conversation_id=it.id, disposition="done")
        closed = (await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)).conversation
        assert (closed.status, closed.disposition) == (pb.CONVERSATION_STATUS_CLOSED, "done")
        await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)
        await visitor.frame("status", lambda f: f["status"] == "closed")
        assert not [f for f in visitor.frames if "secret" in json.dumps(f)]

        await visitor.say("One more thing", "c3")
        await visitor.frame("msg", lambda f: f["m"]["event"] == "reopened")
        await centre.accept(0, it.id)
        await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN, assignee_id=centre.agents[0].id)
        events = [m.event for m in await centre.messages(it.id) if m.kind == pb.MESSAGE_KIND_EVENT]
        assert events == ["accepted", "closed", "reopened", "accepted"]
        texts = [m.text for m in await centre.messages(it.id) if m.kind != pb.MESSAGE_KIND_EVENT]
        assert texts.count("Good day!") == 1
        await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)
    await centre.be(0, acd.AGENT_STATE_OFFLINE)


async def centre_delivery(centre: Centre, conversation_id: str, seq: int, state: pb.Delivery.ValueType) -> None:
    async def so() -> bool:
        return any(m.seq == seq and m.delivery == state for m in await centre.messages(conversation_id))

    await eventually(so)


async def test_a_lost_acknowledgement_and_a_lost_line_neither_lose_nor_repeat(centre: Centre, shop: pb.Channel) -> None:
    async with browsing(centre.edge, shop.public_key) as visitor:
        token = visitor.token
        await visitor.send(t="msg", client_id="lost-1", text="first")  # leaves before the acknowledgement
    it = await centre.conversation(shop, 2)
    async with browsing(centre.edge, shop.public_key, token=token) as visitor:
        for _ in range(3):
            await visitor.say("first", "lost-1")
            visitor.frames.clear()
        await visitor.say("second", "lost-2")
        await visitor.quiet()
        last = max(seq for seq, _ in visitor.seen())
    async with browsing(centre.edge, shop.public_key, token=token, since=last) as visitor:
        await visitor.say("third", "lost-3")
        await visitor.quiet()
        assert all(seq > last for seq, _ in visitor.seen())
    async with browsing(centre.edge, shop.public_key, token=token) as visitor:
        await visitor.quiet()
        mine = [f["m"]["text"] for f in visitor.frames if f["t"] == "msg" and f["m"]["mine"]]
        assert mine == ["first", "second", "third"]
        sequence = [seq for seq, _ in visitor.seen()]
        assert sequence == sorted(set(sequence))
    stored = [m.text for m in await centre.messages(it.id) if m.direction == pb.DIRECTION_IN]
    assert stored == ["first", "second", "third"]


async def test_forty_quick_messages_keep_their_order_in_two_tabs(centre: Centre) -> None:
    plain = await centre.widget(fallback_queue_id=await centre.queue("Idle", staffed=False))
    async with (
        browsing(centre.edge, plain.public_key) as one,
        browsing(centre.edge, plain.public_key, token=one.token) as two,
    ):
        for number in range(90):
            await one.send(t="msg", client_id=f"q{number}", text=str(number))
        refusal = await one.frame("error")
        assert (refusal["reason"], refusal["retry"]) == ("TOO_FAST", True)
        await two.frame("msg", lambda f: f["m"]["text"] == "39")
        mine = [f["m"]["text"] for f in two.frames if f["t"] == "msg" and f["m"]["mine"]]
        assert mine[:40] == [str(number) for number in range(40)]


@pytest.mark.clause("L10")
async def test_strangers_are_refused(centre: Centre, shop: pb.Channel, edge: str) -> None:
    other = await centre.widget()
    async with browsing(edge, shop.public_key) as visitor:
        token = visitor.token

    async def code(**more: Any) -> int:
        with pytest.raises(ConnectionClosed) as closed:
            async with browsing(edge, **more):
                pass
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code

    assert await code(key=shop.public_key, token="x" * 43) == 4401
    assert await code(key=other.public_key, token=token) == 4401  # of another channel
    assert await code(key=shop.public_key, origin="https://evil.example") == 4403
    assert await code(key="wk_unknown") == 4403
    async with httpx.AsyncClient(base_url=f"http://{edge}") as http:
        config = f"/widget/config?key={shop.public_key}"
        assert (await http.get(config, headers={"Origin": "https://evil.example"})).status_code == 403
        good = await http.get(config, headers={"Origin": SITE})
        assert good.headers["access-control-allow-origin"] == SITE
        assert (good.json()["title"], good.json()["max_upload_mb"]) == ("Shop", 1)
    stranger = await Centre(centre.rt, edge).open("owner@other.example")
    it = (await centre.conversations())[0]
    for method, request in (
        (centre.channels.GetConversation, pb.GetConversationRequest(conversation_id=it.id)),
        (centre.channels.ListMessages, pb.ListMessagesRequest(conversation_id=it.id)),
        (centre.channels.MarkRead, pb.MarkReadRequest(conversation_id=it.id, seq=1)),
        (centre.channels.CloseConversation, pb.CloseConversationRequest(conversation_id=it.id)),
        (centre.channels.TakeConversation, pb.TakeConversationRequest(conversation_id=it.id)),
        (centre.channels.TransferConversation, pb.TransferConversationRequest(conversation_id=it.id, queue_id="q")),
        (centre.channels.ShowTyping, pb.ShowTypingRequest(conversation_id=it.id)),
        (
            centre.channels.SendMessage,
            pb.SendMessageRequest(conversation_id=it.id, client_id="x", kind=pb.MESSAGE_KIND_NOTE, text="x"),
        ),
        (centre.channels.TestChannel, pb.TestChannelRequest(channel_id=shop.id)),
        (centre.channels.PutChannel, pb.PutChannelRequest(channel=shop)),
    ):
        with pytest.raises(DomainError) as refused:
            await ask(method, request, stranger.owner)
        assert refused.value.reason.kind.name == "NOT_FOUND"
    assert await stranger.conversations() == []
    await ask(centre.channels.DeleteChannel, pb.DeleteChannelRequest(channel_id=shop.id), stranger.owner)
    listed = await ask(centre.channels.ListChannels, pb.ListChannelsRequest(), stranger.owner)
    assert list(listed.channels) == []
    mine = await ask(centre.channels.ListChannels, pb.ListChannelsRequest(), centre.owner)
    assert shop.id in [channel.id for channel in mine.channels]


async def test_what_is_not_the_protocol_is_answered_and_harms_nobody(centre: Centre, shop: pb.Channel) -> None:
    async with browsing(centre.edge, shop.public_key) as visitor:
        for bad in ("{", "[]", "null", '"x"', '{"t":"nonsense"}', '{"t":7}', "[" * 5000, '{"t":"msg"}'):
            await visitor.socket.send(bad)
        await visitor.socket.send(b"\x00\x01")
        too_long = {"t": "msg", "client_id": "long", "text": "я" * 4001}
        await visitor.send(**too_long)
        assert (await visitor.frame("error", lambda f: f["client_id"] == "long"))["reason"] == "TOO_LONG"
        await visitor.send(t="msg", client_id="empty", text="   ")
        assert (await visitor.frame("error", lambda f: f["client_id"] == "empty"))["reason"] == "EMPTY"
        await visitor.send(t="msg", client_id="file", text="", attachment_ids=["at_1"])
        missing = await visitor.frame("error", lambda f: f["client_id"] == "file")
        assert missing["reason"] == "UNKNOWN_ATTACHMENT"
        await visitor.send(t="msg", client_id=["x"], text={"a": 1}, attachment_ids="x", choice=3)
        await visitor.socket.send('{"t":"msg","client_id":"lone","text":"\\ud800 ok"}')
        await visitor.frame("msg", lambda f: f["m"]["client_id"] == "lone")
        await visitor.socket.send("x" * 999_999)
        await visitor.frame("error", lambda f: f["reason"] == "TOO_LONG" and f["client_id"] is None)
        await visitor.say("still here", "fine")
        await visitor.socket.send("x" * 1_100_000)
        await visitor.socket.wait_closed()
        assert visitor.socket.close_code == 1009
    async with connect(f"ws://{centre.edge}/widget/socket", origin=SITE) as raw:  # type: ignore[arg-type]
        await raw.send("not a hello")
        await raw.wait_closed()
        assert raw.close_code == 1008


@pytest.mark.clause("L10")
async def test_files_are_checked_by_their_bytes_and_served_safely(centre: Centre, shop: pb.Channel) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + (7).to_bytes(4, "big") + (5).to_bytes(4, "big") + b"\x08" * 9
    async with browsing(centre.edge, shop.public_key) as visitor, httpx.AsyncClient(
        base_url=f"http://{centre.edge}", headers={"Origin": SITE, "Authorization": f"Bearer {visitor.token}"}
    ) as http:  # fmt: skip

        async def upload(name: str, data: bytes) -> httpx.Response:
            return await http.post("/widget/attachments", files={"file": (name, data, "image/png")})

        for name, data, reason in (
            ("x.html", b"<html><script>1</script>", "TYPE_REFUSED"),
            ("x.png", b"MZ\x90\x00", "TYPE_REFUSED"),
            ("x.svg", b"<svg onload=alert(1)>", "TYPE_REFUSED"),
            ("x.txt", b"", "EMPTY"),
            ("x.pdf", b"%PDF-" + b"x" * 1_100_000, "TOO_LARGE"),
        ):
            assert (await upload(name, data)).json()["reason"] == reason
        bare = await http.post("/widget/attachments", files={"file": ("a.txt", b"a")}, headers={"Authorization": ""})
        assert bare.status_code == 401
        picture = (await upload("../../вид.png", png)).json()["attachment"]
        assert (picture["name"], picture["media_type"]) == ("вид.png", "image/png")
        assert (picture["width"], picture["height"]) == (7, 5)
        notes = (await upload("notes.txt", "рахунок".encode())).json()["attachment"]
        await visitor.say("", "with-files", attachment_ids=[picture["id"], notes["id"]])
        it = await centre.conversation(shop)
        stored = [m for m in await centre.messages(it.id) if m.attachments]
        assert [a.media_type for a in stored[-1].attachments] == ["image/png", "text/plain"]

        shown = await http.get(picture["url"])
        assert (shown.content, shown.headers["content-type"]) == (png, "image/png")
        assert shown.headers["content-disposition"].startswith("inline")
        given = await http.get(notes["url"])
        assert given.headers["content-disposition"].startswith("attachment")
        assert given.headers["x-content-type-options"] == "nosniff"
        assert (await http.get(f"/widget/attachments/{notes['id']}?t=1.x")).status_code == 404
        assert (await http.get(notes["url"].replace(notes["id"], picture["id"]))).status_code == 404

        parts = centre.channels.DownloadAttachment(
            pb.DownloadAttachmentRequest(attachment_id=notes["id"]), metadata=centre.owner, timeout=5
        )
        chunks = [part.chunk async for part in parts]
        assert b"".join(chunks) == "рахунок".encode()
        stranger = await Centre(centre.rt, "").open("owner@files.example")
        theft = pb.DownloadAttachmentRequest(attachment_id=notes["id"])
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            _ = [part async for part in centre.channels.DownloadAttachment(theft, metadata=stranger.owner, timeout=5)]
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_an_identified_visitor_finds_the_thread_on_another_device(centre: Centre, shop: pb.Channel) -> None:
    identity = {
        "user_id": "u-17",
        "hmac": hmac.new(b"site-secret", b"u-17", hashlib.sha256).hexdigest(),
        "name": "Olha",
    }
    async with browsing(centre.edge, shop.public_key) as visitor:
        token = visitor.token
        await visitor.say("from my phone", "p1")
    async with browsing(centre.edge, shop.public_key, token=token, identity=identity) as visitor:
        assert visitor.token == token
    async with browsing(centre.edge, shop.public_key, identity=identity) as visitor:
        assert visitor.token != token
        assert (await visitor.message("from my phone"))["mine"]
    async with browsing(centre.edge, shop.public_key, identity={**identity, "hmac": "0" * 64}) as visitor:
        assert (await visitor.frame("error"))["reason"] == "IDENTITY_REFUSED"
        await visitor.quiet(0.2)
        assert visitor.seen() == []


async def test_without_a_scheme_nobody_is_lost(centre: Centre) -> None:
    bare = await centre.widget()
    async with browsing(centre.edge, bare.public_key) as visitor:
        await visitor.say("anybody?", "b1")
        await visitor.say("hello?", "b2")
        it = await centre.conversation(bare)
        assert it.status == pb.CONVERSATION_STATUS_RECEPTION

        async def events() -> list[str]:
            return [m.event for m in await centre.messages(it.id) if m.kind == pb.MESSAGE_KIND_EVENT]

        assert await eventually(events) == ["no_scheme"]
        seen_by_agent = await centre.conversations(centre.agents[0].headers)
        assert it.id not in [c.id for c in seen_by_agent]
    backed = await centre.widget(fallback_queue_id=await centre.queue("Fallback"))
    async with browsing(centre.edge, backed.public_key) as visitor:
        await visitor.say("anybody?", "f1")
        it = await centre.conversation(backed)
        await centre.until(it.id, status=pb.CONVERSATION_STATUS_WAITING)
        await centre.be(1, acd.AGENT_STATE_NOT_READY)
        taken = await ask(
            centre.channels.TakeConversation, pb.TakeConversationRequest(conversation_id=it.id),
            centre.agents[1].headers,
        )  # fmt: skip
        assert taken.conversation.assignee_id == centre.agents[1].id
        with pytest.raises(DomainError, match="TAKEN"):
            await ask(
                centre.channels.TakeConversation, pb.TakeConversationRequest(conversation_id=it.id),
                centre.agents[0].headers,
            )  # fmt: skip
        with pytest.raises(DomainError, match="MOVED_ON"):
            await centre.send(1, it.id, "late", "late", expect_seq=0)
        move = pb.TransferConversationRequest(conversation_id=it.id, person_id=centre.agents[0].id, note="look")
        await centre.be(0, acd.AGENT_STATE_READY)
        await ask(centre.channels.TransferConversation, move, centre.agents[1].headers)
        await centre.accept(0, it.id)
        await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN, assignee_id=centre.agents[0].id)
        close = pb.CloseConversationRequest(conversation_id=it.id)
        with pytest.raises(DomainError, match="NOT_YOURS"):
            await ask(centre.channels.CloseConversation, close, centre.agents[1].headers)
        await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)
    await centre.be(0, acd.AGENT_STATE_OFFLINE)


async def test_a_menu_nobody_answers_and_a_queue_that_takes_too_long(centre: Centre) -> None:
    site = await centre.widget()
    idle = await centre.queue("Nobody", staffed=False)
    menu = {
        "id": "menu", "kind": "menu", "text": {"en": "Well?"}, "timeout_s": 1, "repeats": 0, "on_no_input": "line",
        "options": [{"key": "x", "label": {"en": "X"}, "next": "bye"}],
    }  # fmt: skip
    line = {"id": "line", "kind": "enqueue", "queue_id": idle, "greeting": {"en": "Wait"}, "max_wait_s": 1}
    bye = {"id": "bye", "kind": "close", "text": {"en": "Sorry"}, "outcome": "no_agent"}
    await centre.scheme(site, menu, {**line, "on_timeout": "bye"}, bye)
    async with browsing(centre.edge, site.public_key) as visitor:
        await visitor.say("hi", "t1")
        await visitor.message("Well?")
        await visitor.message("Wait")
        await visitor.frame("status", lambda f: f["status"] == "waiting")
        await visitor.message("Sorry")
        await visitor.frame("status", lambda f: f["status"] == "closed")
        first = await centre.conversation(site)
        waiting = await ask(centre.acd.ListWaiting, acd.ListWaitingRequest(queue_id=idle), centre.owner)
        assert first.id not in [item.subject for item in waiting.items]
        await visitor.say("hello?", "t2")
        await centre.until(first.id, status=pb.CONVERSATION_STATUS_WAITING, queue_id=idle)
        await visitor.frame("msg", lambda f: f["m"]["event"] == "reopened")


async def test_a_thread_goes_on_over_conversations(centre: Centre, shop: pb.Channel) -> None:
    async with browsing(centre.edge, shop.public_key) as visitor:
        await visitor.say("hi", "h1")
        await visitor.message("How can we help?")
        await visitor.say("Buy", "h2", choice="sales")
        await visitor.message("See our shop")
        first = await centre.conversation(shop)
        await visitor.say("hi again", "h3")
        await visitor.frame("msg", lambda f: f["m"]["kind"] == "menu" and f["m"]["seq"] > first.last_seq)
        second = await centre.conversation(shop)
        assert (second.id != first.id, second.no > first.no, second.contact_id) == (True, True, first.contact_id)
        sequence = [seq for seq, _ in visitor.seen()]
        assert sequence == sorted(set(sequence))
    async with browsing(centre.edge, shop.public_key, token=visitor.token) as again:
        newest = max(sequence)
        await again.frame("msg", lambda f: bool(f["m"]["seq"] == newest))
        assert again.seen() == visitor.seen()


async def test_a_blocked_caller_gets_no_answer(centre: Centre, shop: pb.Channel) -> None:
    async with browsing(centre.edge, shop.public_key) as visitor:
        await visitor.say("spam", "s1")
        it = await centre.conversation(shop)
        contact = await ask(
            centre.people.GetContact, directory_pb2.GetContactRequest(contact_id=it.contact_id), centre.owner
        )
        callers = [f"webchat:{identity.value}" for identity in contact.contact.identities]
        blocked = routing_pb2.CallerList(name="Spam", kind=routing_pb2.CALLER_LIST_KIND_BLOCK, patterns=callers)
        await ask(centre.routing.PutCallerList, routing_pb2.PutCallerListRequest(list=blocked), centre.owner)
        await visitor.say("Buy", "s2", choice="sales")
        await centre.until(it.id, status=pb.CONVERSATION_STATUS_CLOSED)
        await visitor.quiet(0.2)
        visitor.frames.clear()
        await visitor.say("more spam", "s3")
        blocked_one = await centre.conversation(shop)
        await centre.until(blocked_one.id, status=pb.CONVERSATION_STATUS_CLOSED)
        await visitor.say("and more", "s4")
        await visitor.quiet(0.3)
        assert [text for _, text in visitor.seen()] == ["more spam", "and more"]
        assert (await centre.conversation(shop)).id == blocked_one.id
        assert "blocked" in [m.event for m in await centre.messages(blocked_one.id)]


async def test_the_script_is_served_with_a_tag(centre: Centre) -> None:
    async with httpx.AsyncClient(base_url=f"http://{centre.edge}") as http:
        first = await http.get("/widget.js")
        if first.status_code == 404:
            assert "npm" in first.text
            return
        assert first.headers["content-type"].startswith("text/javascript")
        again = await http.get("/widget.js", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304


async def test_who_was_told_accepted_may_close_at_once(centre: Centre) -> None:
    """Whether or not the ACD's fact has arrived here yet; and when it arrives after all, it changes nothing."""
    site = await centre.widget(fallback_queue_id=centre.queue_id)
    await centre.be(0, acd.AGENT_STATE_READY)
    for number in range(8):
        async with browsing(centre.edge, site.public_key) as visitor:
            await visitor.say("hi", f"q{number}")
            it = await centre.conversation(site, number + 1)
            item_id = await centre.accept(0, it.id)
            close = pb.CloseConversationRequest(conversation_id=it.id)
            closed = await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)
            assert closed.conversation.status == pb.CONVERSATION_STATUS_CLOSED
            assert closed.conversation.assignee_id in ("", centre.agents[0].id)
            await visitor.frame("status", lambda f: f["status"] == "closed")
            events = [m.event for m in await centre.messages(it.id) if m.kind == pb.MESSAGE_KIND_EVENT]
            assert events.count("accepted") == events.count("closed") == 1
            work = await ask(centre.acd.GetMyWork, acd.GetMyWorkRequest(), centre.agents[0].headers)
            assert item_id not in [item.id for item in work.items]
    await centre.be(0, acd.AGENT_STATE_OFFLINE)


async def test_facts_that_come_late_take_no_conversation_from_its_agent(centre: Centre) -> None:
    """He was told "accepted" and writes; only then arrives that the item had waited, been offered and been accepted."""
    site = await centre.widget(fallback_queue_id=centre.queue_id)
    await centre.be(0, acd.AGENT_STATE_READY)
    mine = centre.agents[0]
    async with browsing(centre.edge, site.public_key) as visitor, facts_held_back(centre):
        await visitor.say("hi", "late1")
        it = await centre.conversation(site)
        await centre.accept(0, it.id)
        await centre.send(0, it.id, "Good morning", "late2")
    await eventually(partial(nothing_is_left_to_hear, centre))
    still = await ask(centre.channels.GetConversation, pb.GetConversationRequest(conversation_id=it.id), mine.headers)
    assert still.conversation.assignee_id == mine.id
    await ask(centre.channels.CloseConversation, pb.CloseConversationRequest(conversation_id=it.id), mine.headers)
    told = [m.event for m in await centre.messages(it.id) if m.kind == pb.MESSAGE_KIND_EVENT]
    assert told.count("accepted") == told.count("closed") == 1
    assert "queued" not in told[told.index("accepted") :]
    await centre.be(0, acd.AGENT_STATE_OFFLINE)


@asynccontextmanager
async def facts_held_back(centre: Centre) -> AsyncIterator[None]:
    """Nothing that the ACD tells arrives at channels meanwhile."""
    bus = await centre.rt.bus()
    pause = f"$JS.API.CONSUMER.PAUSE.{FACTS}.{events.DURABLE}"
    until = (centre.rt.clock() + timedelta(minutes=10)).isoformat()
    await bus.nc.request(pause, json.dumps({"pause_until": until}).encode())
    try:
        yield
    finally:
        await bus.nc.request(pause, b"{}")


async def nothing_is_left_to_hear(centre: Centre) -> bool:
    info = await (await centre.rt.bus()).js.consumer_info(FACTS, events.DURABLE)
    return bool(info.num_pending == info.num_ack_pending == 0)


async def test_a_chat_for_which_a_queue_takes_a_message_stays_open_for_whoever_takes_it(centre: Centre) -> None:
    """At once, because the queue is closed, and after a while; what is written later joins, no scheme begins anew."""
    late = Duration()
    late.FromSeconds(1)
    message = acd.Overflow(way=acd.WAY_VOICEMAIL)
    for name, limits in (("Shut", {"closed": True, "when_closed": message}), ("Slow", {"when_late": message})):
        site = await centre.widget()
        queue_id = await centre.queue(name, max_wait=late, **limits)
        line = {"id": "line", "kind": "enqueue", "queue_id": queue_id, "greeting": {"en": "Wait"}, "max_wait_s": 0}
        bye = {"id": "bye", "kind": "close", "text": {"en": "Sorry, not today"}, "outcome": "overflow"}
        await centre.scheme(site, {**line, "on_timeout": "bye", "on_closed": "bye"}, bye, name=name)
        async with browsing(centre.edge, site.public_key) as visitor:
            await visitor.say("my radiator leaks", f"{name}1")
            first = await centre.conversation(site)
            await eventually(partial(told, centre, first.id, "left_message"))
            await visitor.say("flat 7", f"{name}2")
            await eventually(partial(told, centre, first.id, "flat 7"))
            left = await centre.conversation(site)
            assert (left.id, left.status, left.work_id) == (first.id, pb.CONVERSATION_STATUS_RECEPTION, "")
            assert not await told(centre, first.id, "Sorry, not today")


async def told(centre: Centre, conversation_id: str, what: str) -> bool:
    """Whether a message or an event of this name is in the conversation."""
    request = pb.ListMessagesRequest(conversation_id=conversation_id)
    answer = await ask(centre.channels.ListMessages, request, centre.owner)
    return any(what in (message.text, message.event) for message in answer.messages)


async def test_a_chat_that_a_queues_limit_sends_away_is_told_so(centre: Centre) -> None:
    site = await centre.widget()
    late = Duration()
    late.FromSeconds(1)
    way = acd.Overflow(way=acd.WAY_REFUSE)
    short = await centre.queue("Short", staffed=False, max_wait=late, when_late=way)
    line = {"id": "line", "kind": "enqueue", "queue_id": short, "greeting": {"en": "Wait"}, "max_wait_s": 0}
    bye = {"id": "bye", "kind": "close", "text": {"en": "Sorry, not today"}, "outcome": "overflow"}
    await centre.scheme(site, {**line, "on_timeout": "bye", "on_closed": "bye"}, bye, name="Short")
    async with browsing(centre.edge, site.public_key) as visitor:
        await visitor.say("hi", "o1")
        await visitor.message("Sorry, not today")
        await visitor.frame("status", lambda f: f["status"] == "closed")
    waiting = await ask(centre.acd.ListWaiting, acd.ListWaitingRequest(queue_id=short), centre.owner)
    assert not waiting.items
