"""Customers who send texts: an SMSC of another make on loopback, a signing gateway, real services."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
import smpp34
from e2e.fakes.sms import SECRET, FakeGateway, Smsc, locked_smsc

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.billing.__main__ import serve as billing_serve
from antiphon.billing.settings import Settings as BillingSettings
from antiphon.billing.v1 import billing_pb2 as billing
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.channels.__main__ import serve
from antiphon.channels.contract import ChannelView, OutcomeUnknown, SendLater
from antiphon.channels.sms.alphabet import decode
from antiphon.channels.sms.outgoing import submit, submits
from antiphon.channels.sms.parts import Group, PartStore
from antiphon.channels.sms.pdu import Command, ShortMessage
from antiphon.channels.sms.segments import Place, opened, segments
from antiphon.channels.sms.session import BindFailed, bound, transmitter
from antiphon.channels.tests.centre import Centre
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit import procs
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import struct
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.texts import Texts, is_sealed
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service

OTHERS: dict[str, Callable[[Runtime], Awaitable[None]]] = {
    "directory": directory_serve,
    "acd": acd_serve,
    "routing": routing_serve,
    "billing": functools.partial(billing_serve, settings=BillingSettings(sweep_seconds=0.2)),
}
OLHA = "+380501234567"
THROTTLED, WRONG_NUMBER = 0x58, 0x0B


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def smsc() -> AsyncIterator[Smsc]:
    """Not running: each test says when it is."""
    yield Smsc()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway() -> AsyncIterator[FakeGateway]:
    fake = FakeGateway()
    async with fake.listening():
        yield fake


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    port = procs.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(port))
        patch.setenv("ANTIPHON_CHANNELS_BILLING", "true")
        yield f"127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtimes(platforms: dict[str, Platform]) -> AsyncIterator[dict[str, Runtime]]:
    async with running(OTHERS, platforms) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(runtimes: dict[str, Runtime], platforms: dict[str, Platform], edge: str) -> AsyncIterator[Runtime]:
    async with running({"channels": serve}, platforms) as started:
        yield started["channels"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(service: Runtime, runtimes: dict[str, Runtime], edge: str) -> AsyncIterator[Centre]:
    it = await Centre(runtimes["acd"], edge).open("owner@sms.example")
    await it.be(0, acd.AGENT_STATE_READY)
    yield it


async def connected(centre: Centre, settings: dict[str, Any], **secrets: str) -> pb.Channel:
    channel = pb.Channel(kind="sms", name="Texts", enabled=True, settings=struct(settings))
    put = pb.PutChannelRequest(channel=channel, secrets=secrets)
    made: pb.Channel = (await ask(centre.channels.PutChannel, put, centre.owner)).channel
    return made


async def received(centre: Centre, channel: pb.Channel) -> None:
    bye = {"id": "bye", "kind": "close", "text": {"en": "Bye"}, "outcome": "done"}
    line = {
        "id": "line",
        "kind": "enqueue",
        "queue_id": centre.queue_id,
        "greeting": {"en": "One moment"},
        "on_timeout": "bye",
    }
    await centre.scheme(channel, line, bye)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def number(centre: Centre, smsc: Smsc) -> AsyncIterator[pb.Channel]:
    made = await connected(centre, smsc.settings, password="secret")
    await received(centre, made)
    yield made
    await centre.disconnect(made)


async def texts(centre: Centre, it: pb.Conversation) -> list[str]:
    return [m.text for m in await centre.messages(it.id) if m.direction == pb.DIRECTION_IN]


async def said(centre: Centre, it: pb.Conversation, count: int) -> list[str]:
    async def enough() -> list[str]:
        found = await texts(centre, it)
        return found if len(found) >= count else []

    found: list[str] = await eventually(enough)
    return found


async def marked(centre: Centre, sent: pb.Message, delivery: int) -> pb.Message:
    async def found() -> pb.Message | None:
        for m in await centre.messages(sent.conversation_id):
            if m.seq == sent.seq and m.delivery == delivery:
                return m
        return None

    one: pb.Message = await eventually(found)
    return one


def text_of(events: list[smpp34.SubmitSmEvent]) -> str:
    parts = [
        opened(ShortMessage(None, None, e.short_message, e.data_coding, e.esm_class))[1]  # type: ignore[arg-type]
        for e in events
    ]
    return "".join(decode(data, e.data_coding, "gsm7") or "" for data, e in zip(parts, events, strict=True))


def report(number: int, state: str) -> bytes:
    return (
        f"id:{number:010d} sub:001 dlvrd:001 submit date:2603041000 done date:2603041001 stat:{state} err:000".encode()
    )


async def test_a_text_is_answered_and_its_arrival_is_told(centre: Centre, smsc: Smsc, number: pb.Channel) -> None:
    async with smsc.running():
        assert await smsc.says("Добрий день".encode("utf-16-be"), data_coding=8) == 0
        it = await centre.conversation(number)
        assert (it.channel, it.contact_name) == ("sms", OLHA)
        await centre.accept(0, it.id)
        await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN)
        (greeting,) = [m for m in await centre.messages(it.id) if m.text == "One moment"]
        await marked(centre, greeting, pb.DELIVERY_SENT)
        smsc.taken.clear()
        sent = await centre.send(0, it.id, "Вітаю. " * 20, "out1")
        await marked(centre, sent, pb.DELIVERY_SENT)
        assert text_of(smsc.taken) == "Вітаю. " * 20
        assert [e.registered_delivery for e in smsc.taken] == [2, 2, 1], "one message, one fate"
        assert {(e.source_addr, e.destination_addr) for e in smsc.taken} == {("380441112233", "380501234567")}
        assert await smsc.says(report(smsc.first_id + 3, "DELIVRD"), esm_class=4) == 0, "submitted in hexadecimal"
        await marked(centre, sent, pb.DELIVERY_DELIVERED)
        lost = await centre.send(0, it.id, "Lost", "out2")
        await marked(centre, lost, pb.DELIVERY_SENT)
        await smsc.says(report(smsc.first_id + 4, "UNDELIV"), esm_class=4)
        assert "could not deliver" in (await marked(centre, lost, pb.DELIVERY_FAILED)).failure
        await smsc.says(report(smsc.first_id + 3, "UNDELIV"), esm_class=4)
        smsc.refuse[:] = [THROTTLED]
        slow = await centre.send(0, it.id, "Slowly", "out3")
        await marked(centre, slow, pb.DELIVERY_SENT)
        smsc.refuse[:] = [WRONG_NUMBER]
        refused = await centre.send(0, it.id, "Nowhere", "out4")
        assert "number" in (await marked(centre, refused, pb.DELIVERY_FAILED)).failure
        await marked(centre, sent, pb.DELIVERY_DELIVERED)


async def test_long_texts_are_joined_and_repeats_are_heard_once(centre: Centre, smsc: Smsc, number: pb.Channel) -> None:
    it = await centre.conversation(number)
    long = "Довгий текст про замовлення. " * 5
    made = segments(long, 77)
    fields: dict[str, Any] = {"data_coding": made.coding, "esm_class": made.esm_class}
    async with smsc.running():
        for part in (made.parts[1], made.parts[0], *made.parts[1:]):
            assert await smsc.says(part, **fields) == 0
        assert (await said(centre, it, 2))[1:] == [long]
        await smsc.says(b"ok")
        await smsc.says(b"ok")
        assert (await said(centre, it, 4))[2:] == ["ok", "ok"], "in one session these are two"
    async with smsc.running():
        await smsc.says(b"ok")
        await smsc.says(made.parts[0], **fields)
        await smsc.says(b"end")
        assert (await said(centre, it, 5))[2:] == ["ok", "ok", "end"], "brought again after the connection broke"


async def test_a_missing_part_is_shown_as_a_gap(
    centre: Centre, smsc: Smsc, number: pb.Channel, service: Runtime
) -> None:
    it = await centre.conversation(number)
    made = segments("ґ" * 67 + "є" * 67 + "ї", 78)
    async with smsc.running():
        for part in (made.parts[0], made.parts[2]):
            await smsc.says(part, data_coding=made.coding, esm_class=made.esm_class)
        long_ago = {"$set": {"since": system_clock() - timedelta(minutes=5)}}
        written = await service.database().sms_parts.update_one({"channel_id": number.id, "said_at": None}, long_ago)
        assert written.modified_count == 1
        assert (await said(centre, it, 6))[-1] == "ґ" * 67 + "[…]ї"


async def test_parts_that_come_again(service: Runtime) -> None:
    store, now = PartStore(service.database(), Texts(await service.vault(), seals=True)), system_clock()

    async def add(number: int, body: bytes, at: datetime) -> Group | None:
        return await store.add("tn_1", ("ch_alone", "+1"), Place(5, 2, number), body, at)

    await add(1, b"a", now)
    await add(1, b"a", now)
    group = await add(2, b"b", now)
    assert group is not None
    assert (group.is_whole, group.bodies) == (True, {1: b"a", 2: b"b"})
    assert [one.key for one in await store.overdue("ch_alone", now + timedelta(seconds=1))] == [group.key]
    await store.said(group, now)
    assert await store.overdue("ch_alone", now + timedelta(seconds=1)) == []
    kept = await service.database().sms_parts.find_one({"channel_id": "ch_alone"}) or {}
    assert all(is_sealed(body) for body in kept["bodies"].values())
    assert await add(2, b"b", now + timedelta(minutes=1)) is None
    for body, later in ((b"c", 2), (b"c", 30)):
        fresh = await add(2, body, now + timedelta(minutes=later))
        assert fresh is not None, "the reference is used again"
        assert (fresh.is_whole, fresh.bodies) == (False, {2: b"c"})
        await store.said(fresh, now)


async def test_what_an_smsc_that_is_down_gets_later_keeps_its_order(
    centre: Centre, smsc: Smsc, number: pb.Channel
) -> None:
    it = await centre.conversation(number)

    async def unwell() -> bool:
        listed = (await ask(centre.channels.ListChannels, pb.ListChannelsRequest(), centre.owner)).channels
        return any(one.id == number.id and "cannot be reached" in one.health for one in listed)

    await eventually(unwell)
    smsc.taken.clear()
    sent = [await centre.send(0, it.id, f"After the night {n}", f"night{n}") for n in range(3)]
    async with smsc.running():
        for one in sent:
            await marked(centre, one, pb.DELIVERY_SENT)
        assert [text_of([e]) for e in smsc.taken] == [f"After the night {n}" for n in range(3)]


def view_of(settings: dict[str, Any]) -> ChannelView:
    return ChannelView("ch_alone", "t", "sms", 1, "Texts", "", True, settings, {"password": "right"}, inside=True)


async def test_a_replica_without_the_session_binds_for_one_message(smsc: Smsc) -> None:
    view = view_of(smsc.settings)
    smsc.taken.clear()
    async with smsc.running():
        async with transmitter(view) as own:
            ids = await submit(own, submits(view, OLHA, "ї" * 100, 5))
        assert text_of(smsc.taken) == "ї" * 100
        assert len(ids.split(",")) == 2
        smsc.refuse[:] = [THROTTLED]
        with pytest.raises(SendLater):
            async with transmitter(view) as own:
                await submit(own, submits(view, OLHA, "x", 5))
    async with locked_smsc(b"right") as port:
        with pytest.raises(OutcomeUnknown):
            async with transmitter(view_of({**smsc.settings, "port": port})) as own:
                await submit(own, submits(view, OLHA, "x", 5))


async def test_an_smsc_without_tls_is_said_in_words(smsc: Smsc) -> None:
    async with smsc.running():
        with pytest.raises(BindFailed, match="SMSC"):
            await bound(view_of({**smsc.settings, "tls": "yes"}), Command.BIND_TRANSCEIVER)


async def test_an_smsc_hears_yes_only_after_storage(smsc: Smsc) -> None:
    stored, asked = asyncio.Event(), asyncio.Event()

    async def deliver(body: bytes) -> None:
        asked.set()
        if body.endswith(b"broken"):
            raise OSError("no database")
        await stored.wait()

    async with smsc.running():
        session = await bound(view_of(smsc.settings), Command.BIND_TRANSCEIVER)
        async with asyncio.TaskGroup() as group:
            hearing = group.create_task(session.run(deliver))
            answer = group.create_task(smsc.says(b"hello"))
            await asked.wait()
            assert not answer.done()
            stored.set()
            assert await answer == 0
            assert await smsc.says(b"broken") == 0x64, "the SMSC brings it again"
            session.close()
            await hearing


async def test_a_wrong_password_is_said_in_words(centre: Centre, smsc: Smsc) -> None:
    async with locked_smsc(b"right") as port:
        made = await connected(centre, {**smsc.settings, "port": port}, password="wrong")
        request = pb.TestChannelRequest(channel_id=made.id)
        answer = await ask(centre.channels.TestChannel, request, centre.owner, within=25)
        assert (answer.ok, answer.says) == (False, "The SMSC does not accept the password.")

        async def unhealthy() -> bool:
            listed = (await ask(centre.channels.ListChannels, pb.ListChannelsRequest(), centre.owner)).channels
            return any(one.id == made.id and "password" in one.health for one in listed)

        await eventually(unhealthy)
        right = pb.Channel(id=made.id, rev=made.rev, kind="sms", name="Texts", enabled=True, settings=made.settings)
        put = pb.PutChannelRequest(channel=right, secrets={"password": "right"})
        await ask(centre.channels.PutChannel, put, centre.owner)
        answer = await ask(centre.channels.TestChannel, request, centre.owner, within=25)
        assert answer.ok, answer.says
        await centre.disconnect(made)


async def calls_of(
    gateway: FakeGateway, centre: Centre, channel: pb.Channel, event: dict[str, str], headers: Any = None
) -> int:
    """The gateway calls us; returns the status of our answer."""
    body = json.dumps(event, ensure_ascii=False).encode()
    async with httpx.AsyncClient() as client:
        address = f"http://{centre.edge}/hooks/{channel.id}"
        signed = gateway.sign(body) if headers is None else headers
        return (await client.post(address, content=body, headers=signed)).status_code


async def test_a_gateway_carries_texts_both_ways(centre: Centre, gateway: FakeGateway) -> None:
    settings = {"transport": "http", "url": f"{gateway.address}/send", "source": "Romashka", "region": "UA"}
    channel = await connected(centre, settings, secret=SECRET)
    await received(centre, channel)

    async def calls(event: dict[str, str], headers: dict[str, str] | None = None) -> int:
        return await calls_of(gateway, centre, channel, event, headers)

    hello = {"id": "m1", "from": "0509876543", "to": "Romashka", "text": "Привіт"}
    assert await calls(hello, {}) == 401
    assert [await calls(hello), await calls(hello)] == [200, 200]
    it = await centre.conversation(channel)
    assert it.contact_name == "+380509876543"
    await centre.accept(0, it.id)
    await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN)
    gateway.down = 2
    sent = await centre.send(0, it.id, "Слухаю вас", "gw1")
    await marked(centre, sent, pb.DELIVERY_SENT)
    greeting, request = gateway.taken
    assert greeting.fields["text"] == "One moment"
    assert (gateway.wrong, request.fields["to"], request.fields["text"]) == (0, "+380509876543", "Слухаю вас")
    assert await calls({"id": "gw-2", "status": "delivered"}) == 200
    await marked(centre, sent, pb.DELIVERY_DELIVERED)
    assert await calls({**hello, "id": "m2", "text": "Кінець"}) == 200
    assert await said(centre, it, 2) == ["Привіт", "Кінець"]
    await centre.disconnect(channel)


async def test_an_agent_writes_first_and_has_the_answer(centre: Centre, gateway: FakeGateway) -> None:
    settings = {"transport": "http", "url": f"{gateway.address}/send", "source": "Romashka", "region": "UA"}
    channel = await connected(centre, settings, secret=SECRET)
    await received(centre, channel)
    gateway.taken.clear()
    await centre.be(1, acd.AGENT_STATE_NOT_READY)
    halyna = await centre.customer(name="Галина", phones=["+380501112233", "+380671112233"], language="uk")

    async def refused(agent: int, client_id: str, contact_id: str = halyna, **more: Any) -> str:
        with pytest.raises(DomainError) as why:
            await centre.starts(agent, channel, contact_id, client_id, **more)
        return why.value.reason.name

    assert await refused(1, "f0") == "INVALID", "which of the two?"
    assert await refused(1, "f0", address="+380999999999") == "INVALID", "not the customer's"
    assert await refused(1, "f0", "ct_nobody") == "NOT_FOUND"
    widget = await centre.widget()
    with pytest.raises(DomainError, match="only customers begin"):
        await centre.starts(1, widget, halyna, "f0")
    assert [c for c in await centre.conversations(limit=200) if c.channel_id == channel.id] == []
    to = {"address": "+380501112233"}
    both = await asyncio.gather(*(centre.starts(1, channel, halyna, "f1", **to) for _ in range(2)))
    it = both[0]
    assert {(one.id, one.assignee_id, one.contact_name) for one in both} == {(it.id, centre.agents[1].id, "Галина")}
    assert it.status == pb.CONVERSATION_STATUS_OPEN
    assert await refused(0, "f2", **to) == "TAKEN"
    sent = await centre.send(1, it.id, "Ваше замовлення прибуло", "first1")
    await marked(centre, sent, pb.DELIVERY_SENT)
    assert [(one.fields["to"], one.fields["text"]) for one in gateway.taken] == [(to["address"], sent.text)]
    answer = {"id": "f-1", "from": "0501112233", "to": "Romashka", "text": "Дякую"}
    assert await calls_of(gateway, centre, channel, answer) == 200
    assert await said(centre, it, 1) == ["Дякую"]
    assert await centre.conversation(channel) == (await centre.until(it.id)), "no scheme, no second conversation"

    async def closed(conversation_id: str) -> None:
        close = pb.CloseConversationRequest(conversation_id=conversation_id)
        await ask(centre.channels.CloseConversation, close, centre.agents[1].headers)

    await closed(it.id)
    again = await centre.starts(1, channel, halyna, "f3", **to)
    assert (again.id, again.status) == (it.id, pb.CONVERSATION_STATUS_OPEN), "a short time ago: that one goes on"
    other = await centre.starts(1, channel, halyna, "f4", address="+380671112233")
    assert other.id != it.id
    for one in (again, other):
        await closed(one.id)
    await centre.disconnect(channel)
    await centre.disconnect(widget)


@pytest.mark.clause("I09")
async def test_a_suspended_company_sends_no_paid_message(centre: Centre, gateway: FakeGateway) -> None:
    settings = {"transport": "http", "url": f"{gateway.address}/send", "source": "Klimat", "region": "UA"}
    channel = await connected(centre, settings, secret=SECRET)
    await received(centre, channel)
    bill: Any = BillingServiceStub(centre.rt.peers.channel("billing"))
    rate = {"prefix": "380", "groups": [{"start": 0, "rate": "1", "per": 60, "inc": 1}]}
    prices = json.dumps({"usage": {"sms": "0.45"}, "rates": [rate]})
    tariff = billing.Tariff(name="Texts", currency="UAH", document=prices)
    draft = (await ask(bill.PutTariff, billing.PutTariffRequest(tariff=tariff), centre.owner)).tariff
    approval = billing.ApproveTariffRequest(id=draft.id, version=draft.version)
    await ask(bill.ApproveTariff, approval, centre.rt.peers.own(centre.tenant))
    fee = Money(currency="UAH", micros=30_000_000)
    account = billing.Account(currency="UAH", monthly_fee=fee, tariff_id=draft.id)
    await ask(bill.PutAccount, billing.PutAccountRequest(account=account), centre.owner)

    async def is_suspended() -> bool:  # today's fee takes an empty account to its threshold
        it = (await ask(bill.GetAccount, billing.GetAccountRequest(), centre.owner)).account
        return bool(it.state == billing.ACCOUNT_STATE_SUSPENDED and it.tariff_version)

    await eventually(is_suspended, within=30)
    body = json.dumps({"id": "p1", "from": "0509876544", "to": "Klimat", "text": "Привіт"}).encode()
    async with httpx.AsyncClient() as client:
        address = f"http://{centre.edge}/hooks/{channel.id}"
        assert (await client.post(address, content=body, headers=gateway.sign(body))).status_code == 200
    it = await centre.conversation(channel)  # who writes is heard all the same
    await centre.accept(0, it.id)
    await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN)
    gateway.taken.clear()
    with pytest.raises(DomainError) as refused:
        await centre.send(0, it.id, "Слухаю", "paid1")
    assert refused.value.reason.name == "SUSPENDED"
    assert all(m.client_id != "paid1" for m in await centre.messages(it.id))
    assert not gateway.taken
    payment = billing.PostPaymentRequest(
        payment_id="p", amount=Money(currency="UAH", micros=500_000_000), method="bank"
    )  # fmt: skip
    await ask(bill.PostPayment, payment, centre.rt.peers.own(centre.tenant))
    again = await centre.send(0, it.id, "Слухаю", "paid1")
    await marked(centre, again, pb.DELIVERY_SENT)
    assert len(gateway.taken) == 1
    await charged(centre, again, 1)
    gateway.parts = 4  # its own count is what is charged
    long = await centre.send(0, it.id, "Ваше замовлення вже в дорозі. " * 5, "paid2")
    await marked(centre, long, pb.DELIVERY_SENT)
    assert await calls_of(gateway, centre, channel, {"id": "gw-3", "status": "delivered"}) == 200
    await charged(centre, long, 4)
    gateway.parts = 0
    long = await centre.send(0, it.id, "Ваше замовлення вже в дорозі. " * 5, "paid3")
    await charged(centre, long, 3)
    listed = await ask(bill.ListRatedCalls, billing.ListRatedCallsRequest(), centre.owner)
    used = [one for one in listed.calls if one.record.switch == "channels"]
    assert [(one.cost.micros, list(one.why)) for one in used[:3]] == [
        (1_350_000, ["sms: 3 × 0.45"]), (1_800_000, ["sms: 4 × 0.45"]), (450_000, ["sms: 1 × 0.45"]),
    ]  # fmt: skip
    await centre.disconnect(channel)


async def charged(centre: Centre, sent: pb.Message, quantity: int) -> None:
    """Waits until a message was charged; once, whatever became of it."""
    bill: Any = BillingServiceStub(centre.rt.peers.channel("billing"))

    async def found() -> list[billing.RatedCall]:
        listed = await ask(bill.ListRatedCalls, billing.ListRatedCallsRequest(), centre.owner)
        return [one for one in listed.calls if one.record.key == f"{sent.conversation_id}:{sent.seq}"]

    (one,) = await eventually(found, within=30)
    assert (one.charge, one.reason) == (billing.CALL_CHARGE_BILLED, "")
    assert (one.record.service, one.record.quantity) == ("sms", quantity)
