"""One customer over several channels: merged and taken apart, with the real directory, routing and acd."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import bson
import httpx
import pytest
import pytest_asyncio
from e2e.fakes.providers import FakeMeta, FakeProvider, FakeViber
from nats.js.errors import NotFoundError

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.channels.__main__ import serve
from antiphon.channels.store import STORED
from antiphon.channels.tests.centre import PASSWORD, Centre, Headers, browsing
from antiphon.channels.tests.test_service_webhooks import SORTS
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import search_pb2, survey_pb2
from antiphon.channels.v1 import workbench_pb2 as wb
from antiphon.channels.v1.care_pb2 import ScheduledMessage
from antiphon.channels.v1.search_pb2_grpc import SearchServiceStub
from antiphon.channels.v1.survey_pb2_grpc import SurveyServiceStub
from antiphon.channels.v1.workbench_pb2_grpc import WorkbenchServiceStub
from antiphon.channels.wiring import Parts
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import crm_pb2, directory_pb2, privacy_pb2
from antiphon.directory.v1.crm_pb2_grpc import CrmServiceStub
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.kit import procs
from antiphon.kit.bus import FACTS
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import struct, timestamp
from antiphon.kit.service import Serve
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.texts import Progress, seal_stored
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service
SERVICES = {"directory": directory_serve, "acd": acd_serve, "routing": routing_serve, "channels": serve}
_numbers = count(1)


async def received(centre: Centre, channel: pb.Channel) -> None:
    """Every customer goes straight to the queue."""
    line = {"id": "line", "kind": "enqueue", "queue_id": centre.queue_id, "greeting": {"en": "One moment"}}
    bye = {"id": "bye", "kind": "close", "text": {"en": "Bye"}, "outcome": "done"}
    await centre.scheme(channel, {**line, "on_timeout": "bye"}, bye)


class Shop:
    """A company with a site, a WhatsApp number and a Viber bot."""

    def __init__(self, centre: Centre, providers: dict[str, FakeProvider]) -> None:
        self.centre = centre
        self.providers = providers
        self.doors: dict[str, pb.Channel] = {}
        self.parts: list[Parts] = []
        self.crm = CrmServiceStub(centre.rt.peers.channel("directory"))
        self.bench = WorkbenchServiceStub(centre.rt.peers.channel("channels"))

    async def open(self) -> Shop:
        self.doors["webchat"] = await self.centre.widget()
        for kind in ("whatsapp", "viber"):
            sort = SORTS[kind]
            channel = pb.Channel(kind=kind, name=kind, enabled=True, settings=struct(dict(sort.settings)))
            put = pb.PutChannelRequest(channel=channel, secrets=dict(sort.secrets))
            self.doors[kind] = (await ask(self.centre.channels.PutChannel, put, self.centre.owner)).channel
        for channel in self.doors.values():
            await received(self.centre, channel)
        return self

    async def posts(self, kind: str, text: str) -> None:
        """The provider of a messenger says that a customer writes."""
        channel, sort = self.doors[kind], SORTS[kind]
        body = json.dumps(sort.says(f"m{next(_numbers)}", text, int(system_clock().timestamp() * 1000))).encode()
        async with httpx.AsyncClient() as client:
            address = f"http://{self.centre.edge}/hooks/{channel.id}"
            await client.post(address, content=body, headers=self.providers[kind].sign(body))

    async def hears(self, kind: str, text: str) -> pb.Conversation:
        """A customer of a messenger writes."""
        channel = self.doors[kind]
        await self.posts(kind, text)

        async def shown() -> pb.Conversation | None:
            for it in await self.centre.conversations(limit=200):
                if it.channel_id == channel.id and text in [one.text for one in await self.centre.messages(it.id)]:
                    return it
            return None

        conversation: pb.Conversation = await eventually(shown)
        return conversation

    async def timeline(self, contact_id: str, page: int = 50) -> list[tuple[str, str]]:
        """(channel, text) of everything said with a customer, the newest first, events left out."""
        lines: list[tuple[str, str]] = []
        after = ""
        while True:
            request = pb.ListCustomerMessagesRequest(contact_id=contact_id, limit=page, after=after)
            answer = await ask(self.centre.channels.ListCustomerMessages, request, self.centre.owner)
            channels = {it.id: it.channel for it in answer.conversations}
            said = (one for one in answer.messages if one.kind == pb.MESSAGE_KIND_TEXT and one.author == "customer")
            lines += [(channels[one.conversation_id], one.text) for one in said]
            after = answer.next
            if not after:
                return lines

    async def merge(self, card: str, into: str) -> None:
        request = crm_pb2.MergeContactsRequest(contact_id=card, into_id=into)
        await ask(self.crm.MergeContacts, request, self.centre.owner)

    async def part(self, card: str) -> None:
        await ask(self.crm.UnmergeContact, crm_pb2.UnmergeContactRequest(contact_id=card), self.centre.owner)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(platforms: dict[str, Platform]) -> AsyncIterator[Shop]:
    providers: dict[str, FakeProvider] = {"whatsapp": FakeMeta(), "viber": FakeViber()}
    port = procs.free_port()
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, kind in (("META", "whatsapp"), ("VIBER", "viber")):
                address = await stack.enter_async_context(providers[kind].listening())
                patch.setenv(f"ANTIPHON_CHANNELS_{name}_API", address)
            patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(port))
            patch.setenv("ANTIPHON_CHANNELS_PUBLIC_URL", f"http://127.0.0.1:{port}")
            parts: list[Parts] = []
            services: dict[str, Serve] = {**SERVICES, "channels": partial(serve, built=parts.append)}
            runtimes = await stack.enter_async_context(running(services, platforms))
            centre = await Centre(runtimes["channels"], f"127.0.0.1:{port}").open("owner@customers.example")
            shop = Shop(centre, providers)
            shop.parts = parts
            yield await shop.open()


@pytest.mark.clause("D02")
async def test_merged_histories_of_three_channels_lose_nothing(shop: Shop) -> None:
    centre = shop.centre
    async with browsing(centre.edge, shop.doors["webchat"].public_key) as browser:
        await browser.say("from the site", "c1")
        site = await centre.conversation(shop.doors["webchat"])
        phone = await shop.hears("whatsapp", "from WhatsApp")
        bot = await shop.hears("viber", "from Viber")
        cards = [site.contact_id, phone.contact_id, bot.contact_id]
        alone = {card: await shop.timeline(card) for card in cards}
        assert alone[bot.contact_id] == [("viber", "from Viber")]
        names = {it.id: it.contact_name for it in (site, phone, bot)}

        await shop.merge(phone.contact_id, bot.contact_id)
        await shop.merge(site.contact_id, phone.contact_id)
        whole = [("viber", "from Viber"), ("whatsapp", "from WhatsApp"), ("webchat", "from the site")]
        for card in cards:
            assert await shop.timeline(card) == whole
            assert await shop.timeline(card, page=1) == whole
            assert len(await centre.conversations(contact_id=card)) == 3
        for it in (site, phone, bot):
            await centre.until(it.id, contact_name=names[bot.id])
        # What comes after the merge is the customer's, and stays with the card of its channel.
        await shop.hears("whatsapp", "after the merge")
        await browser.say("on the site again", "c2")
        assert (await shop.timeline(bot.contact_id))[:2] == [
            ("webchat", "on the site again"), ("whatsapp", "after the merge"),
        ]  # fmt: skip

        await shop.part(phone.contact_id)
        await shop.part(site.contact_id)
        assert await shop.timeline(bot.contact_id) == alone[bot.contact_id]
        assert await shop.timeline(phone.contact_id) == [("whatsapp", "after the merge"), *alone[phone.contact_id]]
        assert await shop.timeline(site.contact_id) == [("webchat", "on the site again"), *alone[site.contact_id]]
        for it in (site, phone, bot):
            await centre.until(it.id, contact_name=names[it.id])


async def test_who_is_blocked_stays_so_when_cards_are_merged_and_parted(shop: Shop) -> None:
    async def block(it: pb.Conversation) -> None:
        spam = wb.Action(spam=wb.Spam(block=wb.BLOCKING_CUSTOMER))
        request = wb.ActRequest(conversation_ids=[it.id], actions=[spam], request_id=f"b{next(_numbers)}")
        result = (await ask(shop.bench.Act, request, shop.centre.owner)).results[0]
        assert result.reason == ""

    async def blocks() -> list[wb.Block]:
        return list((await ask(shop.bench.ListBlocks, wb.ListBlocksRequest(), shop.centre.owner)).blocks)

    async def refused(kind: str) -> None:
        before = sum(one.refused for one in await blocks())
        await shop.posts(kind, "LET ME IN")

        async def counted() -> bool:
            return sum(one.refused for one in await blocks()) > before

        await eventually(counted)

    phone, bot = await shop.hears("whatsapp", "who am I"), await shop.hears("viber", "and who am I")
    await block(phone)
    await refused("whatsapp")
    await shop.hears("viber", "another customer yet")
    await shop.merge(phone.contact_id, bot.contact_id)
    await refused("whatsapp")
    await refused("viber")
    await shop.part(phone.contact_id)
    await refused("whatsapp")
    it = await shop.hears("viber", "another customer again")
    for one in await blocks():
        await ask(shop.bench.DeleteBlock, wb.DeleteBlockRequest(block_id=one.id), shop.centre.owner)
    # Who is blocked as one customer was blocked with every address.
    await shop.merge(bot.contact_id, phone.contact_id)
    await block(it)
    await shop.part(bot.contact_id)
    for kind in ("whatsapp", "viber"):
        await refused(kind)
    for one in await blocks():
        await ask(shop.bench.DeleteBlock, wb.DeleteBlockRequest(block_id=one.id), shop.centre.owner)
    await shop.hears("whatsapp", "let in")


async def test_what_was_said_is_found_in_any_form_of_its_words(shop: Shop) -> None:
    centre, search = shop.centre, SearchServiceStub(shop.centre.rt.peers.channel("channels"))
    one = await shop.hears("whatsapp", "Прошу оформити повернення за замовленням 48213")
    two = await shop.hears("viber", "Где доставка холодильника? Мой номер 067 123-45-99")

    async def found(query: str, token: Headers = centre.owner, **more: Any) -> list[search_pb2.Hit]:
        request = search_pb2.SearchMessagesRequest(query=query, **more)
        return list((await ask(search.SearchMessages, request, token)).hits)

    for query, conversation in (
        ("поверненням замовлень", one), ("8213", one), ("холодильники доставку", two), ("+380671234599", two),
    ):  # fmt: skip
        for order in (search_pb2.SEARCH_ORDER_RELEVANCE, search_pb2.SEARCH_ORDER_NEWEST):
            (hit,) = await found(query, order=order)
            assert hit.conversation.id == conversation.id
            assert any(piece.hit for piece in hit.excerpt)
    assert not await found("повернення холодильника"), "every word is asked for"
    assert not await found("доставка", channel="whatsapp")
    assert await found("доставка", channel="viber", contact_id=two.contact_id, queue_id=two.queue_id)
    assert not await found("доставка", contact_id=one.contact_id)
    assert not await found("доставка", tag="vip")
    early = timestamp(system_clock() - timedelta(days=1))
    assert not await found("доставка", until=early)
    assert await found("доставка", since=early)
    # Another company finds nothing; whoever works in no queue of it neither.
    stranger = await Centre(centre.rt, centre.edge).open("owner@elsewhere.example")
    assert not await found("доставка", stranger.owner)
    idle = directory_pb2.Person(name="Idle", email="idle@customers.example", roles=[directory_pb2.ROLE_AGENT])
    await ask(centre.people.PutPerson, directory_pb2.PutPersonRequest(person=idle, password=PASSWORD), centre.owner)
    assert not await found("доставка", await centre.sign_in("idle@customers.example"))
    assert await found("доставка", centre.agents[0].headers), "it waits in the agent's queue"
    for bad in ({"query": " ,. "}, {"query": "x" * 201}, {"query": "a", "limit": 51}, {"query": "a", "after": "z"}):
        with pytest.raises(DomainError) as refused:
            await found(**bad)
        assert refused.value.reason is Common.INVALID


async def readable(shop: Shop, word: str) -> list[str]:
    """Collections of channels in which a word stands for whoever has the disk; facts to be told pass through."""
    db, found = shop.centre.rt.database(), []
    forms = (word.encode(), json.dumps(word)[1:-1].encode())
    for name in set(await db.list_collection_names()) - {"outbox"}:
        async for raw in db[name].find():
            if any(form in bson.encode(raw) for form in forms):
                found.append(name)
    return sorted(set(found))


@pytest.mark.clause("L09")
async def test_words_lie_sealed_and_older_ones_are_sealed_afterwards(
    shop: Shop, platforms: dict[str, Platform]
) -> None:
    centre, search = shop.centre, SearchServiceStub(shop.centre.rt.peers.channel("channels"))
    texts = shop.parts[0].search.store.texts
    plan = ScheduledMessage(id="s1", text="Бегемот прийде завтра", at=timestamp(system_clock() + timedelta(days=1)))

    async def says(kind: str, text: str) -> pb.Conversation:
        it = await shop.hears(kind, text)
        await ask(shop.bench.PutScheduled, wb.PutScheduledRequest(conversation_id=it.id, message=plan), centre.owner)
        draft = wb.Draft(reply="Бегемот у чернетці", typed_at=timestamp(system_clock()))
        await ask(shop.bench.PutDraft, wb.PutDraftRequest(conversation_id=it.id, draft=draft), centre.owner)
        return it

    async def found() -> set[str]:
        request = search_pb2.SearchMessagesRequest(query="бегемоти")
        return {one.message.text for one in (await ask(search.SearchMessages, request, centre.owner)).hits}

    sealed = await says("whatsapp", "Де мій Бегемот?")
    assert await readable(shop, "Бегемот") == await readable(shop, "бегемот") == []
    texts.seals = False
    older = await says("viber", "Бегемот загубився")
    texts.seals = True
    assert {"messages", "conversations", "drafts", "updates"} <= set(await readable(shop, "Бегемот"))
    said = {"Де мій Бегемот?", "Бегемот загубився"}
    assert await found() == said

    db, progress = centre.rt.database(), list[Progress]()
    for one in STORED:
        progress += [it async for it in seal_stored(db, texts, one)]
    assert sum(it.sealed for it in progress) >= 4
    assert await readable(shop, "Бегемот") == await readable(shop, "бегемот") == []
    assert await found() == said
    for it in (sealed, older):
        get = pb.GetConversationRequest(conversation_id=it.id)
        now_it = (await ask(centre.channels.GetConversation, get, centre.owner)).conversation
        assert now_it.last_message.text in {*said, "One moment"}
        assert [one.text for one in now_it.scheduled] == [plan.text]
        draft = (await ask(shop.bench.GetDraft, wb.GetDraftRequest(conversation_id=it.id), centre.owner)).draft
        assert draft.reply == "Бегемот у чернетці"


async def test_a_search_is_paged_without_gaps_or_repeats(shop: Shop) -> None:
    search = SearchServiceStub(shop.centre.rt.peers.channel("channels"))
    conversation = await shop.hears("viber", "квитанція 0")
    for number in range(1, 7):
        await shop.hears("viber", f"квитанція {number}")
    for order in (search_pb2.SEARCH_ORDER_RELEVANCE, search_pb2.SEARCH_ORDER_NEWEST):
        seen: list[str] = []
        after = ""
        while True:
            request = search_pb2.SearchMessagesRequest(query="квитанції", order=order, limit=3, after=after)
            answer = await ask(search.SearchMessages, request, shop.centre.owner)
            seen += [hit.message.text for hit in answer.hits]
            after = answer.next
            if not after:
                break
        assert sorted(seen) == [f"квитанція {number}" for number in range(7)]
    assert conversation.last_seq > 0


async def test_a_customer_is_asked_once_and_the_answer_opens_nothing(shop: Shop) -> None:
    centre = await Centre(shop.centre.rt, shop.centre.edge).open("owner@rated.example")
    surveys, site = SurveyServiceStub(centre.rt.peers.channel("channels")), await centre.widget()
    await received(centre, site)
    rule = survey_pb2.SurveyRule(ask=True, every_days=30, thanks={"uk": "Дякуємо за оцінку"})
    no = survey_pb2.SurveyRule(channel_id=shop.doors["viber"].id, ask=False)
    put = survey_pb2.PutSurveyPolicyRequest(policy=survey_pb2.SurveyPolicy(rules=[no, rule]))
    assert (await ask(surveys.PutSurveyPolicy, put, centre.owner)).policy.rev == 1
    for bad in (
        survey_pb2.SurveyRule(every_days=400),
        survey_pb2.SurveyRule(question={"de": "x"}),
        survey_pb2.SurveyRule(thanks={"en": "x" * 501}),
    ):
        wrong = survey_pb2.SurveyPolicy(rev=1, rules=[bad])
        with pytest.raises(DomainError) as refused:
            await ask(surveys.PutSurveyPolicy, survey_pb2.PutSurveyPolicyRequest(policy=wrong), centre.owner)
        assert refused.value.reason is Common.INVALID
    await centre.be(0, acd.AGENT_STATE_READY)
    async with browsing(centre.edge, site.public_key) as browser:
        for round_no in (1, 2):
            await browser.say(f"question {round_no}", f"q{round_no}")
            it = await centre.conversation(site)
            await centre.accept(0, it.id)
            await centre.until(it.id, status=pb.CONVERSATION_STATUS_OPEN)
            close = pb.CloseConversationRequest(conversation_id=it.id, disposition="done")
            await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)
            await centre.until(it.id, status=pb.CONVERSATION_STATUS_CLOSED)
            if round_no == 1:
                menu = (await browser.frame("msg", lambda f: bool(f["m"]["options"])))["m"]
                assert [option["key"] for option in menu["options"]] == ["5", "4", "3", "2", "1"]
                await browser.say("4", "r1", choice="4")
                await browser.message("Дякуємо за оцінку")
                await browser.say("Швидко і чемно", "r2")
                after = await centre.until(it.id, status=pb.CONVERSATION_STATUS_CLOSED)
                assert (after.rating.score, after.rating.comment) == (4, "Швидко і чемно")
                assert not after.HasField("waiting_since")
    rated = await ask(surveys.ListRatings, survey_pb2.ListRatingsRequest(), centre.owner)
    assert (rated.asked, rated.answered, rated.average, rated.satisfied, list(rated.counts)) == (
        1,
        1,
        4,
        1,
        [0, 0, 0, 1, 0],
    )
    (one,) = rated.ratings
    assert (one.agent_id, one.rating.comment) == (centre.agents[0].id, "Швидко і чемно")


async def traces_of(shop: Shop, *needles: str) -> list[str]:
    """Every place in all databases and in the stream of facts that still holds one of these words."""
    forms = [form for needle in needles for form in (needle.encode(), json.dumps(needle)[1:-1].encode())]
    db, found = shop.centre.rt.database(), []
    prefix = db.name.removesuffix("channels")
    for name in await db.client.list_database_names():
        if not name.startswith(prefix):
            continue
        for collection in await db.client[name].list_collection_names():
            places = {one.collection: one.places for one in STORED if name == db.name}
            async for raw in db.client[name][collection].find():
                if collection in places:
                    await shop.parts[0].search.store.texts.open(places[collection](raw))
                if any(form in bson.encode(raw) for form in forms):
                    found.append(f"{name}.{collection}: {raw['_id']}")
    bus = await shop.centre.rt.bus()
    state = (await bus.js.stream_info(FACTS)).state
    for position in range(state.first_seq, state.last_seq + 1):
        with contextlib.suppress(NotFoundError):
            fact = await bus.js.get_msg(FACTS, position, direct=True)
            if any(form in (fact.data or b"") for form in forms):
                found.append(f"{fact.subject}")
    return found


@pytest.mark.clause("N07")
async def test_after_an_erasure_nothing_holds_the_customers_name_or_number(shop: Shop) -> None:
    centre = shop.centre
    privacy = PrivacyServiceStub(centre.rt.peers.channel("directory"))
    one = await shop.hears("whatsapp", "Мене звати Іван Франко, мій номер +380441234567")
    other = await shop.hears("viber", "Марко пише про Івана")
    card = (
        await ask(centre.people.GetContact, directory_pb2.GetContactRequest(contact_id=one.contact_id), centre.owner)
    ).contact
    card.notes, card.emails[:] = "Іван Франко, каменяр", ["ivan.franko@shop.example"]
    await ask(centre.people.PutContact, directory_pb2.PutContactRequest(contact=card), centre.owner)
    note = crm_pb2.ContactNote(contact_id=one.contact_id, text="Іван Франко просить дзвонити зранку")
    await ask(shop.crm.PutContactNote, crm_pb2.PutContactNoteRequest(note=note), centre.owner)
    plan = ScheduledMessage(id="p1", text="Пане Іван Франко, чекаємо", at=timestamp(system_clock() + timedelta(days=1)))
    put = wb.PutScheduledRequest(conversation_id=one.id, message=plan)
    await ask(shop.bench.PutScheduled, put, centre.owner)
    spam = wb.Action(spam=wb.Spam(block=wb.BLOCKING_IDENTITY))
    await ask(shop.bench.Act, wb.ActRequest(conversation_ids=[one.id], actions=[spam], request_id="er"), centre.owner)
    needles = ("Іван Франко", "380441234567", "ivan.franko@shop.example", "UA.77")
    assert await traces_of(shop, *needles), "the walk sees what is there"

    agent = centre.agents[0].headers
    request = privacy_pb2.EraseContactRequest(contact_id=one.contact_id, reason="asked by e-mail")
    with pytest.raises(DomainError) as refused:
        await ask(privacy.EraseContact, request, agent)
    assert refused.value.reason is Common.DENIED
    begun = (await ask(privacy.EraseContact, request, centre.owner)).erasure
    again = (await ask(privacy.EraseContact, request, centre.owner)).erasure
    assert begun.id == again.id

    async def done() -> privacy_pb2.Erasure | None:
        answer = await ask(privacy.ListErasures, privacy_pb2.ListErasuresRequest(), centre.owner)
        return next((each for each in answer.erasures if each.state == privacy_pb2.ERASURE_STATE_DONE), None)

    erasure = await eventually(done)
    assert erasure.counts["channels.conversations"] == 1
    assert erasure.counts["directory.contacts"] == 1

    async def clean() -> bool:
        return not await traces_of(shop, *needles)

    await eventually(clean)
    # That there was a conversation stays, and whoever else wrote is untouched.
    left = await centre.until(one.id, status=pb.CONVERSATION_STATUS_CLOSED)
    assert (left.contact_name, left.no) == ("", one.no)
    assert all(not message.text for message in await centre.messages(one.id) if message.author == "customer")
    assert (await shop.timeline(other.contact_id))[0] == ("viber", "Марко пише про Івана")
    # A blocked address stays blocked, whoever it was.
    block = (await ask(shop.bench.ListBlocks, wb.ListBlocksRequest(), centre.owner)).blocks[0]
    assert (block.channel, block.contact_id, block.contact_name) == ("whatsapp", "", "")
    await ask(shop.bench.DeleteBlock, wb.DeleteBlockRequest(block_id=block.id), centre.owner)
    # Who writes again is somebody new.
    fresh = await shop.hears("whatsapp", "Добрий день знову")
    assert fresh.contact_id != one.contact_id
    assert fresh.id != one.id


async def test_what_outlived_its_time_is_forgotten(shop: Shop) -> None:
    centre = shop.centre
    privacy = PrivacyServiceStub(centre.rt.peers.channel("directory"))
    kept = (await ask(privacy.GetRetention, privacy_pb2.GetRetentionRequest(), centre.owner)).retention
    wanted = privacy_pb2.Retention(rev=kept.rev, messages=30, attachments=10)
    assert (
        await ask(privacy.PutRetention, privacy_pb2.PutRetentionRequest(retention=wanted), centre.owner)
    ).retention.rev == 1
    for bad in (privacy_pb2.Retention(rev=1, messages=-1), privacy_pb2.Retention(rev=1, recordings=40_000)):
        with pytest.raises(DomainError) as refused:
            await ask(privacy.PutRetention, privacy_pb2.PutRetentionRequest(retention=bad), centre.owner)
        assert refused.value.reason is Common.INVALID
    young, old = await shop.hears("viber", "лишається"), await shop.hears("whatsapp", "забувається")
    close = pb.CloseConversationRequest(conversation_id=old.id)
    await ask(centre.channels.CloseConversation, close, centre.owner)
    await centre.until(old.id, status=pb.CONVERSATION_STATUS_CLOSED)
    db = centre.rt.database()
    long_ago = system_clock() - timedelta(days=31)
    aged = {"$set": {"active_at": long_ago}, "$inc": {"rev": 1}}
    await db.conversations.update_many({"_id": {"$in": [young.id, old.id]}}, aged)
    counts = await shop.parts[0].erasing.forget_old()
    assert counts["messages"] > 0
    assert "забувається" not in [message.text for message in await centre.messages(old.id)]
    assert "лишається" in [message.text for message in await centre.messages(young.id)], "it is not closed"
    assert (await shop.parts[0].erasing.forget_old())["messages"] == 0
