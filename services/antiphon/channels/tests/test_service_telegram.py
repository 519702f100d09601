"""Telegram by aiogram's own session against a Bot API server on loopback, with the real directory, routing and acd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from e2e.fakes.telegram import FakeTelegram

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.channels.__main__ import serve
from antiphon.channels.tests.centre import Centre
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit import procs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service

OTHERS = {"directory": directory_serve, "acd": acd_serve, "routing": routing_serve}
TOKEN = "700001:AAAtest-Token_1"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def telegram() -> AsyncIterator[FakeTelegram]:
    fake = FakeTelegram()
    async with fake.listening() as address:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ANTIPHON_CHANNELS_TELEGRAM_API", address)
            patch.setenv("ANTIPHON_CHANNELS_TELEGRAM_POLL_SECONDS", "1")
            patch.setenv("ANTIPHON_CHANNELS_MAX_UPLOAD_MB", "25")
            yield fake


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    port = procs.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(port))
        patch.setenv("ANTIPHON_CHANNELS_PUBLIC_URL", f"http://127.0.0.1:{port}")
        yield f"127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtimes(platforms: dict[str, Platform]) -> AsyncIterator[dict[str, Runtime]]:
    async with running(OTHERS, platforms) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(
    runtimes: dict[str, Runtime], platforms: dict[str, Platform], edge: str, telegram: FakeTelegram
) -> AsyncIterator[Centre]:
    async with running({"channels": serve}, platforms):
        yield await Centre(runtimes["acd"], edge).open("owner@telegram.example")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bot(centre: Centre, telegram: FakeTelegram) -> pb.Channel:
    """A bot whose customers are received by a menu."""
    channel = await centre.telegram(TOKEN)
    polled = telegram.bot(TOKEN).calls
    await eventually(lambda: any(method == "getUpdates" for method, _ in polled), within=40)
    menu = {
        "id": "menu", "kind": "menu", "text": {"en": "How can we help?"}, "timeout_s": 600, "on_no_input": "line",
        "options": [{"key": "p", "label": {"en": "A person"}, "next": "line"}],
    }  # fmt: skip
    line = {"id": "line", "kind": "enqueue", "queue_id": centre.queue_id, "greeting": {"en": "One moment"}}
    bye = {"id": "bye", "kind": "close", "text": {"en": "Bye"}, "outcome": "done"}
    await centre.scheme(channel, menu, {**line, "on_timeout": "bye"}, bye)
    return channel


async def incoming(centre: Centre, conversation_id: str) -> list[pb.Message]:
    return [m for m in await centre.messages(conversation_id) if m.direction == pb.DIRECTION_IN]


async def opened(centre: Centre, channel: pb.Channel, telegram: FakeTelegram, user: int) -> pb.Conversation:
    """A conversation of a new customer that waits in the queue."""
    fake = telegram.bot(TOKEN)
    before = len(fake.to(user))
    await telegram.write(TOKEN, user, "/start ad-7")
    menu = await eventually(lambda: next((s for s in fake.to(user)[before:] if s.buttons), None))
    assert menu.buttons == [("A person", "m:p")]
    await telegram.press(TOKEN, user, menu, "m:p")
    await eventually(lambda: any(s.text == "One moment" for s in fake.to(user)[before:]))
    assert fake.answered
    found = [c for c in await centre.conversations(limit=200) if c.contact_name == f"User {user}"]
    return await centre.until(found[0].id, status=pb.CONVERSATION_STATUS_WAITING)


@pytest.mark.clause("D02")
async def test_a_customer_is_received_answered_and_all_media_arrive(
    centre: Centre, bot: pb.Channel, telegram: FakeTelegram
) -> None:
    fake = telegram.bot(TOKEN)
    it = await opened(centre, bot, telegram, 11)
    assert (it.channel, it.language) == ("telegram", "uk")
    started = (await incoming(centre, it.id))[0]
    assert (started.text, started.facts["start"]) == ("/start ad-7", "ad-7")
    await centre.be(0, acd.AGENT_STATE_READY)
    await centre.accept(0, it.id)
    await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN, assignee_id=centre.agents[0].id)

    telegram.enforce = True
    sent_before = len(fake.sent)
    long = "слово " * 650
    for number, text in enumerate(("one", "two", long)):
        await centre.send(0, it.id, text, f"out{number}")
    await eventually(lambda: len(fake.sent) == sent_before + 3, within=30)
    assert [s.text for s in fake.sent[sent_before:]] == ["one", "two", long]
    telegram.enforce = False

    async def marked() -> bool:
        sent = [m for m in await centre.messages(it.id) if m.client_id.startswith("out")]
        return [m.delivery for m in sent] == [pb.DELIVERY_SENT] * 3

    await eventually(marked)
    typing = pb.ShowTypingRequest(conversation_id=it.id)
    await ask(centre.channels.ShowTyping, typing, centre.agents[0].headers)
    assert ("sendChatAction", "typing") in [(m, d.get("action")) for m, d in fake.calls]

    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x06\x00\x09" + b"\x03" * 40
    for part in range(3):
        await telegram.photo(TOKEN, 11, jpeg + bytes([part]), media_group_id="g1", caption="" if part else "our roof")
    await telegram.document(TOKEN, 11, "договір.pdf", b"%PDF-1.7 x", caption="signed")
    await telegram.document(TOKEN, 11, "virus.exe", b"MZ\x90", caption="run me")
    await telegram.write(TOKEN, 11, document={"file_id": "big", "file_unique_id": "b", "file_name": "film.mp4",
                                              "file_size": 21 * 1024 * 1024}, caption="look")  # fmt: skip
    await telegram.write(TOKEN, 11, location={"latitude": 50.45, "longitude": 30.52})
    await telegram.write(TOKEN, 11, contact={"phone_number": "+380671234567", "first_name": "Olha"})
    first = await telegram.write(TOKEN, 11, "nineteen o'clock")
    await telegram.edit(TOKEN, 11, first["message"]["message_id"], "seven o'clock")

    async def edited() -> bool:
        return any(m.text == "seven o'clock" for m in await incoming(centre, it.id))

    await eventually(edited, within=30)
    heard = (await incoming(centre, it.id))[2:]
    album = heard[:3]
    assert [m.group_id for m in album] == ["g1"] * 3
    assert [m.text for m in album] == ["our roof", "", ""]
    assert (album[0].attachments[0].media_type, album[0].attachments[0].width) == ("image/jpeg", 9)
    assert (heard[3].attachments[0].name, heard[3].attachments[0].media_type) == ("договір.pdf", "application/pdf")
    assert (heard[4].facts["file_refused_because"], heard[5].facts["file_too_large"]) == ("TYPE_REFUSED", "film.mp4")
    place = "https://maps.google.com/?q=50.45,30.52"
    assert [m.text for m in heard[4:8]] == ["run me", "look", place, "Olha +380671234567"]
    assert heard[8].HasField("edited_at")

    file_id = await upload(centre, "звіт.txt", "сума".encode())
    picture = await upload(centre, "a.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00\x00\x00\x09" * 2)
    count = len(fake.sent)
    await centre.send(0, it.id, "the report", "doc", attachment_ids=[file_id])
    await centre.send(0, it.id, "", "pic", attachment_ids=[picture])
    await eventually(lambda: len(fake.sent) == count + 2, within=30)
    document, photo = fake.sent[count:]
    assert (document.method, document.text, photo.method) == ("sendDocument", "the report", "sendPhoto")
    assert next(iter(document.files.values())) == ("звіт.txt", "сума".encode())
    close = pb.CloseConversationRequest(conversation_id=it.id)
    await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)
    await centre.be(0, acd.AGENT_STATE_OFFLINE)


async def upload(centre: Centre, name: str, data: bytes) -> str:
    async def parts() -> AsyncIterator[pb.UploadAttachmentRequest]:
        yield pb.UploadAttachmentRequest(head=pb.AttachmentHead(name=name))
        for at in range(0, len(data), 3):
            yield pb.UploadAttachmentRequest(chunk=data[at : at + 3])

    headers = centre.agents[0].headers
    answer = await centre.channels.UploadAttachment(parts(), metadata=headers, timeout=5)
    return str(answer.attachment.id)


async def test_forty_quick_messages_keep_their_order_and_repeats_are_dropped(
    centre: Centre, bot: pb.Channel, telegram: FakeTelegram
) -> None:
    it = await opened(centre, bot, telegram, 12)
    updates = [await telegram.write(TOKEN, 12, f"m{number}") for number in range(40)]
    for update in updates[10:20]:  # the same updates again, and the same messages under new update ids
        await telegram.push(TOKEN, {"message": update["message"]}, update_id=update["update_id"])
        await telegram.push(TOKEN, {"message": update["message"]})
    await telegram.push(TOKEN, {"brand_new_kind": {"x": 1}})
    await telegram.write(TOKEN, 12, "last")

    async def all_there() -> bool:
        return (await incoming(centre, it.id))[-1].text == "last"

    await eventually(all_there, within=30)
    texts = [m.text for m in await incoming(centre, it.id)][2:]
    assert texts == [*(f"m{number}" for number in range(40)), "last"]


async def test_what_telegram_refuses_is_waited_for_or_told(
    centre: Centre, bot: pb.Channel, telegram: FakeTelegram
) -> None:
    fake = telegram.bot(TOKEN)
    it = await opened(centre, bot, telegram, 13)

    async def message(client_id: str) -> pb.Message:
        found: pb.Message = next(m for m in await centre.messages(it.id) if m.client_id == client_id)
        return found

    async def delivered(client_id: str, state: pb.Delivery.ValueType) -> pb.Message:
        async def so() -> bool:
            return (await message(client_id)).delivery == state

        await eventually(so, within=30)
        return await message(client_id)

    telegram.fail(TOKEN, "sendMessage", 429, "Too Many Requests: retry after 2", retry_after=2)
    before, began = len(fake.sent), asyncio.get_running_loop().time()
    await centre.send(0, it.id, "patience", "w1")
    await centre.send(0, it.id, "after it", "w2")
    await delivered("w2", pb.DELIVERY_SENT)
    assert asyncio.get_running_loop().time() - began >= 2
    assert [s.text for s in fake.sent[before:]] == ["patience", "after it"]
    telegram.fail(TOKEN, "sendMessage", 500, "Internal Server Error")
    await centre.send(0, it.id, "tried again", "w3")
    await delivered("w3", pb.DELIVERY_SENT)
    telegram.fail(TOKEN, "sendMessage", 403, "Forbidden: bot was blocked by the user")
    await centre.send(0, it.id, "never seen", "w4")
    failed = await delivered("w4", pb.DELIVERY_FAILED)
    assert "blocked the bot" in failed.failure
    assert [s.text for s in fake.sent[before:]].count("tried again") == 1


async def test_a_bad_token_says_what_to_do_and_a_bot_is_connected_once(centre: Centre, telegram: FakeTelegram) -> None:
    bad = "700009:AAAwrong-Token"
    telegram.revoked.add(bad)
    channel = await centre.telegram(bad)
    tested = await ask(centre.channels.TestChannel, pb.TestChannelRequest(channel_id=channel.id), centre.owner)
    assert not tested.ok
    assert "@BotFather" in tested.says

    async def health() -> str:
        listed = await ask(centre.channels.ListChannels, pb.ListChannelsRequest(), centre.owner)
        return str(next(c.health for c in listed.channels if c.id == channel.id))

    assert "@BotFather" in await eventually(health)
    listed = await ask(centre.channels.ListChannels, pb.ListChannelsRequest(), centre.owner)
    assert bad not in str(listed)
    assert [list(c.secrets_set) for c in listed.channels if c.id == channel.id] == [["token"]]
    with pytest.raises(DomainError, match="TAKEN"):
        await centre.telegram("700009:AAAanother-Token")
    await ask(centre.channels.DeleteChannel, pb.DeleteChannelRequest(channel_id=channel.id), centre.owner)
    with pytest.raises(DomainError, match="INVALID"):
        await centre.telegram("not a token")


async def test_a_webhook_is_answered_only_with_the_secret_and_after_storing(
    centre: Centre, edge: str, telegram: FakeTelegram
) -> None:
    token = "700002:AAAhook-Token"
    channel = await centre.telegram(token, mode="webhook", fallback_queue_id=centre.queue_id)
    fake = telegram.bot(token)
    await eventually(lambda: fake.webhook is not None)
    assert fake.webhook is not None
    assert fake.webhook["url"] == channel.webhook_url
    update = await telegram.write(token, 21, "by webhook")
    assert fake.hook_log == [200]
    it = await centre.conversation(channel)
    async with httpx.AsyncClient() as http:
        refused = await http.post(channel.webhook_url, json=update, headers={"X-Telegram-Bot-Api-Secret-Token": "no"})
        assert refused.status_code == 401
        good = {"X-Telegram-Bot-Api-Secret-Token": fake.webhook["secret_token"]}
        assert (await http.post(channel.webhook_url, json=update, headers=good)).status_code == 200
        assert (await http.post(channel.webhook_url, content=b"[1", headers=good)).status_code == 400
        huge = await http.post(channel.webhook_url, content=b"x" * 1_100_000, headers=good)
        assert huge.status_code == 422
    await telegram.write(token, 21, "second")

    async def both() -> bool:
        return [m.text for m in await incoming(centre, it.id)] == ["by webhook", "second"]

    await eventually(both)
