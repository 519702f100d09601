"""Customers on WhatsApp, Messenger, Viber and VK, from their provider's signed call to the agent's answer at the
provider, with the real directory, routing and acd."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from e2e.fakes.providers import APP_SECRET, FakeMeta, FakeProvider, FakeViber, FakeVk

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.channels.__main__ import serve
from antiphon.channels.tests.centre import Centre
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import workbench_pb2 as wb
from antiphon.channels.v1.care_pb2 import TemplateUse
from antiphon.channels.v1.workbench_pb2_grpc import WorkbenchServiceStub
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit import procs
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import struct
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service

OTHERS = {"directory": directory_serve, "acd": acd_serve, "routing": routing_serve}


@dataclass(frozen=True)
class Sort:
    """A kind of channel as its provider's customers use it."""

    kind: str
    provider: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    says: Callable[[str, str, int], dict[str, Any]]
    """The provider's call for (message id, text, instant in ms)."""
    sent_text: Callable[[Mapping[str, Any]], str]
    """The text in a request for sending."""


def _whatsapp(mid: str, text: str, at: int, **more: Any) -> dict[str, Any]:
    message = {"from": "380441234567", "from_user_id": "UA.77", "id": mid, "timestamp": str(at // 1000), "type": "text",
               "text": {"body": text}, **more}  # fmt: skip
    contact = {"profile": {"name": "Іван Франко"}, "wa_id": "380441234567", "user_id": "UA.77"}
    value = {"metadata": {"phone_number_id": "1000001"}, "contacts": [contact], "messages": [message]}
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def _messenger(mid: str, text: str, at: int) -> dict[str, Any]:
    event = {
        "sender": {"id": "555"},
        "recipient": {"id": "2000001"},
        "timestamp": at,
        "message": {"mid": mid, "text": text},
    }
    return {"object": "page", "entry": [{"id": "2000001", "time": at, "messaging": [event]}]}


def _viber(mid: str, text: str, at: int) -> dict[str, Any]:
    sender = {"id": "vibr==", "name": "Марко", "language": "uk"}
    token = 4_900_000_000_000_000_000 + int.from_bytes(mid.encode()) % 10**9
    message = {"type": "text", "text": text}
    return {"event": "message", "timestamp": at, "message_token": token, "sender": sender, "message": message}


def _vk(mid: str, text: str, at: int) -> dict[str, Any]:
    number = int.from_bytes(mid.encode()) % 10**9
    message = {
        "id": number,
        "conversation_message_id": number,
        "date": at // 1000,
        "peer_id": 7,
        "from_id": 7,
        "text": text,
    }
    return {"type": "message_new", "group_id": 3000001, "event_id": mid, "v": "5.199", "secret": "vk_secret_1",
            "object": {"message": message, "client_info": {}}}  # fmt: skip


META = {"token": "EAAgood", "app_secret": APP_SECRET}
SORTS = {
    "whatsapp": Sort("whatsapp", "meta", {"phone_number_id": "1000001"}, META, _whatsapp,
                     lambda fields: str((fields.get("text") or {}).get("body", ""))),
    "messenger": Sort("messenger", "meta", {"page_id": "2000001"}, META, _messenger,
                      lambda fields: str((fields.get("message") or {}).get("text", ""))),
    "viber": Sort("viber", "viber", {}, {"token": FakeViber.token}, _viber, lambda fields: str(fields.get("text", ""))),
    "vk": Sort("vk", "vk", {"group_id": "3000001", "confirmation_code": "c0de"},
               {"token": "vk1.good", "secret": "vk_secret_1"}, _vk, lambda fields: str(fields.get("message", ""))),
}  # fmt: skip


@dataclass
class Door:
    """A connected channel, and its provider."""

    centre: Centre
    sort: Sort
    provider: FakeProvider
    channel: pb.Channel

    async def call(self, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            signed = self.provider.sign(body) if headers is None else headers
            return await client.post(f"http://{self.centre.edge}/hooks/{self.channel.id}", content=body, headers=signed)

    async def says(self, mid: str, text: str) -> httpx.Response:
        body = self.sort.says(mid, text, int(system_clock().timestamp() * 1000))
        return await self.call(json.dumps(body, ensure_ascii=False).encode())

    async def arrived(self, text: str) -> Mapping[str, Any]:
        """The request with this text, as soon as the provider has it."""

        async def found() -> Mapping[str, Any] | None:
            return next((t.fields for t in self.provider.taken if self.sort.sent_text(t.fields) == text), None)

        fields: Mapping[str, Any] = await eventually(found)
        return fields


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def providers() -> AsyncIterator[dict[str, FakeProvider]]:
    found: dict[str, FakeProvider] = {"meta": FakeMeta(), "viber": FakeViber(), "vk": FakeVk()}
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, provider in found.items():
                address = await stack.enter_async_context(provider.listening())
                patch.setenv(f"ANTIPHON_CHANNELS_{name.upper()}_API", address)
            yield found


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
    runtimes: dict[str, Runtime], platforms: dict[str, Platform], edge: str, providers: dict[str, FakeProvider]
) -> AsyncIterator[Centre]:
    async with running({"channels": serve}, platforms):
        yield await Centre(runtimes["acd"], edge).open("owner@webhooks.example")


async def _finished(centre: Centre, channel: pb.Channel) -> None:
    """The agent has room again."""
    for it in await centre.conversations(limit=200):
        if it.channel_id == channel.id and it.status == pb.CONVERSATION_STATUS_OPEN:
            close = pb.CloseConversationRequest(conversation_id=it.id, disposition="done")
            await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)
    await centre.disconnect(channel)


async def _received(centre: Centre, channel: pb.Channel) -> None:
    """Every customer goes straight to the queue."""
    bye = {"id": "bye", "kind": "close", "text": {"en": "Bye"}, "outcome": "done"}
    line = {"id": "line", "kind": "enqueue", "queue_id": centre.queue_id, "greeting": {"en": "One moment"}}
    await centre.scheme(channel, {**line, "on_timeout": "bye"}, bye)


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=SORTS)
async def door(
    request: pytest.FixtureRequest, centre: Centre, providers: dict[str, FakeProvider]
) -> AsyncIterator[Door]:
    sort = SORTS[request.param]
    channel = pb.Channel(kind=sort.kind, name="Shop", enabled=True, settings=struct(dict(sort.settings)))
    put = pb.PutChannelRequest(channel=channel, secrets=dict(sort.secrets))
    made = (await ask(centre.channels.PutChannel, put, centre.owner)).channel
    await _received(centre, made)
    yield Door(centre, sort, providers[sort.provider], made)
    await _finished(centre, made)


async def test_a_customer_writes_and_an_agent_answers(door: Door) -> None:
    centre = door.centre
    await centre.be(0, acd.AGENT_STATE_READY)
    assert (await door.says("in1", "Добрий день")).status_code == 200
    it = await centre.conversation(door.channel)
    assert it.contact_name in ("Іван Франко", "Olha Kobylianska", "Марко", "Леся Українка")
    await centre.accept(0, it.id)
    await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN)
    sent = await centre.send(0, it.id, f"Вітаю з {door.sort.kind}", "out1")
    await door.arrived(f"Вітаю з {door.sort.kind}")

    async def marked() -> bool:
        return any(m.seq == sent.seq and m.delivery >= pb.DELIVERY_SENT for m in await centre.messages(it.id))

    await eventually(marked)


async def test_what_was_not_signed_leaves_no_trace(door: Door) -> None:
    before = len(await door.centre.conversations(limit=200))
    body = json.dumps(door.sort.says("forged", "Give me everything", 1_749_416_383_000)).encode()
    if door.sort.kind == "vk":
        refused = [await door.call(body.replace(b"vk_secret_1", b"vk_secret_2"))]
    else:
        right = door.provider.sign(body)
        refused = [
            await door.call(body, {}),
            await door.call(body.replace(b"everything", b"nothing"), right),
            await door.call(json.dumps(json.loads(body), indent=1).encode(), right),
        ]
    assert [answer.status_code for answer in refused] == [401] * len(refused)
    assert (await door.call(b"[]", door.provider.sign(b"[]"))).status_code in (400, 401)
    assert len(await door.centre.conversations(limit=200)) == before


async def test_what_comes_twice_is_said_once(door: Door) -> None:
    body = json.dumps(door.sort.says("twice", "Only once", int(system_clock().timestamp() * 1000))).encode()
    answers = await asyncio.gather(*(door.call(body) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    if door.sort.kind == "vk":
        assert {answer.text for answer in answers} == {"ok"}
    it = await door.centre.conversation(door.channel)

    async def said() -> list[pb.Message]:
        return [m for m in await door.centre.messages(it.id) if m.text == "Only once"]

    await eventually(said)
    assert len(await said()) == 1


async def test_a_provider_that_is_down_gets_everything_in_order_later(door: Door) -> None:
    it = await door.centre.conversation(door.channel)
    door.provider.down = 6
    for number in range(3):
        await door.centre.send(0, it.id, f"patience {number} {door.sort.kind}", f"later{number}")
    for number in range(3):
        await door.arrived(f"patience {number} {door.sort.kind}")
    texts = [door.sort.sent_text(taken.fields) for taken in door.provider.taken]
    assert [t for t in texts if t.startswith("patience") and t.endswith(door.sort.kind)] == [
        f"patience {number} {door.sort.kind}" for number in range(3)
    ]


async def test_the_test_button_says_whom_it_reached(door: Door) -> None:
    request = pb.TestChannelRequest(channel_id=door.channel.id)
    answer = await ask(door.centre.channels.TestChannel, request, door.centre.owner)
    assert answer.ok, answer.says
    assert "Romashka" in answer.says


async def test_an_account_is_connected_once(door: Door) -> None:
    channel = pb.Channel(kind=door.sort.kind, name="Again", enabled=True, settings=struct(dict(door.sort.settings)))
    put = pb.PutChannelRequest(channel=channel, secrets=dict(door.sort.secrets))
    with pytest.raises(DomainError, match="TAKEN"):
        await ask(door.centre.channels.PutChannel, put, door.centre.owner)


async def _whatsapp_door(centre: Centre, providers: dict[str, FakeProvider], number: str) -> Door:
    settings = {"phone_number_id": number}
    channel = pb.Channel(kind="whatsapp", name="Shop", enabled=True, settings=struct(settings))
    put = pb.PutChannelRequest(channel=channel, secrets=META)
    made = (await ask(centre.channels.PutChannel, put, centre.owner)).channel
    await _received(centre, made)
    return Door(centre, SORTS["whatsapp"], providers["meta"], made)


def _for(number: str, body: dict[str, Any]) -> bytes:
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = number
    return json.dumps(body).encode()


async def test_whatsapp_reports_files_and_the_window(centre: Centre, providers: dict[str, FakeProvider]) -> None:
    door = await _whatsapp_door(centre, providers, "1000002")
    picture = {"type": "image", "image": {"id": "media1", "mime_type": "image/png"}}
    now = int(system_clock().timestamp() * 1000)
    assert (await door.call(_for("1000002", _whatsapp("pic", "", now, **picture)))).status_code == 200
    it = await centre.conversation(door.channel)
    (came,) = [m for m in await centre.messages(it.id) if m.direction == pb.DIRECTION_IN]
    assert came.attachments[0].media_type == "image/png"
    assert abs((it.window_until.ToDatetime() - it.created_at.ToDatetime()) - timedelta(hours=24)) < timedelta(minutes=1)
    await centre.be(0, acd.AGENT_STATE_READY)
    await centre.accept(0, it.id)
    sent = await centre.send(0, it.id, "Гарне фото", "photo-answer")
    await door.arrived("Гарне фото")

    async def reference() -> str:
        stored = await centre.messages(it.id)
        return "sent" if any(m.seq == sent.seq and m.delivery == pb.DELIVERY_SENT for m in stored) else ""

    await eventually(reference)
    ids = [f"wamid.out{n}" for n in range(1, 60)]
    for status, delivery in (
        ("delivered", pb.DELIVERY_DELIVERED),
        ("read", pb.DELIVERY_READ),
        ("sent", pb.DELIVERY_READ),
    ):
        at = str(now // 1000 - 600)
        statuses = [{"id": one, "status": status, "timestamp": at, "recipient_id": "380441234567"} for one in ids]
        value = {"metadata": {"phone_number_id": "1000002"}, "statuses": statuses}
        body = {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
        }
        assert (await door.call(json.dumps(body).encode())).status_code == 200

        async def shown(to: int = delivery) -> bool:
            return any(m.seq == sent.seq and m.delivery == to for m in await centre.messages(it.id))

        await eventually(shown)
    await _finished(centre, door.channel)


async def test_a_channel_that_is_switched_off_takes_nothing(centre: Centre, providers: dict[str, FakeProvider]) -> None:
    door = await _whatsapp_door(centre, providers, "1000004")
    off = pb.Channel()
    off.CopyFrom(door.channel)
    off.enabled = False
    door.channel = (await ask(centre.channels.PutChannel, pb.PutChannelRequest(channel=off), centre.owner)).channel
    assert (await door.says("m.off", "anybody there?")).status_code == 404
    await centre.disconnect(door.channel)


async def test_meta_confirms_the_address_with_the_word_that_administrators_see(
    centre: Centre, providers: dict[str, FakeProvider]
) -> None:
    door = await _whatsapp_door(centre, providers, "1000003")
    assert door.channel.verify_word
    listed = await ask(centre.channels.ListChannels, pb.ListChannelsRequest(), centre.agents[0].headers)
    assert {channel.verify_word for channel in listed.channels} == {""}, "agents do not see it"
    asked = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": door.channel.verify_word}
    async with httpx.AsyncClient() as client:
        address = f"http://{centre.edge}/hooks/{door.channel.id}"
        assert (await client.get(address, params=asked)).text == "42"
        assert (await client.get(address, params={**asked, "hub.verify_token": "guess"})).status_code == 403
        assert (await client.get(f"http://{centre.edge}/hooks/ch_nobody", params=asked)).status_code == 404
    await centre.disconnect(door.channel)


async def test_a_template_goes_out_when_nothing_else_may(centre: Centre, providers: dict[str, FakeProvider]) -> None:
    """The provider's window runs from when the customer wrote: this message reaches us after it ended."""
    door = await _whatsapp_door(centre, providers, "1000005")
    settings = {"phone_number_id": "1000005", "business_id": "9000005"}
    door.channel.settings.CopyFrom(struct(dict(settings)))
    door.channel = (
        await ask(centre.channels.PutChannel, pb.PutChannelRequest(channel=door.channel), centre.owner)
    ).channel
    yesterday = int((system_clock() - timedelta(hours=24, minutes=1)).timestamp() * 1000)
    assert (await door.call(_for("1000005", _whatsapp("late", "hello", yesterday)))).status_code == 200
    it = await centre.conversation(door.channel)
    bench = WorkbenchServiceStub(centre.rt.peers.channel("channels"))
    listing = wb.ListTemplatesRequest(channel_id=door.channel.id)
    found = (await ask(bench.ListTemplates, listing, centre.agents[0].headers)).templates
    assert [(one.name, list(one.gaps), bool(one.why_not)) for one in found] == [
        ("order_update", ["body.1", "body.2"], False), ("photo", [], True),
    ]  # fmt: skip

    def send(kind: Any, client_id: str, **fields: Any) -> Any:
        request = pb.SendMessageRequest(conversation_id=it.id, client_id=client_id, kind=kind, **fields)
        return ask(centre.channels.SendMessage, request, centre.owner)

    async def refused(call: Any) -> str:
        with pytest.raises(DomainError) as why:
            await call
        return why.value.reason.name

    assert await refused(send(pb.MESSAGE_KIND_TEXT, "t1", text="too late")) == "WINDOW_CLOSED"
    template = TemplateUse(name="order_update", language="uk", values={"body.1": "Іване", "body.2": "№ 7"})
    sent = (await send(pb.MESSAGE_KIND_TEMPLATE, "t2", template=template)).message
    assert sent.text == "Вітаємо, Іване. Замовлення № 7 вже їде."

    async def arrived() -> Any:
        wanted = [taken.fields.get("template") for taken in door.provider.taken]
        return next((one for one in wanted if one), None)

    body = json.loads(one) if isinstance(one := await eventually(arrived), str) else one
    assert body["components"][0]["parameters"] == [{"type": "text", "text": "Іване"}, {"type": "text", "text": "№ 7"}]
    for values in ({}, {"body.1": "x"}, {"body.1": "x", "body.2": ""}):
        wrong = TemplateUse(name="order_update", language="uk", values=values)
        assert await refused(send(pb.MESSAGE_KIND_TEMPLATE, "t3", template=wrong)) == "UNKNOWN_TEMPLATE"
    for name in ("old", "photo", "none"):
        wrong = TemplateUse(name=name, language="uk")
        assert await refused(send(pb.MESSAGE_KIND_TEMPLATE, "t4", template=wrong)) == "UNKNOWN_TEMPLATE"
    assert await refused(send(pb.MESSAGE_KIND_TEMPLATE, "t5", text="no template")) == "INVALID"
    await centre.disconnect(door.channel)


async def test_whom_we_write_first_in_whatsapp_answers_under_another_name(
    centre: Centre, providers: dict[str, FakeProvider]
) -> None:
    """We know a number, Meta tells an id: the answer belongs to what we began all the same."""
    door = await _whatsapp_door(centre, providers, "1000006")
    ivan = await centre.customer(name="Іван", phones=["+380441234567"])
    await centre.be(0, acd.AGENT_STATE_READY)
    it = await centre.starts(0, door.channel, ivan, "w1")
    with pytest.raises(DomainError) as refused:
        await centre.send(0, it.id, "Добрий день", "w2")
    assert refused.value.reason.name == "WINDOW_CLOSED", "only a template may begin"
    now = int(system_clock().timestamp() * 1000)
    assert (await door.call(_for("1000006", _whatsapp("w-answer", "Так, це я", now)))).status_code == 200

    async def answered() -> bool:
        return [m.text for m in await centre.messages(it.id) if m.direction == pb.DIRECTION_IN] == ["Так, це я"]

    await eventually(answered)
    await centre.send(0, it.id, "Добрий день", "w3")
    assert (await door.arrived("Добрий день"))["to"] == "380441234567"
    assert (await door.call(_for("1000006", _whatsapp("w-more", "Ще одне", now)))).status_code == 200

    async def joined() -> bool:
        return [m.text for m in await centre.messages(it.id) if m.direction == pb.DIRECTION_IN][1:] == ["Ще одне"]

    await eventually(joined)
    assert (await centre.starts(0, door.channel, ivan, "w4")).id == it.id, "known by the number, too"
    await centre.disconnect(door.channel)


async def test_a_secret_that_was_replaced_is_believed_until_the_provider_has_the_new_one(door: Door) -> None:
    """And the one before it no longer: two changes shut a leaked secret out at once."""
    name = {"vk": "secret", "viber": "token"}.get(door.sort.kind, "app_secret")
    old = door.sort.says("rotated", "Signed as before", int(system_clock().timestamp() * 1000))
    body = json.dumps(old, ensure_ascii=False).encode()
    channels = (await ask(door.centre.channels.ListChannels, pb.ListChannelsRequest(), door.centre.owner)).channels
    channel = next(one for one in channels if one.id == door.channel.id)
    forms = {
        "app_secret": "{}" * 32,
        "token": "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva1748{}im9",
        "secret": "vkSecret1{}",
    }
    for fresh, status in (("1", 200), ("2", 401)):
        put = pb.PutChannelRequest(channel=channel, secrets={name: forms[name].replace("{}", fresh)})
        channel = (await ask(door.centre.channels.PutChannel, put, door.centre.owner)).channel
        assert (await door.call(body)).status_code == status, fresh
