"""The lead catcher: from the form on a site to the queue, the customer's card and colleagues' chats in Telegram, Viber
and Messenger, through the real adapters; directory, routing, acd and billing are the real ones too."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from e2e.fakes.providers import FakeMeta, FakeProvider, FakeViber
from e2e.fakes.telegram import FakeTelegram

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.billing.__main__ import serve as billing_serve
from antiphon.billing.settings import Settings as BillingSettings
from antiphon.billing.v1 import billing_pb2, cabinet_pb2
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.billing.v1.cabinet_pb2_grpc import CabinetServiceStub
from antiphon.channels.__main__ import serve
from antiphon.channels.tests.centre import SITE, Centre
from antiphon.channels.tests.test_service_webhooks import SORTS
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import leads_pb2
from antiphon.channels.v1.leads_pb2_grpc import LeadServiceStub
from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import directory_pb2, privacy_pb2
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.kit import mongo, procs
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import struct
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, overheard, running
from antiphon.kit.texts import is_sealed
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service

OTHERS: dict[str, Callable[[Runtime], Awaitable[None]]] = {
    "directory": directory_serve,
    "acd": acd_serve,
    "routing": routing_serve,
    "billing": functools.partial(billing_serve, settings=BillingSettings(sweep_seconds=0.2)),
}
TOKEN = "700009:AAAtest-Token_9"
THEME = leads_pb2.LeadTheme(background="#101820", text="#ffffff", accent="#ffcc00", radius=16, font="serif")
WITHIN = 60


@dataclass
class Stage:
    """A site with the form, three messengers and what their providers were sent."""

    centre: Centre
    leads: LeadServiceStub
    site: pb.Channel
    bots: dict[str, pb.Channel]
    providers: dict[str, FakeProvider]
    telegram: FakeTelegram
    logged: list[str]

    async def ask(self, name: str, request: Any) -> Any:
        return await ask(getattr(self.leads, name), request, self.centre.owner, within=WITHIN)

    async def refused(self, name: str, request: Any) -> DomainError:
        with pytest.raises(DomainError) as refused:
            await self.ask(name, request)
        return refused.value

    async def put(self, **fields: Any) -> leads_pb2.LeadCatcher:
        """The catcher as it stands, with these fields."""
        request = leads_pb2.GetLeadCatcherRequest(channel_id=self.site.id)
        wish = (await self.ask("GetLeadCatcher", request)).catcher
        for name in fields:
            wish.ClearField(name)
        wish.MergeFrom(leads_pb2.LeadCatcher(enabled=True, queue_id=self.centre.queue_id, region="UA", **fields))
        put = leads_pb2.PutLeadCatcherRequest(channel_id=self.site.id, catcher=wish)
        saved: leads_pb2.LeadCatcher = (await self.ask("PutLeadCatcher", put)).catcher
        return saved

    async def post(self, form: Mapping[str, Any], origin: str = SITE) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.post(
                f"http://{self.centre.edge}/widget/lead?key={self.site.public_key}", json=dict(form),
                headers={"Origin": origin}, timeout=WITHIN,
            )  # fmt: skip

    async def config(self) -> Mapping[str, Any]:
        async with httpx.AsyncClient() as client:
            found = await client.get(
                f"http://{self.centre.edge}/widget/config?key={self.site.public_key}", headers={"Origin": SITE}
            )
        answer: Mapping[str, Any] = found.json()["lead"]
        return answer

    async def writes(self, kind: str, text: str) -> None:
        """A colleague writes to the bot of this kind."""
        if kind == "telegram":
            await self.telegram.write(TOKEN, 42, text)
            return
        body = json.dumps(SORTS[kind].says(f"in-{text}", text, int(system_clock().timestamp() * 1000))).encode()
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"http://{self.centre.edge}/hooks/{self.bots[kind].id}", content=body,
                headers=self.providers[kind].sign(body), timeout=WITHIN,
            )  # fmt: skip
        assert answer.status_code == 200

    def read(self, kind: str) -> list[str]:
        """What the chat of this kind shows."""
        if kind == "telegram":
            return [sent.text for sent in self.telegram.bot(TOKEN).to(42)]
        return [text for one in self.providers[kind].taken if (text := SORTS[kind].sent_text(one.fields))]

    async def shows(self, kind: str, word: str, times: int = 1) -> str:
        async def found() -> list[str]:
            texts = [text for text in self.read(kind) if word in text]
            return texts if len(texts) >= times else []

        texts: list[str] = await eventually(found, within=WITHIN)
        assert len(texts) == times
        return texts[0]

    async def lead(self, conversation_id: str, states: set[int]) -> leads_pb2.Lead:
        """The lead of a conversation, as soon as its deliveries are all in these states."""

        async def found() -> leads_pb2.Lead | None:
            request = leads_pb2.ListLeadsRequest(channel_id=self.site.id)
            listed = (await self.ask("ListLeads", request)).leads
            it = next((lead for lead in listed if lead.conversation_id == conversation_id), None)
            return it if it is not None and {way.state for way in it.deliveries} <= states else None

        lead: leads_pb2.Lead = await eventually(found, within=WITHIN)
        return lead


def form(client_id: str, **more: Any) -> dict[str, Any]:
    return {
        "client_id": client_id, "name": "  Леся\x07 \n Українка ", "phone": "067 123 45 67",
        "text": "Передзвоніть після 18", "consent": True, "page": f"{SITE}/awnings", "language": "uk",
        "utm": {"utm_source": "google", "utm_campaign": "spring", "evil": "x"}, **more,
    }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def providers() -> AsyncIterator[tuple[dict[str, FakeProvider], FakeTelegram]]:
    found: dict[str, FakeProvider] = {"messenger": FakeMeta(), "viber": FakeViber()}
    telegram = FakeTelegram()
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, kind in (("META", "messenger"), ("VIBER", "viber")):
                address = await stack.enter_async_context(found[kind].listening())
                patch.setenv(f"ANTIPHON_CHANNELS_{name}_API", address)
            patch.setenv("ANTIPHON_CHANNELS_TELEGRAM_API", await stack.enter_async_context(telegram.listening()))
            patch.setenv("ANTIPHON_CHANNELS_TELEGRAM_POLL_SECONDS", "1")
            yield found, telegram


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    port = procs.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(port))
        patch.setenv("ANTIPHON_CHANNELS_PUBLIC_URL", f"http://127.0.0.1:{port}")
        patch.setenv("ANTIPHON_CHANNELS_BILLING", "true")
        yield f"127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(
    platforms: dict[str, Platform], edge: str, providers: tuple[dict[str, FakeProvider], FakeTelegram]
) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        logged = stack.enter_context(overheard())
        others = await stack.enter_async_context(running(OTHERS, platforms))
        own = await stack.enter_async_context(running({"channels": serve}, platforms))
        centre = await Centre(others["acd"], edge).open("owner@leads.example")
        site = await centre.widget(language="uk", title="Romashka")
        bots = {"telegram": await centre.telegram(TOKEN)}
        for kind in ("viber", "messenger"):
            channel = pb.Channel(kind=kind, name=kind, enabled=True, settings=struct(dict(SORTS[kind].settings)))
            put = pb.PutChannelRequest(channel=channel, secrets=dict(SORTS[kind].secrets))
            bots[kind] = (await ask(centre.channels.PutChannel, put, centre.owner)).channel
        leads = LeadServiceStub(own["channels"].peers.channel("channels"))
        yield Stage(centre, leads, site, bots, *providers, logged)


async def _account(stage: Stage) -> tuple[Any, list[tuple[str, str]]]:
    """The company is billed from now on, and the plan is in its catalogue; nothing is ordered."""
    channel = stage.centre.rt.peers.channel("billing")
    owner = stage.centre.owner
    account = billing_pb2.Account(currency="UAH", time_zone="Europe/Kyiv")
    request = billing_pb2.PutAccountRequest(account=account)
    await ask(BillingServiceStub(channel).PutAccount, request, owner, within=WITHIN)
    pay = billing_pb2.PostPaymentRequest(
        payment_id="p1", amount=Money(currency="UAH", micros=int(Decimal("1000") * 10**6)), method="bank"
    )
    own = stage.centre.rt.peers.own(stage.centre.tenant)
    await ask(BillingServiceStub(channel).PostPayment, pay, own, within=WITHIN)
    cabinet = CabinetServiceStub(channel)
    product = cabinet_pb2.Product(
        id="lead_catcher_pro", name="Lead catcher PRO", monthly=Money(currency="UAH", micros=100_000_000)
    )
    await ask(cabinet.PutProduct, cabinet_pb2.PutProductRequest(product=product), owner, within=WITHIN)
    return cabinet, owner


@pytest.mark.clause("F12", "F13", "N07")
async def test_a_lead_becomes_work_and_reaches_each_messenger_once(
    stage: Stage, platforms: dict[str, Platform]
) -> None:
    centre = stage.centre
    # the basic plan refuses both options, and changes nothing
    cabinet, owner = await _account(stage)
    for wish, option in (({"theme": THEME}, "theme"), ({"messenger_ids": [stage.bots["viber"].id]}, "messenger_ids")):
        with pytest.raises(DomainError) as refused:
            await stage.put(**wish)
        assert (refused.value.reason.name, refused.value.facts["option"]) == ("PRO_REQUIRED", option)
    code_refused = await stage.refused("MakeLeadCode", leads_pb2.MakeLeadCodeRequest())
    assert code_refused.reason.name == "PRO_REQUIRED"
    assert (await stage.put(title={"uk": "Передзвонимо за хвилину"})).rev == 1
    shown = await stage.config()
    assert (shown["texts"]["uk"]["title"], shown["theme"]) == ("Передзвонимо за хвилину", None)
    assert "number" in shown["texts"]["en"]["consent"]
    # ordered: the theme renders, and chats subscribe by a code
    order = cabinet_pb2.PlaceOrderRequest(
        request_id="o1", product_id="lead_catcher_pro", monthly=Money(currency="UAH", micros=100_000_000)
    )
    await ask(cabinet.PlaceOrder, order, owner, within=WITHIN)
    await stage.put(theme=THEME, messenger_ids=[bot.id for bot in stage.bots.values()])
    assert (await stage.config())["theme"] == {
        "background": "#101820", "text": "#ffffff", "accent": "#ffcc00", "radius": 16, "font": "serif",
    }  # fmt: skip
    codes = {kind: (await stage.ask("MakeLeadCode", leads_pb2.MakeLeadCodeRequest())).code for kind in stage.bots}
    for kind, code in codes.items():
        await stage.writes(kind, f"/start {code}" if kind == "telegram" else f"код {code.lower()}")
    chats = leads_pb2.ListLeadChatsRequest()

    async def subscribed() -> bool:
        return {chat.channel for chat in (await stage.ask("ListLeadChats", chats)).chats} == set(stage.bots)

    await eventually(subscribed, within=WITHIN)
    assert not [it for it in await centre.conversations(limit=200) if it.channel_id != stage.site.id]
    # one messenger is down for a moment; the lead is sent twice by an impatient visitor
    stage.providers["viber"].down = 2
    answers = await asyncio.gather(*(stage.post(form("lead-1")) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {202}
    it = await centre.conversation(stage.site, within=WITHIN)
    await centre.until(it.id, status=pb.CONVERSATION_STATUS_WAITING, queue_id=centre.queue_id)
    (said,) = [one for one in await centre.messages(it.id) if one.direction == pb.DIRECTION_IN]
    assert said.text == "Заявка з сайту\nІм’я: Леся Українка\nТелефон: +380671234567\nПередзвоніть після 18"
    assert (said.facts["utm_source"], said.facts["page"], "evil" in said.facts) == (
        "google", f"{SITE}/awnings", False,
    )  # fmt: skip
    assert it.unreachable
    with pytest.raises(DomainError) as nobody:
        await centre.send(0, it.id, "Вітаю!", "to-nobody")
    assert nobody.value.reason.name == "UNREACHABLE", "no browser waits for an answer"
    for kind in stage.bots:
        text = await stage.shows(kind, "+380671234567")
        assert text.startswith("Нова заявка: ")
        assert f"{SITE}/awnings" in text
    lead = await stage.lead(it.id, {leads_pb2.LEAD_DELIVERY_STATE_SENT})
    assert sorted(way.channel for way in lead.deliveries) == ["messenger", "telegram", "viber"]
    assert dict(lead.utm) == {"utm_source": "google", "utm_campaign": "spring"}
    kept = await mongo.database(platforms["channels"], "channels").leads.find_one({"_id": lead.id}) or {}
    assert is_sealed(kept["page"])
    assert all(is_sealed(value) for value in kept["utm"].values())
    # the card is the number's, and says what was agreed to
    identity = directory_pb2.Identity(channel="phone", value="+380671234567")
    asked = directory_pb2.ResolveIdentityRequest(identity=identity)
    card = (await ask(centre.people.ResolveIdentity, asked, centre.rt.peers.own(centre.tenant))).contact
    assert (card.id, card.name) == (it.contact_id, "Леся Українка")
    privacy = PrivacyServiceStub(centre.rt.peers.channel("directory"))
    consents = (
        await ask(privacy.ListConsents, privacy_pb2.ListConsentsRequest(contact_id=card.id), centre.owner)
    ).consents
    assert [one.purpose for one in consents] == [privacy_pb2.PURPOSE_SERVICE]
    # a code works once; who writes it later is a customer
    await stage.writes("viber", f"again {codes['telegram']}")

    async def received() -> bool:
        return any(one.channel == "viber" for one in await centre.conversations(limit=200))

    await eventually(received, within=WITHIN)
    # cancelled: neither design nor delivery any more
    await ask(cabinet.CancelOrder, cabinet_pb2.CancelOrderRequest(order_id="o1"), owner, within=WITHIN)

    async def basic_again() -> bool:
        return (await stage.config())["theme"] is None

    await eventually(basic_again, within=WITHIN)
    assert (await stage.post(form("lead-2", phone="+380501112233"))).status_code == 202
    second = await centre.conversation(stage.site, count=2, within=WITHIN)
    assert list((await stage.lead(second.id, set())).deliveries) == []
    for kind in stage.bots:
        await stage.shows(kind, "+380671234567")


async def test_what_is_no_lead_leaves_no_trace(stage: Stage) -> None:
    before = len(await stage.centre.conversations(limit=200))
    await stage.put(theme=None, messenger_ids=[])
    wrong = {
        "consent": form("w1", consent=False), "phone": form("w2", phone="12"), "client_id": form(""),
    }  # fmt: skip
    for name, sent in wrong.items():
        answer = await stage.post(sent)
        assert (answer.status_code, answer.json()["reason"]) == (422, "INVALID"), name
    assert (await stage.post(form("w3"), origin="https://evil.example")).status_code == 403
    assert (await stage.post(form("w4", website="http://spam"))).status_code == 202
    assert (await stage.post(form("w5", text="x" * 20_000))).status_code in (413, 422)
    codes = [
        (await stage.post(form(f"fast{n}", phone="nonsense" if n < 0 else "067 123 45 67"))).status_code
        for n in range(12)
    ]
    assert 429 in codes
    taken = codes.count(202)

    async def arrived() -> bool:
        return len(await stage.centre.conversations(limit=200)) == before + taken

    await eventually(arrived, within=WITHIN)
    bad = leads_pb2.LeadTheme(background="#ffffff", text="#eeeeee", accent="#ffcc00", font="system")
    refused = await stage.refused(
        "PutLeadCatcher", leads_pb2.PutLeadCatcherRequest(
            channel_id=stage.site.id, catcher=leads_pb2.LeadCatcher(channel_id=stage.site.id, theme=bad)
        ),
    )  # fmt: skip
    assert refused.reason.name == "INVALID"
    unknown = leads_pb2.GetLeadCatcherRequest(channel_id=stage.bots["viber"].id)
    assert (await stage.refused("GetLeadCatcher", unknown)).reason.name == "UNKNOWN_CHANNEL"


async def test_no_word_of_a_visitor_is_logged(stage: Stage) -> None:
    """Of five services, on the way from a site's form to a queue, with what goes wrong on it."""
    await stage.put(theme=None, messenger_ids=[])
    before = len(await stage.centre.conversations(limit=200))
    private = form("quiet", name="Панас Мирний", phone="067 765 43 21", text="Хіба ревуть воли")

    async def taken() -> bool:  # the tests before may have used up the site's allowance
        return (await stage.post(private)).status_code == 202

    await eventually(taken, within=WITHIN)
    assert (await stage.post({**private, "client_id": "bad", "phone": "067 765 43 21 99"})).status_code in (422, 429)

    async def arrived() -> bool:
        return len(await stage.centre.conversations(limit=200)) == before + 1

    await eventually(arrived, within=WITHIN)
    assert stage.logged
    for word in ("Панас", "7654321", "765 43 21", "Хіба", "Леся", "1234567", "123 45 67", "Передзвоніть"):
        assert not [line for line in stage.logged if word in line], word
